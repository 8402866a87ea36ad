/** Requests over right HTTP about everything there is, most of them wrong: made from the list of routes and the schemas of the tools. */

import { Buffer } from 'node:buffer';
import type { Route } from '../../../src/server/http/route.ts';
import { ROUTE_GROUPS } from '../../../src/server/http/routes.ts';
import { inputSchemaOf } from '../../../src/server/mcp/schema.ts';
import type { Random } from '../random.ts';
import { damaged, junk, nested, oddText, randomBytes, spoilt } from './junk.ts';
import { Knowledge } from './knowledge.ts';
import { type Message, Messages } from './messages.ts';
import { SchemaValues } from './schema-values.ts';
import type { TenantName, Town } from './town.ts';

export interface Sent {
  /** Null: nobody that the service knows. */
  readonly who: TenantName | null;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  /** The message, where the body is one that was left whole. */
  readonly message: Message | null;
}

const ROUTES: readonly Route[] = ROUTE_GROUPS.flatMap((group) => group.routes);
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'PROPFIND', 'TRACE'];
const TYPES = [
  'text/plain',
  'application/json; charset=utf-16',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonx',
  'application/json, text/html',
  '',
];
const ACCEPTS = ['*/*', 'text/html', 'application/json', 'text/event-stream', '', 'a/b;q=x'];
const VERSIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28', '1999-01-01', 'x', ''];
const ODD_HEADERS: Readonly<Record<string, readonly string[]>> = {
  'last-event-id': ['0', '3', '999999999999999', '9999999999999999', '-1', '1.5', 'x', ''],
  traceparent: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00-0-0-00', 'ff-zz', ''],
  tracestate: ['a=b', 'x'.repeat(600), '=,=,='],
  baggage: ['a=b', 'x'.repeat(9000)],
  'x-request-id': ['fine', 'not fine', 'y'.repeat(500)],
  'mcp-session-id': ['0000', 'x'.repeat(300)],
  'mcp-method': ['tools/call', 'tools/list', 'none', 'x'.repeat(300)],
  'mcp-name': ['get_status', 'none', '=?base64?eA==?='],
  origin: ['null', 'https://evil.example', 'https://app.example', 'http://localhost', 'x'],
  host: ['evil.example', 'localhost:1', '127.0.0.1.evil.example', '[::1]:80', ''],
  'content-encoding': ['gzip', 'br', 'identity', 'x'],
  'if-none-match': ['*'],
  range: ['bytes=0-1', 'bytes=9999999999-'],
  'x-forwarded-for': ['10.0.0.1'],
  'x-http-method-override': ['DELETE'],
  expect: ['100-continue'],
  'access-control-request-method': ['POST'],
};

export class Requests {
  readonly #random: Random;
  readonly #town: Town;

  constructor(random: Random, town: Town) {
    this.#random = random;
    this.#town = town;
  }

  next(): Sent {
    const random = this.#random;
    const { who, credential } = this.#visitor();
    const knowledge = new Knowledge(random, this.#town, who ?? 'ann');
    const kind = random.next();
    const sent = kind < 0.4 ? this.#protocol(knowledge) : kind < 0.95 ? this.#routed(knowledge) : this.#nowhere();
    const headers = { 'content-type': 'application/json', ...credential, ...sent.headers, ...this.#oddHeaders() };
    const method = random.chance(0.04) ? random.pick(METHODS) : sent.method;
    return { ...sent, who, method, headers };
  }

  /** A tenant with a token, one that may only look, and those who have none, a wrong one or one that has run out. */
  #visitor(): { readonly who: TenantName | null; readonly credential: Readonly<Record<string, string>> } {
    const random = this.#random;
    const { tenants, expired } = this.#town;
    const kind = random.next();
    if (kind < 0.9) {
      const tenant = tenants[random.chance(0.7) ? 'ben' : 'ann'];
      return { who: tenant.name, credential: bearer(kind < 0.1 ? tenant.reading : tenant.token) };
    }
    const odd = [
      `Basic ${btoa('ann:ann')}`,
      `Bearer ${tenants.cleo.token.slice(0, -1)}x`,
      'Bearer',
      `bearer  ${oddLatin(random)}`,
    ];
    return { who: null, credential: random.pick([{}, bearer(expired), { authorization: random.pick(odd) }]) };
  }

  #routed(knowledge: Knowledge): Omit<Sent, 'who'> {
    const random = this.#random;
    const route = random.pick(ROUTES);
    if (route.path === '/mcp') return this.#protocol(knowledge);
    const values = new SchemaValues(random, (name) => knowledge.field(name));
    const path = `${knowledge.path(route.path)}${this.#query(route, values)}`;
    if (route.method !== 'POST') return { method: route.method, path, headers: {}, body: null, message: null };
    const value = knowledge.cautious(route.path, values.object(route.body?.()));
    return { method: route.method, path, headers: {}, body: this.#bytes(this.#spoiltSome(value)), message: null };
  }

  #spoiltSome(value: object): unknown {
    const random = this.#random;
    const kind = random.next();
    if (kind < 0.25) return value;
    return kind < 0.95 ? spoilt(random, value, new Set(['dry_run'])) : junk(random);
  }

  #query(route: Route, values: SchemaValues): string {
    const random = this.#random;
    if (route.query === undefined)
      return random.chance(0.1) ? `?${encodeURIComponent(oddText(random).toWellFormed())}` : '';
    const given = Object.entries(values.object(inputSchemaOf(route.query))).map(([name, value]) => [
      name,
      String(value),
    ]);
    if (random.chance(0.3))
      given.push([random.pick(['extra', '__proto__', 'task_id', 'limit', 'after', 'cursor']), oddText(random)]);
    if (random.chance(0.1) && given[0] !== undefined) given.push([...given[0]]);
    const text = given
      .map(([name = '', value = '']) => `${name}=${encodeURIComponent(value.toWellFormed())}`)
      .join('&');
    return random.chance(0.05) ? `?${text}&${random.pick(['%', '%ff', '=', '&&', 'a=%E0%A4%A', '?'])}` : `?${text}`;
  }

  #protocol(knowledge: Knowledge): Omit<Sent, 'who'> {
    const random = this.#random;
    const messages = new Messages(random, knowledge);
    const message = messages.next();
    const kind = random.next();
    const whole = kind < 0.35;
    const headers = { accept: 'application/json, text/event-stream', ...messages.headers(message), ...this.#version() };
    const given: unknown = whole
      ? message
      : kind < 0.8
        ? spoilt(random, message, new Set(['dry_run']))
        : this.#odd(messages);
    const body = whole ? Buffer.from(JSON.stringify(given)) : this.#bytes(given);
    return { method: 'POST', path: '/mcp', headers, body, message: whole ? message : null };
  }

  #odd(messages: Messages): unknown {
    const random = this.#random;
    const length = random.pick([0, 1, 2, 5, 100, 101]);
    return random.pick([
      () => Array.from({ length }, () => (random.chance(0.2) ? junk(random) : messages.next())),
      () => nested(random, random.below(80)),
      () => junk(random),
      () => ({ jsonrpc: '2.0', id: 1, result: {} }),
      () => ({ jsonrpc: '2.0', id: null, error: { code: 1, message: 'no' } }),
    ])();
  }

  #version(): Readonly<Record<string, string>> {
    return this.#random.chance(0.15) ? { 'mcp-protocol-version': this.#random.pick(VERSIONS) } : {};
  }

  #bytes(value: unknown): Buffer {
    const random = this.#random;
    const bytes = Buffer.from(JSON.stringify(value) ?? '');
    const kind = random.next();
    if (kind < 0.8) return bytes;
    if (kind < 0.95) return damaged(random, bytes);
    return random.pick([
      () => randomBytes(random, 300),
      () => Buffer.alloc(0),
      () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
      () => Buffer.from(bytes.toString(), 'utf16le'),
      () => Buffer.from('['.repeat(random.below(5000))),
    ])();
  }

  #nowhere(): Omit<Sent, 'who'> {
    const random = this.#random;
    const odd = encodeURI(oddText(random).toWellFormed());
    const path = `/${random.pick([odd, 'mcp/', 'tools/none', 'workflow', 'stream/', '.well-known/none', '/', 'webhook/', 'analytics'])}`;
    return { method: random.pick(METHODS), path, headers: {}, body: null, message: null };
  }

  #oddHeaders(): Readonly<Record<string, string>> {
    const random = this.#random;
    const odd: Record<string, string> = {};
    if (random.chance(0.06)) odd['content-type'] = random.pick(TYPES);
    if (random.chance(0.06)) odd['accept'] = random.pick(ACCEPTS);
    if (random.chance(0.35)) {
      const name = random.pick(Object.keys(ODD_HEADERS));
      odd[name] = random.pick(ODD_HEADERS[name] ?? ['']);
    }
    return odd;
  }
}

function bearer(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}

/** What a header can hold. */
function oddLatin(random: Random): string {
  return oddText(random).replaceAll(/[^\u0020-\u007E]/gu, '');
}
