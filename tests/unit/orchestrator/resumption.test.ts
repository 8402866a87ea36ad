import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ResumeRequest } from '../../../src/core/views.ts';
import { databaseFile, eventually } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { finished, ME, type Orchestra, orchestra, type OrchestraOptions, report } from '../../support/orchestra.ts';

interface Two {
  readonly first: Orchestra;
  readonly second: Orchestra;
  readonly task_id: string;
}

/** A workflow that ended in one process, and another process whose agents do otherwise. */
async function ended(before: OrchestraOptions, after: OrchestraOptions): Promise<Two> {
  const shared = { file: await databaseFile(), clock: new FakeClock() };
  const first = await orchestra({ ...shared, ...before });
  const task_id = await finished(first);
  await first.orchestrator.close();
  return { first, second: await orchestra({ ...shared, ...after }), task_id };
}

async function goOn(on: Orchestra, task_id: string, request: ResumeRequest = {}): Promise<string> {
  const view = await on.orchestrator.resume(task_id, ME, request);
  await on.clock.advance(20_000);
  const again = view.task_id ?? '';
  await eventually(async () => (await on.orchestrator.status(again, ME)).progress === 1, `${again} ends`);
  return again;
}

test('a partial report is made whole by a new workflow that buys only what failed', async () => {
  const whole = await orchestra({ deeds: ['find', 'find', 'find'] });
  const expected = await report(whole, await finished(whole));
  const { second, task_id } = await ended({ deeds: ['find', 'fail', 'find'] }, { deeds: ['find', 'find', 'find'] });
  const before = await report(second, task_id);
  const again = await goOn(second, task_id);
  expect(again).not.toBe(task_id);
  expect(second.calls).toEqual(['research belter-2', 'compose']);
  expect((await report(second, again)).text).toBe(expected.text);
  expect(await second.orchestrator.status(again, ME)).toMatchObject({ resumed_from: task_id, resumed: 0 });
  // The earlier one stays as it was.
  expect(await report(second, task_id)).toEqual(before);
});

test('what was taken over says so to its readers, and is sound by audit and replay', async () => {
  const { second, task_id } = await ended({ deeds: ['find', 'fail'] }, { deeds: ['find', 'find'] });
  const again = await goOn(second, task_id);
  const { agents } = await second.orchestrator.status(again, ME);
  expect(agents.map(({ agent_id, activity }) => [agent_id, activity])).toEqual([
    ['belter-1', `taken over from ${task_id}`],
    ['belter-2', 'done'],
    ['camina', 'done'],
  ]);
  const { events } = await second.orchestrator.events(again, ME);
  const adopted = events.filter(({ data }) => data['adopted_from'] === task_id).map(({ event_type }) => event_type);
  expect(adopted).toContain('agent_complete');
  expect(await second.orchestrator.audit(again, ME)).toMatchObject({ sound: true, state: 'sealed' });
  expect(await second.orchestrator.replay(again, ME)).toMatchObject({ same: true, differences: [] });
});

test('a cancelled workflow goes on where it was', async () => {
  const shared = { file: await databaseFile(), clock: new FakeClock() };
  const first = await orchestra({ ...shared, deeds: ['find', 'hang'] });
  const { task_id = '' } = await first.orchestrator.start({ task: 'How?' }, ME);
  await eventually(async () => (await first.store.claims.list(task_id)).length === 2, 'the first agent is done');
  await first.orchestrator.cancel(task_id, ME);
  await first.orchestrator.close();
  const second = await orchestra({ ...shared, deeds: ['find', 'find'] });
  const again = await goOn(second, task_id);
  expect(second.calls).toEqual(['research belter-2', 'compose']);
  expect((await report(second, again)).completeness).toBe('full');
});

test('a complete workflow gone on from unchanged buys nothing and ends in the same report', async () => {
  const { first, second, task_id } = await ended({ deeds: ['find', 'find'] }, { deeds: ['find', 'find'] });
  const again = await goOn(second, task_id);
  expect(first.calls).toContain('compose');
  expect(second.calls).toEqual([]);
  expect((await report(second, again)).text).toBe((await report(second, task_id)).text);
});

test('more agents are added to those there were, which keep what they found', async () => {
  const { second, task_id } = await ended(
    { deeds: ['find', 'find'] },
    { deeds: ['find', 'find', 'find', 'find', 'find'] },
  );
  const again = await goOn(second, task_id, { agents: 5 });
  expect(second.calls.filter((call) => call.startsWith('research'))).toEqual([
    'research belter-3',
    'research belter-4',
    'research belter-5',
  ]);
  expect((await report(second, again)).citations?.total).toBe(10);
  await expect(second.orchestrator.resume(again, ME, { agents: 5 })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  await expect(second.orchestrator.resume(again, ME, { agents: 33 })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});

test('an edited plan buys what is new in it', async () => {
  const { second, task_id } = await ended({ deeds: ['find', 'find'] }, { deeds: ['find', 'find', 'find'] });
  const plan = [{ agent_id: 'belter-2', objective: 'objective 2' }, { objective: 'something new' }];
  const again = await goOn(second, task_id, { plan });
  expect(second.calls).toEqual(['research belter-3', 'compose']);
  const headings = (await report(second, again)).sections.map(({ heading }) => heading);
  expect(headings).toEqual(expect.arrayContaining(['objective 2', 'something new']));
  expect(headings).not.toContain('objective 1');
  await expect(second.orchestrator.resume(task_id, ME, { plan: [] })).rejects.toMatchObject({ code: 'PLAN_INVALID' });
});

test('a plan that was edited when it was approved stays so', async () => {
  const shared = { file: await databaseFile(), clock: new FakeClock() };
  const on = await orchestra({ ...shared, deeds: ['find', 'fail'] });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?', require_approval: true }, ME);
  await eventually(async () => (await on.orchestrator.status(task_id, ME)).plan !== undefined, 'it waits');
  await on.orchestrator.resume(task_id, ME, { plan: [{ agent_id: 'belter-2', objective: 'changed' }] });
  await on.clock.advance(20_000);
  expect((await on.orchestrator.status(task_id, ME)).status).toBe('failed');
  await on.orchestrator.close();
  const second = await orchestra({ ...shared, deeds: ['find', 'find'] });
  const again = await goOn(second, task_id);
  expect(second.calls).toEqual(['research belter-2', 'compose']);
  expect((await report(second, again)).sections.map(({ heading }) => heading)).toContain('changed');
});

const FILES = {
  'a.txt': 'The log is written first.\nA checkpoint copies it back.\nReaders see the old page.\n',
  'b.txt': 'The log is never written first.\nA checkpoint may wait.\nReaders do not wait.\n',
};

test('other sources are read, and everything that depends on them is done anew', async () => {
  const below = { first: ['a.txt'], more: ['b.txt'] };
  const options = { files: FILES, below, deeds: ['find'] as const };
  const on = await orchestra(options);
  for (const name of ['first', 'more']) await mkdir(join(on.folder, name));
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?', sources: [join(on.folder, 'first')] }, ME);
  await on.clock.advance(0);
  const again = await goOn(on, task_id, { sources: [join(on.folder, 'more')] });
  expect((await report(on, again)).sources.map(({ location }) => location)).toEqual(['b.txt:1']);
  expect(on.calls).toEqual(['plan', 'research belter-1', 'compose', 'plan', 'research belter-1', 'compose']);
});

test('what goes on from a workflow that read other sources stays with those, and reads them anew only when asked', async () => {
  const below = { first: ['a.txt'], more: ['b.txt'] };
  const on = await orchestra({ files: FILES, below, deeds: ['find', 'find'] });
  const [first, more] = ['first', 'more'].map((name) => join(on.folder, name));
  for (const folder of [first, more]) await mkdir(folder ?? '');
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?', agents: 1, sources: [first ?? ''] }, ME);
  await on.clock.advance(0);
  const second = await goOn(on, task_id, { sources: [more ?? ''] });
  const third = await goOn(on, second, { agents: 2 });
  expect((await report(on, third)).sources.map(({ location }) => location)).toEqual(['b.txt:1']);
  expect(on.calls.slice(-3)).toEqual(['plan', 'research belter-2', 'compose']);
  // The same wish again is a wish to read again.
  expect(await goOn(on, task_id, { sources: [more ?? ''] })).not.toBe(second);
});

test('an earlier workflow that is erased on the way costs its outcomes, not the one that goes on', async () => {
  const { second, task_id } = await ended({ deeds: ['find', 'fail'] }, { deeds: ['find', 'find'] });
  const { task_id: again = '' } = await second.orchestrator.resume(task_id, ME);
  await second.orchestrator.delete(task_id, ME);
  await second.clock.advance(20_000);
  await eventually(async () => (await second.orchestrator.status(again, ME)).progress === 1, 'it ends');
  expect(await report(second, again)).toMatchObject({ status: 'completed', completeness: 'full' });
});

test("a swarm's plan and sources are not changed together", async () => {
  const on = await orchestra({ deeds: ['find'] });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?', orchestrator_type: 'swarm' }, ME);
  await on.clock.advance(0);
  const both = { sources: [on.folder], plan: [{ objective: 'x' }] };
  await expect(on.orchestrator.resume(task_id, ME, both)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});

test('sources read anew that did not change buy nothing', async () => {
  const on = await orchestra({ deeds: ['find', 'find'] });
  const task_id = await finished(on);
  const again = await goOn(on, task_id, { sources: [on.folder] });
  expect(on.calls).toEqual(['plan', 'research belter-1', 'research belter-2', 'compose']);
  expect((await report(on, again)).text).toBe((await report(on, task_id)).text);
});

test('asked the same again, it is the workflow that goes on already; after a failure it is one that goes on from that', async () => {
  const { second, task_id } = await ended({ deeds: ['fail'] }, { deeds: ['hang'] });
  const [one, two] = await Promise.all([
    second.orchestrator.resume(task_id, ME),
    second.orchestrator.resume(task_id, ME),
  ]);
  expect(one.task_id).toBe(two.task_id);
  await eventually(async () => second.calls.includes('research belter-1'), 'its agent works');
  await second.orchestrator.cancel(one.task_id ?? '', ME);
  const three = await second.orchestrator.resume(task_id, ME);
  expect(three.task_id).not.toBe(one.task_id);
  expect(three.resumed_from).toBe(one.task_id);
});

async function approved(on: Orchestra, task_id: string): Promise<void> {
  const waits = async () => (await on.orchestrator.status(task_id, ME)).phase === 'awaiting_approval';
  await eventually(waits, `${task_id} waits`);
  await on.orchestrator.resume(task_id, ME, { approve: true });
}

function end(on: Orchestra, task_id: string): Promise<void> {
  return eventually(async () => (await on.orchestrator.status(task_id, ME)).progress === 1, `${task_id} ends`);
}

const FOUR = ['1', '2', '3', '4'].map((n) => ({
  ...(n === '1' ? { agent_id: 'belter-1' } : {}),
  objective: `objective ${n}`,
}));

test.each<[string, ResumeRequest, { readonly anew: boolean }]>([
  ['agents', { agents: 4 }, { anew: false }],
  ['a plan', { plan: FOUR }, { anew: false }],
  ['agents, of documents that are read anew', { agents: 4 }, { anew: true }],
])('asked for the same again after a cancel, nothing is bought twice: %s', async (_, wish, { anew }) => {
  const shared = { file: await databaseFile(), clock: new FakeClock() };
  const first = await orchestra({ ...shared, deeds: ['find'] });
  const { task_id = '' } = await first.orchestrator.start({ task: 'How?', require_approval: true }, ME);
  await approved(first, task_id);
  await end(first, task_id);
  await first.orchestrator.close();

  const request = anew ? { ...wish, sources: [first.folder] } : wish;
  const middle = await orchestra({ ...shared, deeds: ['find', 'find', 'hang', 'find'] });
  const { task_id: second = '' } = await middle.orchestrator.resume(task_id, ME, request);
  if (wish.plan === undefined) await approved(middle, second);
  const done = async () => (await middle.store.steps.list(second)).filter(({ status }) => status === 'succeeded');
  const agents = async () => (await done()).filter(({ kind }) => kind === 'agent');
  await eventually(async () => (await agents()).length === 3, 'three agents are done');
  await middle.orchestrator.cancel(second, ME);
  await middle.orchestrator.close();

  const last = await orchestra({ ...shared, deeds: ['find', 'find', 'find', 'find'] });
  const { task_id: third = '', resumed_from } = await last.orchestrator.resume(task_id, ME, request);
  expect(resumed_from).toBe(second);
  if (anew) await approved(last, third);
  await end(last, third);
  expect(last.calls.filter((call) => /plan|research/.test(call))).toEqual(['research belter-3']);
  expect((await report(last, third)).citations?.total).toBe(8);
});

test('an outcome is found through a line of workflows that each go on from the one before', async () => {
  const { second, task_id } = await ended({ deeds: ['find', 'fail', 'fail'] }, { deeds: ['find', 'find', 'fail'] });
  const middle = await goOn(second, task_id);
  expect((await second.orchestrator.result(middle, ME)).completeness).toBe('partial');
  const calls = second.calls.length;
  const last = await goOn(second, middle, { plan: [{ agent_id: 'belter-1', objective: 'objective 1' }] });
  expect(second.calls.slice(calls)).toEqual(['compose']);
  expect((await report(second, last)).completeness).toBe('full');
});

test('a workflow whose sources are gone goes on from what it has read of them', async () => {
  const on = await orchestra({ deeds: ['find', 'fail'] });
  const gone = join(on.folder, 'gone');
  await mkdir(gone);
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?', sources: [gone] }, ME);
  await on.clock.advance(20_000);
  const { rmdir } = await import('node:fs/promises');
  await rmdir(gone);
  const again = await goOn(on, task_id);
  expect((await report(on, again)).citations?.total).toBe(2);
});
