/** Arguments of a tool call, a prompt or a route: accepted, or refused with a message that names the argument, its range and what came. */

import type { z } from 'zod';
import { digits } from '../../core/amount.ts';
import { Fault } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { members } from './members.ts';
import { inputSchemaOf, type JsonSchema } from './schema.ts';

/** More findings than this help nobody; the first ones are mended first. */
const MAX_FINDINGS = 5;
/** Longest piece of a foreign text that a message repeats. */
const CLIP = 60;

type Issue = z.core.$ZodIssue;

/** The arguments as the schema gives them (defaults filled in). Throws INVALID_INPUT with up to five findings. */
export function parseArguments<S extends z.ZodObject>(
  schema: S,
  raw: unknown,
  taker: 'tool' | 'prompt' | 'route',
): z.output<S> {
  const parsed = schema.safeParse(raw ?? {});
  if (parsed.success) return parsed.data;
  const json = inputSchemaOf(schema);
  const findings = parsed.error.issues.flatMap((issue) => describe(issue, { raw, json, taker }));
  const more = findings.length > MAX_FINDINGS ? `; and ${digits(findings.length - MAX_FINDINGS)} more` : '';
  throw new Fault('INVALID_INPUT', findings.slice(0, MAX_FINDINGS).join('; ') + more);
}

interface Asked {
  readonly raw: unknown;
  readonly json: JsonSchema;
  readonly taker: string;
}

function describe(issue: Issue, { raw, json, taker }: Asked): string[] {
  if (issue.code === 'unrecognized_keys') {
    const inside = issue.path.length === 0 ? null : path(issue.path);
    const known = Object.keys(members(schemaAt(json, issue.path)['properties']));
    const where = { owner: inside ?? `this ${taker}`, at: inside === null ? '' : ` in ${inside}` };
    return issue.keys.map((key) => unknownArgument(key, known, where));
  }
  const name = path(issue.path);
  if (issue.code === 'custom') return [`${name} ${issue.message}`];
  const expected = expectation(schemaAt(json, issue.path));
  const value = valueAt(raw, issue.path);
  if (value === undefined) return [`${name} is required: ${expected}`];
  return [`${name} must be ${expected}; got ${received(value)}`];
}

interface Where {
  /** What takes other arguments. */
  readonly owner: string;
  /** ` in plan[0]`, or nothing for the arguments themselves. */
  readonly at: string;
}

function unknownArgument(key: string, known: readonly string[], { owner, at }: Where): string {
  const near = nearest(key.slice(0, CLIP), known);
  const help = near === null ? `${owner} takes ${known.join(', ')}` : `did you mean ${JSON.stringify(near)}?`;
  return `unknown argument ${JSON.stringify(clip(key))}${at}: ${help}`;
}

function path(keys: readonly PropertyKey[]): string {
  if (keys.length === 0) return 'the arguments';
  return keys
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('');
}

function valueAt(raw: unknown, keys: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const key of keys)
    value = typeof key === 'number' && Array.isArray(value) ? value[key] : members(value)[String(key)];
  return value;
}

function schemaAt(json: JsonSchema, keys: readonly PropertyKey[]): JsonSchema {
  let schema: JsonSchema = json;
  for (const key of keys) {
    schema = typeof key === 'number' ? members(schema['items']) : members(members(schema['properties'])[String(key)]);
  }
  return schema;
}

/** What a schema asks for, in words: `a whole number from 0 to 50`. */
function expectation(schema: JsonSchema): string {
  const choices = schema['enum'];
  if (Array.isArray(choices)) return `one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`;
  switch (schema['type']) {
    case 'string':
      return `a string of ${range(schema['minLength'], schema['maxLength'])} characters`;
    case 'integer':
      return `a whole number ${bounds(schema['minimum'], schema['maximum'])}`;
    case 'number':
      return `a number ${bounds(schema['minimum'], schema['maximum'])}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list of ${range(schema['minItems'], schema['maxItems'])} items, each ${expectation(members(schema['items']))}`;
    default:
      return 'an object';
  }
}

function range(least: unknown, most: unknown): string {
  return `${digits(Number(least ?? 0))} to ${digits(Number(most))}`;
}

function bounds(least: unknown, most: unknown): string {
  if (most === undefined) return `of at least ${digits(Number(least))}`;
  return `from ${digits(Number(least))} to ${digits(Number(most))}`;
}

function received(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${digits(value.length)}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return JSON.stringify(value);
  return value.length > CLIP ? `${digits(value.length)} characters` : `the string ${JSON.stringify(value)}`;
}

function clip(text: string): string {
  return text.length > CLIP ? `${text.slice(0, CLIP)}…` : text;
}
