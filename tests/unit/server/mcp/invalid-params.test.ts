import { expect, test } from 'vitest';
import { withClearFindings } from '../../../../src/server/mcp/invalid-params.ts';
import { HELLO, MODERN, piped, request } from '../pipe.ts';

const error = (code: number, message: string) => ({ jsonrpc: '2.0' as const, id: 1, error: { code, message } });

test.each([
  ['2025', HELLO, {}],
  ['2026', '', MODERN],
])('parameters of a wrong shape are the error of a client of era %s, in a sentence', async (...[, hello, meta]) => {
  const answers = await piped(
    hello,
    request(1, 'tools/call', { name: 7, arguments: {}, ...meta }),
    request(2, 'prompts/get', { name: 'compare', arguments: { things: [] }, ...meta }),
    request(3, 'resources/read', { ...meta }),
  );
  const said = new Map(answers.map((answer) => [answer.id, answer.error]));
  expect([1, 2, 3].map((id) => said.get(id)?.code)).toEqual([-32_602, -32_602, -32_602]);
  expect(said.get(1)?.message).toBe('Invalid parameters: params.name: expected string, received number');
  expect(said.get(2)?.message).toContain('params.arguments.things: expected string');
  expect(said.get(3)?.message).toContain('params.uri: ');
});

test('of many findings the first ones are told', () => {
  const findings = Array.from({ length: 9 }, (_, n) => ({ path: ['params', n], message: `Invalid input: wrong ${n}` }));
  expect(withClearFindings(error(-32_603, JSON.stringify(findings)))).toEqual(
    error(
      -32_602,
      'Invalid parameters: params.0: wrong 0; params.1: wrong 1; params.2: wrong 2; params.3: wrong 3; params.4: wrong 4; and more',
    ),
  );
});

test.each([
  ['another error', error(-32_600, '[{"path":[],"message":"x"}]')],
  ['an empty list', error(-32_602, '[]')],
  ['a sentence', error(-32_603, 'INTERNAL: something broke')],
  ['a sentence in brackets', error(-32_603, '[sic] it broke')],
  ['another list', error(-32_603, '[1, {"path": "x"}]')],
  ['an answer', { jsonrpc: '2.0' as const, id: 1, result: {} }],
])('%s stays as it is', (_what, message) => {
  expect(withClearFindings(message)).toBe(message);
});
