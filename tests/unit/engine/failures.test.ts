/** Failures that cannot be told, or recorded, as they are: each is its own step's, and leaves nothing behind that others wait for. */

import { expect, test } from 'vitest';
import { Fault } from '../../../src/core/errors.ts';
import type { Json } from '../../../src/core/json.ts';
import type { Definition, StepContext } from '../../../src/engine/engine.ts';
import {
  databaseFile,
  ended,
  eventually,
  id,
  type Node,
  startNode,
  step,
  submission,
  work,
} from '../../support/engine-node.ts';
import { answered, callTo, spentOn } from '../../support/scripted-calls.ts';

type Body = (context: StepContext) => Promise<Json>;

async function start(definition: Definition, over: Parameters<typeof submission>[1] = {}): Promise<Node> {
  const node = await startNode({ file: await databaseFile(), definition });
  await node.engine.submit(submission(1, over));
  return node;
}

/** Two steps, of which the second does this. */
function besides(second: Body): Definition {
  return work({
    steps: ['one', 'two'],
    body: async (context) => (context.spec.step_id === 'two' ? second(context) : 'done'),
  });
}

test('a wait that no clock can name makes its step wait a day, and ends nothing', async () => {
  const retryAfterMs = 9e19;
  const node = await start(
    besides(async ({ attempt }) => {
      if (attempt === 1) throw new Fault('PROVIDER_LIMITED', 'come back later', { retryAfterMs });
      return 'a day later';
    }),
    { timeout_minutes: 3000 },
  );
  await eventually(async () => ((await step(node, id(1), 'two'))?.failures ?? 0) === 1, 'the step fails');
  expect(await step(node, id(1), 'two')).toMatchObject({ status: 'running', available_at: '2026-01-02T00:00:00.000Z' });
  expect(await step(node, id(1), 'one')).toMatchObject({ status: 'succeeded' });
  expect(await node.store.workflows.get(id(1))).toMatchObject({ status: 'running' });
});

test('a failure that cannot be told fails its step for good, and the workflow goes on to its own end', async () => {
  const definition = besides(async () => {
    throw new Fault('PROVIDER_UNAVAILABLE', 'it broke');
  });
  const { kinds, decide } = definition;
  const told = kinds['work'];
  if (told === undefined) throw new Error('unreachable');
  const events: typeof told.events = (of, moment) => {
    if (moment.kind === 'failed') throw new TypeError('nobody knows how to tell that');
    return told.events(of, moment);
  };
  const node = await start({ ...definition, decide, kinds: { work: { ...told, events } } });
  await ended(node, id(1));
  expect(await step(node, id(1), 'one')).toMatchObject({ status: 'succeeded' });
  expect(await step(node, id(1), 'two')).toMatchObject({
    status: 'failed',
    error: { code: 'INTERNAL', message: 'nobody knows how to tell that' },
  });
  expect(node.log.join('\n')).toContain('it broke');
});

/** Nested so deep that nothing can write it down. */
function bottomless(): Json {
  let deep: Json = 'x';
  for (let level = 0; level < 100_000; level += 1) deep = [deep];
  return deep;
}

test('an answer that cannot be recorded is on the bill as it was counted, bought once, and gives its room back', async () => {
  let made = 0;
  const first = Promise.withResolvers<void>();
  const body: Body = async ({ calls, spec }) => {
    if (spec.step_id === 'two') {
      await first.promise;
      return calls.make(callTo({ key: 'waits' }));
    }
    return calls.make(
      callTo({
        run: async () => {
          made += 1;
          first.resolve();
          return answered(bottomless(), 7);
        },
      }),
    );
  };
  const node = await start(work({ steps: ['one', 'two'], body }), { budget: { max_tokens: 240, max_microusd: null } });
  await ended(node, id(1));
  expect(made).toBe(1);
  expect(await step(node, id(1), 'one')).toMatchObject({ status: 'failed', failures: 1, error: { code: 'INTERNAL' } });
  expect(await step(node, id(1), 'two')).toMatchObject({ status: 'succeeded', output: 'answer' });
  expect(await node.store.calls.list(id(1))).toMatchObject([
    { call_id: 'one/turn-1#1', status: 'failed', output: null, estimated: false, spent: spentOn(7) },
    { call_id: 'two/waits#1', status: 'succeeded' },
  ]);
});
