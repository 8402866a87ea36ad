import { expect, test } from 'vitest';
import { plainLine } from '../../../src/providers/plain-line.ts';

test.each([
  ['key secret-key-0123 is wrong', 'key [key] is wrong'],
  ['Incorrect API key provided: sk-ant-abc***wxyz.', 'Incorrect API key provided: [key]'],
  ['Incorrect key AIzaSyA1234567890abcdefghijk given', 'Incorrect key [key] given'],
  ['authorization: Bearer 0123456789abcdef0123456789abcdef', 'authorization: Bearer [key]'],
  ['no such path /works?api_key=0123456789&search=x', 'no such path /works?api_key=[key]&search=x'],
  ['one\ntwo\u0007\u202E three', 'one two three'],
  ['too many tokens; the key of a task', 'too many tokens; the key of a task'],
  ['x'.repeat(400), `${'x'.repeat(299)}…`],
])('%j is told as %j', (message, told) => {
  expect(plainLine(message, 'secret-key-0123', 300)).toBe(told);
});

test('a key is hidden in every way it may be written', () => {
  const key = 'a b/c"d';
  const line = plainLine(`${key} ${encodeURIComponent(key)} ${JSON.stringify({ key })}`, key, 300);
  expect(line).toBe('[key] [key] {"key":"[key]"}');
  expect(plainLine('nothing to hide', '', 300)).toBe('nothing to hide');
});
