/** The HTTP service on a free port of this machine, before an orchestrator that the test gives. */

import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { onTestFinished } from 'vitest';
import type { Orchestrator } from '../../src/core/views.ts';
import { Fault } from '../../src/core/errors.ts';
import { type HttpService, type Listening, serveOverHttp } from '../../src/server/http/http.ts';
import type { Access } from '../../src/server/http/access.ts';
import { loopback } from '../../src/server/http/access.ts';
import type { HttpParts } from '../../src/server/http/route.ts';
import { ALL_SCOPES, type Scope, SCOPES } from '../../src/server/scope.ts';
import { FakeClock } from './fake-clock.ts';

interface Logged {
  readonly level: 'warn' | 'debug';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export interface Served {
  readonly service: HttpService;
  readonly url: string;
  readonly clock: FakeClock;
  readonly log: readonly Logged[];
}

type Options = Partial<HttpParts> & { readonly clock?: FakeClock; readonly listening?: Partial<Listening> };

/** Closed with the test, unless the test closes it. */
export async function servedHttp(orchestrator: Orchestrator, options: Options = {}): Promise<Served> {
  const { clock = new FakeClock(), listening, ...parts } = options;
  const log: Logged[] = [];
  const keep = (level: Logged['level']) => (fields: object, message: string) =>
    void log.push({ level, fields: { ...fields }, message });
  const service = await serveOverHttp(
    {
      version: '1.2.3',
      orchestrator: async () => orchestrator,
      access: loopback,
      clock,
      random: () => 0.5,
      tasks: true,
      checks: [],
      log: { warn: keep('warn'), debug: keep('debug') },
      ...parts,
    },
    {
      host: '127.0.0.1',
      port: 0,
      allowed_hosts: [],
      allowed_origins: [],
      cors_origins: [],
      rate_limit: 1000,
      owner_max_requests: 1000,
      max_connections: 5000,
      ...listening,
    },
  );
  onTestFinished(() => service.close());
  return { service, url: service.url, clock, log };
}

/** Access by the name of the owner as a token; `name:read` has that scope alone. */
export const byName: Access = {
  configured: true,
  authenticate: async (request) => {
    const [, name, scope] = /^Bearer (\w+)(?::(\w+))?$/.exec(request.headers.get('authorization') ?? '') ?? [];
    if (name === undefined || name === 'stranger') {
      return { refused: new Fault('UNAUTHENTICATED', 'no token that is known'), challenge: 'Bearer' };
    }
    return { owner: name, scopes: scope === undefined ? ALL_SCOPES : new Set([scope as Scope]) };
  },
  challenge: (scope) => `Bearer error="insufficient_scope", scope="${scope}"`,
  metadata: {
    resource: 'https://research.example',
    authorization_servers: ['https://issuer.example'],
    scopes_supported: SCOPES,
    bearer_methods_supported: ['header'],
    resource_name: 'beltalowda',
  },
};

export function as(name: string): { readonly Authorization: string } {
  return { Authorization: `Bearer ${name}` };
}

export function post(body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { method: 'POST', body: text, headers: { 'Content-Type': 'application/json', ...headers } };
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A request that is answered with JSON. */
export async function ask(url: string, init: RequestInit = {}): Promise<Answered> {
  const response = await fetch(url, init);
  const text = await response.text();
  const body = (text === '' ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>;
  return { status: response.status, headers: response.headers, body };
}

/** A reader of an event stream as clients have one, which takes what there is when it is asked. */
export class EventReader {
  readonly status: number;
  readonly headers: Headers;
  readonly events: EventSourceMessage[] = [];
  readonly comments: string[] = [];
  retry: number | null = null;
  ended = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | null;
  readonly #controller: AbortController;
  readonly #decoder = new TextDecoder();
  readonly #parser = createParser({
    onEvent: (event) => this.events.push(event),
    onComment: (comment) => this.comments.push(comment),
    onRetry: (ms) => {
      this.retry = ms;
    },
  });

  private constructor(response: Response, controller: AbortController) {
    this.status = response.status;
    this.headers = response.headers;
    this.#reader = response.body?.getReader() ?? null;
    this.#controller = controller;
  }

  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventReader> {
    const controller = new AbortController();
    const reader = new EventReader(await fetch(url, { headers, signal: controller.signal }), controller);
    onTestFinished(() => reader.leave());
    return reader;
  }

  /** Reads until so many events, or comments, or the end have come. */
  async until(holds: (reader: EventReader) => boolean): Promise<void> {
    while (!this.ended && !holds(this)) {
      const { done, value } = (await this.#reader?.read()) ?? { done: true, value: undefined };
      if (done) this.ended = true;
      else this.#parser.feed(this.#decoder.decode(value, { stream: true }));
    }
  }

  toEnd(): Promise<void> {
    return this.until(() => false);
  }

  /** Numbers of the events, in order. */
  get seqs(): readonly number[] {
    return this.events.map(({ id }) => Number(id));
  }

  leave(): void {
    this.#controller.abort();
  }
}
