/** Messages on their way: one at a time for each registration and workflow, by lease, in order. */

import { iso } from '../../core/clock.ts';
import type { EventType } from '../../core/event.ts';
import { type DeliveryStatus, type DeliveryView, messageId } from '../../core/webhook.ts';
import type {
  ClaimedDelivery,
  Claims,
  DeliveryClaim,
  DeliveryHold,
  DeliveryOutcome,
  DeliveryQuery,
  DeliveryVerbs,
  Placed,
} from '../webhooks.ts';
import { prepareCollect, prepareMessages } from './messages.ts';
import { read, type Session, snapshot } from './session.ts';

interface DeliveryRow {
  id: number;
  delivery_id: string;
  webhook_id: string;
  host: string;
  task_id: string;
  seq: number;
  event_type: EventType;
  status: DeliveryStatus;
  attempts: number;
  refusals: number;
  created_at: string;
  available_at: string | null;
  lease_holder: string | null;
  first_attempt_at: string | null;
  last_attempt_at: string | null;
  delivered_at: string | null;
  last_status: number | null;
  last_error: string | null;
}

export function deliveryVerbs(session: Session): DeliveryVerbs {
  const { db, writer } = session;
  const holders = db
    .prepare<[], string>('SELECT DISTINCT lease_holder FROM deliveries WHERE lease_holder IS NOT NULL')
    .pluck();
  const claim = prepareClaim(session);
  const settle = prepareSettle(session);
  const redeliver = prepareRedeliver(session);
  return {
    collect: prepareCollect(session),
    holders: () => read(session, () => holders.all()),
    // Looks before it asks for the write lock: who has nothing to deliver must not take it at every turn.
    claim: async (request) => {
      const seen = await snapshot(session, () => claim.look(request));
      return seen.due ? writer.write(() => claim.take(request)) : { claimed: [], next: seen.next };
    },
    settle: (hold, outcome) => writer.write(() => settle(hold, outcome)),
    list: (query: DeliveryQuery) => read(session, () => statementOf(db, query).all(query).map(placed)),
    redeliver: (owner, delivery_id) => writer.write(() => redeliver(owner, delivery_id)),
  };
}

/** Only the conditions that are asked for, so that each finds its index: dead ones are few among a million that were delivered. */
function statementOf(db: Session['db'], { webhook_id, task_id, status, before }: DeliveryQuery) {
  const conditions = [
    'owner = @owner',
    ...(webhook_id === null ? [] : ['webhook_id = @webhook_id']),
    ...(task_id === null ? [] : ['task_id = @task_id']),
    ...(status === null ? [] : [status === 'dead' ? "status = 'dead'" : 'status = @status']),
    ...(before === null ? [] : ['id < @before']),
  ];
  return db.prepare<object, DeliveryRow>(
    `SELECT * FROM deliveries WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT @limit`,
  );
}

function placed(row: DeliveryRow): Placed<DeliveryView> {
  return { view: toDelivery(row), position: row.id };
}

function toDelivery(row: DeliveryRow): DeliveryView {
  const { delivery_id, webhook_id, task_id, seq, event_type, status, attempts, created_at } = row;
  return {
    delivery_id,
    webhook_id,
    message_id: messageId(task_id, seq),
    task_id,
    seq,
    event_type,
    status,
    attempts,
    created_at,
    last_attempt_at: row.last_attempt_at,
    next_attempt_at: row.lease_holder === null ? row.available_at : null,
    delivered_at: row.delivered_at,
    last_status: row.last_status,
    last_error: row.last_error,
  };
}

/** Hosts with a message that could go, each found by one step through an index: a dead one with many is passed in one. */
const HOSTS = `WITH RECURSIVE hosts(host) AS (
    SELECT min(host) FROM deliveries WHERE available_at IS NOT NULL
    UNION ALL
    SELECT (SELECT min(host) FROM deliveries WHERE available_at IS NOT NULL AND host > hosts.host)
    FROM hosts WHERE hosts.host IS NOT NULL
  ) SELECT host FROM hosts WHERE host IS NOT NULL`;

/** Looked at in the order of time. Only where there are more, and all of them for hosts that have enough, are hosts gone through. */
const FIRST = 64;

type DueRow = DeliveryRow & {
  url: string;
  secret: string;
  former_secret: string | null;
  former_until: string | null;
};

type Room = (host: string) => number;

function roomOf({ per_host, busy }: Pick<DeliveryClaim, 'per_host' | 'busy'>): Room {
  return (host) => Math.max(0, per_host - (busy.get(host) ?? 0));
}

function prepareClaim(session: Session) {
  const { clock } = session;
  const earliest = prepareEarliest(session);
  const due = prepareDue(session);
  const hold = prepareHold(session);
  const free = session.db.prepare<object>(
    `UPDATE deliveries SET lease_holder = NULL, available_at = @now
     WHERE lease_holder IN (SELECT value FROM json_each(@dead))`,
  );
  const look = (request: DeliveryClaim): Pick<Claims, 'next'> & { readonly due: boolean } => {
    if (request.limit <= 0) return { due: false, next: null };
    const next = earliest(roomOf(request));
    return { due: request.dead.length > 0 || (next !== null && next <= iso(clock.now())), next };
  };
  const take = (request: DeliveryClaim): Claims => {
    const now = iso(clock.now());
    if (request.dead.length > 0) free.run({ now, dead: JSON.stringify(request.dead) });
    const rows = due(now, roomOf(request));
    const claimed = rows.slice(0, request.limit).map((row) => hold(row, request));
    const busy = new Map(request.busy);
    for (const { host } of claimed) busy.set(host, (busy.get(host) ?? 0) + 1);
    return { claimed, next: look({ ...request, dead: [], busy, limit: request.limit - claimed.length }).next };
  };
  return { look, take };
}

/** When the first message falls due whose host has room. */
function prepareEarliest({ db }: Session): (room: Room) => string | null {
  type Timed = Pick<DueRow, 'host'> & { available_at: string };
  const first = db.prepare<[number], Timed>(
    'SELECT host, available_at FROM deliveries WHERE available_at IS NOT NULL ORDER BY available_at, id LIMIT ?',
  );
  const hosts = db.prepare<[], string>(HOSTS).pluck();
  const ofHost = db
    .prepare<[string], string>('SELECT min(available_at) FROM deliveries WHERE host = ? AND available_at IS NOT NULL')
    .pluck();
  return (room) => {
    const rows = first.all(FIRST);
    const found = rows.find(({ host }) => room(host) > 0);
    if (found !== undefined || rows.length < FIRST) return found?.available_at ?? null;
    const times = hosts.all().flatMap((host) => (room(host) > 0 ? [ofHost.get(host) ?? ''] : []));
    return times.toSorted()[0] ?? null;
  };
}

/** Messages that are due, of each host as many as there is room for; who waits longest comes first. */
function prepareDue({ db }: Session): (now: string, room: Room) => readonly DueRow[] {
  const dueRows = `SELECT deliveries.*, url, secret, former_secret, former_until
    FROM deliveries JOIN webhooks USING (webhook_id) WHERE available_at <= ?`;
  const first = db.prepare<[string, number], DueRow>(`${dueRows} ORDER BY available_at, deliveries.id LIMIT ?`);
  const hosts = db.prepare<[], string>(HOSTS).pluck();
  const ofHost = db.prepare<[string, string, number], DueRow>(
    `${dueRows} AND deliveries.host = ? ORDER BY available_at, deliveries.id LIMIT ?`,
  );
  return (now, room) => {
    const rows = first.all(now, FIRST);
    if (rows.length < FIRST) {
      const taken = new Map<string, number>();
      return rows.filter(({ host }) => {
        const before = taken.get(host) ?? 0;
        taken.set(host, before + 1);
        return before < room(host);
      });
    }
    const each = hosts.all().flatMap((host) => (room(host) > 0 ? ofHost.all(now, host, room(host)) : []));
    return each.sort((one, other) => ((one.available_at ?? '') < (other.available_at ?? '') ? -1 : 1));
  };
}

/** Inside a verb: one attempt more, and nobody else's until its lease is over. */
function prepareHold({ db, clock }: Session): (row: DueRow, request: DeliveryClaim) => ClaimedDelivery {
  const held = db.prepare<object, { attempts: number; first_attempt_at: string }>(
    `UPDATE deliveries SET lease_holder = @holder, available_at = @until, attempts = attempts + 1,
       first_attempt_at = coalesce(first_attempt_at, @now), last_attempt_at = @now
     WHERE id = @id RETURNING attempts, first_attempt_at`,
  );
  return (row, { holder, lease_ms }) => {
    const now = iso(clock.now());
    const taken = held.get({ id: row.id, holder, until: iso(clock.now() + lease_ms), now });
    const former = row.former_until !== null && row.former_until > now ? row.former_secret : null;
    const { delivery_id, webhook_id, url, host, task_id, seq, refusals } = row;
    return {
      hold: { delivery_id, holder, attempt: taken?.attempts ?? 0 },
      webhook_id,
      url,
      host,
      secrets: [row.secret, ...(former === null ? [] : [former])],
      task_id,
      seq,
      refusals,
      first_attempt_at: taken?.first_attempt_at ?? now,
    };
  };
}

interface Settled {
  readonly webhook_id: string;
  readonly task_id: string;
}

function prepareSettle(session: Session): (hold: DeliveryHold, outcome: DeliveryOutcome) => boolean {
  const { db, clock } = session;
  const { promote } = prepareMessages(session);
  const settle = db.prepare<object, Settled>(
    `UPDATE deliveries SET status = @status, available_at = @available_at, lease_holder = NULL,
       attempts = attempts - @undone, refusals = refusals + @refused,
       first_attempt_at = iif(attempts > @undone, first_attempt_at, NULL),
       delivered_at = @delivered_at, last_status = coalesce(@last_status, iif(@undone, last_status, NULL)),
       last_error = iif(@undone, last_error, @last_error)
     WHERE delivery_id = @delivery_id AND lease_holder = @holder AND attempts = @attempt RETURNING webhook_id, task_id`,
  );
  const tally = db.prepare<object>(
    `UPDATE webhooks SET deliveries = deliveries + @delivered, failures = failures + @failed WHERE webhook_id = @webhook_id`,
  );
  const disable = db.prepare<object>(
    'UPDATE webhooks SET disabled_at = @now, disabled_reason = @reason WHERE webhook_id = @webhook_id AND disabled_at IS NULL',
  );
  const bury = db.prepare<object>(
    `UPDATE deliveries SET status = 'dead', available_at = NULL, lease_holder = NULL, last_error = coalesce(last_error, @reason)
     WHERE webhook_id = @webhook_id AND status = 'pending'`,
  );
  return (hold, outcome) => {
    const now = iso(clock.now());
    const change = changeOf(outcome, now);
    const row = settle.get({ ...hold, ...change });
    if (row === undefined) return false;
    const delivered = outcome.kind === 'delivered' ? 1 : 0;
    const failed = outcome.kind === 'failed' || outcome.kind === 'gone' ? 1 : 0;
    tally.run({ webhook_id: row.webhook_id, delivered, failed });
    if (outcome.kind === 'gone') {
      disable.run({ webhook_id: row.webhook_id, now, reason: outcome.error });
      bury.run({ webhook_id: row.webhook_id, reason: `not tried: ${outcome.error}` });
    } else promote({ ...row, now });
    return true;
  };
}

function changeOf(outcome: DeliveryOutcome, now: string) {
  const none = { available_at: null, delivered_at: null, last_status: null, last_error: null, refused: 0, undone: 0 };
  if (outcome.kind === 'given_back') return { ...none, status: 'pending', available_at: now, undone: 1 };
  const { status: last_status } = outcome;
  if (outcome.kind === 'delivered') return { ...none, status: 'delivered', delivered_at: now, last_status };
  const { error: last_error } = outcome;
  if (outcome.kind === 'gone') return { ...none, status: 'dead', last_status, last_error };
  const { next_attempt_at: available_at, refused } = outcome;
  const status = available_at === null ? 'dead' : 'pending';
  return { ...none, status, available_at, last_status, last_error, refused: refused ? 1 : 0 };
}

function prepareRedeliver(session: Session): (owner: string, delivery_id: string) => DeliveryView | 'disabled' | null {
  const { db, clock } = session;
  const { promote } = prepareMessages(session);
  const one = db.prepare<[string, string], DeliveryRow & { disabled_at: string | null }>(
    `SELECT deliveries.*, disabled_at FROM deliveries JOIN webhooks USING (webhook_id)
     WHERE deliveries.owner = ? AND delivery_id = ?`,
  );
  const reopen = db.prepare<[string]>(
    `UPDATE deliveries SET status = 'pending', attempts = 0, refusals = 0, first_attempt_at = NULL, delivered_at = NULL
     WHERE delivery_id = ?`,
  );
  return (owner, delivery_id) => {
    const row = one.get(owner, delivery_id);
    if (row === undefined) return null;
    if (row.status === 'pending') return toDelivery(row);
    if (row.disabled_at !== null) return 'disabled';
    reopen.run(delivery_id);
    promote({ webhook_id: row.webhook_id, task_id: row.task_id, now: iso(clock.now()) });
    const now = one.get(owner, delivery_id);
    return now === undefined ? null : toDelivery(now);
  };
}
