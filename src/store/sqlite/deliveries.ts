/** Messages on their way: one at a time for each registration and workflow, by lease, in order. */

import { iso } from '../../core/clock.ts';
import type { EventType } from '../../core/event.ts';
import { type DeliveryStatus, type DeliveryView, isSilent, messageId, silenceAfter } from '../../core/webhook.ts';
import type { DeliveryHold, DeliveryOutcome, DeliveryQuery, DeliveryVerbs, Placed, Settlement } from '../webhooks.ts';
import { prepareClaim } from './claim.ts';
import { ANEW, prepareCollect, prepareMessages } from './messages.ts';
import { read, type Session, snapshot } from './session.ts';
import { prepareSweep, sweepVerb } from './sweep.ts';

interface DeliveryRow {
  id: number;
  delivery_id: string;
  webhook_id: string;
  task_id: string;
  seq: number;
  event_type: EventType;
  status: DeliveryStatus;
  attempts: number;
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
    sweep: sweepVerb(session),
    holders: () => read(session, () => holders.all()),
    // Looks before it asks for the write lock: who has nothing to deliver must not take it at every turn.
    claim: async (request) => {
      const seen = await snapshot(session, () => claim.look(request));
      return seen.due ? writer.write(() => claim.take(request, seen)) : { claimed: [], next: seen.next };
    },
    settle: (hold, outcome) => writer.write(() => settle(hold, outcome)),
    list: (query: DeliveryQuery) =>
      read(session, () => db.prepare<object, DeliveryRow>(pageSql(query)).all(query).map(placed)),
    redeliver: (owner, delivery_id) => writer.write(() => redeliver(owner, delivery_id)),
  };
}

/** Only the conditions that are asked for, so that each finds its index: open ones are few among a million that were delivered. */
export function pageSql({ webhook_id, task_id, status, before }: Omit<DeliveryQuery, 'owner' | 'limit'>): string {
  const isOpen = status !== null && status !== 'delivered';
  const conditions = [
    // Those of a registration have indices of their own, which the plus leaves to be chosen.
    webhook_id === null ? 'owner = @owner' : '+owner = @owner',
    'webhook_id NOT IN (SELECT webhook_id FROM webhook_sweeps WHERE reason IS NULL)',
    ...(webhook_id === null ? [] : ['webhook_id = @webhook_id']),
    ...(task_id === null ? [] : ['task_id = @task_id']),
    ...(status === null ? [] : ['status = @status']),
    // In these words the index of the open ones is found.
    ...(isOpen ? ["status <> 'delivered'"] : []),
    ...(before === null ? [] : ['id < @before']),
  ];
  return `SELECT * FROM deliveries WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT @limit`;
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

interface Settled {
  readonly webhook_id: string;
  readonly task_id: string;
}

function prepareSettle(session: Session): (hold: DeliveryHold, outcome: DeliveryOutcome) => Settlement {
  const { db, clock } = session;
  const { promote } = prepareMessages(session);
  const sweep = prepareSweep(session);
  const settle = db.prepare<object, Settled>(
    `UPDATE deliveries SET status = @status, available_at = @available_at, set_at = iif(@available_at IS NULL, NULL, @now), lease_holder = NULL,
       attempts = attempts - @undone, refusals = refusals + @refused,
       first_attempt_at = iif(attempts > @undone, first_attempt_at, NULL),
       delivered_at = @delivered_at, last_status = coalesce(@last_status, iif(@undone, last_status, NULL)),
       last_error = iif(@undone, last_error, @last_error)
     WHERE delivery_id = @delivery_id AND lease_holder = @holder AND attempts = @attempt
       AND webhook_id IN (SELECT webhook_id FROM webhooks)
     RETURNING webhook_id, task_id`,
  );
  const tally = prepareTally(session);
  const disable = db.prepare<object>(
    `UPDATE webhooks SET disabled_at = @now, disabled_reason = @reason,
       since = max(since, (SELECT position FROM delivery_position))
     WHERE webhook_id = @webhook_id AND disabled_at IS NULL`,
  );
  return (hold, outcome) => {
    const now = iso(clock.now());
    const change = changeOf(outcome, now);
    const row = settle.get({ ...hold, ...change, now });
    if (row === undefined) return { recorded: false, disabled: false };
    const { webhook_id } = row;
    const reason = tally(webhook_id, outcome);
    const disabled = reason !== null && disable.run({ webhook_id, now, reason }).changes > 0;
    if (disabled) sweep.begin({ webhook_id, reason: `not tried: ${reason}` });
    else promote({ ...row, now });
    return { recorded: true, disabled };
  };
}

interface TallyRow {
  task_id: string | null;
  silent_days: number;
  silent_day: string | null;
}

/** Inside a verb: counts what came of an attempt for its registration; says why that is to be disabled, or null. */
function prepareTally({ db, clock }: Session): (webhook_id: string, outcome: DeliveryOutcome) => string | null {
  const delivered = db.prepare<[string]>(
    'UPDATE webhooks SET deliveries = deliveries + 1, silent_days = 0, silent_day = NULL WHERE webhook_id = ?',
  );
  const failed = db.prepare<[string], TallyRow>(
    'UPDATE webhooks SET failures = failures + 1 WHERE webhook_id = ? RETURNING task_id, silent_days, silent_day',
  );
  const silent = db.prepare<object>(
    'UPDATE webhooks SET silent_days = @silent_days, silent_day = @silent_day WHERE webhook_id = @webhook_id',
  );
  return (webhook_id, outcome) => {
    if (outcome.kind === 'given_back') return null;
    if (outcome.kind === 'delivered') {
      delivered.run(webhook_id);
      return null;
    }
    const row = failed.get(webhook_id);
    if (outcome.kind === 'gone') return outcome.error;
    if (outcome.kind === 'lost' || row === undefined) return null;
    const begun = row.silent_day === null ? null : Date.parse(row.silent_day);
    const now = clock.now();
    const silence = silenceAfter({ days: row.silent_days, begun }, now);
    silent.run({ webhook_id, silent_days: silence.days, silent_day: iso(silence.begun ?? now) });
    const of = { gaveUp: outcome.next_attempt_at === null, oneWorkflow: row.task_id !== null };
    if (!isSilent(silence, of)) return null;
    return `nothing was taken on ${silence.days} days on which it was tried, the last time: ${outcome.error}`;
  };
}

function changeOf(outcome: DeliveryOutcome, now: string) {
  const none = { available_at: null, delivered_at: null, last_status: null, last_error: null, refused: 0, undone: 0 };
  if (outcome.kind === 'given_back') return { ...none, status: 'pending', available_at: now, undone: 1 };
  if (outcome.kind === 'lost') return { ...none, status: 'dead', last_error: outcome.error };
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
  const reopen = db.prepare<object>(
    `UPDATE deliveries SET ${ANEW}, delivered_at = NULL WHERE delivery_id = @delivery_id`,
  );
  return (owner, delivery_id) => {
    const row = one.get(owner, delivery_id);
    if (row === undefined) return null;
    if (row.disabled_at !== null) return 'disabled';
    if (row.status === 'pending') return toDelivery(row);
    const now = iso(clock.now());
    const { webhook_id, task_id } = row;
    reopen.run({ delivery_id, now });
    promote({ webhook_id, task_id, now });
    const reopened = one.get(owner, delivery_id);
    return reopened === undefined ? null : toDelivery(reopened);
  };
}
