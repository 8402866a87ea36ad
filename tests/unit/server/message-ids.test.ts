import { expect, test } from 'vitest';
import { idAtAnEnd, idOf, messageId } from '../../../src/server/message-ids.ts';

test('an id is a text or a whole number', () => {
  expect(['', 'a', 0, -1, 2 ** 53 - 1].map((id) => messageId(id))).toEqual(['', 'a', 0, -1, 2 ** 53 - 1]);
  expect([null, 1.5, 2 ** 53, Number.NaN, {}, [], true, undefined].map((id) => messageId(id))).toEqual(
    Array.from({ length: 8 }, () => undefined),
  );
});

test('what is no message has its id, or none', () => {
  expect(idOf({ id: 'x' })).toBe('x');
  expect([null, 7, 'id', [], {}, { id: null }, { id: {} }].map((value) => idOf(value))).toEqual(
    Array.from({ length: 7 }, () => null),
  );
});

test('the id of a message that is not parsed is found at its ends only', () => {
  expect(idAtAnEnd('{"jsonrpc":"2.0","id":5,"method":"x', '')).toBe(5);
  expect(idAtAnEnd('{ "id" : "five" , "meth', '')).toBe('five');
  expect(idAtAnEnd('{"method":"x', '","id":-5} ')).toBe(-5);
  expect(idAtAnEnd('{"params":{"id":5,', ',"a":1}}')).toBeNull();
  expect(idAtAnEnd('{"id":007,', '}')).toBeNull();
  expect(idAtAnEnd('{"id":1.5,', '}')).toBeNull();
});
