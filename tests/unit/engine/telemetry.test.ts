/** What the engine tells of its work, and what of it is told once more by whoever carries on. */

import { expect, test } from 'vitest';
import { Fault } from '../../../src/core/errors.ts';
import type { Happening, Telemetry } from '../../../src/core/telemetry.ts';
import {
  databaseFile,
  deaf,
  ended,
  eventually,
  id,
  startNode,
  step,
  submission,
  untilAborted,
  work,
} from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { answered, callTo } from '../../support/scripted-calls.ts';

interface Listener extends Telemetry {
  readonly heard: Happening[];
}

function listener(traces = true): Listener {
  const heard: Happening[] = [];
  return { traces, heard, tell: (happening) => void heard.push(happening) };
}

/** A word for each happening. */
function shown(happening: Happening): string {
  switch (happening.kind) {
    case 'workflow_begun':
      return `begun${happening.resumed ? ' again' : ''}`;
    case 'workflow_ended':
      return `ended ${happening.workflow.status}, left ${happening.left.map(({ step_id }) => step_id).join(' ')}`;
    case 'step_ended':
      return `${happening.step.step_id} ${happening.step.status}`;
    case 'attempt_failed':
      return `${happening.step.step_id} failed after ${happening.at - happening.began} ms`;
    case 'call_ended':
      return `${happening.call.call_id} ${happening.call.status}`;
    case 'found':
      return `found ${[...happening.steps.map((of) => of.step_id), ...happening.calls.map((of) => of.call_id)].join(' ')}`;
    case 'waited':
    case 'stored':
    case 'event_read':
    case 'delivery':
    case 'webhook_disabled':
    case 'agent_silent':
    default:
      return happening.kind;
  }
}

test('a workflow is told from its beginning to its end, with its steps, attempts and calls', async () => {
  const telemetry = listener();
  const clock = new FakeClock();
  const node = await startNode({
    file: await databaseFile(),
    clock,
    telemetry,
    definition: work({
      steps: ['a'],
      body: async ({ calls, attempt }) => {
        const said = await calls.make(callTo({ key: 'turn-1' }));
        if (attempt === 1) throw new Fault('PROVIDER_UNAVAILABLE', 'not now');
        return said;
      },
    }),
  });
  await node.engine.submit(submission(1));
  await eventually(() => telemetry.heard.length === 3, 'the first attempt fails');
  await clock.advance(60_000);
  await ended(node, id(1));
  await eventually(() => telemetry.heard.length === 5, 'the end is told');
  expect(telemetry.heard.map(shown)).toEqual([
    'begun',
    'a/turn-1#1 succeeded',
    'a failed after 0 ms',
    'a succeeded',
    'ended completed, left ',
  ]);
});

test('steps that a stop left without an outcome are told with the end', async () => {
  const telemetry = listener();
  const definition = work({ steps: ['a', 'b'], body: ({ signal }) => untilAborted(signal) });
  const node = await startNode({ file: await databaseFile(), telemetry, definition });
  await node.engine.submit(submission(1));
  await eventually(async () => (await step(node, id(1), 'b')) !== undefined, 'both steps begin');
  await node.engine.stop(id(1), { kind: 'cancel', reason: null, finalize: false });
  await ended(node, id(1));
  expect(telemetry.heard.map(shown)).toEqual(['begun', 'ended cancelled, left a b']);
});

async function takenOver(traces: boolean): Promise<readonly string[]> {
  const file = await databaseFile();
  const silent = await startNode({
    file,
    definition: work({
      steps: ['a', 'b', 'c'],
      body: async ({ spec, calls }) => {
        if (spec.step_id === 'a') return calls.make(callTo());
        // Asked and never answered, as when the process is killed.
        return calls.make(callTo({ run: spec.step_id === 'b' ? deaf : async () => answered('late') }));
      },
    }),
  });
  await silent.engine.submit(submission(1));
  await eventually(async () => {
    const calls = await silent.store.calls.list(id(1));
    return calls.filter(({ status }) => status === 'succeeded').length === 2;
  }, 'two calls are answered');
  await eventually(async () => (await step(silent, id(1), 'c'))?.status === 'succeeded', 'two steps have ended');
  const clock = new FakeClock(silent.clock.now());
  const telemetry = listener(traces);
  const other = await startNode({
    file,
    clock,
    telemetry,
    definition: work({ steps: ['a', 'b', 'c'], body: () => 'x' }),
  });
  await clock.advance(20_000);
  await ended(other, id(1));
  await eventually(() => telemetry.heard.length === (traces ? 4 : 3), 'all is told');
  return telemetry.heard.map(shown).sort();
}

test('whoever carries on tells what the one before may not have told, and what it was at', async () => {
  expect(await takenOver(true)).toEqual([
    'b succeeded',
    'begun again',
    'ended completed, left ',
    'found a c a/turn-1#1 b/turn-1#1 c/turn-1#1',
  ]);
});

test('nothing is looked up where nobody follows traces', async () => {
  expect(await takenOver(false)).toEqual(['b succeeded', 'begun again', 'ended completed, left ']);
});

test('a call that waits for room in the budget says how long it did', async () => {
  const telemetry = listener();
  const clock = new FakeClock();
  const slow = Promise.withResolvers<void>();
  const node = await startNode({
    file: await databaseFile(),
    clock,
    telemetry,
    definition: work({
      steps: ['a'],
      body: ({ calls }) => {
        const first = callTo({ key: 'first', run: () => slow.promise.then(() => answered('first')) });
        return Promise.all([calls.make(first), calls.make(callTo({ key: 'second' }))]).then(() => 'both');
      },
    }),
  });
  // Room for one at a time, for each may take 100.
  await node.engine.submit(submission(1, { budget: { max_tokens: 200, max_microusd: null } }));
  await eventually(async () => (await node.store.calls.list(id(1))).length === 1, 'the first one is under way');
  await clock.advance(1500);
  slow.resolve();
  await ended(node, id(1));
  expect(telemetry.heard.find(({ kind }) => kind === 'waited')).toEqual({
    kind: 'waited',
    limiter: 'budget',
    ms: 1500,
  });
});
