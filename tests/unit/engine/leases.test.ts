import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createHolder, isDead } from '../../../src/engine/holder.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import {
  databaseFile,
  deaf,
  ended,
  eventually,
  id,
  startNode,
  step,
  submission,
  told,
  untilAborted,
  work,
} from '../../support/engine-node.ts';

test('two engines on one file run every step of every workflow exactly once', async () => {
  const file = await databaseFile();
  const clock = new FakeClock();
  const ran: string[] = [];
  const definition = work({
    steps: ['a', 'b'],
    body: ({ journal, spec }) => {
      ran.push(`${journal.workflow.task_id}/${spec.step_id}`);
      return spec.step_id;
    },
  });
  const nodes = [await startNode({ file, definition, clock }), await startNode({ file, definition, clock })] as const;
  const numbers = Array.from({ length: 20 }, (_, n) => n + 1);
  await Promise.all(numbers.map((n) => nodes[n % 2 === 0 ? 0 : 1].engine.submit(submission(n))));
  for (const n of numbers) expect(await ended(nodes[0], id(n))).toMatchObject({ status: 'completed', resumed: 0 });
  expect([...ran].sort()).toEqual(numbers.flatMap((n) => [`${id(n)}/a`, `${id(n)}/b`]).sort());
});

test('an engine that lives keeps its workflow for as long as it takes', async () => {
  const file = await databaseFile();
  const clock = new FakeClock();
  const first = await startNode({
    file,
    clock,
    definition: work({ steps: ['a'], timeout_ms: 600_000, body: ({ signal }) => untilAborted(signal) }),
  });
  await first.engine.submit(submission(1));
  const other = await startNode({ file, clock, definition: work({ steps: ['a'], body: () => 'taken' }) });
  await clock.advance(120_000);
  expect(await other.store.workflows.get(id(1))).toMatchObject({ status: 'running', resumed: 0 });
  expect(await step(other, id(1), 'a')).toMatchObject({ status: 'running', attempts: 1 });
});

test('who was silent past its lease is taken over, writes nothing more and stops by itself', async () => {
  const file = await databaseFile();
  const late = Promise.withResolvers<string>();
  const reasons: unknown[] = [];
  const paused = await startNode({
    file,
    definition: work({
      steps: ['a', 'b'],
      body: ({ spec, signal }) => {
        signal.addEventListener('abort', () => reasons.push(signal.reason));
        return spec.step_id === 'a' ? late.promise : deaf();
      },
    }),
  });
  await paused.engine.submit(submission(1));
  await eventually(async () => (await step(paused, id(1), 'b')) !== undefined, 'both steps begin');

  const clock = new FakeClock(paused.clock.now() + 11_000);
  const gate = Promise.withResolvers<string>();
  const heir = await startNode({ file, clock, definition: work({ steps: ['a', 'b'], body: () => gate.promise }) });
  await eventually(async () => (await heir.store.workflows.get(id(1)))?.resumed === 1, 'the other takes it over');
  late.resolve('too late');
  await paused.clock.settle();
  expect(await step(heir, id(1), 'a')).toMatchObject({ status: 'running', output: null });
  expect(paused.log.join()).toContain('no longer worked on under lease number 1');
  expect(reasons).not.toEqual([]);

  gate.resolve('heir');
  expect((await ended(heir, id(1))).status).toBe('completed');
  expect((await heir.store.results.get(id(1)))?.result).toEqual({ outputs: ['heir', 'heir'] });
  const events = await told(heir, id(1));
  expect(events.filter((type) => type === 'workflow_resumed')).toHaveLength(1);
  expect(events.filter((type) => type === 'workflow_complete')).toHaveLength(1);
});

test('a heartbeat that finds the lease gone aborts the bodies', async () => {
  const file = await databaseFile();
  let aborted = false;
  const paused = await startNode({
    file,
    definition: work({
      steps: ['a'],
      body: ({ signal }) => {
        signal.addEventListener('abort', () => (aborted = true));
        return untilAborted(signal);
      },
    }),
  });
  await paused.engine.submit(submission(1));
  await paused.clock.settle();
  const clock = new FakeClock(paused.clock.now() + 11_000);
  const heir = await startNode({ file, clock, definition: work({ steps: ['a'], body: deaf }) });
  await eventually(async () => (await heir.store.workflows.get(id(1)))?.resumed === 1, 'the other takes it over');
  paused.clock.jump(11_000);
  await paused.engine.tick();
  expect(aborted).toBe(true);
});

test('an event loop that stood still longer than the lease goes on if nobody took over', async () => {
  const node = await startNode({
    file: await databaseFile(),
    definition: work({ steps: ['a'], timeout_ms: 600_000, body: ({ signal }) => untilAborted(signal) }),
  });
  await node.engine.submit(submission(1));
  await node.clock.settle();
  node.clock.jump(60_000);
  await node.engine.tick();
  expect(await node.store.workflows.get(id(1))).toMatchObject({ status: 'running', resumed: 0 });
});

test('a process that slept past its leases does not take its own workflows from itself', async () => {
  let calls = 0;
  const gate = Promise.withResolvers<string>();
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: ['a'],
      timeout_ms: 600_000,
      body: ({ journal }) => {
        if (journal.workflow.task_id === id(2)) return 'second';
        calls += 1;
        return gate.promise;
      },
    }),
  });
  await node.engine.submit(submission(1));
  await node.clock.settle();
  node.clock.jump(60_000);
  // Before the next tick: this looks for work, and would find its own.
  await node.engine.submit(submission(2));
  await node.clock.settle();
  gate.resolve('first');
  expect(await ended(node, id(1))).toMatchObject({ status: 'completed', resumed: 0 });
  expect((await ended(node, id(2))).status).toBe('completed');
  expect(calls).toBe(1);
});

test('a process that did take its own workflow from itself goes on with it', async () => {
  const node = await startNode({
    file: await databaseFile(),
    // Says that the leases were renewed, and renews none.
    store: (real) => ({ ...real, workflows: { ...real.workflows, heartbeat: async () => [] } }),
    definition: work({
      steps: ['a', 'b'],
      timeout_ms: 600_000,
      body: ({ attempt, signal, spec: { step_id } }) => (attempt === 1 ? untilAborted(signal) : step_id),
    }),
  });
  await node.engine.submit(submission(1, { max_concurrent_agents: 1 }));
  await node.clock.advance(25_000);
  expect(await ended(node, id(1))).toMatchObject({ status: 'completed', resumed: 2 });
});

test('a workflow that this process lost and that is free again is worked on here, if it was asked for here', async () => {
  const file = await databaseFile();
  const asked = await startNode({
    file,
    serve: false,
    definition: work({
      steps: ['a'],
      timeout_ms: 600_000,
      body: ({ attempt, signal }) => (attempt === 3 ? 'back' : untilAborted(signal)),
    }),
  });
  await asked.engine.submit(submission(1));
  await asked.clock.settle();
  const clock = new FakeClock(asked.clock.now() + 11_000);
  const heir = await startNode({
    file,
    clock,
    definition: work({ steps: ['a'], timeout_ms: 600_000, body: ({ signal }) => untilAborted(signal) }),
  });
  await eventually(async () => (await step(heir, id(1), 'a'))?.attempts === 2, 'the other takes it over');
  asked.clock.jump(11_000);
  await asked.engine.tick();
  await heir.engine.close();
  await asked.clock.advance(2000);
  expect(await ended(asked, id(1))).toMatchObject({ status: 'completed', resumed: 2 });
});

test('the workflow of a process that was killed is taken over at once, long before its lease ends', async () => {
  const file = await databaseFile();
  const clock = new FakeClock();
  const node = await startNode({ file, clock, serve: false, definition: work({ steps: ['a'], body: () => 'done' }) });
  await node.store.workflows.create(submission(1), { max_active: 10, max_queued: 10 });
  const script = fileURLToPath(new URL('../../support/claim-and-hang.ts', import.meta.url));
  const child = spawn(process.execPath, [script, file, String(clock.now())], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  expect(line.toString().trim()).toBe(id(1));

  await node.engine.take(id(1));
  expect(await node.store.workflows.get(id(1))).toMatchObject({ status: 'running', resumed: 0 });

  child.kill('SIGKILL');
  await once(child, 'exit');
  await node.engine.tick();
  expect(await ended(node, id(1))).toMatchObject({ status: 'completed', resumed: 1 });
});

test('a holder is dead exactly when its process is gone, or its engine in this one', () => {
  const holder = createHolder();
  expect(isDead(holder.name)).toBe(false);
  const [machine = '', pid = '', start = ''] = holder.name.split('/');
  expect(isDead(['elsewhere', pid, start, 'x'].join('/'))).toBe(false);
  expect(isDead([machine, '1', '', 'x'].join('/'))).toBe(false);
  expect(isDead([machine, '4194999', '1', 'x'].join('/'))).toBe(true);
  expect(isDead([machine, String(process.ppid), 'another start', 'x'].join('/'))).toBe(true);
  expect(isDead('nonsense')).toBe(false);
  holder.retire();
  expect(isDead(holder.name)).toBe(true);
});

test('closing gives the leases back: another engine goes on at once, and the bodies here are aborted', async () => {
  const file = await databaseFile();
  const clock = new FakeClock();
  let aborted = 0;
  const first = await startNode({
    file,
    clock,
    definition: work({
      steps: ['a', 'b'],
      body: ({ spec, signal }) => {
        signal.addEventListener('abort', () => (aborted += 1));
        return spec.step_id === 'a' ? untilAborted(signal) : deaf();
      },
    }),
  });
  await first.engine.submit(submission(1));
  await eventually(async () => (await first.store.steps.list(id(1))).length === 2, 'both begin');
  const second = await startNode({ file, clock, definition: work({ steps: ['a', 'b'], body: () => 'second' }) });
  const both = [first.engine.close(), first.engine.close()];
  await Promise.all(both);
  expect(await second.store.workflows.holders()).toEqual([]);
  expect(aborted).toBe(2);
  await second.engine.tick();
  expect(await ended(second, id(1))).toMatchObject({ status: 'completed', resumed: 1 });
  await expect(first.engine.submit(submission(2))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
});

test('closing during a claim leaves no workflow behind with a lease', async () => {
  const file = await databaseFile();
  const clock = new FakeClock();
  const first = await startNode({ file, clock, definition: work({ steps: ['a'], body: deaf }) });
  const submitted = first.engine.submit(submission(1));
  await Promise.resolve();
  await first.engine.close();
  await submitted;
  const second = await startNode({ file, clock, definition: work({ steps: ['a'], body: () => 'second' }) });
  expect((await ended(second, id(1))).status).toBe('completed');
  expect(clock.waiting).toBeLessThan(6);
});

test('a closed engine leaves no timer that could still write', async () => {
  const file = await databaseFile();
  const clock = new FakeClock();
  const node = await startNode({ file, clock, definition: work({ steps: ['a'], body: deaf }) });
  const before = clock.waiting;
  await node.engine.submit(submission(1));
  const closing = node.engine.close();
  await closing;
  await clock.settle();
  // The bus polls on; everything of the engine and its runs is gone.
  expect(clock.waiting).toBeLessThan(before);
  await clock.advance(2 * 3_600_000);
  expect((await node.store.workflows.get(id(1)))?.stop).toBeNull();
});
