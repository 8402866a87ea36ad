/** Webhooks of a caller: registered, forgotten, looked at, and their messages delivered again. A secret goes in, and out only when it was made here. */

import { randomBytes } from 'node:crypto';
import { type Clock, iso } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import { EVENT_TYPES, type EventType } from '../core/event.ts';
import { DEFAULT_PAGE, MAX_PAGE } from '../core/limits.ts';
import { nearest } from '../core/nearest.ts';
import type { Caller } from '../core/views.ts';
import {
  DELIVERY_STATUSES,
  type DeliveriesRequest,
  type DeliveriesView,
  type DeliveryView,
  isWebhookSecret,
  type RegisterRequest,
  type RegisterView,
  ROTATION_MS,
  type StartedWebhook,
  type UnregisterRequest,
  type UnregisterView,
  type WebhookRequest,
} from '../core/webhook.ts';
import type { NewWebhook, Store, Unregistration } from '../store/store.ts';
import { newSecret, type Webhooks } from '../webhooks/webhooks.ts';
import { find } from './access.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { hashOf } from './hash.ts';

export interface WebhookParts {
  readonly store: Pick<Store, 'workflows' | 'webhooks' | 'deliveries'>;
  readonly webhooks: Pick<Webhooks, 'check' | 'wake'>;
  readonly clock: Clock;
}

/** Checked, with a secret in any case: all but whose it is. Throws the Fault that says what to change. */
async function prepared(webhooks: WebhookParts['webhooks'], request: WebhookRequest): Promise<NewWebhook> {
  const { secret } = request;
  if (secret !== undefined && !isWebhookSecret(secret)) {
    throw new Fault('INVALID_INPUT', 'the secret of the webhook is none of the Standard Webhooks scheme', {
      hint: 'Give whsec_ and 24 to 64 random bytes in base64, or leave it out: one is made then.',
    });
  }
  const address = await webhooks.check(request.url);
  return {
    ...address,
    webhook_id: `wh_${randomBytes(16).toString('hex')}`,
    secret: secret ?? newSecret(),
    events: typesOf(request.events),
  };
}

function typesOf(events: readonly string[] | undefined): readonly EventType[] | null {
  if (events === undefined || events.length === 0) return null;
  const known: ReadonlySet<string> = new Set(EVENT_TYPES);
  for (const type of events) {
    if (known.has(type)) continue;
    const meant = nearest(type, EVENT_TYPES);
    throw new Fault('INVALID_INPUT', `${JSON.stringify(type.slice(0, 64))} is no type of event`, {
      hint: meant === null ? `Types are ${EVENT_TYPES.join(', ')}.` : `Did you mean ${meant}?`,
    });
  }
  return EVENT_TYPES.filter((type) => events.includes(type));
}

/** The webhook of a request for research: what is stored with the workflow, and what the answer tells of it. */
export async function submitted(
  webhooks: WebhookParts['webhooks'],
  request: WebhookRequest | undefined,
): Promise<{ readonly submitted: { readonly webhook: NewWebhook }; readonly started: StartedWebhook } | null> {
  if (request === undefined) return null;
  const webhook = await prepared(webhooks, request);
  const { webhook_id, secret } = webhook;
  return { submitted: { webhook }, started: request.secret === undefined ? { webhook_id, secret } : { webhook_id } };
}

export async function register(parts: WebhookParts, request: RegisterRequest, caller: Caller): Promise<RegisterView> {
  const { store, webhooks, clock } = parts;
  const task_id = request.task_id ?? null;
  if (task_id !== null) await find(store, task_id, caller);
  const rotates = request.rotate_secret === true;
  const webhook = await prepared(webhooks, request);
  const { webhook_id, url, events, created_at, former_secret_until } = await store.webhooks.register({
    ...webhook,
    owner: caller.owner,
    task_id,
    replace_secret: rotates || request.secret !== undefined,
    former_until: iso(clock.now() + ROTATION_MS),
  });
  webhooks.wake();
  // One that was there keeps the secret it had, and whoever registered it has that.
  const made = request.secret === undefined && (rotates || webhook_id === webhook.webhook_id);
  const secret = made ? { secret: webhook.secret } : {};
  return { webhook_id, ...secret, url, task_id, events, created_at, former_secret_until };
}

export async function unregister(
  { store }: Pick<WebhookParts, 'store'>,
  request: UnregisterRequest,
  caller: Caller,
): Promise<UnregisterView> {
  const unregistered = await store.webhooks.unregister(caller.owner, which(request));
  if (unregistered === 0) throw unknown('webhook', request.webhook_id ?? request.url ?? '');
  return { unregistered };
}

function which(request: UnregisterRequest): Unregistration {
  const { webhook_id, url, task_id = null } = request;
  if (webhook_id !== undefined && url === undefined && task_id === null) return { webhook_id };
  if (url === undefined || webhook_id !== undefined) {
    throw new Fault('INVALID_INPUT', 'a webhook is named by its webhook_id, or by its url and its task_id', {
      hint: 'Give webhook_id alone; or url, with task_id where it was registered for one workflow.',
    });
  }
  return { url: URL.canParse(url) ? asStored(url) : url, task_id };
}

/** In the spelling that an address has. What is not reached any more, because a setting changed, can still be forgotten. */
function asStored(url: string): string {
  const address = new URL(url);
  address.hash = '';
  return address.href;
}

export async function deliveries(
  { store }: WebhookParts,
  caller: Caller,
  request: DeliveriesRequest,
): Promise<DeliveriesView> {
  const { limit = DEFAULT_PAGE, cursor, ...asked } = request;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new Fault('INVALID_INPUT', `limit must be a whole number from 1 to ${MAX_PAGE}, not ${limit}`);
  }
  if (asked.status !== undefined && !DELIVERY_STATUSES.includes(asked.status)) {
    throw new Fault('INVALID_INPUT', `status must be one of ${DELIVERY_STATUSES.join(', ')}`);
  }
  if (asked.task_id !== undefined) await find(store, asked.task_id, caller);
  const selection = hashOf(asked).slice(0, 16);
  const [webhooksBefore, deliveriesBefore] = cursor === undefined ? [null, null] : placesOf(cursor, selection);
  const { owner } = caller;
  const { webhook_id = null, task_id = null, status = null } = asked;
  // One more than shown tells whether there is a next page.
  const query = { owner, webhook_id, task_id, limit: limit + 1 };
  const [webhooks, messages] = await Promise.all([
    store.webhooks.list({ ...query, before: webhooksBefore }),
    store.deliveries.list({ ...query, status, before: deliveriesBefore }),
  ]);
  if (webhook_id !== null && webhooks.length === 0 && cursor === undefined) throw unknown('webhook', webhook_id);
  const more = webhooks.length > limit || messages.length > limit;
  const places = [webhooks, messages].map((list, n) =>
    placeAfter(list.slice(0, limit), [webhooksBefore, deliveriesBefore][n]),
  );
  return {
    webhooks: webhooks.slice(0, limit).map(({ view }) => view),
    deliveries: messages.slice(0, limit).map(({ view }) => view),
    ...(more ? { next_cursor: writeCursor([selection, ...places]) } : {}),
  };
}

/** Where the next page of a list begins; one that has come to its end stays there. */
function placeAfter(shown: readonly { readonly position: number }[], before: number | null | undefined): number | null {
  return shown.at(-1)?.position ?? before ?? 0;
}

function isPlace(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function placesOf(cursor: string, selection: string): readonly [number, number] {
  const [of, webhooks, messages, ...rest] = readCursor(cursor);
  if (of === selection && isPlace(webhooks) && isPlace(messages) && rest.length === 0) return [webhooks, messages];
  throw new Fault('INVALID_INPUT', 'cursor is none that was given out for this list', {
    hint: 'Use next_cursor of the page before with the same filters, or leave cursor out to start at the beginning.',
  });
}

export async function redeliver(
  { store, webhooks }: WebhookParts,
  delivery_id: string,
  caller: Caller,
): Promise<DeliveryView> {
  const view = await store.deliveries.redeliver(caller.owner, delivery_id);
  if (view === null) throw unknown('delivery', delivery_id);
  if (view === 'disabled') throw new Fault('WEBHOOK_DISABLED', `the webhook of ${delivery_id} is disabled`);
  webhooks.wake();
  return view;
}

function unknown(what: string, id: string): Fault {
  return new Fault('NOT_FOUND', `no ${what} is ${JSON.stringify(id.slice(0, 100))}`, {
    hint: 'Look it up with GET /webhook/deliveries.',
  });
}
