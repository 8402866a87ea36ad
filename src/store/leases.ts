/** Leases: who asks for one, which hold no longer, what is given. */

import type { Workflow } from '../core/workflow.ts';
import type { Hold } from './hold.ts';

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
