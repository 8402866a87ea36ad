/** A workflow whose row cannot be read is no workflow anybody can go on with: it can be ended and deleted all the same. */

import SqliteDatabase from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { sqliteMaintenance } from '../../../src/store/sqlite/sqlite.ts';
import { databaseFile, eventually } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { finished, ME, type Orchestra, orchestra, OTHER } from '../../support/orchestra.ts';

interface Damaged {
  readonly on: Orchestra;
  readonly file: string;
  readonly task_id: string;
}

/** Of one agent that works until it is stopped; `pending`: nobody has begun it. */
async function damaged(how: string, status: 'pending' | 'running'): Promise<Damaged> {
  const file = await databaseFile();
  const none = status === 'pending' ? { max_active: 0, serve: false } : {};
  const on = await orchestra({ file, clock: new FakeClock(), deeds: ['find', 'hang'], ...none });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  if (status === 'running') await on.clock.settle(200);
  expect(await on.store.workflows.get(task_id)).toMatchObject({ status });
  const db = new SqliteDatabase(file);
  db.prepare(`UPDATE workflows SET ${how}`).run();
  db.close();
  await expect(on.orchestrator.status(task_id, ME)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  return { on, file, task_id };
}

async function statuses({ orchestrator }: Orchestra): Promise<readonly string[]> {
  return (await orchestrator.list(ME)).workflows.map(({ status }) => status);
}

async function findings(file: string): Promise<readonly unknown[]> {
  return (await sqliteMaintenance({ file, clock: new FakeClock() }).check()).findings;
}

const UNREADABLE = [
  ["config = '{broken'", 'pending'],
  ["config = '{broken', stop = '{broken'", 'pending'],
  ["trace = '{broken'", 'pending'],
  ["config = '{broken'", 'running'],
  ["trace = '{broken'", 'running'],
] as const;

describe('a workflow that cannot be read', () => {
  test.each(UNREADABLE)('with %s is ended by a cancel as it stands, and deleted: %s', async (how, status) => {
    const { on, file, task_id } = await damaged(how, status);
    await expect(on.orchestrator.delete(task_id, ME)).rejects.toMatchObject({ code: 'WORKFLOW_ACTIVE' });
    for (const asked of [on.orchestrator.cancel(task_id, OTHER), on.orchestrator.delete(task_id, OTHER)]) {
      await expect(asked).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    const told = await on.orchestrator.cancel(task_id, ME, { reason: 'broken' });
    expect(told).toMatchObject({ task_id, status: 'cancelled' });
    expect(await on.orchestrator.cancel(task_id, ME)).toEqual(told);
    expect(await statuses(on)).toEqual(['cancelled']);
    expect((await on.orchestrator.analytics(ME)).totals.by_status).toMatchObject({
      pending: 0,
      running: 0,
      cancelled: 1,
    });
    const last = (await on.store.events.list(task_id, { after: 0, limit: 100 })).at(-1);
    expect(last).toMatchObject({
      event_type: 'workflow_cancelled',
      data: { reason: 'broken', error: { code: 'STORE_CORRUPT' } },
    });
    // Of what was written before the damage, and of the end, nothing else is wrong.
    expect(await findings(file)).toEqual([expect.objectContaining({ task_id, where: 'workflows' })]);
    await on.orchestrator.delete(task_id, ME);
    await expect(on.orchestrator.status(task_id, ME)).rejects.toMatchObject({ code: 'DELETED' });
    expect(await findings(file)).toEqual([]);
  });

  test('is ended once, by however many cancels at a time', async () => {
    const { on, task_id } = await damaged("config = '{broken'", 'running');
    const told = await Promise.all([on.orchestrator.cancel(task_id, ME), on.orchestrator.cancel(task_id, ME)]);
    expect(told.map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
    const events = await on.store.events.list(task_id, { after: 0, limit: 100 });
    expect(events.filter(({ event_type }) => event_type === 'workflow_cancelled')).toHaveLength(1);
  });

  test('is left by the process that works on it: nothing is written behind its end', async () => {
    const { on, task_id } = await damaged("config = '{broken'", 'running');
    await on.orchestrator.cancel(task_id, ME);
    const before = await on.store.events.list(task_id, { after: 0, limit: 100 });
    await on.clock.advance(60_000);
    expect(await on.store.events.list(task_id, { after: 0, limit: 100 })).toEqual(before);
    const { task_id: next = '' } = await on.orchestrator.start({ task: 'And now?' }, ME);
    expect(await on.orchestrator.status(next, ME)).toMatchObject({ status: 'running' });
  });

  test('is no more asked for by a process that works on what it was asked for alone, which takes up the next', async () => {
    const file = await databaseFile();
    const works = (): Promise<void> => gate.promise;
    const gate = Promise.withResolvers<void>();
    const on = await orchestra({ file, works, deeds: ['find'], serve: false, max_active: 1 });
    const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
    const db = new SqliteDatabase(file);
    db.prepare("UPDATE workflows SET config = '{broken'").run();
    db.close();
    await on.orchestrator.cancel(task_id, ME);
    await on.clock.advance(60_000);
    await on.orchestrator.start({ task: 'And now?' }, ME);
    const { task_id: next = '' } = await on.orchestrator.start({ task: 'And then?' }, ME);
    gate.resolve();
    await on.clock.advance(60_000);
    expect(await on.orchestrator.status(next, ME)).toMatchObject({ status: 'completed' });
  });

  test('and that nobody works on does not keep its owner from asking the same again', async () => {
    const { on, task_id } = await damaged("config = '{broken', lease_holder = NULL", 'running');
    const again = await on.orchestrator.start({ task: 'How?' }, ME);
    expect(again.task_id).not.toBe(task_id);
  });

  test('because of its stop alone is stopped like any other: what it has comes home', async () => {
    const { on, file, task_id } = await damaged("stop = '{broken'", 'running');
    const cancelled = on.orchestrator.cancel(task_id, ME, { finalize: true });
    await on.clock.advance(30_000);
    expect(await cancelled).toMatchObject({ kept: { claims: 2, sources: 2 } });
    expect(await on.orchestrator.result(task_id, ME)).toMatchObject({ completeness: 'partial' });
    expect(await findings(file)).toEqual([]);
  });
});

interface Kept {
  readonly on: Orchestra;
  readonly file: string;
  readonly task_id: string;
}

/** Of two agents whose workflow's row becomes unreadable while they are at work; nothing becomes of it where nothing is said. */
async function damagedAtWork(how: string | null, second: 'find' | 'hang'): Promise<Kept> {
  const file = await databaseFile();
  const works = async (): Promise<void> => {
    const db = new SqliteDatabase(file);
    if (how !== null) db.prepare(`UPDATE workflows SET ${how}`).run();
    db.close();
  };
  const on = await orchestra({ file, works, deeds: ['find', second], pays: 1000, timeout_minutes: 1 });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  await on.clock.advance(90_000);
  await eventually(async () => (await statuses(on))[0] === 'completed', 'it ends');
  return { on, file, task_id };
}

/** What was found, as far as it is the same in every run; and what was paid for. */
async function kept({ on, task_id }: Kept): Promise<unknown> {
  const { result } = { ...(await on.store.results.get(task_id)) };
  const { report } = result as { readonly report: { readonly text: string; readonly completeness: string } };
  const { text, completeness } = report;
  return { text, completeness, spending: await on.store.calls.spending(task_id) };
}

describe('a workflow whose row is damaged while it is worked on', () => {
  test.each(["config = '{broken'", "trace = '{broken'"])(
    'ends with its whole report, and what was paid is counted to the last call: %s',
    async (how) => {
      const run = await damagedAtWork(how, 'find');
      expect(await kept(run)).toMatchObject({ completeness: 'full' });
      expect(await kept(run)).toEqual(await kept(await damagedAtWork(null, 'find')));
      const { orchestrator } = run.on;
      await expect(orchestrator.result(run.task_id, ME)).rejects.toMatchObject({
        code: 'STORE_CORRUPT',
        hint: expect.stringContaining('`beltalowda export` gives the report') as unknown,
      });
      const shown = await orchestrator.document(run.task_id, 'report.md', ME);
      expect(await kept(run)).toMatchObject({ text: shown.text });
      expect(await orchestrator.source(run.task_id, 's1', ME)).toMatchObject({ source_id: 's1' });
      expect(await orchestrator.events(run.task_id, ME)).toMatchObject({ status: 'completed' });
      for (const asked of [
        orchestrator.document(run.task_id, 'report.md', OTHER),
        orchestrator.source(run.task_id, 's1', OTHER),
        orchestrator.events(run.task_id, OTHER),
      ]) {
        await expect(asked).rejects.toMatchObject({ code: 'NOT_FOUND' });
      }
      const wrong = await findings(run.file);
      expect(wrong).toContainEqual(expect.objectContaining({ task_id: run.task_id, where: 'workflows' }));
      for (const one of wrong) expect(one).toMatchObject({ where: 'workflows' });
    },
  );

  test('is whole again at its end where its stop alone was damaged: that bound nobody', async () => {
    const run = await damagedAtWork("stop = '{broken'", 'find');
    expect(await run.on.orchestrator.result(run.task_id, ME)).toMatchObject({ completeness: 'full' });
    expect(await findings(run.file)).toEqual([]);
  });

  test.each(["config = '{broken'", "config = '{broken', stop = '{broken'"])(
    'is written up at its time limit from what there is: %s',
    async (how) => {
      const run = await damagedAtWork(how, 'hang');
      expect(await kept(run)).toMatchObject({ completeness: 'partial' });
      expect(await kept(run)).toEqual(await kept(await damagedAtWork(null, 'hang')));
    },
  );
});

/** Of one agent that worked in a process that has ended; what it was given cannot be read. */
async function unreadableSteps(): Promise<{
  readonly file: string;
  readonly clock: FakeClock;
  readonly task_id: string;
}> {
  const file = await databaseFile();
  const clock = new FakeClock();
  const first = await orchestra({ file, clock, deeds: ['find', 'hang'] });
  const { task_id = '' } = await first.orchestrator.start({ task: 'How?' }, ME);
  await clock.settle(200);
  await first.orchestrator.close();
  const db = new SqliteDatabase(file);
  expect(db.prepare("UPDATE steps SET input = '{broken' WHERE status = 'running'").run().changes).toBe(1);
  db.close();
  return { file, clock, task_id };
}

/** Of what has ended, the outcomes of these steps cannot be read any more. */
function damageOutcomes(file: string, which: string): void {
  const db = new SqliteDatabase(file);
  const guard = db.prepare("SELECT sql FROM sqlite_schema WHERE name = 'outcomes_never_change'").pluck().get();
  db.exec('DROP TRIGGER outcomes_never_change');
  expect(db.prepare(`UPDATE steps SET output = '{broken' WHERE ${which}`).run().changes).toBeGreaterThan(0);
  db.exec(String(guard));
  db.close();
}

/** One that has ended, after which these of its steps were damaged. */
async function endedThenDamaged(which: string): Promise<Kept> {
  const file = await databaseFile();
  const on = await orchestra({ file, deeds: ['find'] });
  const task_id = await finished(on);
  damageOutcomes(file, which);
  return { on, file, task_id };
}

describe('an ended workflow with damaged steps', () => {
  test('is deleted, with its index', async () => {
    const { on, file, task_id } = await endedThenDamaged("step_id <> 'collect'");
    expect(await on.orchestrator.delete(task_id, ME)).toMatchObject({ task_id, erased: { results: 1 } });
    expect(on.forgotten).toHaveLength(1);
    expect(await findings(file)).toEqual([]);
  });

  test('stays where it is the very one that names its index', async () => {
    const { on, task_id } = await endedThenDamaged("step_id = 'collect'");
    await expect(on.orchestrator.delete(task_id, ME)).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining(`a row of ${task_id} holds`) as unknown,
      hint: expect.stringContaining('its step collect alone names the index') as unknown,
    });
    expect(on.forgotten).toEqual([]);
    expect(await on.store.results.get(task_id)).not.toBeNull();
  });
});

describe('a workflow whose steps cannot be read', () => {
  test('is ended by a cancel, by whoever takes it up, with the claims it has', async () => {
    const { file, clock, task_id } = await unreadableSteps();
    const on = await orchestra({ file, clock, serve: false });
    const kept = { claims: 2, sources: 2, steps: 3 };
    expect(await on.orchestrator.cancel(task_id, ME)).toEqual({ task_id, status: 'cancelled', kept });
    expect(await on.orchestrator.result(task_id, ME)).toMatchObject({ completeness: 'partial' });
  });

  test('ends by nothing else', async () => {
    const { file, clock, task_id } = await unreadableSteps();
    const on = await orchestra({ file, clock });
    await clock.advance(60_000);
    expect(await statuses(on)).toEqual(['running']);
    const cancelled = on.orchestrator.cancel(task_id, ME);
    await clock.advance(60_000);
    expect(await cancelled).toMatchObject({ task_id });
    expect(await statuses(on)).toEqual(['cancelled']);
  });
});

test.each([
  ['whole', false],
  ['damaged since', true],
])('a workflow goes on from one that is %s, and lands', async (_how, isDamaged) => {
  const [file, clock] = [await databaseFile(), new FakeClock()];
  const first = await orchestra({ file, clock, deeds: ['find', 'fail'] });
  const earlier = await finished(first);
  await first.orchestrator.close();
  const second = await orchestra({ file, clock, max_active: 0, serve: false });
  const { task_id = '' } = await second.orchestrator.resume(earlier, ME);
  await second.orchestrator.close();
  if (isDamaged) damageOutcomes(file, `task_id = '${earlier}' AND step_id = 'agent:belter-1'`);
  const on = await orchestra({ file, clock, deeds: ['find', 'find'] });
  await eventually(async () => (await on.orchestrator.status(task_id, ME)).status === 'completed', 'it lands');
  expect(await on.orchestrator.result(task_id, ME)).toMatchObject({ completeness: 'full' });
  const adopted = (await on.store.steps.list(task_id)).filter(({ adopted_from }) => adopted_from !== null);
  expect(adopted.map(({ step_id }) => step_id).includes('agent:belter-1')).toBe(!isDamaged);
  expect(on.calls.includes('research belter-1')).toBe(isDamaged);
});
