/** Registrations of webhooks. No verb returns a secret but the one that claims what is to be signed with it. */

import { iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import type { EventType } from '../../core/event.ts';
import { GONE, MAX_WEBHOOKS, type WebhookView } from '../../core/webhook.ts';
import type { NewWebhook, Placed, Registration, Unregistration, WebhookQuery, WebhookVerbs } from '../webhooks.ts';
import { ANEW, asksFor, prepareMessages } from './messages.ts';
import { stored } from './rows.ts';
import { read, type Session } from './session.ts';
import { prepareSweep } from './sweep.ts';

interface WebhookRow {
  id: number;
  webhook_id: string;
  task_id: string | null;
  url: string;
  events: string | null;
  created_at: string;
  former_until: string | null;
  disabled_at: string | null;
  disabled_reason: string | null;
  deliveries: number;
  failures: number;
  pending: number;
  dead: number;
}

/** Open ones are few among a million that were delivered: in these words their index is found. */
export function countOf(status: 'pending' | 'dead'): string {
  return `(SELECT count(*) FROM deliveries AS one WHERE one.webhook_id = webhooks.webhook_id AND one.status <> 'delivered'
    AND one.status = '${status}')`;
}

const SHOWN = `id, webhook_id, task_id, url, events, created_at, former_until, disabled_at, disabled_reason, deliveries, failures,
  ${countOf('pending')} AS pending, ${countOf('dead')} AS dead`;

export function webhookVerbs(session: Session): WebhookVerbs {
  const { db, writer } = session;
  const register = prepareRegister(session);
  const unregister = prepareUnregister(session);
  const list = db.prepare<object, WebhookRow>(
    `SELECT ${SHOWN} FROM webhooks
     WHERE owner = @owner AND (@webhook_id IS NULL OR webhook_id = @webhook_id)
       AND (@task_id IS NULL OR task_id = @task_id) AND (@before IS NULL OR id < @before)
     ORDER BY id DESC LIMIT @limit`,
  );
  return {
    register: async (registration) => {
      for (;;) {
        const made = await writer.write(() => register(registration));
        if (made !== null) return made;
      }
    },
    unregister: (owner, which) => writer.write(() => unregister(owner, which)),
    list: (query: WebhookQuery) => read(session, () => list.all(query).map(placed)),
  };
}

function placed(row: WebhookRow): Placed<WebhookView> {
  return { view: toWebhook(row), position: row.id };
}

function toWebhook(row: WebhookRow): WebhookView {
  const { webhook_id, task_id, url, created_at, disabled_at, deliveries, failures, pending, dead } = row;
  return {
    webhook_id,
    task_id,
    url,
    events: row.events === null ? null : (stored(`webhook ${webhook_id}`, row.events) as EventType[]),
    created_at,
    former_secret_until: row.former_until,
    disabled: disabled_at === null ? null : { at: disabled_at, reason: row.disabled_reason ?? '' },
    deliveries,
    failures,
    pending,
    dead,
  };
}

/** Inserts a registration, which begins after the event of this number. The first one there is begins with no backlog. */
function prepareInsert(session: Session) {
  const { db, clock } = session;
  const active = db.prepare('SELECT 1 FROM webhooks WHERE disabled_at IS NULL LIMIT 1').pluck();
  const catchUp = db.prepare<[number]>('UPDATE delivery_position SET position = max(position, ?)');
  const insert = db.prepare(
    `INSERT INTO webhooks (webhook_id, owner, task_id, url, host, events, secret, since, created_at)
     VALUES (@webhook_id, @owner, @task_id, @url, @host, @events, @secret, @since, @created_at)`,
  );
  const newest = (): number => session.statements.lastEvent.get() ?? 0;
  const skip = (): void => {
    // Nobody was to be told of what came before.
    if (active.get() === undefined) catchUp.run(newest());
  };
  return {
    newest,
    skip,
    insert: (webhook: NewWebhook, whose: { readonly owner: string; readonly task_id: string | null }): void => {
      skip();
      const events = webhook.events === null ? null : JSON.stringify(webhook.events);
      const since = whose.task_id === null ? newest() : 0;
      insert.run({ ...webhook, ...whose, events, since, created_at: iso(clock.now()) });
    },
  };
}

/** Null where messages of it still die of its being disabled, some more of them now: it is to be asked again. Which of them were sent after all would be chance. */
function prepareRegister(session: Session): (registration: Registration) => WebhookView | null {
  const { db, clock } = session;
  const { insert } = prepareInsert(session);
  const messages = prepareMessages(session);
  const enable = prepareEnable(session);
  const { goOn, end } = prepareSweep(session);
  const there = db.prepare<object, { webhook_id: string; disabled_at: string | null }>(
    'SELECT webhook_id, disabled_at FROM webhooks WHERE owner = @owner AND task_id IS @task_id AND url = @url',
  );
  const count = db
    .prepare<object, number>('SELECT count(*) FROM webhooks WHERE owner = @owner AND task_id IS @task_id')
    .pluck();
  const refilter = db.prepare<object>('UPDATE webhooks SET events = @events WHERE webhook_id = @webhook_id');
  const rotate = db.prepare<object>(
    `UPDATE webhooks SET former_secret = secret, former_until = @former_until, secret = @secret
     WHERE webhook_id = @webhook_id AND secret <> @secret`,
  );
  const one = db.prepare<[string], WebhookRow>(`SELECT ${SHOWN} FROM webhooks WHERE webhook_id = ?`);
  return (registration) => {
    const { owner, task_id, url, secret, former_until, replace_secret } = registration;
    const found = there.get({ owner, task_id, url });
    const webhook_id = found?.webhook_id ?? registration.webhook_id;
    if (goOn(webhook_id)) return null;
    if (found === undefined) {
      if ((count.get({ owner, task_id }) ?? 0) >= MAX_WEBHOOKS) throw tooMany(task_id);
      insert(registration, { owner, task_id });
      if (task_id !== null) messages.ofThePast(webhook_id, iso(clock.now()));
    } else {
      const events = registration.events === null ? null : JSON.stringify(registration.events);
      refilter.run({ webhook_id, events });
      if (replace_secret) rotate.run({ webhook_id, secret, former_until });
      // What is under way still is recorded as it is anywhere else, and nothing that comes may die of this any more.
      end(webhook_id);
      if (found.disabled_at !== null) enable(webhook_id, task_id);
    }
    const row = one.get(webhook_id);
    if (row === undefined) throw new Fault('INTERNAL', `webhook ${webhook_id} was made and is not there`);
    return toWebhook(row);
  };
}

/**
 * Inside a verb: events become messages again. Of its one workflow a receiver is to hear all, so it goes on where it stopped; of all
 * workflows of an owner only what comes, or a receiver that was away for a year would be flooded.
 */
function prepareEnable(session: Session): (webhook_id: string, task_id: string | null) => void {
  const { db, clock } = session;
  const { newest, skip } = prepareInsert(session);
  const messages = prepareMessages(session);
  const enable = db.prepare<object>(
    `UPDATE webhooks SET disabled_at = NULL, disabled_reason = NULL, silent_days = 0, silent_day = NULL, since = coalesce(@since, since)
     WHERE webhook_id = @webhook_id`,
  );
  // What was answered so, and what died untried because of it: as far as it is still asked for.
  const revive = db.prepare<object>(
    `UPDATE deliveries SET ${ANEW}, last_error = NULL
     WHERE webhook_id = @webhook_id AND status <> 'delivered' AND status = 'dead' AND (last_status = ${GONE} OR attempts = 0)
       AND EXISTS (SELECT 1 FROM webhooks
         WHERE webhooks.webhook_id = deliveries.webhook_id AND ${asksFor('deliveries.event_type')})`,
  );
  return (webhook_id, task_id) => {
    skip();
    enable.run({ webhook_id, since: task_id === null ? newest() : null });
    if (task_id === null) return;
    const now = iso(clock.now());
    revive.run({ webhook_id, now });
    messages.ofThePast(webhook_id, now);
  };
}

function tooMany(task_id: string | null): Fault {
  const what = task_id ?? 'all workflows of one owner';
  return new Fault('INVALID_INPUT', `there are ${MAX_WEBHOOKS} webhooks for ${what} already`, {
    hint: 'Unregister one that is no longer needed, and register again.',
  });
}

function prepareUnregister(session: Session): (owner: string, which: Unregistration) => number {
  const { db } = session;
  const sweep = prepareSweep(session);
  const byId = db
    .prepare<[string, string], string>('SELECT webhook_id FROM webhooks WHERE owner = ? AND webhook_id = ?')
    .pluck();
  const byUrl = db
    .prepare<[string, string, string | null], string>(
      'SELECT webhook_id FROM webhooks WHERE owner = ? AND url = ? AND task_id IS ?',
    )
    .pluck();
  const webhook = db.prepare<[string]>('DELETE FROM webhooks WHERE webhook_id = ?');
  return (owner, which) => {
    const found =
      'webhook_id' in which ? byId.all(owner, which.webhook_id) : byUrl.all(owner, which.url, which.task_id);
    for (const webhook_id of found) {
      webhook.run(webhook_id);
      sweep.begin({ webhook_id, reason: null });
    }
    return found.length;
  };
}

/**
 * For the transaction that submits a workflow: its own webhook, and those of the ended workflow it goes on from, which whoever
 * waits for the report is still to hear of.
 */
export function prepareSubmitted(
  session: Session,
): (workflow: { readonly task_id: string; readonly owner: string }, webhooks: SubmittedWebhooks) => void {
  const { insert } = prepareInsert(session);
  const inherit = session.db.prepare<object>(
    `INSERT INTO webhooks (webhook_id, owner, task_id, url, host, events, secret, former_secret, former_until, since, created_at)
     SELECT 'wh_' || lower(hex(randomblob(16))), owner, @task_id, url, host, events, secret, former_secret, former_until, 0, @now
     FROM webhooks WHERE task_id = @from AND owner = @owner AND disabled_at IS NULL
     ON CONFLICT DO NOTHING`,
  );
  const hasSome = session.db.prepare<[string], 1>('SELECT 1 FROM webhooks WHERE task_id = ? LIMIT 1').pluck();
  return ({ task_id, owner }, { webhook, from }) => {
    if (webhook !== null) insert(webhook, { owner, task_id });
    if (from === null || hasSome.get(from) === undefined) return;
    inherit.run({ task_id, owner, from, now: iso(session.clock.now()) });
  };
}

interface SubmittedWebhooks {
  readonly webhook: NewWebhook | null;
  readonly from: string | null;
}
