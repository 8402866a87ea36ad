/** How webhooks fare, whoever's they are: what waits, what was given up, and where nothing is taken. */

import type { Database } from 'better-sqlite3';
import type { WebhookState } from '../../core/audit.ts';

const MOST_FAILING = 10;

/** Messages of a registration that is forgotten are nobody's, whether they are removed yet or not. */
const SHOWN = 'webhook_id NOT IN (SELECT webhook_id FROM webhook_sweeps WHERE reason IS NULL)';

type Counts = Omit<WebhookState, 'failing'>;

export function webhookState(db: Database): WebhookState {
  // What is delivered is nearly all there is, and no index is of it alone: it is not counted.
  const unsettled = `FROM deliveries WHERE ${SHOWN} AND status <> 'delivered' AND status =`;
  const counts = db
    .prepare<[], Counts>(
      `SELECT (SELECT count(*) FROM webhooks) AS registrations,
         (SELECT count(*) FROM webhooks WHERE disabled_at IS NOT NULL) AS disabled,
         (SELECT count(*) ${unsettled} 'pending') AS pending,
         (SELECT min(created_at) ${unsettled} 'pending') AS oldest,
         (SELECT count(*) ${unsettled} 'dead') AS dead`,
    )
    .get();
  // Of each registration and workflow the first alone is tried. One that is to be delivered again has not failed yet.
  const failing = db
    .prepare<[number], WebhookState['failing'][number]>(
      `SELECT host, count(*) AS workflows, min(first_attempt_at) AS since FROM deliveries
       WHERE ${SHOWN} AND available_at IS NOT NULL AND last_error IS NOT NULL AND first_attempt_at IS NOT NULL
       GROUP BY host ORDER BY workflows DESC, host LIMIT ?`,
    )
    .all(MOST_FAILING);
  return { registrations: 0, disabled: 0, pending: 0, oldest: null, dead: 0, ...counts, failing };
}
