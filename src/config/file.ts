/** The configuration file: found, read, and every mistake in it named with the file, the key and what was expected. */

import { readFileSync, statSync } from 'node:fs';
import nodePath from 'node:path';
import { Fault } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { nearest } from '../core/nearest.ts';
import { parseJson } from './json-text.ts';
import { addressFault, nearChoice, quoted } from './refusal.ts';
import { ALL, type Option, type OptionName } from './table.ts';

export const FILE_NAME = 'beltalowda.config.json';

/** Far above any configuration; keeps a wrong path from filling the memory. */
const MAX_BYTES = 1_000_000;

export interface FileRequest {
  /** Absolute. */
  readonly path: string;
  /** Whether somebody named it: then it has to be there, and may say where the data directory is. */
  readonly named: boolean;
}

export interface FileContent {
  /** Whether there is a file, be it one that cannot be used. */
  readonly found: boolean;
  /** Values of the keys that are right; relative paths started at the folder of the file. */
  readonly values: ReadonlyMap<OptionName, unknown>;
  readonly problems: readonly Fault[];
}

/** Never throws: what cannot be used is among `problems`, all of it at once, and the rest is read. */
export function readFile(request: FileRequest): FileContent {
  const values = new Map<OptionName, unknown>();
  const text = textOf(request);
  if (text === null) return { found: false, values, problems: [] };
  const entries = text instanceof Fault ? text : entriesOf(text, request.path);
  if (entries instanceof Fault) return { found: true, values, problems: [entries] };
  const problems: Fault[] = [];
  for (const [key, given] of entries) {
    const read = readEntry(request, key, given);
    if (read instanceof Fault) problems.push(read);
    else if (read !== null) values.set(read.name, read.value);
  }
  return { found: true, values, problems };
}

function invalid(message: string, hint: string): Fault {
  return new Fault('CONFIG_INVALID', message, { hint });
}

/** The text of the file; null when it is not there and need not be. */
function textOf({ path, named }: FileRequest): string | Fault | null {
  const hint = 'Correct the path after --config or in BELTALOWDA_CONFIG, or unset it.';
  try {
    const found = statSync(path);
    if (found.isDirectory()) return invalid(`${path}: the configuration file is a folder`, hint);
    if (!found.isFile() && !found.isFIFO()) return invalid(`${path}: the configuration file is not a file`, hint);
    if (found.size <= MAX_BYTES) return readFileSync(path, 'utf8');
    return invalid(`${path} is too large for a configuration file: ${found.size} bytes`, hint);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
    // A data directory that is none is told by whoever was told of it.
    if (!named && (code === 'ENOENT' || code === 'ENOTDIR')) return null;
    const reason = REASONS.get(code) ?? (thrown instanceof Error ? thrown.message : String(thrown));
    return invalid(`${path}: the configuration file ${reason}`, hint);
  }
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'does not exist'],
  ['ENOTDIR', 'does not exist'],
  ['EACCES', 'may not be read by this user'],
  ['EPERM', 'may not be read by this user'],
]);

function entriesOf(text: string, path: string): readonly (readonly [string, Json])[] | Fault {
  const parsed = parseJson(text.replace(/^\uFEFF/, ''));
  if ('mistake' in parsed) {
    const { line, column, what } = parsed.mistake;
    return invalid(
      `${path} is not JSON: line ${line}, column ${column}: ${what}`,
      'Correct the file there. JSON has no comments, and no comma after the last entry.',
    );
  }
  const { value } = parsed;
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, given]) => (given === undefined ? [] : [[key, given] as const]));
  }
  const noun = Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`;
  const hint = 'Write { "sources": ["/path/to/documents"] }, for example.';
  return invalid(`${path} must hold a JSON object, not ${noun}`, hint);
}

interface Entry {
  readonly name: OptionName;
  readonly value: unknown;
}

/** One key's option and value; null for the one key that is for editors. */
function readEntry({ path, named }: FileRequest, key: string, given: Json): Entry | Fault | null {
  if (key === '$schema') {
    if (typeof given === 'string') return null;
    return invalid(
      `${path}: $schema must be the address of a schema, not ${quoted(given)}`,
      'Correct it, or take it out.',
    );
  }
  const option = ALL.find((candidate) => candidate.key === key);
  if (option === undefined) return unknownKey(path, key);
  const { name, kind, flag, env, inFile } = option;
  if (inFile === false) {
    const message = `${path}: ${key} cannot stand in a configuration file: it says which file is read`;
    return invalid(message, `Use ${flag} or ${env}.`);
  }
  if (name === 'home' && !named) {
    return invalid(
      `${path}: home cannot stand here: this file was found in the data directory, so it cannot say where that is`,
      'Use --home or BELTALOWDA_HOME, or name this file with --config.',
    );
  }
  const read = kind.fromJson(given, nodePath.dirname(path));
  if ('value' in read) return { name, value: read.value };
  const { place, expected, refused } = read;
  const where = `${path}: ${key}${place}`;
  const message = `${where} must be ${expected}, not ${quoted(refused)}`;
  return addressFault(option, where, refused) ?? invalid(message, hintFor(option, refused));
}

function unknownKey(path: string, key: string): Fault {
  const keys = ALL.map((option) => option.key);
  const close = nearest(key, keys);
  const hint =
    close === null
      ? 'Keys are the variables of `beltalowda --help` in small letters, without BELTALOWDA_.'
      : `Did you mean "${close}"?`;
  return invalid(`${path}: there is no key ${quoted(key)}`, hint);
}

function hintFor({ kind, key, fallback }: Option, given: Json): string {
  const close = nearChoice(kind, given);
  if (close !== null) return `Did you mean "${close}"?`;
  // Quotation marks too many, and brackets too few, are the usual mistakes.
  if (typeof given === 'string' && given.trim() !== '') {
    const meant = kind.fromTexts([given], '/');
    if ('value' in meant) return `Write "${key}": ${JSON.stringify(kind.separator === null ? meant.value : [given])}`;
  }
  return `Correct it, or leave ${key} out (default: ${fallback}).`;
}
