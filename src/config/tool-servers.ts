/**
 * The settings that name servers of tools and say who gets which: `mcpServers` as hosts spell it, checked whole. Values of `env`
 * and `headers`, arguments and addresses may be secrets, so no refusal repeats them.
 */

import nodePath from 'node:path';
import type { Json } from '../core/json.ts';
import { MAX_NAME } from '../core/limits.ts';
import { type Domain, DOMAINS } from '../core/source.ts';
import type { DomainTools, LocalServer, RemoteServer, ToolServer } from '../core/tool-server.ts';
import { type Kind, parsed, path as pathKind, type Read, type Refused, SOME_TEXT } from './kinds.ts';

const LONGEST_TIMEOUT = 3600;
const DEFAULT_TIMEOUT = 60;
const MOST_SERVERS = 50;
const NAMES = { type: 'array', items: { type: 'string', maxLength: MAX_NAME, pattern: SOME_TEXT } } as const;
const TEXTS = { type: 'object', additionalProperties: { type: 'string' } } as const;
const TEXT = { type: 'string', pattern: SOME_TEXT } as const;

const LOCAL = {
  command: TEXT,
  args: { type: 'array', items: { type: 'string' } },
  env: TEXTS,
  cwd: TEXT,
} as const;
/** No user before the host: fetch refuses an address with one, and says the whole of it. */
const ADDRESS = '^https?://[^\\s\\u0000@/\\\\?#]+([/\\\\?#][^\\s\\u0000]*)?$';
const REMOTE = { url: { type: 'string', pattern: ADDRESS }, headers: TEXTS } as const;
const SHARED = {
  disabled: { type: 'boolean' },
  tools: NAMES,
  timeout_seconds: { type: 'number', exclusiveMinimum: 0, maximum: LONGEST_TIMEOUT },
  domains: { type: 'array', items: { enum: DOMAINS } },
} as const;
/** As hosts spell them; what is read is told by the other keys. */
const LOCAL_TYPES = ['stdio'] as const;
const REMOTE_TYPES = ['http', 'streamable-http', 'streamableHttp'] as const;
const TYPES: readonly string[] = [...LOCAL_TYPES, ...REMOTE_TYPES];

/** Every key of a server. `type` and `disabled` are there because hosts write them. */
const KEYS = [
  'type',
  'command',
  'args',
  'env',
  'cwd',
  'url',
  'headers',
  'tools',
  'timeout_seconds',
  'domains',
  'disabled',
] as const;

function server(types: readonly string[], required: string, own: JsonObject): JsonObject {
  const properties = { type: { enum: types }, ...own, ...SHARED };
  return { type: 'object', properties, required: [required], additionalProperties: false };
}

type JsonObject = { readonly [name: string]: Json };

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** What stands for a value that must not be shown. */
function hidden(json: Json | undefined): string {
  if (json === null || json === undefined) return 'nothing';
  if (Array.isArray(json)) return 'a list';
  return typeof json === 'object' ? 'an object' : `a ${typeof json}`;
}

/** Reads an object from JSON, or from its text in a variable or flag. */
function readsObject<Value>(
  words: Pick<Kind<Value>, 'schema'> & { readonly expected: string },
  read: (json: JsonObject, base: string) => Read<Value>,
): Kind<Value> {
  const fromJson = (json: Json, base: string): Read<Value> =>
    isObject(json) ? read(json, base) : { refused: hidden(json), place: '', expected: words.expected };
  return {
    placeholder: 'json',
    choices: null,
    separator: null,
    path: false,
    schema: words.schema,
    fromJson,
    fromTexts: (texts, base) => {
      const json = parsed(texts.at(-1) ?? '');
      return json === null
        ? { refused: 'a text that is none', place: '', expected: `${words.expected}, as JSON` }
        : fromJson(json, base);
    },
  };
}

export function toolServers(): Kind<readonly ToolServer[]> {
  const expected = 'an object of servers by name, each with a command or a url';
  const schema = {
    type: 'object',
    maxProperties: MOST_SERVERS,
    propertyNames: { maxLength: MAX_NAME, pattern: SOME_TEXT },
    additionalProperties: { anyOf: [server(LOCAL_TYPES, 'command', LOCAL), server(REMOTE_TYPES, 'url', REMOTE)] },
  };
  return readsObject({ expected, schema }, (json, base) => {
    const servers: ToolServer[] = [];
    for (const [name, entry] of Object.entries(json)) {
      if (name.length > MAX_NAME || !isText(name)) return refuse('', 'an object of servers by short names', name);
      const read = readServer(name, entry, base);
      if ('refused' in read) return read;
      if (read.value !== null) servers.push(read.value);
    }
    if (servers.length > MOST_SERVERS) return refuse('', `of at most ${MOST_SERVERS} servers`, servers.length);
    return { value: Object.freeze(servers) };
  });
}

function refuse(place: string, expected: string, refused: Json): Refused {
  return { place, expected, refused };
}

/** Null: one that is switched off. */
function readServer(name: string, entry: Json | undefined, base: string): Read<ToolServer | null> {
  const place = `.${name}`;
  if (!isObject(entry)) return refuse(place, 'an object with a command or a url', hidden(entry));
  const unknown = Object.keys(entry).find((key) => !isKey(key));
  if (unknown !== undefined) return refuse(place, `made of the keys ${KEYS.join(', ')}`, unknown);
  const wrong = Object.entries(entry).flatMap(([key, value]) => (isKey(key) ? (CHECKS[key](value, key) ?? []) : []));
  const [first] = wrong;
  if (first !== undefined) return { ...first, place: `${place}${first.place}` };
  const mixed = Object.keys(REMOTE).some((key) => key in entry) && Object.keys(LOCAL).some((key) => key in entry);
  const own = mixed ? null : (remoteOf(entry) ?? localOf(entry, base));
  if (own === null) {
    return refuse(place, 'either a program (command, args, env, cwd) or an address (url, headers)', keysOf(entry));
  }
  if (typeof entry['type'] === 'string' && (entry['type'] === 'stdio') !== (own.kind === 'local')) {
    const fits = own.kind === 'remote' ? '"http", as it has a url' : '"stdio", as it has a command';
    return refuse(`${place}.type`, fits, entry['type']);
  }
  return { value: entry['disabled'] === true ? null : Object.freeze({ ...sharedOf(name, entry), ...own }) };
}

function isKey(key: string): key is (typeof KEYS)[number] {
  return KEYS.some((known) => known === key);
}

function keysOf(entry: JsonObject): string {
  return `the keys ${Object.keys(entry).join(', ') || '(none)'}`;
}

type Shared = Pick<ToolServer, 'name' | 'tools' | 'domains' | 'timeout_seconds'>;

// What is none of what its key was checked for is absent.
function sharedOf(name: string, { tools, domains, timeout_seconds }: JsonObject): Shared {
  return {
    name,
    tools: isNames(tools) ? tools : null,
    domains: isDomains(domains) ? domains : null,
    timeout_seconds: isTimeout(timeout_seconds) ? timeout_seconds : DEFAULT_TIMEOUT,
  };
}

function remoteOf({ url, headers }: JsonObject): Omit<RemoteServer, keyof Shared> | null {
  if (!isAddress(url)) return null;
  return { kind: 'remote', url, headers: isTextsByName(headers) ? headers : {} };
}

function localOf({ command, args, env, cwd }: JsonObject, base: string): Omit<LocalServer, keyof Shared> | null {
  if (!isText(command)) return null;
  return {
    kind: 'local',
    command,
    args: isTexts(args) ? args : [],
    env: isTextsByName(env) ? env : {},
    cwd: isText(cwd) ? absolute(cwd, base) : null,
  };
}

function absolute(cwd: string, base: string): string {
  const read = pathKind({ placeholder: 'path' }).fromJson(cwd, base);
  return 'value' in read ? read.value : nodePath.resolve(base, cwd);
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && new RegExp(SOME_TEXT, 'u').test(value);
}

type Check = (value: Json, key: string) => Refused | null;

function check(expected: string, holds: (value: Json) => boolean, shown: (value: Json) => Json = hidden): Check {
  return (value, key) => (holds(value) ? null : refuse(`.${key}`, expected, shown(value)));
}

const same = (value: Json): Json => value;

/** The first of its values that is no text, by its name. */
const textsByName: Check = (value, key) => {
  if (!isObject(value)) return refuse(`.${key}`, 'an object of texts', hidden(value));
  const wrong = Object.entries(value).find(([, one]) => typeof one !== 'string');
  return wrong === undefined ? null : refuse(`.${key}.${wrong[0]}`, 'a text', hidden(wrong[1]));
};

function isTextsByName(value: Json | undefined): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((one) => typeof one === 'string');
}

function isTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

const CHECKS: Readonly<Record<(typeof KEYS)[number], Check>> = {
  type: check(
    `one of ${TYPES.join(', ')}; the older sse is not spoken`,
    (value) => typeof value === 'string' && TYPES.includes(value),
    same,
  ),
  disabled: check('true or false', (value) => typeof value === 'boolean', same),
  command: check('the name or path of a program', isText),
  args: check('a list of texts', isTexts),
  env: textsByName,
  cwd: check('a path', isText, same),
  url: check('an address that begins with http:// or https:// and names no user (headers are for that)', isAddress),
  headers: textsByName,
  tools: check('a list of names of its tools', isNames, same),
  timeout_seconds: check(`a number above 0, at most ${LONGEST_TIMEOUT}`, isTimeout, same),
  domains: check(`a list of domains, of ${DOMAINS.join(', ')}`, isDomains, same),
};

function isTimeout(value: Json | undefined): value is number {
  return typeof value === 'number' && value > 0 && value <= LONGEST_TIMEOUT;
}

function isNames(value: Json | undefined): value is readonly string[] {
  return isTexts(value) && value.every((name) => isText(name) && name.length <= MAX_NAME);
}

function isAddress(value: Json | undefined): value is string {
  return typeof value === 'string' && new RegExp(ADDRESS, 'u').test(value) && URL.canParse(value);
}

function isDomain(value: Json | undefined): value is Domain {
  return DOMAINS.some((domain) => domain === value);
}

function isDomains(value: Json | undefined): value is readonly Domain[] {
  return Array.isArray(value) && value.every((one: Json) => isDomain(one));
}

export function domainTools(): Kind<DomainTools> {
  const expected = 'an object of lists of tools by domain';
  const schema = {
    type: 'object',
    properties: Object.fromEntries(DOMAINS.map((domain) => [domain, NAMES])),
    additionalProperties: false,
  };
  return readsObject({ expected, schema }, (json) => {
    const tools: Partial<Record<Domain, readonly string[]>> = {};
    for (const [domain, names] of Object.entries(json)) {
      if (!isDomain(domain)) return refuse('', `${expected}, of ${DOMAINS.join(', ')}`, domain);
      if (!isNames(names)) return refuse(`.${domain}`, 'a list of names of tools', names);
      tools[domain] = names;
    }
    return { value: Object.freeze(tools) };
  });
}
