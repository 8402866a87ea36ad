/** Kill -9 of processes that deliver to webhooks: during an attempt, and between two. Sizes as in kill.test.ts. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/engine/system-clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { deliveries, registration, tell, telling, webhook } from '../contract/messages.ts';
import { end } from '../contract/rows.ts';
import { temporaryFolder } from '../support/folder.ts';
import { eventOf, openReceiver, type Receiver, SECRET, status, until, verify } from '../support/post.ts';
import { Random } from '../support/random.ts';
import { KILLS, SEED } from '../support/sizes.ts';
import type { Asked } from '../support/sites.ts';

const ROUNDS = Math.max(6, Math.round(KILLS / 6));
const WORKFLOWS = 4;
/**
 * Of what other processes bring about. They have to start, and what they try again waits the longer the more often it failed: on a
 * machine with more to do than this test that takes its time, and none at all where it comes at once.
 */
const PATIENCE_MS = 120_000;
const ENTRY = fileURLToPath(new URL('../support/deliver-entry.ts', import.meta.url));

function deliverer(file: string, host: string): ChildProcess {
  const child = spawn(process.execPath, [ENTRY, file, host], { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** What was taken of each workflow, in the order in which it was. */
function taken(accepted: readonly Asked[]): ReadonlyMap<string, readonly number[]> {
  const byTask = new Map<string, number[]>();
  for (const { task_id, seq } of accepted.map(eventOf)) byTask.set(task_id, [...(byTask.get(task_id) ?? []), seq]);
  return byTask;
}

/** Repeated or not, no event comes before the one before it was taken. */
function gaps(seqs: readonly number[]): readonly string[] {
  let last = 0;
  return seqs.flatMap((seq) => {
    const wrong = seq > last + 1 ? [`${seq} after ${last}`] : [];
    last = Math.max(last, seq);
    return wrong;
  });
}

interface Unsteady {
  readonly receiver: Receiver;
  readonly accepted: readonly Asked[];
  /** While it is set every request fails. */
  isDown: boolean;
}

/** One that takes most, answers 500 to some, and says nothing to a few before it cuts them off. */
async function openUnsteady(random: Random): Promise<Unsteady> {
  const accepted: Asked[] = [];
  const unsteady = { isDown: false, accepted };
  const receiver = await openReceiver((asked, response) => {
    const chance = random.next();
    if (unsteady.isDown || chance < 0.2) status(500)(asked, response);
    else if (chance < 0.3) response.destroy();
    else {
      accepted.push(asked);
      status(204)(asked, response);
    }
  });
  return Object.assign(unsteady, { receiver });
}

test(`each event is delivered at least once, in order and signed, over ${ROUNDS} kills (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const site = await openUnsteady(random);
  const { receiver, accepted } = site;
  const file = `${await temporaryFolder()}/a.db`;
  const store = await openSqliteStore({ file, clock: systemClock });
  onTestFinished(() => store.close());
  await store.webhooks.register(registration({ url: receiver.url, host: receiver.host, secret: SECRET }));
  const holds = await Promise.all(Array.from({ length: WORKFLOWS }, (_, n) => telling(store, n + 1)));
  const children = [deliverer(file, receiver.host), deliverer(file, receiver.host)];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const hold of holds) await tell(store, hold, 'agent_start', 'agent_progress', 'agent_complete');
    // Every other time between two attempts: while all of them fail, most of the time nothing is under way.
    site.isDown = round % 2 === 1;
    const before = receiver.asked.length;
    const more = 1 + random.below(6);
    await until(() => receiver.asked.length >= before + more, `${more} more requests in round ${round}`, PATIENCE_MS);
    const which = round % children.length;
    const child = children[which];
    if (child === undefined) throw new Error('two deliver');
    await kill(child);
    children[which] = deliverer(file, receiver.host);
  }
  site.isDown = false;
  for (const hold of holds) await store.workflows.finish(hold, end());
  // Three requests of ten fail, each failure doubles the longest wait, and a killed one's lease has to end.
  await until(async () => (await webhook(store))?.pending === 0, 'all of it is delivered', 2 * PATIENCE_MS);
  const all = Array.from({ length: ROUNDS * 3 + 2 }, (_, at) => at + 1);
  for (const { task_id } of holds) {
    const seqs = taken(accepted).get(task_id) ?? [];
    expect(gaps(seqs)).toEqual([]);
    expect([...new Set(seqs)]).toEqual(all);
  }
  for (const asked of accepted) verify(asked, SECRET);
  const messages = (await deliveries(store)).map(({ status: is }) => is);
  expect(new Set(messages)).toEqual(new Set(['delivered']));
  expect(await webhook(store)).toMatchObject({ deliveries: all.length * WORKFLOWS, pending: 0, dead: 0 });
}, 600_000);

test('what was tried once before a kill -9 is delivered by the next process, from that event on', async () => {
  const accepted: Asked[] = [];
  // Time enough to be killed in before it would be tried again.
  const receiver = await openReceiver(status(503, { 'retry-after': '3' }));
  const file = `${await temporaryFolder()}/b.db`;
  const store = await openSqliteStore({ file, clock: systemClock });
  onTestFinished(() => store.close());
  await store.webhooks.register(registration({ url: receiver.url, host: receiver.host, secret: SECRET }));
  const hold = await telling(store);
  await tell(store, hold, 'agent_start', 'agent_complete');
  await store.workflows.finish(hold, end());
  const killed = deliverer(file, receiver.host);
  await until(async () => (await webhook(store))?.failures === 1, 'the first attempt is recorded', PATIENCE_MS);
  await kill(killed);
  const before = receiver.asked.length;
  receiver.answers = (asked, response) => {
    accepted.push(asked);
    status(204)(asked, response);
  };
  deliverer(file, receiver.host);
  await until(async () => (await webhook(store))?.pending === 0, 'the next one delivers all of it', PATIENCE_MS);
  expect(accepted.map((asked) => eventOf(asked).seq)).toEqual([1, 2, 3, 4]);
  // Here the clock is the machine's, so the public library judges the age of each as well.
  const library = new Webhook(SECRET);
  for (const { body, headers } of accepted) {
    expect(library.verify(body, headers as Record<string, string>)).toEqual(JSON.parse(body));
  }
  expect(await webhook(store)).toMatchObject({ deliveries: 4, failures: before, pending: 0, dead: 0 });
}, 300_000);
