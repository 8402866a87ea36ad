/** Steps that bring home what they have when their workflow is stopped: told, waited for, and given up in the end. */

import { describe, expect, test } from 'vitest';
import { Fault } from '../../../src/core/errors.ts';
import type { Decide, Journal } from '../../../src/core/step.ts';
import type { Stop } from '../../../src/core/workflow.ts';
import type { Definition, StepContext } from '../../../src/engine/engine.ts';
import { GRACE_MS, REPLAY_GRACE_MS } from '../../../src/engine/landing.ts';
import type { Store } from '../../../src/store/store.ts';
import {
  databaseFile,
  deaf,
  ended,
  eventually,
  id,
  type Node,
  type NodeOptions,
  spec,
  startNode,
  step,
  submission,
  untilAborted,
  work,
} from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { answered, callTo, refused, spentOn } from '../../support/scripted-calls.ts';

const CANCEL: Stop = { kind: 'cancel', reason: 'enough', finalize: false };
const FINALIZE: Stop = { kind: 'cancel', reason: null, finalize: true };
const DEADLINE: Stop = { kind: 'deadline', reason: 'late', finalize: true };
const GIVEN_UP = { status: 'failed', error: { code: 'CALL_INTERRUPTED' }, estimated: true, spent: spentOn(100) };

const AGENTS = ['a', 'b'];

/** Agents side by side; after them, also at a stop that wishes one, a report of those that came home. */
const decide: Decide = ({ steps, stop }) => {
  const open = AGENTS.filter((agent) => (steps.get(agent)?.status ?? 'running') === 'running');
  if (open.length > 0 && stop === null) return { kind: 'run', steps: open.map((agent) => spec(agent)) };
  const home = AGENTS.filter((agent) => steps.get(agent)?.status === 'succeeded');
  if (!steps.has('report') || steps.get('report')?.status === 'running') {
    if (stop?.finalize !== false) return { kind: 'run', steps: [{ ...spec('report'), input: { home } }] };
  }
  return { kind: 'finish', status: stop === null ? 'completed' : 'cancelled', error: null };
};

function landing({ steps }: Journal) {
  if (steps.has('report')) return [];
  return AGENTS.filter((agent) => steps.get(agent)?.status === 'running').map((agent) => spec(agent));
}

interface Bodies {
  /** What turn 2 of an agent does; turn 1 is answered. */
  readonly second: (context: StepContext) => ReturnType<ReturnType<typeof callTo>['run']>;
  /** What the report's one turn does; it is answered unless told. */
  readonly report?: Bodies['second'];
  /** What an agent does that is to come home. */
  readonly home?: (noted: readonly unknown[], context: StepContext) => Promise<unknown>;
}

/** Agents that take two turns and note each; what they asked, in order. */
function agents({ second, report, home = async (noted) => noted }: Bodies): {
  definition: Definition;
  asked: string[];
} {
  const asked: string[] = [];
  const body = async (context: StepContext) => {
    const { calls, spec: of } = context;
    const noted: unknown[] = [];
    const turn = async (key: string) => {
      const run: ReturnType<typeof callTo>['run'] = async () => {
        asked.push(`${of.step_id}/${key}`);
        if (of.step_id === 'report' && report !== undefined) return report(context);
        return key === 'turn-2' ? second(context) : answered(`${of.step_id} noted`);
      };
      noted.push(await calls.make(callTo({ key, run })));
    };
    if (of.step_id === 'report') {
      await turn('turn-1');
      return of.input;
    }
    try {
      for (const key of ['turn-1', 'turn-2']) await turn(key);
      return noted as string[];
    } catch (thrown) {
      if (!context.landing.aborted) throw thrown;
      return (await home(noted, context)) as string[];
    }
  };
  return { definition: work({ steps: AGENTS, body, decide, landing }), asked };
}

async function inTurnTwo(
  bodies: Bodies,
  options: Partial<Omit<NodeOptions, 'definition'>> = {},
): Promise<Node & { readonly asked: readonly string[] }> {
  const { definition, asked } = agents(bodies);
  const node = await startNode({ file: await databaseFile(), definition, ...options });
  await node.engine.submit(submission(1));
  await eventually(() => asked.filter((call) => call.endsWith('turn-2')).length === 2, 'both are in turn 2');
  await node.clock.settle();
  return { ...node, asked };
}

const hears: Bodies['second'] = () => deaf();

describe('a stop', () => {
  test.each([
    ['a plain cancel', CANCEL, null],
    ['a cancel that writes the report', FINALIZE, { home: AGENTS }],
    ['the deadline', DEADLINE, { home: AGENTS }],
  ])(
    '%s: agents give up what is under way, come home, and only then goes the pattern on',
    async (_what, wish, report) => {
      const node = await inTurnTwo({ second: hears });
      await node.engine.stop(id(1), wish);
      expect((await ended(node, id(1))).status).toBe('cancelled');
      for (const agent of AGENTS) {
        expect(await step(node, id(1), agent)).toMatchObject({ status: 'succeeded', output: [`${agent} noted`] });
      }
      expect((await step(node, id(1), 'report'))?.output ?? null).toEqual(report);
      const calls = await node.store.calls.list(id(1));
      expect(calls.filter(({ key }) => key === 'turn-2')).toMatchObject([GIVEN_UP, GIVEN_UP]);
      const after = report === null ? [] : ['report/turn-1'];
      expect(node.asked.slice(4)).toEqual(after);
      expect(node.clock.now()).toBe(new FakeClock().now());
      expect(node.clock.waiting).toBeLessThan(3);
      expect(await node.store.audit.verify(id(1))).toMatchObject({ sound: true });
    },
  );

  test('keeps an answer that came all the same, and begins no call after it', async () => {
    const node = await inTurnTwo({
      second: async ({ landing: told }) => {
        await untilAborted(told).catch(() => undefined);
        return answered('just in time');
      },
    });
    await node.engine.stop(id(1), CANCEL);
    await ended(node, id(1));
    expect((await step(node, id(1), 'a'))?.output).toEqual(['a noted', 'just in time']);
  });

  test('waits for one that does not come home as long as the grace lasts, then aborts it and goes on', async () => {
    let aborted = 0;
    const home: Bodies['home'] = async (noted, { spec: of, signal }) => {
      signal.addEventListener('abort', () => (aborted += 1));
      return of.step_id === 'a' ? noted : untilAborted(signal);
    };
    const node = await inTurnTwo({ second: hears, home });
    await node.engine.stop(id(1), FINALIZE);
    await node.clock.advance(GRACE_MS - 1);
    expect(aborted).toBe(0);
    expect((await node.store.workflows.get(id(1)))?.status).toBe('running');
    await node.clock.advance(1);
    expect((await ended(node, id(1))).status).toBe('cancelled');
    expect(aborted).toBe(1);
    expect(await step(node, id(1), 'b')).toMatchObject({ status: 'running', output: null });
    expect((await step(node, id(1), 'report'))?.output).toEqual({ home: ['a'] });
  });

  test('leaves without an outcome what has nothing to bring', async () => {
    const node = await inTurnTwo({
      second: hears,
      home: async (noted, { spec: of, landing: told }) => {
        if (of.step_id === 'a') return noted;
        throw told.reason;
      },
    });
    await node.engine.stop(id(1), DEADLINE);
    await ended(node, id(1));
    expect(await step(node, id(1), 'b')).toMatchObject({ status: 'running', failures: 0, error: null });
    expect((await step(node, id(1), 'report'))?.output).toEqual({ home: ['a'] });
  });

  test('that goes further neither aborts those on their way home nor waits longer for them', async () => {
    const arrived = Promise.withResolvers<void>();
    const home: Bodies['home'] = async (noted, { spec: of }) => {
      await (of.step_id === 'a' ? arrived.promise : deaf());
      return noted;
    };
    const node = await inTurnTwo({ second: hears, home });
    await node.engine.stop(id(1), FINALIZE);
    await node.clock.advance(GRACE_MS - 1000);
    await node.engine.stop(id(1), CANCEL);
    arrived.resolve();
    await eventually(async () => (await step(node, id(1), 'a'))?.status === 'succeeded', 'a is home');
    await node.clock.advance(1000);
    expect(await ended(node, id(1))).toMatchObject({ status: 'cancelled', stop: CANCEL });
    expect(await step(node, id(1), 'report')).toBeUndefined();
  });

  test('waits for nobody that made no call', async () => {
    const definition = work({ steps: AGENTS, body: ({ signal }) => untilAborted(signal), decide, landing });
    const node = await startNode({ file: await databaseFile(), definition });
    await node.engine.submit(submission(1));
    await eventually(async () => (await node.store.steps.list(id(1))).length === 2, 'both begin');
    await node.engine.stop(id(1), CANCEL);
    await ended(node, id(1));
    expect(node.clock.now()).toBe(new FakeClock().now());
  });

  test('lands all the same where the pattern cannot tell who may come home', async () => {
    const { definition, asked } = agents({ second: hears });
    const broken: Definition = {
      ...definition,
      landing: () => {
        throw new Error('a defect');
      },
    };
    const node = await startNode({ file: await databaseFile(), definition: broken });
    await node.engine.submit(submission(1));
    await eventually(() => asked.length === 4, 'both are in turn 2');
    await node.engine.stop(id(1), CANCEL);
    expect((await ended(node, id(1))).status).toBe('cancelled');
    expect(await step(node, id(1), 'a')).toMatchObject({ status: 'running' });
    expect(node.log.join()).toContain('a defect');
  });

  test('begins one again that waits for another try, to bring home what is recorded of it', async () => {
    const node = await inTurnTwo({
      second: async ({ spec: of }) =>
        of.step_id === 'a' ? Promise.reject(new Fault('INTERNAL', 'a defect', { retryable: true })) : deaf(),
    });
    await eventually(async () => {
      await node.clock.advance(100);
      return (await step(node, id(1), 'a'))?.failures === 1;
    }, 'a has failed once');
    const before = node.asked.length;
    await node.engine.stop(id(1), FINALIZE);
    await ended(node, id(1));
    expect(await step(node, id(1), 'a')).toMatchObject({ status: 'succeeded', attempts: 2, output: ['a noted'] });
    expect(node.asked.slice(before)).toEqual(['report/turn-1']);
  });
});

/** A store that no outcome of a step reaches before it is let go, as of a process that stands still. */
function frozen() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const store = (real: Store): Store => ({
    ...real,
    steps: { ...real.steps, settle: async (...outcome) => promise.then(() => real.steps.settle(...outcome)) },
  });
  return { store, thaw: resolve };
}

describe('a process that goes on after a stop', () => {
  test.each([
    ['a plain cancel', CANCEL, []],
    ['a cancel that writes the report', FINALIZE, ['report/turn-1']],
  ])('%s: lands the same way, from what is recorded alone', async (_what, wish, bought) => {
    const file = await databaseFile();
    const clock = new FakeClock();
    const { store, thaw } = frozen();
    const first = await inTurnTwo({ second: hears }, { file, clock, store });
    await first.engine.stop(id(1), wish);
    await clock.settle();
    expect((await first.store.workflows.get(id(1)))?.status).toBe('running');
    // It stands still for longer than its lease, as if killed in the grace.
    clock.jump(60_000);
    const { definition, asked } = agents({ second: hears });
    const second = await startNode({ file, clock, definition });
    await second.engine.take(id(1));
    expect((await ended(second, id(1))).status).toBe('cancelled');
    expect(asked).toEqual(bought);
    for (const agent of AGENTS) {
      expect(await step(second, id(1), agent)).toMatchObject({ output: [`${agent} noted`], attempts: 2 });
    }
    const whole = await second.store.steps.list(id(1));
    thaw();
    await first.engine.close();
    expect(await second.store.steps.list(id(1))).toEqual(whole);
  });

  test('hears again of a call that failed for good', async () => {
    const file = await databaseFile();
    const clock = new FakeClock();
    const told: string[] = [];
    const body = async ({ calls, landing: to, signal }: StepContext) => {
      const failed = calls.make(callTo({ run: async () => refused() }));
      await failed.catch((thrown: unknown) => told.push(thrown instanceof Fault ? thrown.code : 'another'));
      if (!to.aborted) await untilAborted(signal);
      return 'home';
    };
    const definition = work({ steps: ['a'], body, decide, landing });
    const first = await startNode({ file, clock, definition });
    await first.engine.submit(submission(1));
    await eventually(() => told.length === 2, 'both have failed');
    await first.engine.close();
    const second = await startNode({ file, clock, serve: false, definition });
    await second.engine.stop(id(1), CANCEL);
    await ended(second, id(1));
    expect(told).toEqual(Array.from({ length: 4 }, () => 'PROVIDER_REFUSED'));
    expect(await step(second, id(1), 'a')).toMatchObject({ status: 'succeeded', output: 'home' });
  });

  test('gives a step that it has to begin again more time, and not for ever', async () => {
    const file = await databaseFile();
    const clock = new FakeClock();
    const first = await inTurnTwo({ second: hears }, { file, clock });
    await first.engine.close();
    const slow = work({ steps: AGENTS, body: () => deaf(), decide, landing });
    const second = await startNode({ file, clock, definition: slow });
    await second.engine.stop(id(1), CANCEL);
    await clock.advance(REPLAY_GRACE_MS - 1);
    expect((await second.store.workflows.get(id(1)))?.status).toBe('running');
    await clock.advance(1);
    expect((await ended(second, id(1))).status).toBe('cancelled');
    expect(await step(second, id(1), 'a')).toMatchObject({ status: 'running', attempts: 2 });
  });

  test('leaves those alone that are not home once a report has begun without them', async () => {
    const file = await databaseFile();
    const clock = new FakeClock();
    const first = await inTurnTwo(
      {
        second: hears,
        home: async (noted, { spec: of }) => (of.step_id === 'a' ? noted : deaf()),
        report: hears,
      },
      { file, clock },
    );
    await first.engine.stop(id(1), FINALIZE);
    await clock.advance(GRACE_MS);
    await eventually(() => first.asked.includes('report/turn-1'), 'the report is begun');
    await first.engine.close();
    const { definition, asked } = agents({ second: hears });
    const second = await startNode({ file, clock, definition });
    await ended(second, id(1));
    expect((await step(second, id(1), 'report'))?.output).toEqual({ home: ['a'] });
    expect(await step(second, id(1), 'b')).toMatchObject({ status: 'running', attempts: 1 });
    expect(asked).toEqual(['report/turn-1']);
  });
});
