/** Takes messages that are due, each for one holder until its lease is over. */

import { iso } from '../../core/clock.ts';
import type { ClaimedDelivery, Claims, DeliveryClaim } from '../webhooks.ts';
import { prepareCandidates } from './lanes.ts';
import { Places, type WaitingRow } from './places.ts';
import type { Session } from './session.ts';

/** Waits that begin anew in one transaction. */
const AT_ONCE = 1000;

/** What a look found. */
interface Looked extends Pick<Claims, 'next'> {
  readonly due: boolean;
  /** Ids of the messages whose turn it is; null where that is to be found out once more is free or due. */
  readonly chosen: readonly number[] | null;
}

export function prepareClaim(session: Pick<Session, 'db' | 'clock'>) {
  const { clock, db } = session;
  const candidates = prepareCandidates(session);
  const hold = prepareHold(session);
  const anew = prepareAnew(session);
  const free = db.prepare<object>(
    `UPDATE deliveries SET lease_holder = NULL, available_at = @now, set_at = @now
     WHERE lease_holder IN (SELECT value FROM json_each(@dead))`,
  );
  const look = (request: DeliveryClaim): Looked => {
    const now = iso(clock.now());
    const places = new Places(request);
    if (!places.any) return { due: false, next: null, chosen: [] };
    if (request.dead.length > 0 || anew.isNeeded(now)) return { due: true, next: now, chosen: null };
    const { rows, next } = candidates.of(places, request);
    const chosen = places.choose(rows).map(({ id }) => id);
    if (chosen.length === 0) candidates.goOn();
    return { due: chosen.length > 0, next, chosen };
  };
  // Whoever writes waits for this: what the look chose is not looked for again.
  const take = (request: DeliveryClaim, { chosen, next }: Looked): Claims => {
    const now = iso(clock.now());
    if (request.dead.length > 0) free.run({ now, dead: JSON.stringify(request.dead) });
    anew.begin(now);
    const places = new Places(request);
    const found = chosen === null ? candidates.of(places, request) : { rows: candidates.again(chosen, request), next };
    const claimed = places.choose(found.rows).map((row) => hold(row, request));
    candidates.goOn();
    // What another process took meanwhile leaves its place to something else that is due.
    const isMore = anew.isNeeded(now) || claimed.length < (chosen?.length ?? 0);
    return { claimed, next: isMore ? now : found.next };
  };
  return { look, take };
}

/**
 * A time that was set later than it is now was set by a clock that has been set back since, and says nothing any more: what then
 * had to wait four seconds, or was leased for thirty, might wait for hours. It waits as long as it was to, from now on, and is no
 * younger than now.
 */
function prepareAnew({ db }: Pick<Session, 'db'>) {
  const needed = db.prepare<[string], 1>('SELECT 1 FROM deliveries WHERE set_at > ? LIMIT 1').pluck();
  const some = db.prepare<[string, number], { id: number; available_at: string; set_at: string }>(
    'SELECT id, available_at, set_at FROM deliveries WHERE set_at > ? LIMIT ?',
  );
  const set = db.prepare<object>(`UPDATE deliveries SET available_at = @available_at, set_at = @now,
       first_attempt_at = min(first_attempt_at, @now), waits_since = min(waits_since, @now) WHERE id = @id`);
  return {
    isNeeded: (now: string): boolean => needed.get(now) !== undefined,
    begin: (now: string): void => {
      for (const { id, available_at, set_at } of some.all(now, AT_ONCE)) {
        const wait = Math.max(0, Date.parse(available_at) - Date.parse(set_at));
        set.run({ id, now, available_at: iso(Date.parse(now) + wait) });
      }
    },
  };
}

/** Inside a verb: one attempt more, and nobody else's until its lease is over. */
function prepareHold({
  db,
  clock,
}: Pick<Session, 'db' | 'clock'>): (row: WaitingRow, request: DeliveryClaim) => ClaimedDelivery {
  const held = db.prepare<object, { attempts: number; first_attempt_at: string }>(
    `UPDATE deliveries SET lease_holder = @holder, available_at = @until, set_at = @now, attempts = attempts + 1,
       first_attempt_at = coalesce(first_attempt_at, @now), last_attempt_at = @now
     WHERE id = @id RETURNING attempts, first_attempt_at`,
  );
  return (row, { holder, lease_ms }) => {
    const now = iso(clock.now());
    const taken = held.get({ id: row.id, holder, until: iso(clock.now() + lease_ms), now });
    const former = row.former_until !== null && row.former_until > now ? row.former_secret : null;
    const { delivery_id, webhook_id, owner, url, host, task_id, seq, refusals, waits_since } = row;
    return {
      hold: { delivery_id, holder, attempt: taken?.attempts ?? 0 },
      webhook_id,
      owner,
      url,
      host,
      secrets: [row.secret, ...(former === null ? [] : [former])],
      task_id,
      seq,
      refusals,
      first_attempt_at: taken?.first_attempt_at ?? now,
      waits_since,
    };
  };
}
