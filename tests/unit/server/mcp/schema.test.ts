import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { offered } from '../../../../src/server/mcp/mcp.ts';
import { ANALYTICS, CANCELLED, LIST, RESULT, START, STATUS } from './views.ts';

const TOOLS = offered().tools;
/** What `tools/list` holds of each. */
const LISTED = TOOLS.map(({ answers: _answers, ...card }) => card);
const STARTED = { ...START, result: RESULT };
const VIEWS: readonly object[] = [STARTED, STATUS, RESULT, CANCELLED, STARTED, LIST, ANALYTICS];

/** Every schema inside a schema, with where it stands. */
function* subschemas(node: unknown, at: string): Generator<[string, Record<string, unknown>]> {
  if (typeof node !== 'object' || node === null) throw new Error(`${at} is no schema: ${JSON.stringify(node)}`);
  const schema = { ...node } as Record<string, unknown>;
  yield [at, schema];
  for (const [name, child] of Object.entries({ ...(schema['properties'] as object) }))
    yield* subschemas(child, `${at}.${name}`);
  if (schema['items'] !== undefined) yield* subschemas(schema['items'], `${at}[]`);
  for (const [index, child] of ((schema['anyOf'] ?? []) as unknown[]).entries())
    yield* subschemas(child, `${at}|${index}`);
}

describe.each(TOOLS.map((card) => [card.name, card] as const))('%s', (name, card) => {
  test('its schemas hold only what every host can read', () => {
    for (const schema of [card.inputSchema, card.outputSchema, card.answers]) {
      for (const [at, part] of subschemas(schema, name)) {
        expect(Array.isArray(part['type']), `${at}: a list of types`).toBe(false);
        expect(part['type'] ?? part['anyOf'], `${at}: untyped`).toBeDefined();
        for (const keyword of ['$schema', '$ref', '$defs', 'oneOf', 'allOf', 'not', 'propertyNames']) {
          expect(Object.keys(part), `${at}: ${keyword}`).not.toContain(keyword);
        }
      }
    }
  });

  test('its answers may be an error alone, and nothing is required at the root', () => {
    for (const schema of [card.outputSchema, card.answers]) {
      expect(schema).not.toHaveProperty('required');
      expect(schema['properties']).toHaveProperty('error');
    }
    expect(card.answers['properties']).toHaveProperty('error.properties.hint');
  });

  test('what is listed in short has every member of the whole, of the same type, and names what lies deeper', () => {
    const whole = card.answers['properties'] as Record<string, Record<string, unknown>>;
    const short = card.outputSchema['properties'] as Record<string, Record<string, unknown>>;
    expect(Object.keys(short)).toEqual(Object.keys(whole));
    for (const [member, schema] of Object.entries(whole)) {
      expect([member, short[member]?.['type']]).toEqual([member, schema['type']]);
      const inside = ((schema['items'] ?? schema) as { properties?: object }).properties;
      if (inside === undefined || schema['description'] !== undefined) continue;
      expect([member, short[member]?.['description']]).toEqual([member, Object.keys(inside).join(', ')]);
    }
  });

  test('its description says what to call next or when', () => {
    expect(card.description.length).toBeLessThan(450);
    expect(card.description).toMatch(/get_result|get_status|next_cursor/);
  });
});

test('the answers have exactly the members of the views', () => {
  expect(TOOLS).toHaveLength(VIEWS.length);
  for (const [index, card] of TOOLS.entries()) {
    const members = new Set([...Object.keys(VIEWS[index] ?? {}), 'error']);
    expect([card.name, ...Object.keys(card.answers['properties'] as object).sort()]).toEqual([
      card.name,
      ...[...members].sort(),
    ]);
  }
});

test('what is not built yet is not in the schemas', () => {
  const inputs = TOOLS.flatMap((card) => Object.keys(card.inputSchema['properties'] as object));
  for (const later of ['documents']) expect(inputs).not.toContain(later);
});

test('tools/list costs a model less than 4,000 tokens', () => {
  expect(encode(JSON.stringify({ tools: LISTED })).length).toBeLessThan(4000);
});
