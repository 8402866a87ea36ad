/**
 * How much one owner may ask of a service that several share. Judged in the transaction that admits a submission, so that two
 * processes cannot both give away the last place.
 */

import { Fault } from './errors.ts';
import { paidModels } from './model-catalogue.ts';
import type { WorkflowConfig } from './workflow.ts';

/** Null: no limit. */
export interface Quota {
  /** Workflows that have not ended. */
  readonly max_active: number | null;
  /** Workflows submitted in any 60 s. */
  readonly max_per_minute: number | null;
  /** Micro-dollars of one day in UTC: spent, and kept for what is open. */
  readonly max_microusd_per_day: number | null;
}

export const NO_QUOTA: Quota = { max_active: null, max_per_minute: null, max_microusd_per_day: null };

/** What the owner has, at the moment a submission is judged. Milliseconds since the epoch, whole micro-dollars. */
export interface Use {
  readonly now: number;
  readonly active: number;
  /** When the submission was made after which `max_per_minute` in all were; null where there are fewer. */
  readonly oldest_counted: number | null;
  readonly spent_today: number;
  /** What open workflows may take yet. */
  readonly kept: number;
  /** What the submission may take at most. */
  readonly most: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Nobody knows when a workflow ends. */
const LOOK_AGAIN_MS = 30_000;

/** Throws QUOTA_EXCEEDED, with the time after which to ask again, for a submission that passes a limit. */
export function checkQuota(quota: Quota, use: Use): void {
  const { max_active, max_per_minute, max_microusd_per_day } = quota;
  if (max_active !== null && use.active >= max_active) {
    const many = max_active === 1 ? '1 open workflow is' : `${max_active} open workflows are`;
    throw exceeded(`${many} the most of one owner, and ${use.active} are open`, LOOK_AGAIN_MS);
  }
  const { oldest_counted } = use;
  // A clock that was set back lets nobody wait longer than the minute.
  const wait = oldest_counted === null ? 0 : Math.min(MINUTE_MS, oldest_counted + MINUTE_MS - use.now);
  if (wait > 0) {
    const seconds = Math.ceil(wait / 1000);
    throw exceeded(`${max_per_minute} submissions a minute are the most of one owner; the next in ${seconds} s`, wait);
  }
  if (max_microusd_per_day !== null) checkMoney(max_microusd_per_day, use);
}

function checkMoney(cap: number, { now, spent_today, kept, most }: Use): void {
  // What costs nothing is not kept from anybody.
  if (most === 0 || spent_today + kept + most <= cap) return;
  const [limit, spent, open, asked] = [cap, spent_today, kept, most].map((microusd) => `$${microusd / 1e6}`);
  const sums = `${spent} is spent today (UTC), ${open} is kept for open workflows, and this one may take ${asked}`;
  const midnight = DAY_MS - (now % DAY_MS);
  const opens = spent_today + most <= cap;
  throw exceeded(
    `${limit} a day is the most of one owner: ${sums}`,
    opens ? Math.min(LOOK_AGAIN_MS, midnight) : midnight,
  );
}

function exceeded(message: string, retryAfterMs: number): Fault {
  return new Fault('QUOTA_EXCEEDED', message, { retryAfterMs });
}

type Paid = Pick<WorkflowConfig, 'free' | 'model' | 'models' | 'fallback_models' | 'budget'>;

/** What a workflow may take at most, micro-dollars: nothing where no call of it is paid for, null where it has no cap. */
export function mostOf(config: Paid): number | null {
  // The names tell of those of a release that did not say whether they are free.
  return config.free || paidModels(config).length === 0 ? 0 : config.budget.max_microusd;
}
