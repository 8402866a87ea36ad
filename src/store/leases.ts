/** Who may run what: places, leases, and when one counts as free. */

import type { Quota } from '../core/quota.ts';
import type { Workflow } from '../core/workflow.ts';
import type { Hold } from './hold.ts';

export interface Admission {
  /** Most workflows running under a live lease, over all processes. */
  readonly max_active: number;
  /** Most workflows waiting. */
  readonly max_queued: number;
  /** What the submission's owner may have. Absent: no limit. */
  readonly quota?: Quota;
}

export interface Claimant {
  /** Who takes the lease: one string per process start, naming machine, process and start (engine/holder). */
  readonly holder: string;
  readonly lease_ms: number;
  readonly expired_by: Lapse['expired_by'];
}

/** Which leases hold no longer though nobody gave them back. */
export interface Lapse {
  /** Holders known to be dead: their leases count as expired. */
  readonly dead: readonly string[];
  /** A lease has expired only if it had by this moment on the asker's clock, in ms since the epoch; 0, right after a leap: none. */
  readonly expired_by: number;
}

export interface ClaimRequest extends Claimant, Lapse {
  readonly max_active: number;
  /** Only this workflow; else the orphaned ones first, then the queue in its order. */
  readonly task_id?: string;
}

export interface Created {
  readonly workflow: Workflow;
  /** False when the idempotency key named one that was there. */
  readonly created: boolean;
  /** Where a claimant was named, nobody waits and there is a place: it begins in the transaction that submits it. */
  readonly claimed: Claimed | null;
}

export interface Claimed {
  readonly hold: Hold;
  readonly workflow: Workflow;
  /** False on the very first start. */
  readonly resumed: boolean;
  /** By the store's clock, milliseconds since the epoch: no leap before it is any of the time limit's. */
  readonly claimed_at: number;
}

export interface Renewal extends Hold {
  /** Time in which the holder did not work though it lived, negative where the clock was set back: it moves the deadline. */
  readonly idle_ms: number;
}
