/** Asks the service as its clients do, and counts what it is answered. What was not to be answered so is a fault of the run. */

import { performance } from 'node:perf_hooks';
import { createParser } from 'eventsource-parser';
import type { Running } from './service.ts';

const LATEST = '2026-07-28';
/** Of faults, told in words. */
const TOLD = 20;

export type Era = 'plain' | '2025' | '2026';

interface Asking {
  /** Of whom the token is; null: nobody's. */
  readonly owner: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is to be answered; 200 unless told. */
  readonly status?: number;
}

export class Client {
  readonly #service: Pick<Running, 'url' | 'tokens'>;
  readonly faults: string[] = [];
  /** Milliseconds from a question to the whole answer, of what answers at once; taken out by whoever reads them. */
  readonly latencies: number[] = [];
  answers = 0;
  faultCount = 0;
  #id = 0;

  constructor(service: Pick<Running, 'url' | 'tokens'>) {
    this.#service = service;
  }

  fault(what: string): void {
    this.faultCount += 1;
    if (this.faults.length < TOLD) this.faults.push(what);
  }

  /** The answer as JSON, or empty where it is none. */
  async ask(path: string, { owner, body, headers = {}, status = 200 }: Asking): Promise<Record<string, unknown>> {
    const begin = performance.now();
    const response = await fetch(`${this.#service.url}${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
      headers: {
        ...this.credential(owner),
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
        ...headers,
      },
    });
    const text = await response.text();
    this.latencies.push(performance.now() - begin);
    this.answers += 1;
    if (response.status !== status) this.fault(`${path}: ${response.status} and not ${status}: ${text.slice(0, 200)}`);
    return jsonOf(text);
  }

  /** Text, as `/metrics` gives it. Not counted among the answers. */
  async text(path: string, owner: string): Promise<string> {
    const response = await fetch(`${this.#service.url}${path}`, { headers: this.credential(owner) });
    const text = await response.text();
    if (response.status !== 200) this.fault(`${path}: ${response.status}`);
    return text;
  }

  /** A tool's structured answer, asked at /tools or over the protocol. */
  async tool(era: Era, owner: string, call: { readonly name: string; readonly args: object }): Promise<Answer> {
    if (era === 'plain') return this.ask(`/tools/${call.name}`, { owner, body: call.args });
    this.#id += 1;
    const answered = await this.ask('/mcp', {
      owner,
      body: { jsonrpc: '2.0', id: this.#id, method: 'tools/call', params: { ...paramsOf(call), ...metaOf(era) } },
      headers:
        era === '2026' ? { 'MCP-Protocol-Version': LATEST, 'Mcp-Method': 'tools/call', 'Mcp-Name': call.name } : {},
    });
    const result = (answered['result'] ?? {}) as Record<string, unknown>;
    if (result['structuredContent'] === undefined || result['isError'] === true) {
      this.fault(`${call.name} over ${era}: ${JSON.stringify(answered).slice(0, 300)}`);
    }
    return (result['structuredContent'] ?? {}) as Answer;
  }

  /**
   * Reads events after `after` until the stream ends or so many have come; then leaves. Resolves to the number of the last
   * event and whether it was the end; a number that is missing or twice there is a fault.
   */
  async follow(task_id: string, owner: string, { after, most }: { readonly after: number; readonly most: number }) {
    const leaving = new AbortController();
    const headers = { ...this.credential(owner), ...(after === 0 ? {} : { 'Last-Event-ID': String(after) }) };
    const response = await fetch(`${this.#service.url}/stream/${task_id}`, { headers, signal: leaving.signal });
    if (response.status === 204) return { last: after, ended: true };
    if (response.status !== 200 || response.body === null) {
      this.fault(`/stream: ${response.status}`);
      return { last: after, ended: true };
    }
    let last = after;
    let seen = 0;
    const parser = createParser({
      onEvent: ({ id }) => {
        if (Number(id) !== last + 1) this.fault(`/stream: event ${id} came after ${last}`);
        last = Number(id);
        seen += 1;
      },
    });
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { last, ended: true };
      parser.feed(decoder.decode(value, { stream: true }));
      if (seen < most) continue;
      leaving.abort();
      return { last, ended: false };
    }
  }

  credential(owner: string | null): Readonly<Record<string, string>> {
    return owner === null ? {} : { Authorization: `Bearer ${this.#service.tokens[owner] ?? ''}` };
  }
}

export type Answer = Readonly<Record<string, unknown>>;

function paramsOf({ name, args }: { readonly name: string; readonly args: object }): object {
  return { name, arguments: args };
}

function metaOf(era: Era): object {
  if (era !== '2026') return {};
  return {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': LATEST,
      'io.modelcontextprotocol/clientInfo': { name: 'soak', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  };
}

/** Also of an answer that comes as a stream of one event. */
function jsonOf(text: string): Record<string, unknown> {
  const [, data] = /^data: (.*)$/m.exec(text) ?? [];
  try {
    return JSON.parse(data ?? text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
