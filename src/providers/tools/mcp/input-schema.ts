/** Schemas of inputs that vendors take. One they refuse would take every request with it that shows the tool. */

import { seen } from './results.ts';

/** Characters of a schema as JSON. Every turn of every agent would pay for more. */
const MOST_SCHEMA = 20_000;

/** What vendors refuse at the top of a schema. */
const COMBINING = ['anyOf', 'oneOf', 'allOf', 'not', 'enum'];
/** Names of properties at any depth. */
const PROPERTY_NAME = /^[\w.-]{1,64}$/;

/** Keywords whose value is a schema or a list of them. What stands under others (`default`, `const`) is data, whatever it is called. */
const SCHEMAS: ReadonlySet<string> = new Set([
  'additionalItems',
  'additionalProperties',
  'allOf',
  'anyOf',
  'contains',
  'contentSchema',
  'else',
  'if',
  'items',
  'not',
  'oneOf',
  'prefixItems',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
/** Keywords whose value holds schemas by name. */
const NAMED: ReadonlySet<string> = new Set([
  '$defs',
  'definitions',
  'dependentSchemas',
  'patternProperties',
  'properties',
]);

/** Why no vendor takes it; null: they do. */
export function unfitSchema(schema: object): string | null {
  if (JSON.stringify(schema).length > MOST_SCHEMA) return 'the schema of its input is too large';
  const combining = COMBINING.find((key) => key in schema);
  if (combining !== undefined) return `the schema of its input has ${combining} at the top, which no model takes`;
  const odd = oddName(schema);
  return odd === null ? null : `its input has a name that no model takes: ${JSON.stringify(seen(odd).slice(0, 64))}`;
}

/** The first name of a property that vendors refuse, those further out before those further in. */
function oddName(schema: object): string | null {
  const schemas: unknown[] = [schema];
  // It grows while it is gone through, so that none is too deep.
  for (const one of schemas) {
    for (const [keyword, value] of entries(one)) {
      if (SCHEMAS.has(keyword)) schemas.push(...(Array.isArray(value) ? value : [value]));
      if (!NAMED.has(keyword)) continue;
      const named = entries(value);
      const [odd] = keyword === 'properties' ? (named.find(([name]) => !PROPERTY_NAME.test(name)) ?? []) : [];
      if (odd !== undefined) return odd;
      schemas.push(...named.map(([, within]) => within));
    }
  }
  return null;
}

function entries(value: unknown): readonly (readonly [name: string, value: unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
