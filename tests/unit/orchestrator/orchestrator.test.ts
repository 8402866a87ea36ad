import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { StatusView } from '../../../src/core/views.ts';
import { openLibrary } from '../../../src/providers/tools/documents/documents.ts';
import { databaseFile, eventually, id } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { finished, ME, orchestra, OTHER, report } from '../../support/orchestra.ts';

test('a start is durable when it answers, and its report cites every finding', async () => {
  const on = await orchestra({ deeds: ['find', 'find', 'find'] });
  const started = await on.orchestrator.start({ task: '  How is data kept? ', title: 'Logs' }, ME);
  expect(started).toMatchObject({ status: 'running', orchestrator_type: 'beltalowda', model: 'extractive' });
  expect(await on.store.workflows.get(started.task_id ?? '')).toMatchObject({ task: 'How is data kept?', owner: 'me' });
  await on.clock.advance(0);
  const view = await report(on, started.task_id ?? '');
  expect(view).toMatchObject({ status: 'completed', completeness: 'full', missing: [], title: 'Logs' });
  expect(view.citations).toMatchObject({ total: 6, quoted: 6, unsupported: 0 });
  expect(view.text).toContain('c.bin: not text');
  expect(on.calls).toEqual(['plan', 'research belter-1', 'research belter-2', 'research belter-3', 'compose']);
});

test('four agents with findings are merged by drummers, whose failure costs no finding', async () => {
  const on = await orchestra({ deeds: ['find', 'find', 'find', 'find', 'find'] });
  const view = await report(on, await finished(on));
  expect(view.completeness).toBe('full');
  expect(on.calls.filter((call) => call.startsWith('merge'))).toEqual(['merge drummer-1', 'merge drummer-2']);
  expect(view.claims?.map((claim) => claim.agent_id)).toEqual(
    expect.arrayContaining(['belter-1', 'belter-2', 'belter-3', 'belter-4', 'belter-5']),
  );
});

test('a swarm runs its agents and one synthesis', async () => {
  const on = await orchestra({ deeds: ['find', 'find', 'find', 'find'] });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?', orchestrator_type: 'swarm' }, ME);
  await on.clock.advance(0);
  expect((await report(on, task_id)).completeness).toBe('full');
  expect((await on.orchestrator.status(task_id, ME)).agents.map((agent) => agent.role)).toEqual([
    ...Array.from({ length: 4 }, () => 'belter'),
    'synthesis',
  ]);
  expect(on.calls.at(-1)).toBe('compose');
});

test('the same idempotency key gives the same workflow to its owner, and refuses another input', async () => {
  const on = await orchestra();
  const request = { task: 'How?', idempotency_key: 'k1' };
  const [one, two] = await Promise.all([on.orchestrator.start(request, ME), on.orchestrator.start(request, ME)]);
  expect(one.task_id).toBe(two.task_id);
  await on.clock.advance(0);
  expect(await on.orchestrator.start(request, ME)).toMatchObject({ task_id: one.task_id, status: 'completed' });
  await expect(on.orchestrator.start({ ...request, task: 'Why?' }, ME)).rejects.toMatchObject({
    code: 'IDEMPOTENCY_CONFLICT',
  });
  expect((await on.orchestrator.start(request, OTHER)).task_id).not.toBe(one.task_id);
});

test('a repeated call finds its workflow also when its source is gone meanwhile', async () => {
  const on = await orchestra();
  const folder = await temporaryFolder();
  const request = { task: 'How?', idempotency_key: 'k1', sources: [folder] };
  const { task_id } = await on.orchestrator.start(request, ME);
  await rm(folder, { recursive: true });
  expect((await on.orchestrator.start(request, ME)).task_id).toBe(task_id);
  await expect(on.orchestrator.start({ ...request, task: 'Why?' }, ME)).rejects.toMatchObject({
    code: 'IDEMPOTENCY_CONFLICT',
  });
  const fresh = { ...request, idempotency_key: 'k2' };
  await expect(on.orchestrator.start(fresh, ME)).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
});

test('a dry run tells what it would take and creates nothing', async () => {
  const on = await orchestra({ max_active: 1, max_queued: 0 });
  const view = await on.orchestrator.start({ task: 'How?', agents: 8, dry_run: true }, ME);
  expect(view).toMatchObject({
    status: 'pending',
    estimate: { agents: 11, cost_usd: 0 },
    created_at: null,
    version: 0,
  });
  expect(view).not.toHaveProperty('task_id');
  expect(on.calls).toEqual([]);
});

test('bad requests are refused in the words of the catalogue before anything is stored', async () => {
  const { orchestrator, calls } = await orchestra();
  const refused = async (request: Parameters<typeof orchestrator.start>[0], code: string): Promise<void> => {
    await expect(orchestrator.start(request, ME)).rejects.toMatchObject({ code });
  };
  await refused({ task: '  \n ' }, 'INVALID_INPUT');
  await refused({ task: 'How?', domains: ['news'] }, 'INVALID_INPUT');
  await refused({ task: 'How?', model: 'vendor' }, 'MODEL_UNKNOWN');
  await refused({ task: 'How?', sources: ['/nowhere/at/all'] }, 'SOURCE_NOT_FOUND');
  await refused({ task: 'How?', sources: ['https://example.org'] }, 'SOURCE_UNSUPPORTED');
  expect(calls).toEqual([]);
});

test('an unknown, a malformed and a foreign id cannot be told apart', async () => {
  const on = await orchestra();
  const foreign = await finished(on);
  const said = async (task_id: string): Promise<unknown[]> => {
    const { orchestrator } = on;
    const asked = [
      orchestrator.status(task_id, OTHER),
      orchestrator.result(task_id, OTHER),
      orchestrator.cancel(task_id, OTHER),
      orchestrator.resume(task_id, OTHER),
      orchestrator.events(task_id, OTHER),
      orchestrator.source(task_id, 's1', OTHER),
      orchestrator.document(task_id, 'report.md', OTHER),
      orchestrator.audit(task_id, OTHER),
      orchestrator.replay(task_id, OTHER),
      orchestrator.delete(task_id, OTHER),
    ];
    const answers = await Promise.allSettled(asked);
    return answers.map((answer) => {
      if (answer.status === 'fulfilled') throw new Error('a foreign id was answered');
      const { code, message, hint, retryable } = answer.reason as Record<string, unknown>;
      return { code, message: String(message).replace(task_id, 'ID'), hint, retryable };
    });
  };
  const expected = await said(id(99));
  expect(expected[0]).toMatchObject({ code: 'NOT_FOUND' });
  expect(await said(foreign)).toEqual(expected);
  expect(await said('wf_no')).toEqual(expected);
});

test('those who wait know their place, and a full queue refuses', async () => {
  const on = await orchestra({ deeds: ['hang'], max_active: 1, max_queued: 2 });
  await on.orchestrator.start({ task: 'one' }, ME);
  const two = await on.orchestrator.start({ task: 'two' }, ME);
  const three = await on.orchestrator.start({ task: 'three' }, ME);
  expect([two, three].map((view) => [view.status, view.queue_position])).toEqual([
    ['pending', 1],
    ['pending', 2],
  ]);
  expect(await on.orchestrator.status(three.task_id ?? '', ME)).toMatchObject({ queue_position: 2, phase: 'queued' });
  await expect(on.orchestrator.start({ task: 'four' }, ME)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
});

test('waiting for the end returns with it, tells each change once, and progress never falls', async () => {
  const on = await orchestra({ deeds: ['find', 'fail', 'find'] });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  const seen: StatusView[] = [];
  const waiting = on.orchestrator.status(task_id, ME, { wait_ms: 50_000, progress: (view) => seen.push(view) });
  await on.clock.advance(30_000);
  const view = await waiting;
  expect(view).toMatchObject({ status: 'completed', progress: 1 });
  expect(view.agents.map(({ agent_id, status, attempts }) => [agent_id, status, attempts])).toEqual([
    ['belter-1', 'completed', 1],
    ['belter-2', 'failed', 3],
    ['belter-3', 'completed', 1],
    ['camina', 'completed', 1],
  ]);
  const shares = [...seen.map(({ progress }) => progress), 1];
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(seen.length).toBeGreaterThan(1);
});

test('waiting with since_version returns at the next change, and at once when there was one', async () => {
  const on = await orchestra({ deeds: ['hang'] });
  const { task_id = '', version } = await on.orchestrator.start({ task: 'How?' }, ME);
  const first = await on.orchestrator.status(task_id, ME, { wait_ms: 50_000, since_version: version });
  expect(first.version).toBeGreaterThan(version);
  await on.clock.settle();
  const last = await on.orchestrator.status(task_id, ME);
  let done = false;
  const later = on.orchestrator.status(task_id, ME, { wait_ms: 50_000, since_version: last.version }).then((view) => {
    done = true;
    return view;
  });
  await on.clock.advance(5000);
  expect(done).toBe(false);
  await on.orchestrator.cancel(task_id, ME);
  expect((await later).version).toBeGreaterThan(last.version);
});

test('a wait ends with its time or its signal, and the workflow goes on', async () => {
  const on = await orchestra({ deeds: ['hang'] });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  await on.clock.settle();
  const listening = on.clock.waiting;
  const timed = on.orchestrator.status(task_id, ME, { wait_ms: 3000 });
  await on.clock.advance(3000);
  expect((await timed).status).toBe('running');
  const controller = new AbortController();
  const aborted = on.orchestrator.status(task_id, ME, { wait_ms: 50_000, signal: controller.signal });
  await on.clock.settle();
  controller.abort();
  expect((await aborted).status).toBe('running');
  expect(on.clock.waiting).toBe(listening);
});

test('who waits hears something at least every ten seconds, also while other processes write without end', async () => {
  const file = await databaseFile();
  const clock = new FakeClock();
  const on = await orchestra({ file, clock, deeds: ['hang'] });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  const busy = await orchestra({ file, clock, deeds: ['hang'] });
  await clock.advance(1000);
  const heard: number[] = [];
  const began = clock.now();
  const waiting = on.orchestrator.status(task_id, ME, { wait_ms: 45_000, progress: () => heard.push(clock.now()) });
  for (let turn = 0; turn < 90; turn += 1) {
    await busy.store.workflows
      .requestStop(id(turn), { kind: 'cancel', reason: null, finalize: false })
      .catch(() => null);
    await busy.store.texts.put({ sha256: String(turn), format: 'text', text: '', layout: LAYOUT, stored_by: task_id });
    await clock.advance(500);
  }
  await waiting;
  const silences = [began, ...heard, began + 45_000].map((at, n, all) => at - (all[n - 1] ?? at));
  expect(Math.max(...silences)).toBeLessThanOrEqual(10_500);
});

const LAYOUT = { place: 'line', headings: [], passages: [], blanks: [], placeStarts: [] } as const;

test('a result before the end is a normal answer that says when to ask again', async () => {
  const on = await orchestra({ deeds: ['hang'] });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  expect(await on.orchestrator.result(task_id, ME)).toMatchObject({
    status: 'running',
    completeness: null,
    text: '',
    poll_after_seconds: 2,
  });
});

test('a result comes in pages that make up the report, and by section', async () => {
  const on = await orchestra({ deeds: ['find', 'find', 'find'] });
  const task_id = await finished(on);
  const whole = await report(on, task_id);
  let text = '';
  let cursor: string | undefined;
  do {
    const page = await on.orchestrator.result(task_id, ME, { max_chars: 100, cursor });
    expect(page.text.length).toBeLessThanOrEqual(100);
    text += page.text;
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  expect(text).toBe(whole.text);
  const section = await on.orchestrator.result(task_id, ME, { section: 'section-2' });
  expect(section.text).toMatch(/^## objective 2\n/);
  expect((await on.orchestrator.result(task_id, ME, { detail: 'summary' })).text).not.toContain('objective 2');
  await expect(on.orchestrator.result(task_id, ME, { section: 'nope' })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  });
  await expect(on.orchestrator.result(task_id, ME, { cursor: 'x' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});

test('a failed agent becomes a gap in a partial report', async () => {
  const on = await orchestra({ deeds: ['find', 'fail', 'misquote'] });
  const view = await report(on, await finished(on));
  expect(view).toMatchObject({ status: 'completed', completeness: 'partial' });
  expect(view.missing).toEqual([
    { what: 'objective 2', why: 'belter-2 fell ill' },
    { what: 'objective 3', why: expect.stringContaining('quotes stands in its source') as unknown },
  ]);
  expect(view.text).toContain('objective 2: belter-2 fell ill');
  expect(new Set(view.claims?.map((claim) => claim.agent_id))).toEqual(new Set(['belter-1']));
});

test('a failed synthesis does not lose the findings', async () => {
  const on = await orchestra({ deeds: ['find', 'find'], compose: 'fail' });
  const view = await report(on, await finished(on));
  expect(view).toMatchObject({ status: 'completed', completeness: 'partial', citations: { total: 4 } });
  expect(view.missing).toEqual([{ what: 'the synthesis by camina', why: 'out of ink' }]);
});

test('all agents failed is a failed workflow that names the first cause', async () => {
  const on = await orchestra({ deeds: ['fail', 'fail'] });
  const view = await report(on, await finished(on));
  expect(view).toMatchObject({ status: 'failed', completeness: 'partial', error: { code: 'ALL_AGENTS_FAILED' } });
  expect(view.error?.message).toContain('belter-1 fell ill');
});

test('nothing found is a whole, short result that says so', async () => {
  const on = await orchestra({ deeds: ['nothing', 'nothing'] });
  const view = await report(on, await finished(on));
  expect(view).toMatchObject({ status: 'completed', completeness: 'full', missing: [], citations: { total: 0 } });
  expect(view.text).toContain('Nothing found: none of the 2 documents searched');
  expect(on.calls).not.toContain('compose');
});

test('no document at all fails with what was skipped', async () => {
  const on = await orchestra({ files: {} });
  const task_id = await finished(on);
  const status = await on.orchestrator.status(task_id, ME);
  expect(status).toMatchObject({ status: 'failed', error: { code: 'NOTHING_READABLE' } });
  expect(status.error?.message).toContain('c.bin (not text)');
});

test('a cancel keeps what was found without another model call, and is final', async () => {
  const on = await orchestra({ deeds: ['find', 'hang'] });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  await eventually(async () => (await on.store.claims.list(task_id)).length === 2, 'the first agent is done');
  const cancelled = await on.orchestrator.cancel(task_id, ME, { reason: 'enough' });
  expect(cancelled).toEqual({ task_id, status: 'cancelled', kept: { claims: 2, sources: 2, steps: 3 } });
  const view = await report(on, task_id);
  expect(view).toMatchObject({ status: 'cancelled', completeness: 'partial', citations: { total: 2 } });
  expect(view.missing).toContainEqual({ what: 'objective 2', why: 'cancelled: enough' });
  expect(on.calls).not.toContain('compose');
  expect(await on.orchestrator.cancel(task_id, ME, { finalize: true })).toEqual(cancelled);
  expect(await report(on, task_id)).toEqual(view);
});

test('a cancel with finalize spends the synthesis on the findings first', async () => {
  const on = await orchestra({ deeds: ['find', 'hang'] });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  await eventually(async () => (await on.store.claims.list(task_id)).length === 2, 'the first agent is done');
  expect(await on.orchestrator.cancel(task_id, ME, { finalize: true })).toMatchObject({ status: 'cancelled' });
  expect(on.calls.at(-1)).toBe('compose');
  expect((await report(on, task_id)).completeness).toBe('partial');
});

test('a workflow at its time limit is written up from what there is', async () => {
  const on = await orchestra({ deeds: ['find', 'hang'], timeout_minutes: 1 });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  await on.clock.advance(60_000);
  const view = await report(on, task_id);
  expect(view).toMatchObject({ status: 'completed', completeness: 'partial', citations: { total: 2 } });
  expect(view.missing).toEqual([{ what: 'objective 2', why: 'the time limit of 1 minutes was reached' }]);
});

test('a process that stops is continued by the next one, to the same report', async () => {
  const file = await databaseFile();
  const uninterrupted = await orchestra({ deeds: ['find', 'find', 'fail'] });
  const expected = await report(uninterrupted, await finished(uninterrupted));
  const clock = new FakeClock();
  const first = await orchestra({ file, clock, deeds: ['find', 'hang', 'hang'] });
  const { task_id = '' } = await first.orchestrator.start({ task: 'How?' }, ME);
  await eventually(async () => (await first.store.claims.list(task_id)).length === 2, 'the first agent is done');
  await first.orchestrator.close();
  const second = await orchestra({ file, clock, deeds: ['find', 'find', 'fail'] });
  expect(await second.orchestrator.resume(task_id, ME)).toMatchObject({ task_id, status: 'running' });
  expect(await second.orchestrator.status(task_id, ME)).toMatchObject({ resumed: 1 });
  await clock.advance(20_000);
  expect((await report(second, task_id)).text).toBe(expected.text);
  expect(second.calls.filter((call) => call === 'plan' || call === 'research belter-1')).toEqual([]);
});

test('closing it again closes nothing twice, and waits for the first time', async () => {
  const inside = Promise.withResolvers<void>();
  let closes = 0;
  const library = {
    ...openLibrary({ cacheDirectory: await temporaryFolder(), log: () => {} }),
    close: () => {
      closes += 1;
      return inside.promise;
    },
  };
  const { orchestrator } = await orchestra({ library });
  const ended: string[] = [];
  const closing = ['first', 'second'].map((which) => orchestrator.close().then(() => ended.push(which)));
  await eventually(async () => closes === 1, 'it is closing');
  expect(ended).toEqual([]);
  inside.resolve();
  await Promise.all(closing);
  await orchestrator.close();
  expect(closes).toBe(1);
});
