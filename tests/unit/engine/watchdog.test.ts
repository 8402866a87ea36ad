import { describe, expect, test } from 'vitest';
import type { CallRequest, Sign } from '../../../src/core/call.ts';
import { Fault } from '../../../src/core/errors.ts';
import type { Json } from '../../../src/core/json.ts';
import type { StepSpec } from '../../../src/core/step.ts';
import type { StepContext } from '../../../src/engine/engine.ts';
import {
  databaseFile,
  deaf,
  ended,
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
import { SettableClock } from '../../support/settable-clock.ts';
import { answered, callTo, limited } from '../../support/scripted-calls.ts';

const AGENT = 'agent';
const SECOND = 1000;
const LONG = 10_000 * SECOND;

type Body = (context: StepContext) => Promise<Json>;

interface Options extends Partial<NodeOptions> {
  readonly timeout_ms?: number;
  readonly of?: Partial<StepSpec>;
}

async function started(body: Body, { timeout_ms = LONG, of = {}, ...options }: Options = {}): Promise<Node> {
  const one = work({ steps: [AGENT], body, timeout_ms });
  const decide = one.decide.beltalowda;
  const definition = {
    ...one,
    decide: {
      ...one.decide,
      beltalowda: (journal: Parameters<typeof decide>[0]) => {
        const decision = decide(journal);
        return decision.kind === 'run' ? { ...decision, steps: [{ ...spec(AGENT, timeout_ms), ...of }] } : decision;
      },
    },
  };
  const node = await startNode({ file: await databaseFile(), definition, silence_ms: 10 * SECOND, ...options });
  await node.engine.submit(submission(1, { timeout_minutes: 600 }));
  await node.clock.settle();
  return node;
}

/** What its progress events say, by their data. */
async function told({ store }: Node) {
  const events = await store.events.list(id(1), { after: 0, limit: 1000 });
  return events.filter(({ event_type }) => event_type === 'agent_progress').map(({ data }) => data);
}

/** A call that never answers, and of which something comes when told. */
function hushed() {
  const told: { sign?: (sign: Sign) => void } = {};
  const run: CallRequest['run'] = ({ signal, sign }) => {
    if (sign !== undefined) told.sign = sign;
    return untilAborted(signal);
  };
  return { run, say: () => told.sign?.('heard') };
}

/** A request that never answers, and stops when it is given up. */
const hung: CallRequest['run'] = ({ signal }) => untilAborted(signal);

/** A body that tells its time limit itself. */
const late: Body = ({ calls, signal }) =>
  Promise.race([
    calls.make(callTo({ run: hung, quiet_ms: LONG })),
    new Promise<never>((_resolve, reject) => {
      setImmediate(() => signal.addEventListener('abort', () => reject(new Fault('STEP_TIMEOUT', 'late'))));
    }),
  ]);

describe('an agent whose call is never answered', () => {
  test('is named first, then its attempt is given up and the step begun again behind its recorded calls', async () => {
    let bought = 0;
    const first = callTo({
      run: async () => {
        bought += 1;
        return answered('first');
      },
    });
    const node = await started(async ({ calls, attempt }) => {
      await calls.make(first);
      return calls.make(callTo({ key: 'turn-2', run: attempt === 1 ? hung : async () => answered('second') }));
    });
    const began = new Date(node.clock.now()).toISOString();
    await node.clock.advance(10 * SECOND);
    expect(node.silences).toEqual([]);
    await node.clock.advance(2 * SECOND);
    expect(await told(node)).toEqual([
      { activity: `silent since ${began}, waiting for vendor/model`, silent_since: began },
    ]);
    const silence = { task_id: id(1), step_id: AGENT, agent_id: AGENT };
    expect(node.silences).toEqual([{ ...silence, kind: 'named', silent_ms: 10 * SECOND }]);
    expect(node.log).toEqual([`${id(1)}: agent is silent, no sign of it for 10 s`]);
    expect(await step(node, id(1), AGENT)).toMatchObject({ status: 'running', attempts: 1, failures: 0 });
    await node.clock.advance(13 * SECOND);
    expect(await ended(node, id(1))).toMatchObject({ status: 'completed' });
    expect(node.silences.map(({ kind }) => kind)).toEqual(['named', 'given_up']);
    expect(await step(node, id(1), AGENT)).toMatchObject({ output: 'second', attempts: 2, failures: 1 });
    expect(bought).toBe(1);
    // What was given up is on the bill at what it could have cost, like every call that was.
    const calls = await node.store.calls.list(id(1), AGENT);
    expect(calls.map(({ key, status, error, estimated }) => [key, status, error?.code, estimated])).toEqual([
      ['turn-1', 'succeeded', undefined, false],
      ['turn-2', 'failed', 'CALL_INTERRUPTED', true],
      ['turn-2', 'succeeded', undefined, false],
    ]);
  });

  test('fails once its attempts are used up, and says for what it waited', async () => {
    const node = await started(({ calls }) => calls.make(callTo({ run: hung })), { timeout_ms: 30 * SECOND });
    await node.clock.advance(80 * SECOND);
    const { status, error } = await ended(node, id(1));
    expect(status).toBe('failed');
    expect(error).toMatchObject({
      code: 'AGENT_SILENT',
      message: 'agent gave no sign for 29 s while it waited for vendor/model',
      retryable: true,
    });
    expect(await step(node, id(1), AGENT)).toMatchObject({ status: 'failed', attempts: 3, failures: 3 });
    // The last attempt is left to its time limit, at which an agent brings home what it noted.
    expect(node.silences.map(({ kind }) => kind)).toEqual(['named', 'given_up', 'named', 'given_up', 'named']);
    expect((await node.store.calls.list(id(1), AGENT)).every(({ status: of }) => of === 'failed')).toBe(true);
  });

  test('is left alone for as long as whoever makes the call waits by limits of its own', async () => {
    const call = callTo({ run: hung, quiet_ms: 30 * SECOND });
    const node = await started(({ calls }) => calls.make(call));
    await node.clock.advance(45 * SECOND);
    expect(node.silences.map(({ kind }) => kind)).toEqual(['named']);
    expect(await step(node, id(1), AGENT)).toMatchObject({ failures: 0 });
    await node.clock.advance(2 * SECOND);
    expect(node.silences.map(({ kind }) => kind)).toEqual(['named', 'given_up']);
  });

  test('is told by its own code where its time runs out on a silence, also when the body says so', async () => {
    const node = await started(late, { timeout_ms: 15 * SECOND });
    await node.clock.advance(15 * SECOND);
    expect((await step(node, id(1), AGENT))?.error).toMatchObject({ code: 'AGENT_SILENT' });
    expect(node.silences.map(({ kind }) => kind)).toEqual(['named']);
  });
});

describe('a call that hangs beside another one', () => {
  type Run = CallRequest['run'];
  /** Beside it, until it is given up: what is under way with the other, and what its provider asks for. */
  const BESIDE: Readonly<Record<string, (clock: Node['clock']) => Pick<CallRequest, 'run' | 'waits' | 'quiet_ms'>>> = {
    'stands in a queue': () => ({
      run: ({ signal, sign }) => {
        sign?.('queued');
        return untilAborted(signal);
      },
    }),
    'waits as long as a provider asked for': () => ({ run: async () => limited(3600 * SECOND), waits: () => true }),
    'hears something again and again, and may itself be silent for long': (clock) => ({
      quiet_ms: 3600 * SECOND,
      run: ({ signal, sign }) => {
        const again = (): void => {
          sign?.('heard');
          clock.after(2 * SECOND, again);
        };
        again();
        return untilAborted(signal);
      },
    }),
  };

  /** One attempt with both calls, whose first may be another than one that hangs. */
  async function both(beside: string, first: Run): Promise<Node> {
    const other: { on?: Pick<CallRequest, 'run' | 'waits' | 'quiet_ms'> } = {};
    const opened = Promise.withResolvers<void>();
    const node = await started(async ({ calls }) => {
      await opened.promise;
      const second = callTo({ key: 'second', name: 'vendor/other', ...other.on });
      const [answer] = await Promise.all([calls.make(callTo({ run: first })), calls.make(second)]);
      return answer;
    });
    const made = BESIDE[beside];
    if (made !== undefined) other.on = made(node.clock);
    opened.resolve();
    await node.clock.settle();
    return node;
  }

  test.each(Object.keys(BESIDE))('is named and given up while that one %s', async (beside) => {
    const node = await both(beside, hung);
    const began = new Date(node.clock.now()).toISOString();
    await node.clock.advance(12 * SECOND);
    expect(await told(node)).toEqual([
      { activity: `silent since ${began}, waiting for vendor/model`, silent_since: began },
    ]);
    await node.clock.advance(10 * SECOND);
    expect(node.silences.map(({ kind }) => kind)).toEqual(['named', 'given_up']);
    expect((await step(node, id(1), AGENT))?.failures).toBe(1);
  });

  test('is heard again by its own signs', async () => {
    const { run, say } = hushed();
    const node = await both('hears something again and again, and may itself be silent for long', run);
    await node.clock.advance(15 * SECOND);
    say();
    await node.clock.advance(8 * SECOND);
    expect((await told(node)).map(({ activity }) => activity)).toEqual([
      expect.stringMatching('silent since .*, waiting for vendor/model'),
      expect.stringMatching('at work again after 1[45] s of silence'),
    ]);
  });

  test('is none where every call waits', async () => {
    const node = await both('waits as long as a provider asked for', ({ signal, sign }) => {
      sign?.('queued');
      return untilAborted(signal);
    });
    await node.clock.advance(100 * SECOND);
    expect(node.silences).toEqual([]);
  });
});

test('an agent that hears nothing, and asks nobody, is begun again as well', async () => {
  const node = await started(({ attempt }) => (attempt === 1 ? deaf() : Promise.resolve('done')));
  await node.clock.advance(25 * SECOND);
  expect(await ended(node, id(1))).toMatchObject({ status: 'completed' });
  expect(await step(node, id(1), AGENT)).toMatchObject({ attempts: 2 });
});

describe('what is no silence', () => {
  const QUIET: readonly (readonly [string, (node: { readonly pause: (ms: number) => Promise<void> }) => Body])[] = [
    [
      'a stream that trickles',
      ({ pause }) =>
        ({ calls }) =>
          calls.make(
            callTo({
              run: async ({ sign }) => {
                for (let piece = 0; piece < 10; piece += 1) {
                  await pause(8 * SECOND);
                  sign?.('heard');
                }
                return answered('slow');
              },
            }),
          ),
    ],
    [
      'progress that is told',
      ({ pause }) =>
        async ({ progress }) => {
          for (let piece = 0; piece < 10; piece += 1) {
            await pause(8 * SECOND);
            progress(`piece ${piece}`);
          }
          return 'slow';
        },
    ],
    [
      'a place in the queue of a provider',
      ({ pause }) =>
        ({ calls }) =>
          calls.make(
            callTo({
              run: async ({ sign }) => {
                sign?.('queued');
                await pause(70 * SECOND);
                sign?.('heard');
                await pause(8 * SECOND);
                return answered('in its turn');
              },
            }),
          ),
    ],
    [
      'a wait that a provider asked for',
      () =>
        ({ calls }) => {
          let asked = 0;
          const run: CallRequest['run'] = async () => {
            asked += 1;
            return asked === 1 ? limited(70 * SECOND) : answered('later');
          };
          return calls.make(callTo({ run, waits: () => true }));
        },
    ],
  ];

  test.each(QUIET)('%s', async (_what, make) => {
    const node: { on?: Node } = {};
    const pause = (ms: number): Promise<void> => new Promise((resolve) => node.on?.clock.after(ms, resolve));
    const opened = Promise.withResolvers<void>();
    const body = make({ pause });
    node.on = await started(async (context) => {
      await opened.promise;
      return body(context);
    });
    opened.resolve();
    await node.on.clock.advance(90 * SECOND);
    expect(await ended(node.on, id(1))).toMatchObject({ status: 'completed' });
    expect(node.on.silences).toEqual([]);
    expect(await step(node.on, id(1), AGENT)).toMatchObject({ attempts: 1 });
  });

  test('reading and indexing, which no agent does and nobody is asked for', async () => {
    const node = await started(() => deaf(), { of: { agent_id: null } });
    await node.clock.advance(100 * SECOND);
    expect(node.silences).toEqual([]);
  });

  test('a store that takes nothing', async () => {
    let full = false;
    const node = await started(({ persist }) => persist(async () => (full ? refuse() : 'written')), {
      store: (real) => ({
        ...real,
        steps: { ...real.steps, settle: (...args) => (full ? refuse() : real.steps.settle(...args)) },
      }),
    });
    expect(await ended(node, id(1))).toMatchObject({ status: 'completed' });
    full = true;
    await node.engine.submit(submission(2));
    await node.clock.advance(60 * SECOND);
    expect(node.silences).toEqual([]);
    full = false;
    await node.clock.advance(10 * SECOND);
    expect(await ended(node, id(2))).toMatchObject({ status: 'completed' });
  });
});

async function refuse(): Promise<never> {
  throw new Fault('STORE_FULL', 'the disk is full');
}

describe('a process that was not awake', () => {
  test.each([3600 * SECOND, -3600 * SECOND])('counts nothing of a leap of %d ms', async (leap) => {
    const clock = new SettableClock();
    const node = await started(({ calls }) => calls.make(callTo({ run: hung })), { clock });
    await node.clock.advance(4 * SECOND);
    clock.set(leap);
    await node.clock.advance(3 * SECOND);
    expect(node.silences).toEqual([]);
    await node.clock.advance(5 * SECOND);
    // What it does know of is a silence all the same.
    expect(node.silences.map(({ kind }) => kind)).toEqual(['named']);
  });

  test('hears what came meanwhile before it judges', async () => {
    const { run, say } = hushed();
    const node = await started(({ calls }) => calls.make(callTo({ run })));
    await node.clock.advance(9 * SECOND);
    // The event loop is blocked; then the look that was due comes before the pieces that wait in the socket.
    node.clock.jump(30 * SECOND);
    await node.engine.tick();
    say();
    await node.clock.advance(8 * SECOND);
    expect(node.silences).toEqual([]);
  });
});

test('an agent that is heard again says so, and is named anew when it falls silent again', async () => {
  const { run, say } = hushed();
  const node = await started(({ calls }) => calls.make(callTo({ run })));
  await node.clock.advance(15 * SECOND);
  say();
  await node.clock.advance(8 * SECOND);
  expect(await told(node)).toMatchObject([
    { silent_since: expect.any(String) },
    { activity: 'at work again after 14 s of silence', silent_for_seconds: 14 },
  ]);
  await node.clock.advance(5 * SECOND);
  expect(node.silences.map(({ kind }) => kind)).toEqual(['named', 'named']);
});

test('a stop ends a silent agent as it ends every other: nobody failed', async () => {
  const node = await started(({ calls }) => calls.make(callTo({ run: hung })));
  await node.clock.advance(12 * SECOND);
  await node.engine.stop(id(1), { kind: 'cancel', reason: null, finalize: false });
  expect(await ended(node, id(1))).toMatchObject({ status: 'cancelled' });
  expect(await told(node)).toHaveLength(1);
});
