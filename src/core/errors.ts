/**
 * The catalogue of errors. Every error a user, a client or an agent can meet has one stable code here; docs/errors.md
 * lists the same codes and a test keeps the two equal. Messages say what was wrong and where; hints say what to do.
 */

import type { CatalogueEntry } from './catalogue/entry.ts';
import { OUTSIDE } from './catalogue/outside.ts';
import { REQUESTS } from './catalogue/requests.ts';
import { SERVICE } from './catalogue/service.ts';
import { WORK } from './catalogue/work.ts';

export const CATALOGUE = { ...REQUESTS, ...OUTSIDE, ...WORK, ...SERVICE } as const satisfies Record<
  string,
  CatalogueEntry
>;

export type ErrorCode = keyof typeof CATALOGUE;

/** An error as clients and stored rows see it. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly retryable: boolean;
}

interface FaultOptions {
  readonly hint?: string;
  readonly cause?: unknown;
  /** Overrides the catalogue: whether repeating the same call can help. */
  readonly retryable?: boolean;
  /** Wait at least this long before a retry (a server's Retry-After), milliseconds. */
  readonly retryAfterMs?: number;
}

/** The one error class of the project: a catalogue code, a message that says what and where, a hint that says what to do. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const entry: CatalogueEntry = CATALOGUE[code];
    this.code = code;
    this.hint = options.hint ?? entry.hint;
    this.retryable = options.retryable ?? entry.retryable;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }

  get exit(): 1 | 2 {
    return CATALOGUE[this.code].exit;
  }

  toRecord(): ErrorRecord {
    return { code: this.code, message: this.message, hint: this.hint, retryable: this.retryable };
  }
}

/** Anything thrown, as a Fault. What is not ours is INTERNAL: its message is kept, its stack goes to the log as the cause. */
export function toFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  return new Fault('INTERNAL', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}
