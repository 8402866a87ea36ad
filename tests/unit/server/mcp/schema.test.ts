import { describe, expect, test } from 'vitest';
import { CANCELLED, RESULT, START, STATUS } from './scripted.ts';
import { toolCards } from '../../../../src/server/mcp/mcp.ts';

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

describe.each(toolCards().map((card) => [card.name, card] as const))('%s', (name, card) => {
  test('its schemas hold only what every host can read', () => {
    for (const schema of [card.inputSchema, card.outputSchema]) {
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
    expect(card.outputSchema).not.toHaveProperty('required');
    expect(card.outputSchema['properties']).toHaveProperty('error.properties.hint');
  });

  test('its description says what to call next or when', () => {
    expect(card.description.length).toBeLessThan(450);
    expect(card.description).toMatch(/get_result|get_status|next_cursor/);
  });
});

test('the advertised answers have exactly the members of the views', () => {
  const views = [START, STATUS, RESULT, CANCELLED];
  for (const [index, card] of toolCards().entries()) {
    const advertised = Object.keys(card.outputSchema['properties'] as object);
    expect([...new Set([...Object.keys(views[index] ?? {}), 'error'])].sort()).toEqual(advertised.sort());
  }
});

test('what is not built yet is not in the schemas', () => {
  const inputs = toolCards().flatMap((card) => Object.keys(card.inputSchema['properties'] as object));
  for (const later of ['budget', 'documents', 'webhook', 'require_approval', 'approve', 'plan']) {
    expect(inputs).not.toContain(later);
  }
});

test('tools/list costs a model less than 4,000 tokens', () => {
  expect(JSON.stringify({ tools: toolCards() }).length / 4).toBeLessThan(4000);
});
