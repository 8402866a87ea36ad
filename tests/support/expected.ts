/** What a stream of bytes must be answered with, worked out apart from the server: per id, how many answers, and which may be. */

import { isUtf8 } from 'node:buffer';
import { isObject as isRecord } from '../../src/server/mcp/members.ts';

/** Answers without an id go under these. */
export const NOT_PARSED = 'no id, -32700';
export const NOT_A_MESSAGE = 'no id, -32600';

/** Ids of different types are different ids. */
export function keyOf(id: string | number): string {
  return JSON.stringify(id);
}

/** A count of answers that must come, more that may come, and some that must not because they were called off. */
export class Expected {
  readonly #due = new Map<string, number>();
  readonly #allowed = new Map<string, number>();
  readonly #excused = new Map<string, number>();
  readonly #got = new Map<string, number>();
  #outstanding = 0;

  must(key: string): void {
    this.#add(this.#due, key);
    if (this.#isDue(key)) this.#outstanding += 1;
  }

  may(key: string): void {
    this.#add(this.#allowed, key);
  }

  excuse(key: string): void {
    if (this.#isDue(key)) this.#outstanding -= 1;
    this.#add(this.#excused, key);
  }

  got(key: string): void {
    if (this.#isDue(key)) this.#outstanding -= 1;
    this.#add(this.#got, key);
  }

  /** Whether everything that must come has come. */
  get complete(): boolean {
    return this.#outstanding === 0;
  }

  get answers(): number {
    return [...this.#got.values()].reduce((sum, count) => sum + count, 0);
  }

  /** What must come and has not. */
  missing(): readonly string[] {
    return [...this.#due.keys()].filter((key) => this.#isDue(key));
  }

  /** What came and must not. */
  surplus(): readonly string[] {
    return [...this.#got].flatMap(([key, count]) =>
      count > (this.#due.get(key) ?? 0) + (this.#allowed.get(key) ?? 0) ? [`${key} (${count})`] : [],
    );
  }

  #isDue(key: string): boolean {
    return (this.#got.get(key) ?? 0) < (this.#due.get(key) ?? 0) - (this.#excused.get(key) ?? 0);
  }

  #add(counts: Map<string, number>, key: string): void {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
}

/** Adds what whole lines of input must be answered with. */
export function expectLines(expected: Expected, bytes: Buffer): void {
  let from = 0;
  for (let to = bytes.indexOf(0x0a); to !== -1; to = bytes.indexOf(0x0a, from)) {
    expectLine(expected, bytes.subarray(from, to));
    from = to + 1;
  }
}

function expectLine(expected: Expected, bytes: Buffer): void {
  if (!isUtf8(bytes)) {
    expected.must(NOT_PARSED);
    return;
  }
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (text.trim() === '') return;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    expected.must(NOT_PARSED);
    return;
  }
  if (!Array.isArray(value)) expectMessage(expected, value);
  else if (value.length === 0 || value.length > 100) expected.must(NOT_A_MESSAGE);
  else for (const one of value) expectMessage(expected, one);
}

function isId(value: unknown): value is string | number {
  return typeof value === 'string' || Number.isSafeInteger(value);
}

function expectMessage(expected: Expected, value: unknown): void {
  if (!isRecord(value)) {
    expected.must(NOT_A_MESSAGE);
    return;
  }
  const { id, method, jsonrpc, params } = value;
  const key = isId(id) ? keyOf(id) : NOT_A_MESSAGE;
  if (typeof method === 'string' && 'id' in value) expected.must(key);
  else if (jsonrpc !== '2.0' || (typeof method !== 'string' && !('result' in value) && !('error' in value))) {
    expected.must(key);
  } else if (typeof method === 'string') expectNotification(expected, value);
  // A response nobody asked for; one that is no response either is told so.
  else expected.may(key);
  if (method === 'notifications/cancelled' && isRecord(params) && isId(params['requestId'])) {
    expected.excuse(keyOf(params['requestId']));
  }
}

function expectNotification(expected: Expected, value: Readonly<Record<string, unknown>>): void {
  const known = Object.keys(value).every((name) => ['jsonrpc', 'method', 'params'].includes(name));
  const { params } = value;
  if (params !== undefined && !isRecord(params)) expected.must(NOT_A_MESSAGE);
  else if (!known || (params !== undefined && '_meta' in params)) expected.may(NOT_A_MESSAGE);
}
