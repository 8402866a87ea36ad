/** Attempts to go on that came to nothing: who goes on after them has all that was there before them. */

import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ResumeRequest } from '../../../src/core/views.ts';
import type { Model } from '../../../src/providers/providers.ts';
import { databaseFile, eventually, untilAborted } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { ME, type Orchestra, orchestra, type OrchestraOptions, report } from '../../support/orchestra.ts';

const A_MILLION = { input: 1e6, cached: 1e6, cache_write: 1e6, output: 1e6, reasoning: null, as_of: '2026-01-01' };
/** A model of a dollar a million, of which a small budget carries two agents. */
const PRICED = { model: 'v/m', prices: { 'v/m': A_MILLION } };

async function end(on: Orchestra, task_id: string): Promise<void> {
  await on.clock.advance(20_000);
  await eventually(async () => (await on.orchestrator.status(task_id, ME)).progress === 1, `${task_id} ends`);
}

interface Shared {
  readonly file: string;
  readonly clock: FakeClock;
}

/** Ends in a process of its own; with an answer, after that was given about its plan. */
async function ended(
  options: OrchestraOptions & Shared,
  { answer }: { readonly answer?: ResumeRequest } = {},
): Promise<string> {
  const on = await orchestra(options);
  const asked = { task: 'How?', require_approval: answer !== undefined };
  const { task_id = '' } = await on.orchestrator.start(asked, ME);
  if (answer !== undefined) {
    await eventually(async () => (await on.orchestrator.status(task_id, ME)).phase === 'awaiting_approval', 'it waits');
    await on.orchestrator.resume(task_id, ME, answer);
  }
  await end(on, task_id);
  await on.orchestrator.close();
  return task_id;
}

interface Attempts {
  readonly request: ResumeRequest;
  readonly times?: number;
  /** What an attempt goes on from, by the one before it. */
  readonly from?: (last: string) => string;
}

/** The last of the attempts, which were cancelled while they waited for their turn. */
async function cancelled(
  shared: Shared,
  first: string,
  { request, times = 1, from = () => first }: Attempts,
): Promise<string> {
  const on = await orchestra({ ...shared, settings: PRICED, deeds: ['hang'], max_active: 1 });
  const { task_id: other = '' } = await on.orchestrator.start({ task: 'Another?', agents: 1 }, ME);
  await eventually(async () => on.calls.includes('research belter-1'), 'there is one at work');
  let last = first;
  for (let n = 0; n < times; n += 1) {
    const { task_id = '' } = await on.orchestrator.resume(from(last), ME, request);
    await on.orchestrator.cancel(task_id, ME);
    expect(await on.store.steps.list(task_id)).toEqual([]);
    last = task_id;
  }
  await on.orchestrator.cancel(other, ME);
  await end(on, other);
  await on.orchestrator.close();
  return last;
}

const fresh = async (): Promise<Shared> => ({ file: await databaseFile(), clock: new FakeClock() });

/** What is gone on from after the attempt: what it was made for, with the same wish again, or the attempt as it is. */
const WAYS = ['the same is asked again', 'the attempt is gone on from'] as const;
type Way = (typeof WAYS)[number];

interface After {
  readonly way: Way;
  readonly first: string;
  readonly attempt: string;
  readonly request: ResumeRequest;
}

async function after(on: Orchestra, { way, first, attempt, request }: After): Promise<string> {
  const again = way === 'the same is asked again';
  const { task_id = '' } = await on.orchestrator.resume(again ? first : attempt, ME, again ? request : {});
  await end(on, task_id);
  return task_id;
}

test.each(WAYS)('an attempt that was cancelled in the queue costs neither findings nor plan when %s', async (way) => {
  const shared = await fresh();
  const deeds = ['find', 'find', 'find', 'find'] as const;
  const first = await ended({ ...shared, deeds, compose: 'fail', settings: PRICED });
  const request = { budget: { max_cost_usd: 0.09 } };
  const attempt = await cancelled(shared, first, { request });
  const on = await orchestra({ ...shared, deeds, settings: PRICED });
  const task_id = await after(on, { way, first, attempt, request });
  expect(on.calls).toEqual(['compose']);
  expect((await on.orchestrator.result(task_id, ME)).missing).toEqual([]);
});

test.each(WAYS)('nor what was read of sources that are gone when %s', async (way) => {
  const shared = await fresh();
  const on = await orchestra({ ...shared, deeds: ['find', 'fail'] });
  const gone = join(on.folder, 'gone');
  await mkdir(gone);
  const { task_id: first = '' } = await on.orchestrator.start({ task: 'How?', sources: [gone] }, ME);
  await end(on, first);
  await on.orchestrator.close();
  await rmdir(gone);
  const attempt = await cancelled(shared, first, { request: {} });
  const last = await orchestra({ ...shared, deeds: ['find', 'find'] });
  const task_id = await after(last, { way, first, attempt, request: {} });
  expect(last.calls).toEqual(['research belter-2', 'compose']);
  expect((await report(last, task_id)).citations?.total).toBe(4);
});

const ANSWERS = [
  { how: 'as it was shown', answer: { approve: true }, objective: 'objective 2' },
  {
    how: 'edited',
    answer: { plan: ['1', '2'].map((n) => ({ agent_id: `belter-${n}`, objective: `other ${n}` })) },
    objective: 'other 2',
  },
] as const;

test.each(WAYS.flatMap((way) => ANSWERS.map((answer) => ({ way, ...answer }))))(
  'nor the approval of a plan when $way, approved $how',
  async ({ way, answer, objective }) => {
    const shared = await fresh();
    const first = await ended({ ...shared, deeds: ['find', 'fail'] }, { answer });
    const attempt = await cancelled(shared, first, { request: {} });
    const on = await orchestra({ ...shared, deeds: ['find', 'find'] });
    const task_id = await after(on, { way, first, attempt, request: {} });
    expect(on.calls).toEqual(['research belter-2', 'compose']);
    expect((await report(on, task_id)).sections.map(({ heading }) => heading)).toContain(objective);
  },
);

test.each(WAYS)('seventeen such attempts cost no more than one when each time %s', async (way) => {
  const shared = await fresh();
  const first = await ended({ ...shared, deeds: ['find', 'fail'] });
  const from = (before: string): string => (way === 'the same is asked again' ? first : before);
  const last = await cancelled(shared, first, { request: {}, times: 17, from });
  const on = await orchestra({ ...shared, deeds: ['find', 'find'] });
  const { task_id = '' } = await on.orchestrator.resume(from(last), ME);
  await end(on, task_id);
  expect(on.calls).toEqual(['research belter-2', 'compose']);
});

test('more agents than an attempt was to have come after those that it was to keep', async () => {
  const shared = await fresh();
  const first = await ended({ ...shared, deeds: ['find', 'find'] });
  const attempt = await cancelled(shared, first, { request: { agents: 3 } });
  const on = await orchestra({ ...shared, deeds: ['find', 'find', 'find', 'find'] });
  await expect(on.orchestrator.resume(attempt, ME, { agents: 2 })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  const { task_id = '' } = await on.orchestrator.resume(attempt, ME, { agents: 4 });
  await end(on, task_id);
  const bought = on.calls.filter((call) => call.startsWith('research'));
  expect(bought).toEqual(['research belter-3', 'research belter-4']);
});

const undecided: Model['choose'] = ({ signal }) => untilAborted(signal);

test('an attempt that ended before it had a plan, and did something until then, is gone on from', async () => {
  const shared = await fresh();
  const on = await orchestra({ ...shared, files: {} });
  const folder = join(on.folder, 'gone');
  await mkdir(folder);
  const branches = [
    { name: 'Log', when: 'there is a log', objectives: ['What is first?'] },
    { name: 'Neither', objectives: ['What else?'] },
  ];
  const asked = { task: 'How?', orchestrator_type: 'conditional', branches, sources: [folder] } as const;
  const { task_id: first = '' } = await on.orchestrator.start(asked, ME);
  await end(on, first);
  await on.orchestrator.close();
  const middle = await orchestra({ ...shared, judgements: { choose: undecided }, settings: { sources: [on.folder] } });
  const { task_id: attempt = '' } = await middle.orchestrator.resume(first, ME);
  const hasRead = async () => (await middle.store.sources.list(attempt)).length > 0;
  await eventually(hasRead, 'it has read');
  await middle.orchestrator.cancel(attempt, ME);
  await end(middle, attempt);
  await middle.orchestrator.close();
  await rmdir(folder);
  const none = { branch: null, why: 'There is none.', claims: [], passages: [] };
  const last = await orchestra({ ...shared, judgements: { choose: async () => none } });
  const { resumed_from, task_id = '' } = await last.orchestrator.resume(first, ME);
  expect(resumed_from).toBe(attempt);
  await end(last, task_id);
  expect((await last.orchestrator.status(task_id, ME)).status).toBe('completed');
});

test('a plan that nobody approved is not approved by an attempt', async () => {
  const shared = await fresh();
  const on = await orchestra({ ...shared, deeds: ['find'] });
  const { task_id: first = '' } = await on.orchestrator.start({ task: 'How?', require_approval: true }, ME);
  await eventually(async () => (await on.orchestrator.status(first, ME)).phase === 'awaiting_approval', 'it waits');
  await on.orchestrator.cancel(first, ME);
  await on.orchestrator.close();
  const attempt = await cancelled(shared, first, { request: {} });
  const last = await orchestra({ ...shared, deeds: ['find'] });
  const { task_id = '' } = await last.orchestrator.resume(attempt, ME);
  await eventually(async () => (await last.orchestrator.status(task_id, ME)).phase === 'awaiting_approval', 'it waits');
  expect(last.calls).toEqual([]);
});

test('a budget that is asked for again is the same one, minutes included', async () => {
  const shared = await fresh();
  const first = await ended({ ...shared, deeds: ['fail'] });
  const on = await orchestra({ ...shared, deeds: ['hang'] });
  const request = { budget: { max_minutes: 5, max_cost_usd: 2 } };
  const attempts: string[] = [];
  for (let n = 0; n < 2; n += 1) {
    const { task_id = '' } = await on.orchestrator.resume(first, ME, request);
    await eventually(async () => on.calls.length > n, 'its agent works');
    await on.orchestrator.cancel(task_id, ME);
    await end(on, task_id);
    attempts.push(task_id);
  }
  const [one, two] = await Promise.all(attempts.map((task_id) => on.store.workflows.get(task_id)));
  expect(two?.resumed_from).toBe(one?.task_id);
  expect(one?.config).toMatchObject({ timeout_minutes: 5, budget: { max_microusd: 2_000_000 } });
  expect(two?.config).toMatchObject({ timeout_minutes: 5, budget: { max_microusd: 2_000_000 } });
});
