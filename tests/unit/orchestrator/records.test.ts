import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { databaseFile, eventually } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { finished, ME, orchestra, report } from '../../support/orchestra.ts';

test('a source is given with its text, in which every quote stands at its place', async () => {
  const on = await orchestra({ deeds: ['find', 'find'] });
  const task_id = await finished(on);
  for (const claim of (await report(on, task_id)).claims ?? []) {
    const { text, source_id } = await on.orchestrator.source(task_id, claim.source_id, ME);
    expect(source_id).toBe(claim.source_id);
    expect(text.slice(claim.start, claim.end)).toBe(claim.quote);
  }
  await expect(on.orchestrator.source(task_id, 's9', ME)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('the report is a document once there is one', async () => {
  const on = await orchestra({ deeds: ['hang'] });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  await expect(on.orchestrator.document(task_id, 'report.md', ME)).rejects.toMatchObject({ code: 'WORKFLOW_ACTIVE' });
  await on.orchestrator.cancel(task_id, ME);
  const { text } = await on.orchestrator.document(task_id, 'report.md', ME);
  const result = await on.orchestrator.result(task_id, ME);
  expect(text).toBe(result.text);
  expect(result.documents).toEqual([
    { uri: `orchestrator://${task_id}/documents/report.md`, name: 'report.md', mime_type: 'text/markdown' },
  ]);
  await expect(on.orchestrator.document(task_id, 'report.pdf', ME)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('events come after the one last seen, at most so many', async () => {
  const on = await orchestra();
  const task_id = await finished(on);
  const all = await on.orchestrator.events(task_id, ME);
  expect(all.status).toBe('completed');
  expect(all.events.map(({ seq }) => seq)).toEqual(all.events.map((_, at) => at + 1));
  const some = await on.orchestrator.events(task_id, ME, { after: 2, limit: 3 });
  expect(some.events.map(({ seq }) => seq)).toEqual([3, 4, 5]);
});

test('who watches hears of changes until they stop', async () => {
  const on = await orchestra();
  const heard: (string | null)[] = [];
  const stop = on.orchestrator.watch((task_id) => heard.push(task_id));
  const task_id = await finished(on);
  expect(heard).toContain(task_id);
  stop();
  const before = heard.length;
  await finished(on);
  expect(heard).toHaveLength(before);
});

test('the trace of a request is kept with its workflow', async () => {
  const on = await orchestra();
  const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=b' };
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?', trace, idempotency_key: 'k' }, ME);
  expect((await on.orchestrator.status(task_id, ME)).trace).toEqual(trace);
  // Another trace is not another request.
  expect((await on.orchestrator.start({ task: 'How?', idempotency_key: 'k' }, ME)).task_id).toBe(task_id);
});

test.each([
  ['completed', ['find', 'find', 'find', 'find', 'fail']],
  ['failed', ['fail', 'fail']],
  ['with nothing found', ['nothing', 'nothing']],
] as const)('a workflow %s is replayed to the same result', async (_how, deeds) => {
  const on = await orchestra({ deeds });
  const task_id = await finished(on);
  const calls = on.calls.length;
  const view = await on.orchestrator.replay(task_id, ME);
  expect(view).toMatchObject({ task_id, same: true, differences: [] });
  expect(view.recorded).toBe(view.replayed);
  expect(view.decisions[0]).toEqual({ steps: ['collect'] });
  expect(on.calls).toHaveLength(calls);
});

test.each([true, false])('a cancelled workflow (finalize %s) is replayed to the same result', async (finalize) => {
  const on = await orchestra({ deeds: ['find', 'hang'] });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  await eventually(async () => (await on.store.claims.list(task_id)).length === 2, 'the first agent is done');
  await expect(on.orchestrator.replay(task_id, ME)).rejects.toMatchObject({ code: 'WORKFLOW_ACTIVE' });
  await on.orchestrator.cancel(task_id, ME, { finalize });
  expect(await on.orchestrator.replay(task_id, ME)).toMatchObject({ same: true, status: 'cancelled' });
});

test('a workflow at its time limit is replayed to the same result', async () => {
  const on = await orchestra({ deeds: ['find', 'hang'], timeout_minutes: 1 });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  await on.clock.advance(60_000);
  expect(await on.orchestrator.replay(task_id, ME)).toMatchObject({ same: true, status: 'completed' });
});

test.each([
  [
    'a plan with another agent',
    "UPDATE steps SET output = replace(output, 'belter-2', 'belter-7') WHERE step_id = 'plan'",
  ],
  ['an agent whose outcome is gone', "DELETE FROM steps WHERE step_id = 'agent:belter-1'"],
  ['a claim with other words', "UPDATE claims SET text = 'Something else.' WHERE claim_id = 'belter-1.s1'"],
  ['another end', "UPDATE workflows SET status = 'cancelled'"],
])('%s does not lead to the recorded result, and is found by audit as well', async (_what, sql) => {
  const file = await databaseFile();
  const clock = new FakeClock();
  const on = await orchestra({ file, clock, deeds: ['find', 'find'] });
  const task_id = await finished(on);
  await on.orchestrator.close();
  const db = new SqliteDatabase(file);
  const triggers = db.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'trigger'").pluck().all();
  for (const trigger of triggers) db.exec(`DROP TRIGGER ${trigger}`);
  db.exec(sql);
  db.close();
  const again = await orchestra({ file, clock });
  const { same, differences } = await again.orchestrator.replay(task_id, ME);
  expect(same).toBe(false);
  expect(differences.length).toBeGreaterThan(0);
  expect(await again.orchestrator.audit(task_id, ME)).toMatchObject({ sound: false });
});
