/**
 * What `tools/list` says about a tool's arguments and answers, as JSON Schema that every client can read.
 *
 * The SDK is handed the advertised schema together with a validator that accepts everything: the tool checks its own
 * arguments and answers (tool.ts), so that a wrong argument is an error of our catalogue instead of the SDK's text.
 */

import { z } from 'zod';
import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';

export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

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
  const converted = portable(
    z.toJSONSchema(schema, {
      io,
      // A later release may add members to an answer, and clients keep this schema.
      override: ({ jsonSchema }) => {
        if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      },
    }),
  );
  return isObject(converted) ? converted : {};
}

/** The JSON Schema of a tool's arguments. */
export function inputSchemaOf(schema: z.ZodObject): JsonSchema {
  return convert(schema, 'input');
}

/**
 * The JSON Schema of a tool's answers, errors included. Clients of the 2025 era check the structured content of error
 * results too, and a union at the root is not portable: so no member is required at the root, and `error` is one of them.
 */
export function outputSchemaOf(schema: z.ZodObject, error: z.ZodType): JsonSchema {
  const { required: _required, ...rest } = convert(schema.extend({ error: error.optional() }), 'output');
  return rest;
}

/** The schema in the form the SDK registers: advertised as given, never used to validate. */
export function advertised(json: () => JsonSchema): StandardSchemaWithJSON {
  const converter = (): Record<string, unknown> => ({ ...json() });
  return {
    '~standard': {
      version: 1,
      vendor: 'beltalowda',
      validate: (value) => ({ value }),
      jsonSchema: { input: converter, output: converter },
    },
  };
}
