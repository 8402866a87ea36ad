/** What the contract of webhooks writes: registrations, workflows that tell something, and attempts. */

import type { EventDraft, EventType } from '../../src/core/event.ts';
import type { DeliveryView, WebhookView } from '../../src/core/webhook.ts';
import type { Hold, Registration, Store } from '../../src/store/store.ts';
import type { BusyLane, ClaimedDelivery, DeliveryClaim, DeliveryLimits, Lane } from '../../src/store/webhooks.ts';
import { idOf, ROOM, submission, take } from './rows.ts';

export const SECRET = `whsec_${'A'.repeat(32)}`;
export const ATTEMPT_MS = 30_000;

export function registration(change: Partial<Registration> = {}): Registration {
  return {
    webhook_id: 'wh_1',
    owner: 'local',
    task_id: null,
    url: 'https://receiver.example/hook',
    host: 'receiver.example',
    secret: SECRET,
    events: null,
    replace_secret: false,
    former_until: '2026-01-02T00:00:00.000Z',
    ...change,
  };
}

/** A workflow under way: its first event, workflow_start, is there. */
export async function telling(store: Store, n = 1, owner = 'local'): Promise<Hold> {
  await store.workflows.create(submission(n, { owner }), ROOM);
  return (await take(store, { task_id: idOf(n) })).hold;
}

export async function tell(store: Store, hold: Hold, ...types: readonly EventType[]): Promise<void> {
  const events = types.map((event_type): EventDraft => ({ event_type, data: {} }));
  await store.events.append(hold, events);
}

interface ClaimChange extends Partial<Omit<DeliveryClaim, 'limits'>> {
  readonly limits?: Partial<DeliveryLimits>;
}

export function claim({ limits = {}, ...change }: ClaimChange = {}): DeliveryClaim {
  const most = { in_all: 16, per_owner: 16, per_host: 4, failing: 16, ...limits };
  return { holder: 'one', lease_ms: ATTEMPT_MS, dead: [], busy: [], failing: [], ...change, limits: most };
}

/** What a process says that it has under way; of what a test has not claimed nothing but the lane. */
export function busy(lanes: readonly (Lane & Partial<Pick<ClaimedDelivery, 'hold'>>)[]): readonly BusyLane[] {
  return lanes.map(({ owner, host, hold }) => ({ owner, host, delivery_id: hold?.delivery_id ?? 'dlv_elsewhere' }));
}

/** Collects all there is and claims what is due. */
export async function due(store: Store, change: ClaimChange = {}): Promise<readonly ClaimedDelivery[]> {
  while (await store.deliveries.collect()) continue;
  return (await store.deliveries.claim(claim(change))).claimed;
}

/** The one message that is due; none, or a second one, is an error. */
export async function next(store: Store, change: ClaimChange = {}): Promise<ClaimedDelivery> {
  const [one, ...more] = await due(store, change);
  if (one === undefined || more.length > 0) throw new Error(`${one === undefined ? 0 : more.length + 1} are due`);
  return one;
}

/** The seqs that a receiver gets which takes everything, in the order it gets them. */
export async function deliverAll(store: Store): Promise<readonly string[]> {
  const got: string[] = [];
  for (let round = await due(store); round.length > 0; round = await due(store)) {
    for (const { hold, webhook_id, task_id, seq } of round) {
      got.push(`${webhook_id} ${task_id.slice(-1)}.${seq}`);
      await store.deliveries.settle(hold, { kind: 'delivered', status: 204 });
    }
  }
  return got;
}

export async function webhook(store: Store, webhook_id = 'wh_1', owner = 'local'): Promise<WebhookView | undefined> {
  const found = await store.webhooks.list({ owner, webhook_id, task_id: null, limit: 9, before: null });
  return found[0]?.view;
}

export async function deliveries(store: Store, owner = 'local'): Promise<readonly DeliveryView[]> {
  const query = { owner, webhook_id: null, task_id: null, status: null, limit: 9999, before: null };
  return (await store.deliveries.list(query)).map(({ view }) => view);
}
