import { describe, expect, it } from 'vitest';
import { unfitSchema } from '../../../../../src/providers/tools/mcp/input-schema.ts';

const ODD = { type: 'object', properties: { 'a b': {} } };
const WHY = 'its input has a name that no model takes: "a b"';

const inside = (schema: object): object => ({ type: 'object', properties: { a: schema } });

describe('a name of a property that vendors refuse', () => {
  it.each([
    ODD,
    inside(ODD),
    inside(inside(ODD)),
    inside({ type: 'array', items: ODD }),
    inside({ type: 'array', items: [{}, ODD] }),
    inside({ type: 'array', prefixItems: [{}, ODD], contains: {} }),
    inside({ anyOf: [{ type: 'null' }, ODD] }),
    inside({ allOf: [inside(ODD)] }),
    inside({ oneOf: [ODD] }),
    inside({ not: ODD }),
    inside({ if: {}, else: ODD }),
    inside({ type: 'object', additionalProperties: ODD }),
    inside({ type: 'object', patternProperties: { '^x': ODD } }),
    { type: 'object', properties: { a: { $ref: '#/$defs/b' } }, $defs: { b: ODD } },
    { type: 'object', definitions: { b: ODD } },
    { type: 'object', dependentSchemas: { a: ODD } },
    // Properties that are called as keywords are.
    { type: 'object', properties: { properties: ODD } },
    { type: 'object', properties: { default: ODD } },
  ])('is found in %j', (schema) => {
    expect(unfitSchema(schema)).toBe(WHY);
  });

  it.each([
    inside({ default: ODD, examples: [ODD], enum: ['a b', ODD], const: ODD }),
    inside({ type: 'object', patternProperties: { '^a b$': {} } }),
    { type: 'object', $defs: { 'a b': {} }, properties: {} },
    { type: 'object', properties: { properties: { type: 'string' }, 'a.b-c_1': true, ['n'.repeat(64)]: {} } },
    { type: 'object', properties: null, items: 'none' },
  ])('is none in %j', (schema) => {
    expect(unfitSchema(schema)).toBeNull();
  });

  it('is told from the outside inwards, and as a person can see it', () => {
    const name = `\u200b${'n'.repeat(65)}`;
    const schema = { type: 'object', properties: { a: ODD, [name]: {} } };
    expect(unfitSchema(schema)).toBe(`its input has a name that no model takes: "${'n'.repeat(64)}"`);
  });

  it('is found however deep it is', () => {
    let schema: object = ODD;
    for (let depth = 0; depth < 1500; depth += 1) schema = { not: schema };
    expect(unfitSchema({ type: 'object', items: schema })).toBe(WHY);
  });
});

it('one of many characters is too large', () => {
  expect(unfitSchema({ type: 'object', description: 'x'.repeat(20_000) })).toBe('the schema of its input is too large');
});
