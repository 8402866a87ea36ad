import { expect, test } from 'vitest';
import { Fault } from '../../../src/core/errors.ts';
import type { Stop } from '../../../src/core/workflow.ts';
import type { Definition } from '../../../src/engine/engine.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import {
  databaseFile,
  deaf,
  ended,
  eventually,
  id,
  spec,
  startNode,
  step,
  submission,
  told,
  untilAborted,
  work,
} from '../../support/engine-node.ts';

const CANCEL: Stop = { kind: 'cancel', reason: 'enough', finalize: false };
const FINALIZE: Stop = { kind: 'cancel', reason: null, finalize: true };

test('a queued workflow is cancelled without waiting for a place', async () => {
  const node = await startNode({
    file: await databaseFile(),
    max_active: 1,
    definition: work({ steps: ['a'], body: ({ signal }) => untilAborted(signal) }),
  });
  await node.engine.submit(submission(1));
  await node.engine.submit(submission(2));
  expect((await node.store.workflows.get(id(2)))?.status).toBe('pending');
  await node.engine.stop(id(2), CANCEL);
  expect(await ended(node, id(2))).toMatchObject({ status: 'cancelled', stop: CANCEL });
  expect(await told(node, id(2))).toEqual(['workflow_start', 'workflow_cancelled']);
  expect((await node.store.workflows.get(id(1)))?.status).toBe('running');
});

test('a running body hears of a cancel before the answer to it, and the workflow ends with one terminal event', async () => {
  let heard = false;
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: ['a', 'b', 'c'],
      body: ({ signal, spec: { step_id } }) => {
        signal.addEventListener('abort', () => (heard = true));
        return step_id === 'c' ? deaf() : untilAborted(signal);
      },
    }),
  });
  await node.engine.submit(submission(1));
  await eventually(async () => (await node.store.steps.list(id(1))).length === 3, 'all begin');
  await node.engine.stop(id(1), CANCEL);
  expect(heard).toBe(true);
  expect((await ended(node, id(1))).status).toBe('cancelled');
  const events = await told(node, id(1));
  expect(events.at(-1)).toBe('workflow_cancelled');
  expect(events.filter((type) => /^workflow_(complete|error|cancelled)$/.test(type))).toHaveLength(1);
});

test('a cancel from another process on the file reaches the body within a quarter of a second', async () => {
  const file = await databaseFile();
  const clock = new FakeClock();
  let heard: number | null = null;
  const worker = await startNode({
    file,
    clock,
    definition: work({
      steps: ['a'],
      body: ({ signal }) => {
        signal.addEventListener('abort', () => (heard = clock.now()));
        return untilAborted(signal);
      },
    }),
  });
  const other = await startNode({ file, clock, serve: false, definition: work({ steps: ['a'], body: () => 'no' }) });
  await worker.engine.submit(submission(1));
  await clock.advance(1030);
  const asked = clock.now();
  await other.engine.stop(id(1), CANCEL);
  await clock.advance(250);
  expect(heard).not.toBeNull();
  expect((heard ?? Infinity) - asked).toBeLessThanOrEqual(250);
  expect((await ended(other, id(1))).status).toBe('cancelled');
});

test('the first of two cancels counts, and one after the end changes nothing', async () => {
  const node = await startNode({
    file: await databaseFile(),
    definition: work({ steps: ['a'], body: ({ signal }) => untilAborted(signal) }),
  });
  await node.engine.submit(submission(1));
  await node.clock.settle();
  await Promise.all([node.engine.stop(id(1), CANCEL), node.engine.stop(id(1), FINALIZE)]);
  const first = await ended(node, id(1));
  expect(first.stop).toEqual(CANCEL);
  expect(await node.engine.stop(id(1), FINALIZE)).toEqual({ status: first.status, stop: CANCEL });
  await node.clock.advance(10_000);
  expect(await node.store.workflows.get(id(1))).toEqual(first);
});

test('a cancel goes further than the write-up it interrupts, and after a stop nothing is tried twice', async () => {
  const begun: string[] = [];
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: ['a'],
      decide: ({ stop, steps }) => {
        if (stop === null) return { kind: 'run', steps: [spec('a')] };
        if (!stop.finalize) return { kind: 'finish', status: 'cancelled', error: null };
        const failed = steps.get('w1')?.status === 'failed';
        return { kind: 'run', steps: [spec(failed ? 'w2' : 'w1')] };
      },
      body: ({ signal, spec: { step_id } }) => {
        begun.push(step_id);
        if (step_id === 'w1') throw new Error('the write-up failed once');
        return untilAborted(signal);
      },
    }),
  });
  await node.engine.submit(submission(1));
  await eventually(() => Promise.resolve(begun.includes('a')), 'a begins');
  await node.engine.stop(id(1), FINALIZE);
  await eventually(() => Promise.resolve(begun.includes('w2')), 'the write-up goes on');
  expect(await step(node, id(1), 'w1')).toMatchObject({ status: 'failed', attempts: 1 });
  await node.engine.stop(id(1), CANCEL);
  expect(await ended(node, id(1))).toMatchObject({ status: 'cancelled', stop: CANCEL });
});

test('a cancel during a backoff ends the workflow without another attempt', async () => {
  let calls = 0;
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: ['a'],
      body: () => {
        calls += 1;
        throw new Error('no luck');
      },
    }),
  });
  await node.engine.submit(submission(1));
  await eventually(async () => (await step(node, id(1), 'a'))?.failures === 1, 'it fails once');
  await node.engine.stop(id(1), CANCEL);
  expect((await ended(node, id(1))).status).toBe('cancelled');
  await node.clock.advance(60_000);
  expect(calls).toBe(1);
});

test('a cancel that meets a take-over concludes from every recorded step', async () => {
  const file = await databaseFile();
  const clock = new FakeClock();
  const steps = ['a', 'b'];
  const first = await startNode({
    file,
    clock,
    definition: work({ steps, body: ({ spec: { step_id } }) => (step_id === 'a' ? 'A' : deaf()) }),
  });
  await first.engine.submit(submission(1));
  await eventually(async () => (await step(first, id(1), 'a'))?.status === 'succeeded', 'a ends');
  await first.engine.close();

  // The stop arrives after the claim and before the recorded steps are read.
  const reading = Promise.withResolvers<void>();
  const second = await startNode({
    file,
    clock,
    definition: work({ steps, body: deaf }),
    store: (real) => ({
      ...real,
      steps: {
        ...real.steps,
        list: async (task_id) => {
          await reading.promise;
          return real.steps.list(task_id);
        },
      },
    }),
  });
  await eventually(async () => (await second.store.workflows.get(id(1)))?.resumed === 1, 'the take-over');
  await second.engine.stop(id(1), CANCEL);
  await clock.settle();
  reading.resolve();
  expect((await ended(second, id(1))).status).toBe('cancelled');
  expect((await second.store.results.get(id(1)))?.result).toEqual({ outputs: ['A', null] });
});

/** Agents, then a report that names the agents it was written from; a cancel with finalize writes it too. */
function withReport(body: Parameters<typeof work>[0]['body']): Definition {
  const agents = ['a', 'b'];
  return work({
    steps: agents,
    body,
    decide: ({ steps, stop }) => {
      const open = agents.filter((agent) => (steps.get(agent)?.status ?? 'running') === 'running');
      if (open.length > 0 && stop === null) return { kind: 'run', steps: open.map((agent) => spec(agent)) };
      const done = agents.filter((agent) => steps.get(agent)?.status === 'succeeded');
      const written = steps.get('report')?.status === 'succeeded';
      if (!written && (stop === null || stop.finalize)) {
        return { kind: 'run', steps: [{ ...spec('report'), input: { done } }] };
      }
      return { kind: 'finish', status: stop === null ? 'completed' : 'cancelled', error: null };
    },
    conclude: async (journal) => ({
      result: { succeeded: [...journal.steps.values()].filter((s) => s.status === 'succeeded').map((s) => s.step_id) },
      total_cost: 0,
      event: {},
    }),
  });
}

test('an outcome that was on its way into the store when the cancel came is in the result, and in the report', async () => {
  const wishes = [CANCEL, FINALIZE] as const;
  const results: unknown[] = [];
  for (const wish of wishes) {
    const settling = Promise.withResolvers<void>();
    const settled = Promise.withResolvers<void>();
    const node = await startNode({
      file: await databaseFile(),
      definition: withReport(({ spec: { step_id, input }, signal }) => {
        if (step_id === 'report') return input;
        return step_id === 'a' ? 'A' : untilAborted(signal);
      }),
      store: (real) => ({
        ...real,
        steps: {
          ...real.steps,
          settle: async (hold, outcome) => {
            if (outcome.step_id === 'a') {
              settling.resolve();
              await settled.promise;
            }
            return real.steps.settle(hold, outcome);
          },
        },
      }),
    });
    await node.engine.submit(submission(1));
    await settling.promise;
    await node.engine.stop(id(1), wish);
    await node.clock.settle();
    settled.resolve();
    expect((await ended(node, id(1))).status).toBe('cancelled');
    results.push((await node.store.results.get(id(1)))?.result, (await step(node, id(1), 'report'))?.output ?? null);
  }
  expect(results).toEqual([{ succeeded: ['a'] }, null, { succeeded: ['a', 'report'] }, { done: ['a'] }]);
});

test('a cancel that comes while the result is being made is too late: the result is that of the decision', async () => {
  const concluding = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  let tries = 0;
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: ['a'],
      body: () => 'A',
      conclude: async (journal, end) => {
        concluding.resolve();
        tries += 1;
        await go.promise;
        if (tries === 1) throw new Fault('STORE_FULL', 'the disk is full');
        return { result: { stop: journal.stop === null, status: end.status }, total_cost: 0, event: {} };
      },
    }),
  });
  await node.engine.submit(submission(1));
  await concluding.promise;
  await node.engine.stop(id(1), CANCEL);
  go.resolve();
  await node.clock.advance(1000);
  expect((await ended(node, id(1))).status).toBe('completed');
  expect((await node.store.results.get(id(1)))?.result).toEqual({ stop: true, status: 'completed' });
  expect(await told(node, id(1))).toEqual(['workflow_start', 'agent_start', 'agent_complete', 'workflow_complete']);
});

test('a cancel of an interrupted workflow is carried out by whoever was asked', async () => {
  const file = await databaseFile();
  const clock = new FakeClock();
  const first = await startNode({ file, clock, definition: work({ steps: ['a'], body: deaf }) });
  await first.engine.submit(submission(1));
  await first.engine.close();
  const second = await startNode({ file, clock, serve: false, definition: work({ steps: ['a'], body: deaf }) });
  await second.engine.stop(id(1), CANCEL);
  expect((await ended(second, id(1))).status).toBe('cancelled');
});

test('an unknown workflow cannot be stopped', async () => {
  const node = await startNode({ file: await databaseFile(), definition: work({ steps: ['a'], body: deaf }) });
  await expect(node.engine.stop(id(9), CANCEL)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
