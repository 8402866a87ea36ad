import { describe, expect, it } from 'vitest';
import { call, local, serving, toolsOf } from '../../../../support/served.ts';

/** A server of the older era that lists one tool with this input, and answers its calls with `result`. */
function listing(
  inputSchema: object,
  { result = {}, ...more }: { result?: object; outputSchema?: object } = {},
): string {
  return `
    const tools = [${JSON.stringify({ name: 'odd', inputSchema, ...more })}];
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, method } = JSON.parse(line);
      const results = {
        initialize: { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'x', version: '1' } },
        'tools/list': { tools },
        'tools/call': ${JSON.stringify(result)},
      };
      const answer = method in results ? { result: results[method] } : { error: { code: -32601, message: 'no' } };
      if (id !== undefined) console.log(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
    });`;
}

describe('a tool whose input vendors refuse', () => {
  it.each([
    [{ type: 'object', anyOf: [{}] }, 'the schema of its input has anyOf at the top, which no model takes'],
    [
      { type: 'object', properties: { a: { items: { properties: { 'a b': {} } } } } },
      'its input has a name that no model takes: "a b"',
    ],
  ])('is told and not given: %j', async (schema, why) => {
    const { servers } = serving([local('x', ['-e', listing(schema)])]);
    const [state] = await servers.states();
    expect(state).toEqual({ name: 'x', tools: [], wrong: [`odd of x: ${why}`] });
  });

  it('is not made of what vendors take', async () => {
    const schema = { type: 'object', properties: { 'a.b-c_1': { anyOf: [{ type: 'string' }, { type: 'null' }] } } };
    const { servers } = serving([local('x', ['-e', listing(schema)])]);
    const [state] = await servers.states();
    expect(state).toEqual({ name: 'x', tools: ['x_odd'], wrong: [] });
  });
});

it.each([
  ['another one', { structuredContent: { moons: 'two' } }],
  ['none', {}],
])('a result that was promised in one shape and comes in %s is read as text', async (_which, shape) => {
  const outputSchema = { type: 'object', properties: { moons: { type: 'number' } }, required: ['moons'] };
  const result = { content: [{ type: 'text', text: 'Mars has two moons.' }], ...shape };
  const service = serving([local('x', ['-e', listing({ type: 'object' }, { outputSchema, result })])]);
  const answer = await call(await toolsOf(service), 'x_odd');
  expect(answer).toMatchObject({ failed: false });
  expect(answer.text).toContain('Mars has two moons.');
});
