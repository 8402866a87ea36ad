/** A landing that crosses something else: an agent on its way through its record, a slow store, a report begun already. */

import { expect, test } from 'vitest';
import { Fault } from '../../../src/core/errors.ts';
import type { Json } from '../../../src/core/json.ts';
import type { Decide, Journal } from '../../../src/core/step.ts';
import type { Stop } from '../../../src/core/workflow.ts';
import type { StepContext } from '../../../src/engine/engine.ts';
import { GRACE_MS } from '../../../src/engine/landing.ts';
import type { Store } from '../../../src/store/store.ts';
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
  untilAborted,
  work,
} from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { answered, callTo } from '../../support/scripted-calls.ts';

const CANCEL: Stop = { kind: 'cancel', reason: null, finalize: false };
const FINALIZE: Stop = { kind: 'cancel', reason: null, finalize: true };

/** One agent, then a report unless the stop wishes none. */
const decide: Decide = ({ steps, stop }) => {
  if (steps.get('a')?.status !== 'succeeded' && stop === null) return { kind: 'run', steps: [spec('a')] };
  if (stop?.finalize === false || steps.get('report')?.status === 'succeeded') {
    return { kind: 'finish', status: stop === null ? 'completed' : 'cancelled', error: null };
  }
  return { kind: 'run', steps: [spec('report')] };
};

function landing({ steps }: Journal) {
  return steps.get('a')?.status === 'running' ? [spec('a')] : [];
}

/** Notes what its first turn brought, and is in the second for ever. */
async function noting({ calls, landing: land }: StepContext): Promise<Json> {
  const noted = [await calls.make(callTo({ key: 'turn-1', run: async () => answered('noted') }))];
  try {
    await calls.make(callTo({ key: 'turn-2', run: async () => deaf() }));
  } catch (thrown) {
    if (!land.aborted) throw thrown;
  }
  return noted;
}

test('an agent that is still on its way through its record has the time to come to its end', async () => {
  const clock = new FakeClock();
  const file = await databaseFile();
  const begun: string[] = [];
  const agent = (opening_ms: number) =>
    work({
      steps: ['a'],
      decide,
      landing,
      body: async (context: StepContext) => {
        begun.push('a');
        if (opening_ms > 0) await new Promise<void>((resolve) => void clock.after(opening_ms, resolve));
        return noting(context);
      },
    });
  const first = await startNode({ file, clock, definition: agent(0) });
  await first.engine.submit(submission(1));
  await eventually(async () => (await first.store.calls.list(id(1))).length === 2, 'the second turn is under way');
  await first.engine.close();
  const second = await startNode({ file, clock, serve: false, definition: agent(GRACE_MS + 2000) });
  await second.engine.take(id(1));
  await eventually(() => begun.length === 2, 'it is begun again');
  await second.engine.stop(id(1), CANCEL);
  await clock.advance(GRACE_MS + 2000);
  await ended(second, id(1));
  expect(await step(second, id(1), 'a')).toMatchObject({ status: 'succeeded', output: ['noted'] });
});

test('what is begun once all are home is not aborted by what the store tells late', async () => {
  const clock = new FakeClock();
  const asked: string[] = [];
  const write = Promise.withResolvers<void>();
  const writing: ReturnType<typeof callTo>['run'] = async ({ signal }) => {
    asked.push('report');
    await Promise.race([write.promise, untilAborted(signal)]);
    return answered('written');
  };
  const body = (context: StepContext): Promise<Json> =>
    context.spec.step_id === 'a' ? noting(context) : context.calls.make(callTo({ key: 'turn-1', run: writing }));
  const told = { once: false };
  const store = (real: Store): Store => ({
    ...real,
    calls: {
      ...real.calls,
      spending: async (task_id) => {
        if (told.once) return real.calls.spending(task_id);
        told.once = true;
        throw new Fault('STORE_LOCKED', 'busy');
      },
    },
  });
  const definition = work({ steps: ['a'], body, decide, landing });
  const node = await startNode({ file: await databaseFile(), clock, definition, store });
  await node.engine.submit(submission(1));
  await eventually(async () => (await node.store.calls.list(id(1))).length === 2, 'the second turn is under way');
  await node.engine.stop(id(1), FINALIZE);
  await eventually(() => asked.length === 1, 'the report is begun');
  await clock.advance(2 * GRACE_MS);
  write.resolve();
  await ended(node, id(1));
  expect(asked).toEqual(['report']);
  expect(await step(node, id(1), 'report')).toMatchObject({ status: 'succeeded', attempts: 1, output: 'written' });
});

test('a report that is begun at the stop is no part of the landing', async () => {
  const clock = new FakeClock();
  const file = await databaseFile();
  const seen: boolean[] = [];
  const body = async ({ spec: of, signal, landing: land }: StepContext): Promise<string> => {
    if (of.step_id === 'a') return 'a';
    seen.push(land.aborted);
    return seen.length === 1 ? untilAborted(signal) : 'written';
  };
  const definition = work({ steps: ['a'], body, decide, landing });
  const first = await startNode({ file, clock, definition });
  await first.engine.submit(submission(1));
  await eventually(() => seen.length === 1, 'the report is begun');
  await first.engine.close();
  const second = await startNode({ file, clock, serve: false, definition });
  await second.engine.stop(id(1), FINALIZE);
  await ended(second, id(1));
  expect(seen).toEqual([false, false]);
});
