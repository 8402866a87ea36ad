/** What an owner may have here. */

import { LOCAL_OWNER } from '../core/owner.ts';
import { NO_QUOTA, type Quota } from '../core/quota.ts';
import { toMicro } from '../core/spend.ts';

export interface QuotaSettings {
  readonly owner_max_active: number | null;
  readonly owner_max_per_minute: number | null;
  readonly owner_usd_per_day: number | null;
}

/** Who sits at this machine pays for it and can change every limit of it. */
export function quotaOf(owner: string, settings: QuotaSettings): Quota {
  if (owner === LOCAL_OWNER) return NO_QUOTA;
  const { owner_max_active, owner_max_per_minute, owner_usd_per_day: usd } = settings;
  return {
    max_active: owner_max_active,
    max_per_minute: owner_max_per_minute,
    max_microusd_per_day: usd === null ? null : toMicro(usd),
  };
}

/**
 * The settings as they hold for a submission of this owner: where their day has a limit, no workflow is without a cap in
 * dollars, because nothing else could be kept free for it.
 */
export function settingsFor<S extends QuotaSettings & { readonly budget_usd: number | null }>(
  owner: string,
  settings: S,
): S {
  const { max_microusd_per_day } = quotaOf(owner, settings);
  if (max_microusd_per_day === null) return settings;
  const { budget_usd, owner_usd_per_day: day } = settings;
  return { ...settings, budget_usd: budget_usd === null || day === null ? day : Math.min(budget_usd, day) };
}
