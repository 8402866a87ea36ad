/** Inside the verb that admits a submission: what its owner has, held against what an owner may have. */

import { iso } from '../../core/clock.ts';
import { checkQuota, mostOf, type Quota } from '../../core/quota.ts';
import type { Submission } from '../store.ts';
import { configOf } from './rows.ts';
import type { Session } from './session.ts';

interface SumsRow {
  readonly spent: number;
  readonly today: number;
  readonly reserved: number;
}

/** Throws QUOTA_EXCEEDED. What has no limit is not counted. */
export function prepareQuota(session: Session): (submission: Submission, quota: Quota) => void {
  const { db, clock } = session;
  // The sign keeps SQLite from going through all workflows of the owner: few are open.
  const open = db.prepare<[string], { readonly task_id: string; readonly config: string | null }>(
    `SELECT task_id, iif(json_valid(config), config, NULL) AS config FROM workflows WHERE status IN ('pending', 'running') AND +owner = ?`,
  );
  const nth = db
    .prepare<[string, number], string>(
      `SELECT created_at FROM workflows WHERE owner = ? AND erased_at IS NULL
       ORDER BY created_at DESC, task_id DESC LIMIT 1 OFFSET ?`,
    )
    .pluck();
  const sums = db.prepare<{ task_id: string; day: string }, SumsRow>(
    `SELECT coalesce(sum(microusd), 0) AS spent,
       coalesce(sum(iif(completed_at >= @day, microusd, 0)), 0) AS today,
       coalesce(sum(iif(status = 'running', reserved_microusd, 0)), 0) AS reserved
     FROM calls WHERE task_id = @task_id`,
  );
  const ended = db
    .prepare<{ owner: string; day: string }, number>(
      `SELECT coalesce(sum(microusd), 0) FROM workflows JOIN calls USING (task_id)
       WHERE workflows.completed_at >= @day AND erased_at IS NULL AND +owner = @owner AND calls.completed_at >= @day`,
    )
    .pluck();
  const money = (owner: string, now: number, workflows: ReturnType<typeof open.all>) => {
    const day = `${iso(now).slice(0, 10)}T00:00:00.000Z`;
    let spent_today = ended.get({ owner, day }) ?? 0;
    let kept = 0;
    for (const { task_id, config } of workflows) {
      const { spent, today, reserved } = sums.get({ task_id, day }) ?? { spent: 0, today: 0, reserved: 0 };
      // One that is damaged cannot be worked on, and keeps nobody from anything else.
      const most = config === null ? 0 : mostOf(configOf(task_id, config));
      spent_today += today;
      kept += most === null ? reserved : Math.max(reserved, most - spent);
    }
    return { spent_today, kept };
  };
  return ({ owner, config }, quota) => {
    const { max_active, max_per_minute, max_microusd_per_day } = quota;
    if (max_active === null && max_per_minute === null && max_microusd_per_day === null) return;
    const now = clock.now();
    const workflows = max_active === null && max_microusd_per_day === null ? [] : open.all(owner);
    const oldest = max_per_minute === null ? undefined : nth.get(owner, max_per_minute - 1);
    const none = { spent_today: 0, kept: 0 };
    checkQuota(quota, {
      now,
      active: workflows.length,
      oldest_counted: oldest === undefined ? null : Date.parse(oldest),
      ...(max_microusd_per_day === null ? none : money(owner, now, workflows)),
      // Without a cap it may take anything; one micro-dollar at least has to be left.
      most: mostOf(config) ?? 1,
    });
  };
}
