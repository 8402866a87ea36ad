import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { type ConfigFlags, readConfig } from '../../../src/config.ts';
import { Retention, type RetentionParts } from '../../../src/orchestrator/erasure.ts';
import { end, idOf, intent, outcome, running } from '../../contract/rows.ts';
import { databaseFile, eventually, id } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { Random } from '../../support/random.ts';
import { finished, ME, type Orchestra, orchestra, OTHER } from '../../support/orchestra.ts';

const DAY = 86_400_000;

async function code(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => 'answered',
    (thrown: unknown) => (thrown as { code: string }).code,
  );
}

/** Time passes, and what falls due happens once. */
async function later(on: Orchestra, ms: number): Promise<void> {
  on.clock.jump(ms);
  await on.clock.advance(0);
  await on.clock.settle(200);
}

async function codes(on: Orchestra, task_ids: readonly string[]): Promise<readonly string[]> {
  return Promise.all(task_ids.map((task_id) => code(on.orchestrator.status(task_id, ME))));
}

test('a deleted workflow is gone for every reader, and says so to its owner alone', async () => {
  const on = await orchestra();
  const task_id = await finished(on);
  const deleted = await on.orchestrator.delete(task_id, ME);
  expect(deleted).toMatchObject({ task_id, erased: { results: 1, claims: 2, sources: 2, texts: 2 } });
  const asked = [
    on.orchestrator.status(task_id, ME),
    on.orchestrator.result(task_id, ME),
    on.orchestrator.resume(task_id, ME),
    on.orchestrator.events(task_id, ME),
    on.orchestrator.source(task_id, 's1', ME),
    on.orchestrator.document(task_id, 'report.md', ME),
    on.orchestrator.delete(task_id, ME),
  ];
  expect(new Set(await Promise.all(asked.map(code)))).toEqual(new Set(['DELETED']));
  expect(await code(on.orchestrator.status(task_id, OTHER))).toBe('NOT_FOUND');
  expect(await code(on.orchestrator.audit(task_id, OTHER))).toBe('NOT_FOUND');
  expect((await on.orchestrator.list(ME)).workflows).toEqual([]);
});

test.each([
  { kind: 'deleted', told: 'DELETED' },
  { kind: 'expired', told: 'EXPIRED' },
] as const)('who waits for a workflow that meanwhile ends and is $kind is told just that', async ({ kind, told }) => {
  const file = await databaseFile();
  const on = await orchestra({ file, deeds: ['hang'] });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  await eventually(async () => (await on.orchestrator.status(task_id, ME)).agents.length === 1, 'its agent is at work');
  // Another process, which hears of nothing as long as time stands still: it sees no end before all is gone.
  const { orchestrator } = await orchestra({ file, clock: on.clock, serve: false });
  const waits = [{}, { since_version: 1000 }].map((since) => {
    const { promise: looked, resolve } = Promise.withResolvers<unknown>();
    const answer = orchestrator.status(task_id, ME, { wait_ms: 50_000, ...since, progress: resolve });
    return { looked, refused: code(answer) };
  });
  await Promise.all(waits.map(({ looked }) => looked));
  await on.orchestrator.cancel(task_id, ME);
  expect(await on.store.workflows.erase(task_id, { kind, reason: 'no longer needed' })).not.toBeNull();
  await on.clock.advance(50_000);
  expect(await Promise.all(waits.map(({ refused }) => refused))).toEqual([told, told]);
});

test('what is left of a deleted workflow is a sound chain, and its index is forgotten', async () => {
  const on = await orchestra();
  const task_id = await finished(on);
  const before = await on.orchestrator.audit(task_id, ME);
  const { head } = await on.orchestrator.delete(task_id, ME);
  expect(await on.orchestrator.audit(task_id, ME)).toMatchObject({ state: 'erased', sound: true, head });
  expect(head).not.toBe(before.head);
  expect(on.forgotten).toHaveLength(1);
});

test('an open workflow is not deleted, and an unknown one is not found', async () => {
  const on = await orchestra({ deeds: ['hang'] });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  expect(await code(on.orchestrator.delete(task_id, ME))).toBe('WORKFLOW_ACTIVE');
  expect((await on.orchestrator.status(task_id, ME)).status).toBe('running');
  expect(await code(on.orchestrator.delete(id(77), ME))).toBe('NOT_FOUND');
});

test('nothing expires unless it was asked for', async () => {
  const on = await orchestra();
  const task_id = await finished(on);
  await later(on, 1000 * DAY);
  await finished(on);
  expect(await codes(on, [task_id])).toEqual(['answered']);
});

/** Timers that retention sets under a whole configuration. */
function armed(flags: ConfigFlags): number {
  const clock = new FakeClock();
  const settings = readConfig({ env: { BELTALOWDA_HOME: '/where/nothing/is' }, flags, cwd: '/' });
  const store = { workflows: { expirable: () => Promise.resolve([]) } } as unknown as RetentionParts['store'];
  new Retention({ store, clock, settings, forget: () => Promise.resolve(), log: () => {} }).due();
  return clock.waiting;
}

test('where every rule is off, no timer is set and nothing is looked for, whatever else is configured', () => {
  expect(armed({ retention_days: '30' })).toBe(1);
  expect(armed({})).toBe(0);
});

test('by age, what ended long ago expires, tells when, and leaves an event in its chain', async () => {
  const file = await databaseFile();
  const on = await orchestra({ file, retention: { retention_days: 30 } });
  const task_id = await finished(on);
  await later(on, 31 * DAY);
  expect(await codes(on, [task_id])).toEqual(['EXPIRED']);
  await expect(on.orchestrator.status(task_id, ME)).rejects.toThrow(/expired on 2026-02-01T.*retention_days 30/);
  const db = new SqliteDatabase(file, { readonly: true });
  const last = db.prepare('SELECT event_type, event_data FROM events WHERE task_id = ? ORDER BY seq DESC LIMIT 1');
  const { event_type, event_data } = last.get(task_id) as { event_type: string; event_data: string };
  db.close();
  expect([event_type, JSON.parse(event_data)]).toEqual([
    'workflow_erased',
    { kind: 'expired', reason: 'retention: retention_days 30' },
  ]);
});

/** What the steps of these wrote cannot be read any more. */
function damageSteps(file: string, task_ids: readonly string[]): void {
  const db = new SqliteDatabase(file);
  for (const name of db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'steps'")
    .pluck()
    .all()) {
    db.exec(`DROP TRIGGER ${String(name)}`);
  }
  const damage = db.prepare<[string]>("UPDATE steps SET output = '{broken' WHERE task_id = ?");
  for (const task_id of task_ids) expect(damage.run(task_id).changes).toBeGreaterThan(0);
  db.close();
}

test.each([{ retention_days: 30 }, { retention_max_mb: 0.001 }])(
  'one whose steps are damaged stays, and keeps no other from going: %o',
  async (retention) => {
    const file = await databaseFile();
    const on = await orchestra({ file, retention });
    const task_ids = [await finished(on), await finished(on), await finished(on)];
    damageSteps(file, task_ids.slice(0, 1));
    await later(on, 31 * DAY);
    expect(await codes(on, task_ids)).toEqual(['answered', 'EXPIRED', 'EXPIRED']);
  },
);

test('however many of them stay, also more than are looked at in one go', async () => {
  const file = await databaseFile();
  const on = await orchestra({ file, retention: { retention_max_mb: 0.001 }, serve: false });
  const ids = Array.from({ length: 22 }, (_, n) => idOf(n + 1));
  for (const [n] of ids.entries()) {
    const hold = await running(on.store, n + 1);
    await on.store.steps.begin(hold, intent('collect'));
    await on.store.steps.settle(hold, outcome('collect'));
    await on.store.workflows.finish(hold, end());
    on.clock.jump(1);
  }
  damageSteps(file, ids.slice(0, 21));
  on.orchestrator.recover();
  const isGone = async (task_id: string) => (await on.store.workflows.tombstone(task_id)) !== null;
  await eventually(() => isGone(idOf(22)), 'the only one that can go is gone');
  expect(await Promise.all(ids.map(isGone))).toEqual(ids.map((task_id) => task_id === idOf(22)));
});

test('by count, the newest ended ones are kept', async () => {
  const on = await orchestra({ retention: { retention_max_workflows: 2 } });
  const task_ids: string[] = [];
  for (let n = 0; n < 4; n += 1) task_ids.push(await finished(on));
  await later(on, 2 * 3_600_000);
  expect(await codes(on, task_ids)).toEqual(['EXPIRED', 'EXPIRED', 'answered', 'answered']);
});

test('by size, the longest ended go until the rest fits', async () => {
  const on = await orchestra({ retention: { retention_max_mb: 1 } });
  const first = await finished(on);
  await later(on, 2 * 3_600_000);
  expect(await codes(on, [first])).toEqual(['answered']);
  // Nothing in it can be compressed away.
  const random = new Random(7);
  const noise = Array.from({ length: 250_000 }, () => random.next().toString(36).slice(2)).join(' ');
  const big = await orchestra({ retention: { retention_max_mb: 1 }, files: { 'a.txt': `Line.\n${noise}\n` } });
  const older = await finished(big);
  const newer = await finished(big);
  await later(big, 2 * 3_600_000);
  expect((await codes(big, [older, newer]))[0]).toBe('EXPIRED');
});

test('an open workflow never expires, however old', async () => {
  const on = await orchestra({ retention: { retention_days: 1 } });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?', require_approval: true }, ME);
  await later(on, 100 * DAY);
  expect((await on.orchestrator.status(task_id, ME)).phase).toBe('awaiting_approval');
});
