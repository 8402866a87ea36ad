/** Inside the verb that admits a submission: what its owner has, held against what an owner may have. */

import { iso } from '../../core/clock.ts';
import { checkQuota, mostOf, type Quota } from '../../core/quota.ts';
import type { Submission } from '../store.ts';
import { configOf, INTACT } from './rows.ts';
import type { Session } from './session.ts';

interface OpenRow {
  readonly task_id: string;
  readonly config: string;
}

interface SumsRow {
  readonly spent: number;
  readonly reserved: number;
}

/** Throws QUOTA_EXCEEDED. What has no limit is not counted. */
export function prepareQuota(session: Session): (submission: Submission, quota: Quota) => void {
  const { db, clock } = session;
  // The sign keeps SQLite from going through all workflows of the owner: few are open. One that is damaged is never worked on:
  // it would take a place, and dollars, until somebody cancels it.
  const open = db.prepare<[string], OpenRow>(
    `SELECT task_id, config FROM workflows WHERE status IN ('pending', 'running') AND +owner = ? AND ${INTACT}`,
  );
  // After now lies what came before the clock was set back: it would stay the newest, and refuse every retry until it has passed.
  const nth = db
    .prepare<{ owner: string; now: string; n: number }, string>(
      `SELECT created_at FROM (
         SELECT created_at FROM (SELECT created_at FROM workflows
           WHERE owner = @owner AND erased_at IS NULL AND created_at <= @now
           ORDER BY created_at DESC, task_id DESC LIMIT @n)
         UNION ALL SELECT created_at FROM erased_in_their_minute WHERE owner = @owner AND created_at <= @now)
       ORDER BY created_at DESC LIMIT 1 OFFSET @n - 1`,
    )
    .pluck();
  const sums = db.prepare<[string], SumsRow>(
    `SELECT coalesce(sum(microusd), 0) AS spent,
       coalesce(sum(iif(status = 'running', reserved_microusd, 0)), 0) AS reserved
     FROM calls WHERE task_id = ?`,
  );
  const today = db
    .prepare<[string, string], number>('SELECT microusd FROM owner_days WHERE owner = ? AND day = ?')
    .pluck();
  const kept = ({ task_id, config }: OpenRow): number => {
    const { spent, reserved } = sums.get(task_id) ?? { spent: 0, reserved: 0 };
    const most = mostOf(configOf(task_id, config));
    return most === null ? reserved : Math.max(reserved, most - spent);
  };
  return ({ owner, config }, quota) => {
    const { max_active, max_per_minute, max_microusd_per_day } = quota;
    if (max_active === null && max_per_minute === null && max_microusd_per_day === null) return;
    const now = clock.now();
    const workflows = max_active === null && max_microusd_per_day === null ? [] : open.all(owner);
    const oldest = max_per_minute === null ? undefined : nth.get({ owner, now: iso(now), n: max_per_minute });
    checkQuota(quota, {
      now,
      active: workflows.length,
      oldest_counted: oldest === undefined ? null : Date.parse(oldest),
      spent_today: max_microusd_per_day === null ? 0 : (today.get(owner, iso(now).slice(0, 10)) ?? 0),
      kept: max_microusd_per_day === null ? 0 : workflows.reduce((sum, one) => sum + kept(one), 0),
      // Without a cap it may take anything; one micro-dollar at least has to be left.
      most: mostOf(config) ?? 1,
    });
  };
}
