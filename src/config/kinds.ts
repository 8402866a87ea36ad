/**
 * Kinds of values: each says what it accepts, from text (flags and variables) and from JSON (the file), and what it
 * accepts as JSON Schema, so that the three cannot part.
 */

import { homedir } from 'node:os';
import nodePath from 'node:path';
import type { Json } from '../core/json.ts';
import { characters } from '../core/limits.ts';

/** What was not accepted: where within it (`[2]`), and what it should have been, to follow "must be". */
export interface Refused {
  readonly refused: Json;
  readonly place: string;
  readonly expected: string;
}

export type Read<Value> = { readonly value: Value } | Refused;

export interface Kind<Value> {
  /** What stands for the value in help, without brackets; null for a switch, which takes none. */
  readonly placeholder: string | null;
  /** The words there are to choose from; null where they cannot be listed. */
  readonly choices: readonly string[] | null;
  /** What separates several values in a variable; null where there is one. A flag is repeated instead. */
  readonly separator: string | null;
  /** Whether values are paths; they come back absolute. */
  readonly path: boolean;
  readonly schema: { readonly [keyword: string]: Json };
  /** Never of no texts. Of several, where one is expected, the last holds. `base`: absolute, where relative paths start. */
  fromTexts(texts: readonly string[], base: string): Read<Value>;
  fromJson(json: Json, base: string): Read<Value>;
}

/** What a kind of a single value is made of. */
interface Single<Value> {
  readonly placeholder: string | null;
  readonly choices?: readonly string[];
  readonly expected: string;
  readonly schema: { readonly [keyword: string]: Json };
  readonly fromText: (text: string) => Value | null;
  readonly fromJson: (json: Json) => Value | null;
}

function single<Value>({ expected, fromText, fromJson, ...rest }: Single<Value>): Kind<Value> {
  const read = (value: Value | null, refused: Json): Read<Value> =>
    value === null ? { refused, place: '', expected } : { value };
  return {
    choices: null,
    path: false,
    ...rest,
    separator: null,
    fromTexts: (texts) => read(fromText((texts.at(-1) ?? '').trim()), texts.at(-1) ?? ''),
    fromJson: (json) => read(fromJson(json), json),
  };
}

interface TextOptions {
  readonly placeholder: string;
  readonly expected: string;
  /** Characters. */
  readonly max: number;
  /** What the whole text must look like. Default: SOME_TEXT. */
  readonly pattern?: string;
}

/** Anything but NUL, and not only white space. */
export const SOME_TEXT = '^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$';

export function text({ placeholder, expected, max, pattern = SOME_TEXT }: TextOptions): Kind<string> {
  const form = new RegExp(pattern, 'u');
  const accept = (value: string): string | null => (form.test(value) && characters(value) <= max ? value.trim() : null);
  return single({
    placeholder,
    expected,
    schema: { type: 'string', maxLength: max, pattern },
    fromText: accept,
    fromJson: (json) => (typeof json === 'string' ? accept(json) : null),
  });
}

const LONGEST_PATH = 4096;

interface PathOptions {
  readonly placeholder: string;
  readonly pattern?: string;
  /** Whether `-` is no path, but means standard input. */
  readonly dash?: boolean;
}

export function path({ dash = false, ...options }: PathOptions): Kind<string> {
  const words = text({ ...options, expected: 'a path', max: LONGEST_PATH });
  const absolute = (read: Read<string>, base: string): Read<string> =>
    'value' in read && !(dash && read.value === '-') ? { value: nodePath.resolve(base, expanded(read.value)) } : read;
  return {
    ...words,
    path: true,
    fromTexts: (texts, base) => absolute(words.fromTexts(texts, base), base),
    fromJson: (json, base) => absolute(words.fromJson(json, base), base),
  };
}

/** Hosts that start us from a configuration file expand no `~`, so it is done here. */
function expanded(named: string): string {
  return named === '~' || /^~[/\\]/.test(named) ? nodePath.join(homedir(), named.slice(1)) : named;
}

/** A whole number from `min` to `max`. */
export function whole(min: number, max: number): Kind<number> {
  const accept = (value: number): number | null =>
    Number.isInteger(value) && value >= min && value <= max ? value : null;
  return single({
    placeholder: 'n',
    expected: `a whole number from ${min} to ${max}`,
    schema: { type: 'integer', minimum: min, maximum: max },
    fromText: (value) => (/^\d+$/.test(value) ? accept(Number(value)) : null),
    fromJson: (json) => (typeof json === 'number' ? accept(json) : null),
  });
}

/** A number from `min` to `max`, with at most `digits` after the point. */
export function decimal(min: number, max: number, digits: number): Kind<number> {
  const accept = (value: number): number | null =>
    value >= min && value <= max && Number(value.toFixed(digits)) === value ? value : null;
  return single({
    placeholder: 'n',
    expected: `a number from ${min} to ${max} with at most ${digits} digits after the point`,
    schema: { type: 'number', minimum: min, maximum: max },
    fromText: (value) => (/^\d+(?:\.\d+)?$/.test(value) ? accept(Number(value)) : null),
    fromJson: (json) => (typeof json === 'number' ? accept(json) : null),
  });
}

interface ObjectOptions<Value> {
  readonly placeholder: string;
  /** What it must be, to follow "must be". */
  readonly expected: string;
  readonly schema: { readonly [keyword: string]: Json };
  /** Null where it is not that; else frozen. */
  readonly accept: (json: { readonly [name: string]: Json }) => Value | null;
}

/** A JSON object, in a variable or flag as its text. */
export function object<Value>({ accept, ...options }: ObjectOptions<Value>): Kind<Value> {
  const read = (json: Json): Value | null =>
    typeof json === 'object' && json !== null && !Array.isArray(json)
      ? accept(json as { readonly [name: string]: Json })
      : null;
  return single({ ...options, fromText: (text) => read(parsed(text)), fromJson: read });
}

/** Null for a text that is no JSON: it is refused with what was expected, like any other value. */
export function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

export function choice<Name extends string>(placeholder: string, names: readonly Name[]): Kind<Name> {
  const accept = (value: Json): Name | null => names.find((name) => name === value) ?? null;
  return single({
    placeholder,
    choices: names,
    expected: `one of ${names.join(', ')}`,
    schema: { enum: names },
    fromText: accept,
    fromJson: accept,
  });
}

const SWITCH_WORDS: ReadonlyMap<string, boolean> = new Map([
  ['on', true],
  ['true', true],
  ['yes', true],
  ['1', true],
  ['off', false],
  ['false', false],
  ['no', false],
  ['0', false],
]);

/** On or off. Its flag takes no value; `--no-` before its name turns off what a variable or the file turned on. */
export function toggle(): Kind<boolean> {
  return single({
    placeholder: null,
    expected: 'true or false',
    schema: { type: 'boolean' },
    fromText: (value) => SWITCH_WORDS.get(value.toLowerCase()) ?? null,
    fromJson: (json) => (typeof json === 'boolean' ? json : null),
  });
}

interface ListOptions {
  readonly separator: string;
  /** What the list must be, to follow "must be". */
  readonly expected: string;
}

export function list<Value>(item: Kind<Value>, { separator, expected }: ListOptions): Kind<readonly Value[]> {
  const all = <Given extends Json>(given: readonly Given[], read: (one: Given) => Read<Value>) => {
    const values: Value[] = [];
    for (const [at, one] of given.entries()) {
      const found = read(one);
      if (!('value' in found)) return { ...found, place: `[${at}]` };
      values.push(found.value);
    }
    return { value: Object.freeze(values) };
  };
  return {
    ...item,
    separator,
    schema: { type: 'array', items: item.schema },
    fromTexts: (texts, base) => {
      const found = all(texts, (one) => item.fromTexts([one], base));
      // Somebody who typed one of them knows which.
      return 'value' in found ? found : { ...found, place: '' };
    },
    fromJson: (json, base) =>
      Array.isArray(json)
        ? all(json as readonly Json[], (one) => item.fromJson(one, base))
        : { refused: json, place: '', expected },
  };
}
