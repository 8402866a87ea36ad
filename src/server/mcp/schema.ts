/** The tools' arguments and answers as JSON Schema that every client can read, and the short form that `tools/list` shows. */

import { z } from 'zod';
import { isObject, members, type Members } from './members.ts';

export type JsonSchema = Members;

/**
 * Rewrites what some hosts refuse: a `type` list becomes `anyOf`, a schema of nothing becomes `true`. What says nothing
 * here (`propertyNames`, `$schema`, the largest safe integer) only costs a model tokens.
 */
function portable(node: unknown): unknown {
  if (Array.isArray(node)) return node.map((child) => portable(child));
  if (!isObject(node)) return node;
  const { type, propertyNames: _names, $schema: _dialect, ...rest } = node;
  const out: Record<string, unknown> = {};
  if (Array.isArray(type)) out['anyOf'] = type.map((one: unknown) => ({ type: one }));
  else if (type !== undefined) out['type'] = portable(type);
  for (const [key, value] of Object.entries(rest)) {
    if (key === 'maximum' && value === Number.MAX_SAFE_INTEGER) continue;
    const empty = key === 'additionalProperties' && isObject(value) && Object.keys(value).length === 0;
    out[key] = empty ? true : portable(value);
  }
  return out;
}

function convert(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return members(
    portable(
      z.toJSONSchema(schema, {
        io,
        // A later release may add members to an answer, and clients keep this schema.
        override: ({ jsonSchema }) => {
          if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
        },
      }),
    ),
  );
}

/** The JSON Schema of a tool's arguments. */
export function inputSchemaOf(schema: z.ZodObject): JsonSchema {
  return convert(schema, 'input');
}

/** The JSON Schema of an answer that is never an error. */
export function answerSchemaOf(schema: z.ZodType): JsonSchema {
  return convert(schema, 'output');
}

/**
 * The JSON Schema of a tool's answers, errors included. Clients of the 2025 era check the structured content of error
 * results too, and a union at the root is not portable: so no member is required at the root, and `error` is one of them.
 */
export function outputSchemaOf(schema: z.ZodObject, error: z.ZodType): JsonSchema {
  const { required: _required, ...rest } = convert(schema.extend({ error: error.optional() }), 'output');
  return rest;
}

/**
 * An answer's schema as a model pays for it in every conversation: the type of each member and, of lists and objects, the
 * names inside. It allows whatever the whole schema allows.
 */
export function brief(schema: JsonSchema): JsonSchema {
  const shown = Object.entries(members(schema['properties'])).map(([name, member]) => [name, briefMember(member)]);
  return { type: 'object', properties: Object.fromEntries(shown) };
}

function briefMember(member: unknown): JsonSchema {
  const schema = members(member);
  const { anyOf, type, description } = schema;
  if (Array.isArray(anyOf)) return { anyOf: anyOf.map((one) => briefMember(one)) };
  if (type === 'object' || type === 'array') {
    const inside = Object.keys(members((type === 'array' ? members(schema['items']) : schema)['properties']));
    const named = description ?? (inside.length > 0 ? inside.join(', ') : undefined);
    return named === undefined ? { type } : { type, description: named };
  }
  const { minimum: _least, maximum: _most, ...rest } = schema;
  return rest;
}
