import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Plan } from '../../../src/core/plan.ts';
import type { ResumeRequest } from '../../../src/core/views.ts';
import { databaseFile, eventually } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { finished, ME, orchestra, type Orchestra, report } from '../../support/orchestra.ts';

async function limited(files: Record<string, string>, names = ['b.txt']) {
  const on = await orchestra({ files, deeds: ['find', 'find', 'find'] });
  const task_id = await finished(on);
  const plan = names.map((name, at) => ({ agent_id: `belter-${at + 1}`, objective: `of ${name}`, sources: [name] }));
  return { on, task_id: await goOn(on, task_id, { plan }) };
}

async function goOn(on: Orchestra, task_id: string, request: ResumeRequest): Promise<string> {
  const { task_id: next = '' } = await on.orchestrator.resume(task_id, ME, request);
  await on.clock.advance(20_000);
  await eventually(async () => (await on.orchestrator.status(next, ME)).progress === 1, `${next} ends`);
  return next;
}

/** What each agent was to search. */
async function searched({ store }: Orchestra, task_id: string): Promise<readonly (readonly string[] | undefined)[]> {
  const [steps, sources] = await Promise.all([store.steps.list(task_id), store.sources.list(task_id)]);
  const locations = new Map(sources.map(({ source_id, location }) => [source_id, location]));
  const agents = steps.filter(({ kind }) => kind === 'agent');
  const ids = agents.map(({ input }) => (input as { subtask: { source_ids?: readonly string[] } }).subtask.source_ids);
  return ids.map((each) => each?.map((id) => locations.get(id) ?? id));
}

/** A line for each of three agents. */
const lines = (name: string): string => ['first', 'second', 'third'].map((nth) => `The ${nth} of ${name}.\n`).join('');
const files = () => ({ 'a.txt': lines('a'), 'b.txt': lines('b'), 'c.txt': lines('c') });

test('agents limited to documents search those when all are read anew, though their ids are others now', async () => {
  const there: Record<string, string> = files();
  const { on, task_id } = await limited(there);
  delete there['a.txt'];
  const again = await goOn(on, task_id, { sources: [on.folder] });
  expect(await searched(on, again)).toEqual([['b.txt']]);
  delete there['c.txt'];
  there['0.txt'] = lines('0');
  // In a line of several, too.
  expect(await searched(on, await goOn(on, again, { sources: [on.folder] }))).toEqual([['b.txt']]);
});

test('also those that more agents are added to', async () => {
  const there: Record<string, string> = files();
  const { on, task_id } = await limited(there);
  delete there['a.txt'];
  const again = await goOn(on, task_id, { sources: [on.folder], agents: 2 });
  expect(await searched(on, again)).toEqual([['b.txt'], undefined]);
});

test('also where the plan was edited when it was approved, and the workflow that has it read nothing before it ended', async () => {
  const there: Record<string, string> = files();
  const on = await orchestra({ files: there, deeds: ['find'] });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?', require_approval: true }, ME);
  await eventually(async () => (await on.orchestrator.status(task_id, ME)).plan !== undefined, 'it waits');
  const plan = [{ agent_id: 'belter-1', objective: 'objective 1', sources: ['s2'] }];
  await on.orchestrator.resume(task_id, ME, { plan });
  await eventually(async () => (await on.orchestrator.status(task_id, ME)).progress === 1, 'it ends');
  const { task_id: stopped = '' } = await on.orchestrator.resume(task_id, ME, { plan });
  await on.orchestrator.cancel(stopped, ME);
  delete there['a.txt'];
  const { task_id: again = '' } = await on.orchestrator.resume(stopped, ME, { sources: [on.folder] });
  await eventually(async () => (await on.orchestrator.status(again, ME)).plan !== undefined, 'it waits');
  expect((await on.orchestrator.status(again, ME)).plan).toMatchObject([{ agent_id: 'belter-1', sources: ['s1'] }]);
});

test('whose documents are gone searches no others: its objective is missing, or the plan is refused', async () => {
  const there: Record<string, string> = files();
  const { on, task_id } = await limited(there, ['b.txt', 'c.txt']);
  delete there['b.txt'];
  const partial = await goOn(on, task_id, { sources: [on.folder] });
  expect(await searched(on, partial)).toEqual([['c.txt']]);
  expect(await report(on, partial)).toMatchObject({
    completeness: 'partial',
    missing: [{ what: 'of b.txt', why: 'not among the documents read: b.txt' }],
  });
  delete there['c.txt'];
  const none = await goOn(on, partial, { sources: [on.folder] });
  const { status, error } = await on.orchestrator.status(none, ME);
  expect([status, error?.code]).toEqual(['failed', 'PLAN_INVALID']);
});

/** The row as the release before wrote it: ids alone, which nobody had written down what they stand for. */
function withoutDocuments(file: string, task_id: string): void {
  const db = new SqliteDatabase(file);
  const row = db.prepare<[string], { config: string }>('SELECT config FROM workflows WHERE task_id = ?').get(task_id);
  const { plan, ...config } = JSON.parse(row?.config ?? '') as { readonly plan: Plan };
  const subtasks = plan.subtasks.map((subtask) => ({ ...subtask, documents: undefined }));
  const before = JSON.stringify({ ...config, plan: { ...plan, subtasks } });
  db.prepare('UPDATE workflows SET config = ? WHERE task_id = ?').run(before, task_id);
  db.close();
}

test.each([
  ['as it is', false],
  ['with all documents read anew', true],
])(
  'a plan of the release before, of a workflow that read nothing, is limited to what its ids stood for, gone on from %s',
  async (_, anew) => {
    const there: Record<string, string> = files();
    const shared = { file: await databaseFile(), clock: new FakeClock(), files: there };
    const first = await orchestra(shared);
    const task_id = await finished(first);
    await first.orchestrator.close();
    const middle = await orchestra({ ...shared, deeds: ['hang'], max_active: 1 });
    const { task_id: other = '' } = await middle.orchestrator.start({ task: 'Another?' }, ME);
    await eventually(async () => middle.calls.includes('research belter-1'), 'there is one at work');
    const plan = [{ agent_id: 'belter-1', objective: 'of b.txt', sources: ['b.txt'] }];
    const { task_id: stopped = '' } = await middle.orchestrator.resume(task_id, ME, { plan });
    withoutDocuments(shared.file, stopped);
    await middle.orchestrator.cancel(stopped, ME);
    await middle.orchestrator.cancel(other, ME);
    await middle.orchestrator.close();
    if (anew) delete there['a.txt'];
    const last = await orchestra(shared);
    const again = await goOn(last, stopped, anew ? { sources: [last.folder] } : {});
    expect(await searched(last, again)).toEqual([['b.txt']]);
  },
);
