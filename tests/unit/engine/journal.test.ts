import { expect, test } from 'vitest';
import { Fault } from '../../../src/core/errors.ts';
import type { Decide, StepRecord } from '../../../src/core/step.ts';
import { everyPattern } from '../../support/every-pattern.ts';
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

test('a body finds its own intent in the store before it does anything, and its outcome stands there after', async () => {
  const file = await databaseFile();
  const seen: (StepRecord | undefined)[] = [];
  const node = await startNode({
    file,
    definition: work({
      steps: ['a'],
      body: async ({ spec, journal }) => {
        seen.push(await step(node, journal.workflow.task_id, spec.step_id));
        return { said: 'done' };
      },
    }),
  });
  await node.engine.submit(submission(1));
  expect((await ended(node, id(1))).status).toBe('completed');
  expect(seen).toMatchObject([{ step_id: 'a', status: 'running', attempts: 1, output: null, input: { of: 'a' } }]);
  expect(await step(node, id(1), 'a')).toMatchObject({ status: 'succeeded', output: { said: 'done' }, failures: 0 });
  expect((await node.store.results.get(id(1)))?.result).toEqual({ outputs: [{ said: 'done' }] });
  expect(await told(node, id(1))).toEqual(['workflow_start', 'agent_start', 'agent_complete', 'workflow_complete']);
});

test('after a restart finished steps are not run again, the one in flight is, with the input recorded first', async () => {
  const file = await databaseFile();
  const first = await startNode({
    file,
    definition: work({ steps: ['a', 'b'], body: ({ spec }) => (spec.step_id === 'a' ? 'A' : deaf()) }),
  });
  await first.engine.submit(submission(1));
  await eventually(async () => (await step(first, id(1), 'b')) !== undefined, 'b begins');
  await eventually(async () => (await step(first, id(1), 'a'))?.status === 'succeeded', 'a ends');
  await first.engine.close();

  const run: string[] = [];
  const definition = work({
    steps: ['a', 'b'],
    body: ({ spec, attempt, idempotency_key }) => {
      run.push(`${spec.step_id} ${attempt} ${JSON.stringify(spec.input)} ${idempotency_key}`);
      return 'B';
    },
  });
  // A later release may name the step with another input: the one recorded counts.
  const decide: Decide = (journal) => {
    const decision = definition.decide.beltalowda(journal);
    if (decision.kind !== 'run') return decision;
    return { kind: 'run', steps: decision.steps.map((one) => ({ ...one, input: { of: 'something else' } })) };
  };
  const second = await startNode({
    file,
    definition: { ...definition, decide: everyPattern(decide) },
  });
  expect((await ended(second, id(1))).resumed).toBe(1);
  expect(run).toEqual([`b 2 {"of":"b"} ${id(1)}/b`]);
  expect((await second.store.results.get(id(1)))?.result).toEqual({ outputs: ['A', 'B'] });
  const events = await told(second, id(1));
  expect(events.filter((type) => type === 'workflow_resumed')).toHaveLength(1);
  expect(events.filter((type) => type === 'agent_start')).toHaveLength(2);
});

test('a failed attempt waits its backoff, is tried again, and its failures are counted', async () => {
  let calls = 0;
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: ['a'],
      body: () => {
        calls += 1;
        if (calls < 3) throw new Error(`no luck ${calls}`);
        return calls;
      },
    }),
  });
  await node.engine.submit(submission(1));
  await eventually(async () => (await step(node, id(1), 'a'))?.failures === 1, 'the first failure is recorded');
  // Half of one second, and half of that again by the jitter of 0.5.
  await node.clock.advance(749);
  expect(calls).toBe(1);
  await node.clock.advance(1);
  expect(calls).toBe(2);
  await node.clock.advance(1499);
  expect(calls).toBe(2);
  await node.clock.advance(1);
  expect((await ended(node, id(1))).status).toBe('completed');
  expect(await step(node, id(1), 'a')).toMatchObject({ attempts: 3, failures: 2, output: 3, error: null });
});

test('Retry-After is a floor under the backoff', async () => {
  let calls = 0;
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: ['a'],
      body: () => {
        calls += 1;
        if (calls === 1) throw new Fault('STEP_FAILED', 'slow down', { retryAfterMs: 20_000 });
        return calls;
      },
    }),
  });
  await node.engine.submit(submission(1));
  await node.clock.advance(19_999);
  expect(calls).toBe(1);
  await node.clock.advance(1);
  expect((await ended(node, id(1))).status).toBe('completed');
});

test('an error that repeating cannot mend fails the step at once', async () => {
  let calls = 0;
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: ['a'],
      body: () => {
        calls += 1;
        throw new Fault('NOTHING_READABLE', 'an empty folder');
      },
    }),
  });
  await node.engine.submit(submission(1));
  const workflow = await ended(node, id(1));
  expect(workflow).toMatchObject({ status: 'failed', error: { code: 'NOTHING_READABLE', message: 'an empty folder' } });
  expect(calls).toBe(1);
});

test('three failed attempts are the end of a step', async () => {
  let calls = 0;
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: ['a'],
      body: () => {
        calls += 1;
        throw new Error('never');
      },
    }),
  });
  await node.engine.submit(submission(1));
  await node.clock.advance(60_000);
  expect(await ended(node, id(1))).toMatchObject({ status: 'failed', error: { code: 'INTERNAL', message: 'never' } });
  expect(calls).toBe(3);
  expect(await step(node, id(1), 'a')).toMatchObject({ status: 'failed', attempts: 3, failures: 3 });
});

test('a restart in the middle of a backoff waits for the rest of it', async () => {
  const file = await databaseFile();
  let calls = 0;
  const definition = work({
    steps: ['a'],
    body: () => {
      calls += 1;
      if (calls === 1) throw new Fault('STEP_FAILED', 'slow down', { retryAfterMs: 5000 });
      return calls;
    },
  });
  const first = await startNode({ file, definition });
  await first.engine.submit(submission(1));
  await first.clock.advance(1000);
  await first.engine.close();
  const second = await startNode({ file, definition, clock: first.clock });
  await first.clock.advance(3999);
  expect(calls).toBe(1);
  await first.clock.advance(1);
  expect((await ended(second, id(1))).status).toBe('completed');
});

test('a body past its time limit is aborted and tried again, also when it ignores the signal', async () => {
  const aborted: string[] = [];
  let calls = 0;
  const node = await startNode({
    file: await databaseFile(),
    total: 1,
    definition: work({
      steps: ['a', 'b'],
      timeout_ms: 5000,
      body: async ({ spec, signal }) => {
        if (spec.step_id === 'b') return 'b';
        calls += 1;
        if (calls > 1) return 'a';
        signal.addEventListener('abort', () => aborted.push((signal.reason as Fault).code));
        return deaf();
      },
    }),
  });
  await node.engine.submit(submission(1));
  await node.clock.advance(4999);
  expect(await step(node, id(1), 'b')).toBeUndefined();
  await node.clock.advance(1);
  expect(aborted).toEqual(['STEP_TIMEOUT']);
  await node.clock.advance(1000);
  expect((await ended(node, id(1))).status).toBe('completed');
  expect(await step(node, id(1), 'a')).toMatchObject({ attempts: 2, failures: 1 });
});

test('a workflow past its time limit aborts what runs and ends with WORKFLOW_TIMEOUT', async () => {
  let heard = false;
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: ['a'],
      timeout_ms: 3_600_000,
      body: ({ signal }) => {
        signal.addEventListener('abort', () => (heard = true));
        return untilAborted(signal);
      },
    }),
  });
  await node.engine.submit(submission(1, { timeout_minutes: 1 }));
  await node.clock.advance(59_999);
  expect(heard).toBe(false);
  await node.clock.advance(1);
  expect(heard).toBe(true);
  const workflow = await ended(node, id(1));
  expect(workflow).toMatchObject({ status: 'failed', error: { code: 'WORKFLOW_TIMEOUT' } });
  expect(workflow.error?.message).toContain('1 minutes');
});

test('time in which nobody worked does not count against the time limit', async () => {
  const file = await databaseFile();
  const definition = work({ steps: ['a'], body: ({ signal }) => untilAborted(signal) });
  const first = await startNode({ file, definition });
  await first.engine.submit(submission(1, { timeout_minutes: 1 }));
  await first.clock.advance(20_000);
  await first.engine.close();
  first.clock.jump(3_600_000);
  const second = await startNode({ file, definition, clock: first.clock });
  await first.clock.advance(39_000);
  expect((await second.store.workflows.get(id(1)))?.status).toBe('running');
  await first.clock.advance(1000);
  expect((await ended(second, id(1))).error?.code).toBe('WORKFLOW_TIMEOUT');
});

test('progress is durable and told at most four times a second', async () => {
  const gate = Promise.withResolvers<string>();
  const voices: ((activity: string) => void)[] = [];
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: ['a'],
      body: ({ progress }) => {
        voices.push(progress);
        return gate.promise;
      },
    }),
  });
  await node.engine.submit(submission(1));
  await node.clock.settle();
  for (let ms = 0; ms < 1000; ms += 50) {
    voices[0]?.(`at ${ms}`);
    await node.clock.advance(50);
  }
  gate.resolve('done');
  await ended(node, id(1));
  voices[0]?.('a word after the end');
  await node.clock.settle();
  const events = await node.store.events.list(id(1), { after: 0, limit: 100 });
  const said = events.filter((event) => event.event_type === 'agent_progress').map((event) => event.data['activity']);
  expect(said).toEqual(['at 0', 'at 250', 'at 500', 'at 750']);
  expect(events.at(-1)?.event_type).toBe('workflow_complete');
});

test('a body that throws before its first await fails its step, and a later abort of it disturbs nothing', async () => {
  const definition = work({
    steps: ['a', 'b'],
    body: ({ spec, signal }) => (spec.step_id === 'b' ? untilAborted(signal) : 1),
  });
  const node = await startNode({
    file: await databaseFile(),
    definition: {
      ...definition,
      kinds: {
        work: {
          events: () => [],
          run: (context) => {
            if (context.spec.step_id === 'a') throw new Fault('STEP_FAILED', 'at once', { retryable: false });
            return untilAborted(context.signal);
          },
        },
      },
    },
  });
  await node.engine.submit(submission(1));
  await eventually(async () => (await step(node, id(1), 'a'))?.status === 'failed', 'a fails');
  await node.engine.stop(id(1), { kind: 'cancel', reason: null, finalize: false });
  expect((await ended(node, id(1))).status).toBe('cancelled');
});

test('an outcome the store refuses is a failed attempt, not a workflow that begins again for ever', async () => {
  let calls = 0;
  const node = await startNode({
    file: await databaseFile(),
    definition: {
      ...work({ steps: ['a'], body: () => 0 }),
      kinds: {
        work: {
          events: () => [],
          run: async () => {
            calls += 1;
            const read = { passage_id: 'p', agent_id: 'a', start: 0, end: 1, heading: '', location: '', score: 1 };
            // No source of that id was collected: the row's foreign key is refused.
            return { output: 'a', evidence: { passages: [{ ...read, source_id: 's99' }] } };
          },
        },
      },
    },
  });
  await node.engine.submit(submission(1));
  await node.clock.advance(60_000);
  const workflow = await ended(node, id(1));
  expect(workflow).toMatchObject({ status: 'failed', resumed: 0 });
  expect(workflow.error?.message).toContain('FOREIGN KEY');
  expect(calls).toBe(3);
});
