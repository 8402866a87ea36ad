/**
 * Calls in the journal: what one may take is kept free before it is made, and what it took is on the bill after. Both are judged
 * and written in one transaction, over all calls of the workflow, so that no two of them count on the same room.
 */

import type { Budget, Limit, Share } from '../core/budget.ts';
import type { Amount, CallKind, CallRecord, Spent, Usage } from '../core/call.ts';
import type { ErrorRecord } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { Hold } from './hold.ts';

export interface ReserveCall {
  /** A step that has begun and has no outcome. */
  readonly step_id: string;
  readonly agent_id: string | null;
  readonly key: string;
  readonly kind: CallKind;
  readonly name: string;
  readonly request_hash: string;
  readonly share: Share;
  readonly most: Amount;
  readonly budget: Budget;
  /** How often the step has failed: requests that may be repeated are counted anew each time. */
  readonly round: number;
  /** After how many failed requests of one round the call has failed. */
  readonly attempts: number;
  /** Ended workflows whose outcomes may be taken over, the nearest first. */
  readonly earlier: readonly string[];
}

export type Reserved =
  /** `failures`: requests under this key that failed in this round and may be repeated. */
  | { readonly kind: 'begun'; readonly call: CallRecord; readonly failures: number }
  /** Its outcome is known: a success, here or of an earlier workflow, or a failure that is not to be repeated. */
  | { readonly kind: 'recorded'; readonly call: CallRecord }
  /** Calls under way keep the room it needs, or one of them is this very call: ask again once one has settled. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'exhausted'; readonly limit: Limit }
  /** Money is limited, and what the call can cost is not known. */
  | { readonly kind: 'unpriced' };

export interface SettleCall {
  readonly call_id: string;
  readonly outcome:
    | { readonly kind: 'succeeded'; readonly output: Json }
    | { readonly kind: 'failed'; readonly error: ErrorRecord };
  /** Null where nobody counted: then the reservation is the bill, marked `estimated`. */
  readonly spent: Spent | null;
  readonly budget: Budget;
}

/** Sums over the calls of one workflow that were made for the same agent and share, and of the same thing. */
export interface Spending {
  readonly agent_id: string | null;
  readonly kind: CallKind;
  /** `provider/model`, or the tool's name. */
  readonly name: string;
  readonly share: Share;
  /** Requests made here, those under way included; not those whose outcome was taken over. */
  readonly calls: number;
  readonly running: number;
  readonly failed: number;
  /** Settled at their reservation, because no count came back. */
  readonly estimated: number;
  /** Settled with no price known: `microusd` is short of what they cost. */
  readonly unpriced: number;
  /** Whose outcome an earlier workflow paid for. */
  readonly adopted: number;
  readonly usage: Usage;
  readonly microusd: number;
  /** Kept free for those under way. */
  readonly reserved: { readonly tokens: number; readonly microusd: number };
}

export interface CallVerbs {
  /**
   * Intent: records that a call is about to be made and keeps the most it can take free for it, unless its outcome is known or
   * the budget has no room. The first refusal of a workflow is told as `budget_exhausted`.
   */
  reserve(hold: Hold, call: ReserveCall): Promise<Reserved>;
  /**
   * Outcome and bill. A call that has an outcome keeps it. Where spending has come to the warning level, `budget_warning` is
   * told, once in a workflow, and not after `budget_exhausted`.
   */
  settle(hold: Hold, call: SettleCall): Promise<CallRecord>;
  /** In the order in which they were begun. */
  list(task_id: string): Promise<readonly CallRecord[]>;
  /** The bill without the outcomes, which may be large. Its sums are those over `list`. */
  spending(task_id: string): Promise<readonly Spending[]>;
}
