/** What one process knows of its own attempts: which are under way, and which lanes gave no answer. */

import { expect, onTestFinished, test } from 'vitest';
import { inProcessBus } from '../../../src/bus/in-process.ts';
import type { ClaimedDelivery, Store } from '../../../src/store/store.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite.ts';
import type { DeliveryClaim } from '../../../src/store/webhooks.ts';
import type { Attempted } from '../../../src/webhooks/attempt.ts';
import { Courier } from '../../../src/webhooks/courier.ts';
import { registration, tell, telling } from '../../contract/messages.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/folder.ts';

const HOUR = 3_600_000;
const LEASE_MS = 30_000;

interface Begun {
  readonly message: ClaimedDelivery;
  readonly signal: AbortSignal;
  readonly end: (attempted: Attempted) => void;
}

/** A courier whose attempts end when a test says so. */
async function open() {
  const clock = new FakeClock();
  const store = await openSqliteStore({ file: `${await temporaryFolder()}/a.db`, clock });
  const bus = inProcessBus({ clock, changes: () => store.changes(), failed: () => {}, pollMs: 2 ** 40 });
  const begun: Begun[] = [];
  const claims: DeliveryClaim[] = [];
  const log: string[] = [];
  const deliveries: Store['deliveries'] = {
    ...store.deliveries,
    claim: (request) => {
      claims.push(request);
      return store.deliveries.claim(request);
    },
  };
  const courier = new Courier({
    deliveries,
    bus,
    clock,
    holder: 'one',
    isDead: () => false,
    lease_ms: LEASE_MS,
    attempt: (message, signal) => new Promise((end) => begun.push({ message, signal, end })),
    disabled: ({ webhook_id }) => log.push(`${webhook_id} is disabled`),
    log: (message, thrown) => log.push(`${message}: ${String(thrown)}`),
  });
  onTestFinished(async () => {
    bus.close();
    await store.close();
  });
  await store.webhooks.register(registration());
  courier.serve();
  const turn = async (): Promise<void> => {
    courier.wake();
    await clock.advance(0);
  };
  return { clock, store, courier, begun, claims, log, turn };
}

const GIVEN_BACK: Attempted = { outcome: { kind: 'given_back' }, asked: false };

test('a clock that is put forward by an hour sends nothing again that is under way, and the end waits for all of it', async () => {
  const { clock, store, courier, begun, log, turn } = await open();
  await telling(store);
  await turn();
  clock.jump(HOUR);
  await telling(store, 2);
  await turn();
  expect(begun.map(({ message }) => message.task_id.slice(-1))).toEqual(['1', '2']);
  let isClosed = false;
  const closed = courier.close().then(() => (isClosed = true));
  await clock.settle();
  expect(begun.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  const [first, second] = begun;
  second?.end(GIVEN_BACK);
  await clock.settle();
  expect(isClosed).toBe(false);
  first?.end(GIVEN_BACK);
  await closed;
  expect(await store.deliveries.holders()).toEqual([]);
  expect(log).toEqual([]);
});

const FAILED = { kind: 'failed', status: null, error: 'why', refused: false, next_attempt_at: null } as const;

test.each<[string, Attempted, readonly string[]]>([
  ['no answer', { outcome: FAILED, asked: true }, ['receiver.example']],
  ['an answer, if a bad one', { outcome: { ...FAILED, status: 500 }, asked: true }, []],
  ['nothing, because nobody was asked', { outcome: FAILED, asked: false }, []],
])('a lane that gave %s', async (_what, attempted, expected) => {
  const { store, courier, begun, claims, turn } = await open();
  await tell(store, await telling(store), 'agent_start');
  await turn();
  begun[0]?.end(attempted);
  await turn();
  expect(claims.at(-1)?.failing.map(({ host }) => host)).toEqual(expected);
  const closed = courier.close();
  for (const { end } of begun.slice(1)) end(GIVEN_BACK);
  await closed;
});

test('who was not asked is remembered as before', async () => {
  const { store, courier, begun, claims, turn } = await open();
  await tell(store, await telling(store), 'agent_start');
  await turn();
  begun[0]?.end({ outcome: FAILED, asked: true });
  await turn();
  begun[1]?.end({ outcome: FAILED, asked: false });
  await turn();
  expect(claims.at(-1)?.failing.map(({ host }) => host)).toEqual(['receiver.example']);
  await courier.close();
});
