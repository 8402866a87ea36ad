/** Messages as they come from the log: each event that a registration wants becomes one, once. */

import { iso } from '../../core/clock.ts';
import { type Session, snapshot } from './session.ts';

/** Events looked at in one go: a millisecond or two of the event loop. */
const CHUNK = 1000;
/** What nobody wants is passed over without writing, until so many have to be passed over again after a restart. */
const UNWRITTEN = 10_000;

const COLUMNS = 'delivery_id, webhook_id, owner, host, task_id, seq, event_type, status, created_at, waits_since';
const VALUES = `'dlv_' || lower(hex(randomblob(16))), webhooks.webhook_id, webhooks.owner, webhooks.host,
  events.task_id, events.seq, events.event_type, 'pending', @now, @now`;
/** Whether a registration asks for events of a type. */
export function asksFor(type: string): string {
  return `(webhooks.events IS NULL OR ${type} IN (SELECT value FROM json_each(webhooks.events)))`;
}

/** An erased workflow has nothing left to tell. */
const WANTED = `webhooks.disabled_at IS NULL AND events.id > webhooks.since AND events.event_data IS NOT NULL
  AND events.event_type <> 'workflow_erased'
  AND ${asksFor('events.event_type')}`;
const RANGE = 'events.id > @from AND events.id <= @to';
/** Those for one workflow, and those for all of an owner's: each found by an index of its own. */
const FOUND = [
  `events CROSS JOIN webhooks ON webhooks.task_id = events.task_id WHERE ${RANGE} AND ${WANTED}`,
  `events CROSS JOIN workflows ON workflows.task_id = events.task_id
   CROSS JOIN webhooks ON webhooks.owner = workflows.owner AND webhooks.task_id IS NULL WHERE ${RANGE} AND ${WANTED}`,
];

/** What is set of a message that is to be delivered as if it had just been made. */
export const ANEW = `status = 'pending', attempts = 0, refusals = 0, first_attempt_at = NULL, waits_since = @now`;

export interface Messages {
  /** Inside a verb: of all that happened in a workflow since a registration for it alone begins. */
  readonly ofThePast: (webhook_id: string, now: string) => void;
  /** Inside a verb: the earliest open message of a registration and workflow becomes the first, unless one is under way. */
  readonly promote: (stream: { readonly webhook_id: string; readonly task_id: string; readonly now: string }) => void;
}

export function prepareMessages({ db }: Session): Messages {
  const past = db.prepare<object>(
    `INSERT INTO deliveries (${COLUMNS}) SELECT ${VALUES}
     FROM webhooks CROSS JOIN events ON events.task_id = webhooks.task_id
     WHERE webhooks.webhook_id = @webhook_id AND ${WANTED} ORDER BY events.seq
     ON CONFLICT (webhook_id, task_id, seq) DO NOTHING`,
  );
  const next = db.prepare<object>(
    `UPDATE deliveries SET available_at = @now, set_at = @now, waits_since = min(waits_since, @now)
     WHERE id = (SELECT id FROM deliveries WHERE webhook_id = @webhook_id AND task_id = @task_id AND status = 'pending'
       ORDER BY seq LIMIT 1)
     AND NOT EXISTS (SELECT 1 FROM deliveries
       WHERE webhook_id = @webhook_id AND task_id = @task_id AND available_at IS NOT NULL)`,
  );
  // One that waits for its next attempt, up to an hour, goes after an earlier one that is to be delivered again, and is untried as
  // all that wait behind another are; one that is under way cannot be called back, and steps back when that attempt has failed.
  const stepBack = db.prepare<object>(
    `UPDATE deliveries SET available_at = NULL, set_at = NULL, attempts = 0, refusals = 0, first_attempt_at = NULL
     WHERE webhook_id = @webhook_id AND task_id = @task_id AND available_at IS NOT NULL AND lease_holder IS NULL
       AND EXISTS (SELECT 1 FROM deliveries AS earlier WHERE earlier.webhook_id = @webhook_id AND earlier.task_id = @task_id
         AND earlier.status = 'pending' AND earlier.seq < deliveries.seq)`,
  );
  const task = db.prepare<[string], string>('SELECT task_id FROM webhooks WHERE webhook_id = ?').pluck();
  const promote: Messages['promote'] = ({ webhook_id, task_id, now }) => {
    stepBack.run({ webhook_id, task_id });
    next.run({ webhook_id, task_id, now });
  };
  return {
    ofThePast: (webhook_id, now) => {
      past.run({ webhook_id, now });
      promote({ webhook_id, task_id: task.get(webhook_id) ?? '', now });
    },
    promote,
  };
}

/** The verb that goes over the log. */
export function prepareCollect(session: Session): () => Promise<boolean> {
  const { db, writer, clock, statements } = session;
  const { promote } = prepareMessages(session);
  const active = db.prepare('SELECT 1 FROM webhooks WHERE disabled_at IS NULL LIMIT 1').pluck();
  const position = db.prepare<[], number>('SELECT position FROM delivery_position').pluck();
  const advance = db.prepare<[number]>('UPDATE delivery_position SET position = max(position, ?)');
  const wanted = FOUND.map((found) => db.prepare<object, 1>(`SELECT 1 FROM ${found} LIMIT 1`).pluck());
  const insert = FOUND.map((found) =>
    db.prepare<object, { webhook_id: string; task_id: string }>(
      `INSERT INTO deliveries (${COLUMNS}) SELECT ${VALUES} FROM ${found} ORDER BY events.id
       ON CONFLICT (webhook_id, task_id, seq) DO NOTHING RETURNING webhook_id, task_id`,
    ),
  );
  /** Up to where this process has looked: nothing before it is wanted by anyone that was registered then. */
  let looked = 0;
  const look = () => {
    if (active.get() === undefined) return null;
    const written = position.get() ?? 0;
    const from = Math.max(written, looked);
    const newest = statements.lastEvent.get() ?? 0;
    if (from >= newest) return null;
    const to = Math.min(newest, from + CHUNK);
    const any = wanted.some((one) => one.get({ from, to }) !== undefined);
    return { from, to, write: any || to - written >= UNWRITTEN, more: to < newest };
  };
  const write = (from: number, to: number): void => {
    const now = iso(clock.now());
    const range = { from: Math.max(from, position.get() ?? 0), to, now };
    const streams = new Map<string, { webhook_id: string; task_id: string }>();
    for (const statement of insert) {
      for (const made of statement.all(range)) streams.set(`${made.webhook_id} ${made.task_id}`, made);
    }
    for (const stream of streams.values()) promote({ ...stream, now });
    advance.run(to);
  };
  return async () => {
    const seen = await snapshot(session, look);
    if (seen === null) return false;
    if (seen.write) await writer.write(() => write(seen.from, seen.to));
    looked = Math.max(looked, seen.to);
    return seen.more;
  };
}
