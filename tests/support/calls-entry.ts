/**
 * A process of its own that works on one workflow whose steps make calls: two agents side by side, with tools beside each other
 * in the middle, and one that writes when both have ended. It kills itself at the boundary it is told, prints the result when
 * there is one, and keeps the outside's own list of requests in a file, as a vendor would. Its one argument is a `CallsJob`.
 */

import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { setInterval } from 'node:timers';
import { inProcessBus } from '../../src/bus/in-process.ts';
import { type Called, type CallRequest, NO_USAGE } from '../../src/core/call.ts';
import type { Clock } from '../../src/core/clock.ts';
import { Fault } from '../../src/core/errors.ts';
import type { Json } from '../../src/core/json.ts';
import type { Decide, StepSpec } from '../../src/core/step.ts';
import { InProcessDispatcher } from '../../src/engine/dispatch/in-process.ts';
import { type Definition, Engine, type StepContext } from '../../src/engine/engine.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { idOf, submission } from '../contract/rows.ts';
import { everyPattern } from './every-pattern.ts';

/** Around a call: before room is made, before the request, before the bill, after it. */
export const CALL_POINTS = ['asked', 'reserved', 'answered', 'settled'] as const;
type CallPoint = (typeof CALL_POINTS)[number];

export interface CallsJob {
  readonly file: string;
  /** The outside's list of requests, one a line. */
  readonly requests: string;
  /** `answered / a/turn-3`. */
  readonly kill: string | null;
}

export interface RequestLine {
  readonly call: string;
  readonly tokens: number;
}

const AGENTS = ['a', 'b'];
const WRITER = 'write';
/** Retries wait for a few milliseconds instead of a second. */
const SPEED = 100;
/** Its first request ever is one too many. */
const LIMITED = 'b/turn-1';

export function requestsIn(file: string): readonly RequestLine[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as RequestLine]));
}

function reach(job: CallsJob, point: CallPoint, call: string): void {
  if (job.kill === `${point} / ${call}`) process.kill(process.pid, 'SIGKILL');
}

/** Answers by what it is asked alone, and counts by it too. */
function outside(job: CallsJob, call: string): CallRequest['run'] {
  return async () => {
    const limited = call === LIMITED && requestsIn(job.requests).every((request) => request.call !== call);
    const tokens = limited ? 0 : 10 + call.length;
    appendFileSync(job.requests, `${JSON.stringify({ call, tokens } satisfies RequestLine)}\n`);
    const spent = { usage: { ...NO_USAGE, input_tokens: tokens }, microusd: tokens * 3 };
    const called: Called = limited
      ? { kind: 'failed', fault: new Fault('PROVIDER_LIMITED', 'one too many'), spent }
      : { kind: 'succeeded', output: { said: call }, spent };
    reach(job, 'answered', call);
    return called;
  };
}

function asked(job: CallsJob, step_id: string, key: string): CallRequest {
  const call = `${step_id}/${key}`;
  const kind = key.includes('/') ? 'tool' : 'model';
  const most = { tokens: 100, microusd: 300 };
  return { key, kind, name: 'outside', request: call, share: 'write', most, run: outside(job, call) };
}

async function body(job: CallsJob, { calls, spec }: StepContext): Promise<Json> {
  const make = (key: string): Promise<Json> => calls.make(asked(job, spec.step_id, key));
  if (spec.step_id === WRITER) return make('report');
  const first = await make('turn-1');
  const tools = await Promise.all(['turn-2/read', 'turn-2/search'].map(make));
  return [first, tools, await make('turn-3')];
}

function stepOf(step_id: string): StepSpec {
  return { step_id, kind: 'work', phase: 'researching', agent_id: step_id, input: null, timeout_ms: 60_000 };
}

const decide: Decide = ({ steps }) => {
  const open = (ids: readonly string[]) => ids.filter((id) => steps.get(id)?.status !== 'succeeded').map(stepOf);
  const next = open(AGENTS).length > 0 ? open(AGENTS) : open([WRITER]);
  return next.length > 0 ? { kind: 'run', steps: next } : { kind: 'finish', status: 'completed', error: null };
};

function definitionOf(job: CallsJob): Definition {
  return {
    decide: everyPattern(decide),
    landing: () => [],
    kinds: { work: { run: async (context) => ({ output: await body(job, context) }), events: () => [] } },
    conclude: async ({ steps }) => ({
      result: [...steps.values()].map(({ output }) => output),
      total_cost: null,
      event: {},
    }),
  };
}

/** The store with a boundary before and behind each of its verbs for calls. */
function tapped(job: CallsJob, real: Store): Store {
  return {
    ...real,
    calls: {
      ...real.calls,
      reserve: async (hold, call) => {
        reach(job, 'asked', `${call.step_id}/${call.key}`);
        const reserved = await real.calls.reserve(hold, call);
        if (reserved.kind === 'begun') reach(job, 'reserved', `${call.step_id}/${call.key}`);
        return reserved;
      },
      settle: async (hold, call) => {
        const settled = await real.calls.settle(hold, call);
        reach(job, 'settled', call.call_id.replace(/#\d+$/, ''));
        return settled;
      },
    },
  };
}

async function main(job: CallsJob): Promise<void> {
  const clock: Clock = { now: () => systemClock.now(), after: (ms, fire) => systemClock.after(ms / SPEED, fire) };
  const store = await openSqliteStore({ file: job.file, clock });
  const bus = inProcessBus({ clock, changes: () => store.changes(), failed: () => undefined });
  const engine = new Engine({
    store: tapped(job, store),
    bus,
    clock,
    dispatcher: new InProcessDispatcher({ total: 8 }),
    definition: definitionOf(job),
    random: () => 0.5,
    admission: { max_active: 8, max_queued: 8 },
    log: (message, thrown) => process.stderr.write(`${message} ${thrown instanceof Error ? thrown.message : ''}\n`),
  });
  const task_id = idOf(1);
  const over = new Promise<void>((resolve) => {
    bus.subscribe(task_id, () => {
      void store.results.get(task_id).then((row) => (row === null ? undefined : resolve()));
    });
  });
  await engine.submit({ ...submission(1), idempotency_key: 'once' });
  engine.serve();
  await over;
  process.stdout.write(JSON.stringify((await store.results.get(task_id))?.result));
  await engine.close();
  bus.close();
  await store.close();
}

// Node would end in the middle of a wait: no timer of the engine keeps a process alive.
if (process.argv[2] !== undefined && import.meta.main) {
  const hold = setInterval(() => {}, 1000);
  await main(JSON.parse(process.argv[2]) as CallsJob);
  clearInterval(hold);
}
