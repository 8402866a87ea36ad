/** An engine as one process has it: its own connection to the SQLite file, its own clock, a small definition to run. */

import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { inProcessBus } from '../../src/bus/in-process.ts';
import { Fault } from '../../src/core/errors.ts';
import { taskId } from '../../src/core/ids.ts';
import type { Json } from '../../src/core/json.ts';
import type { Decide, StepRecord, StepSpec } from '../../src/core/step.ts';
import type { Telemetry } from '../../src/core/telemetry.ts';
import { isTerminal, UNSAID, type Workflow } from '../../src/core/workflow.ts';
import type { Dispatcher } from '../../src/engine/dispatch/dispatch.ts';
import { InProcessDispatcher } from '../../src/engine/dispatch/in-process.ts';
import { type Definition, Engine, type Silence, type StepContext } from '../../src/engine/engine.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store, Submission } from '../../src/store/store.ts';
import { everyPattern } from './every-pattern.ts';
import { FakeClock } from './fake-clock.ts';
import { temporaryFolder } from './folder.ts';
import { newDatabase } from './new-database.ts';
import { patience } from './patience.ts';

export interface Node {
  readonly engine: Engine;
  readonly store: Store;
  readonly clock: FakeClock;
  readonly log: readonly string[];
  /** Silent agents, as they were told. */
  readonly silences: readonly Silence[];
}

export interface NodeOptions {
  readonly file: string;
  readonly definition: Definition;
  readonly clock?: FakeClock;
  readonly max_active?: number;
  readonly max_queued?: number;
  /** Most steps at a time over all workflows. */
  readonly total?: number;
  readonly dispatcher?: Dispatcher;
  /** Takes up whatever is interrupted or waits; true unless said otherwise. */
  readonly serve?: boolean;
  readonly silence_ms?: number;
  readonly telemetry?: Telemetry;
  /** What the engine sees instead of the store itself. */
  readonly store?: (real: Store) => Store;
}

export async function databaseFile(): Promise<string> {
  return newDatabase(join(await temporaryFolder(), 'test.db'));
}

/** Opens the file and starts an engine on it; both are closed when the test ends. */
export async function startNode(options: NodeOptions): Promise<Node> {
  const clock = options.clock ?? new FakeClock();
  const real = await openSqliteStore({ file: options.file, clock });
  const store = options.store?.(real) ?? real;
  const log: string[] = [];
  const silences: Silence[] = [];
  const bus = inProcessBus({ clock, changes: () => real.changes(), failed: () => log.push('the bus failed') });
  const engine = new Engine({
    store,
    bus,
    clock,
    dispatcher: options.dispatcher ?? new InProcessDispatcher({ total: options.total ?? 64 }),
    definition: options.definition,
    random: () => 0.5,
    telemetry: options.telemetry,
    admission: { max_active: options.max_active ?? 50, max_queued: options.max_queued ?? 1000 },
    log: (message, thrown) => log.push(thrown instanceof Error ? `${message}: ${thrown.message}` : message),
    ...(options.silence_ms === undefined ? {} : { silence_ms: options.silence_ms }),
    silent: (silence) => silences.push(silence),
  });
  if (options.serve !== false) engine.serve();
  onTestFinished(async () => {
    await engine.close();
    bus.close();
    await real.close();
  });
  return { engine, store: real, clock, log, silences };
}

export function submission(number: number, over: Partial<Submission['config']> = {}): Submission {
  return {
    task_id: id(number),
    owner: 'local',
    orchestrator_type: 'beltalowda',
    task: `task ${number}`,
    title: null,
    idempotency_key: null,
    input_hash: String(number),
    resumed_from: null,
    trace: null,
    config: {
      ...UNSAID,
      roots: [],
      agents: null,
      domains: null,
      context: null,
      model: 'none',
      max_concurrent_agents: 10,
      timeout_minutes: 60,
      ...over,
    },
  };
}

export function id(number: number): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(12, number);
  return taskId(bytes);
}

/** Lets the event loop turn until it holds, moving no clock. Says what it waited for when it never does. */
export async function eventually(holds: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const isTime = patience();
  for (let turn = 0; turn < 3000 || isTime(); turn += 1) {
    if (await holds()) return;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
  throw new Error(`never happened: ${what}`);
}

export async function ended(node: Node, task_id: string): Promise<Workflow> {
  let last: Workflow | null = null;
  await eventually(
    async () => {
      last = await node.store.workflows.get(task_id);
      return last !== null && isTerminal(last.status);
    },
    `${task_id} ends; log: ${node.log.join(' | ')}`,
  );
  if (last === null) throw new Error('unreachable');
  return last;
}

/** Types of all events of a workflow, in order. */
export async function told(node: Node, task_id: string): Promise<readonly string[]> {
  const events = await node.store.events.list(task_id, { after: 0, limit: 1000 });
  if (events.some((event, index) => event.seq !== index + 1)) throw new Error('events are not contiguous');
  return events.map((event) => event.event_type);
}

export async function step(node: Node, task_id: string, step_id: string): Promise<StepRecord | undefined> {
  return (await node.store.steps.list(task_id)).find((record) => record.step_id === step_id);
}

type Body = (context: StepContext) => Promise<Json> | Json;

export interface Work {
  /** Steps that run side by side, in this order; by workflow where a function. */
  readonly steps: readonly string[] | ((task_id: string) => readonly string[]);
  readonly body: Body;
  readonly timeout_ms?: number;
  readonly decide?: Decide;
  readonly conclude?: Definition['conclude'];
  /** Nobody comes home unless told. */
  readonly landing?: Definition['landing'];
}

/** All steps, then the end: failed when one of them failed, cancelled or timed out when stopped. */
export function work(options: Work): Definition {
  const decide: Decide = (journal) => {
    if (journal.stop?.kind === 'cancel') return { kind: 'finish', status: 'cancelled', error: null };
    if (journal.stop !== null) {
      const error = new Fault('WORKFLOW_TIMEOUT', journal.stop.reason ?? 'late').toRecord();
      return { kind: 'finish', status: 'failed', error };
    }
    const ids = typeof options.steps === 'function' ? options.steps(journal.workflow.task_id) : options.steps;
    const records = ids.map((step_id) => journal.steps.get(step_id));
    const open = ids.filter((_, n) => records[n] === undefined || records[n]?.status === 'running');
    if (open.length > 0) return { kind: 'run', steps: open.map((step_id) => spec(step_id, options.timeout_ms)) };
    const error = records.find((record) => record?.status === 'failed')?.error ?? null;
    return { kind: 'finish', status: error === null ? 'completed' : 'failed', error };
  };
  const one = options.decide ?? decide;
  return {
    decide: everyPattern(one),
    landing: options.landing ?? (() => []),
    kinds: {
      work: {
        run: async (context) => ({ output: await options.body(context) }),
        events: (of, moment) => {
          const event_type = ({ started: 'agent_start', succeeded: 'agent_complete', failed: 'agent_error' } as const)[
            moment.kind
          ];
          return [{ event_type, agent_id: of.step_id, data: {} }];
        },
      },
    },
    conclude:
      options.conclude ??
      (async (journal) => ({
        result: { outputs: [...journal.steps.values()].map((record) => record.output) },
        total_cost: 0,
        event: {},
      })),
  };
}

export function spec(step_id: string, timeout_ms = 60_000): StepSpec {
  return { step_id, kind: 'work', phase: 'researching', agent_id: step_id, input: { of: step_id }, timeout_ms };
}

/** A body that waits for its signal, as a well-behaved one does. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** A body that hears nothing. */
export function deaf(): Promise<never> {
  return new Promise(() => {});
}
