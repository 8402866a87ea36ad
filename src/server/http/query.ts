/** What stands behind the `?`, read as the schema of a route wants it: text into numbers and switches, each name once. */

import type { z } from 'zod';
import { Fault } from '../../core/errors.ts';
import { parseArguments } from '../mcp/arguments.ts';
import { members } from '../mcp/members.ts';
import { inputSchemaOf } from '../mcp/schema.ts';

/** Throws INVALID_INPUT that names the parameter. */
export function parseQuery<S extends z.ZodObject>(schema: S, query: URLSearchParams): z.output<S> {
  return parseArguments(schema, queryValues(schema, query), 'route');
}

/** The values a schema is given, before it is asked whether it takes them. */
export function queryValues(schema: z.ZodObject, query: URLSearchParams): Readonly<Record<string, unknown>> {
  const fields = members(inputSchemaOf(schema)['properties']);
  const values = new Map<string, unknown>();
  for (const [name, text] of query) {
    if (values.has(name)) throw new Fault('INVALID_INPUT', `${JSON.stringify(name)} is given more than once`);
    values.set(name, valueOf(text, members(fields[name])['type']));
  }
  return Object.fromEntries(values);
}

/** What is no number stays the text it is, which the schema then refuses by name. */
function valueOf(text: string, type: unknown): unknown {
  if ((type === 'integer' || type === 'number') && /^-?\d+(?:\.\d+)?$/.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
