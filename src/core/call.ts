/**
 * Calls: what a step asks of the outside and pays for, the answer of a model or of a tool. They are journalled inside their
 * step: an intent with a reservation before, the outcome with the bill after, both durable. A step that is begun again goes on
 * behind its last recorded call.
 */

import type { Amount, Share } from './budget.ts';
import type { ErrorRecord, Fault } from './errors.ts';
import type { Json } from './json.ts';

export type { Amount } from './budget.ts';

export type CallKind = 'model' | 'tool';

/** Tokens of one answer, as the vendor counted them. */
export interface Usage {
  /** All that was sent, what came from the vendor's cache or went into it included. */
  readonly input_tokens: number;
  /** The part of the input that was read from the vendor's cache. */
  readonly cached_tokens: number;
  /** The part of the input that was written to the vendor's cache. */
  readonly cache_write_tokens: number;
  /** All that was written, reasoning included. */
  readonly output_tokens: number;
  /** The part of the output that was reasoning and is in no answer. */
  readonly reasoning_tokens: number;
}

export const NO_USAGE: Usage = {
  input_tokens: 0,
  cached_tokens: 0,
  cache_write_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
};

/** What a call took. */
export interface Spent {
  readonly usage: Usage;
  readonly microusd: number | null;
}

/** A row of `calls`: one request to a vendor or a tool. A request that is made again is another row. */
export interface CallRecord {
  /** Unique in its workflow: `agent:belter-1/turn-3#1`, the step, the key within it, and which attempt. */
  readonly call_id: string;
  readonly step_id: string;
  readonly agent_id: string | null;
  /** The same for every attempt: `turn-3`, `turn-3/search-1`. */
  readonly key: string;
  readonly kind: CallKind;
  /** `provider/model`, or the tool's name. */
  readonly name: string;
  /** Of everything the outcome depends on. */
  readonly request_hash: string;
  readonly share: Share;
  /** `running` means: begun, outcome not known. */
  readonly status: 'running' | 'succeeded' | 'failed';
  readonly output: Json;
  readonly error: ErrorRecord | null;
  /** At most what it could take, kept free for it while it ran. */
  readonly reserved: Amount;
  /**
   * What is on the bill: as the vendor counted, or as reserved where nobody did; the reserved tokens then stand as input,
   * because nobody knows how they were shared. Zero while it runs, and where the outcome was taken over.
   */
  readonly spent: Spent;
  /** Whether the bill is the reservation, because no count came back. */
  readonly estimated: boolean;
  readonly started_at: string;
  readonly completed_at: string | null;
  /** The workflow whose outcome this is and which paid for it, or null when it was made here. */
  readonly adopted_from: string | null;
}

export function tokensOf(usage: Pick<Usage, 'input_tokens' | 'output_tokens'>): number {
  return usage.input_tokens + usage.output_tokens;
}

/** What a call tells while it is under way: it waits for its turn with others, or something came. */
export type Sign = 'queued' | 'heard';

/** How a request went: its outcome, or what failed, each with what it took; `spent` null where nobody counted. */
export type Called =
  | { readonly kind: 'succeeded'; readonly output: Json; readonly spent: Spent | null }
  | { readonly kind: 'failed'; readonly fault: Fault; readonly spent: Spent | null };

export interface CallRequest {
  /** Unique within the step, and the same each time the step is begun again: `turn-3`, `turn-3/search-1`. */
  readonly key: string;
  readonly kind: CallKind;
  /** `provider/model`, or the tool's name. */
  readonly name: string;
  /** Everything the outcome depends on. Recorded as its hash: the outcome of another request is never taken for this one's. */
  readonly request: Json;
  readonly share: Share;
  /** At most what it can take. */
  readonly most: Amount;
  /** Never taken over from a workflow that this one goes on from: it tells how things stood then. Default: false. */
  readonly own?: boolean;
  /** One request to the outside. A retryable fault is tried again, each attempt with a reservation and a bill of its own. */
  readonly run: (attempt: {
    readonly signal: AbortSignal;
    readonly idempotency_key: string;
    readonly sign?: (sign: Sign) => void;
  }) => Promise<Called>;
  /** Longest it gives no sign by limits of its own, milliseconds: it is no silence before. Default: it has none. */
  readonly quiet_ms?: number;
  /** Whether a longer wait than usual, in milliseconds, is sat out where a provider asks for it. Default: never. */
  readonly waits?: (ms: number) => boolean;
}

/** What a recorded outcome is found by. */
export type Recordable = Pick<CallRequest, 'key' | 'kind' | 'name' | 'request' | 'own'>;

/** The journalled calls of one step. */
export interface Calls {
  /**
   * The outcome of a call that is made once: as recorded where it is, by this step or by the workflow it goes on from, else made
   * and recorded. Rejects with the fault of the last attempt, with BUDGET_EXHAUSTED before any request that could pass the cap,
   * with BUDGET_UNPRICED before one that money is limited for and whose price is not known, and with the signal's reason. A
   * provider that wants a longer wait than is sat out is a failure at once.
   */
  make(call: CallRequest): Promise<Json>;
  /**
   * What an earlier attempt of the step was answered, or the same step of a workflow this one goes on from; else undefined.
   * Makes and records nothing, and waits for nobody but the store.
   */
  recorded(call: Recordable): Promise<Json | undefined>;
}
