/** What one process measures of itself: a burst of workflows, and cancels under a steady load of as many. */

import { setTimeout as pause } from 'node:timers/promises';
import { isTerminal } from '../../src/core/workflow.ts';
import { Random } from '../../tests/support/random.ts';
import { idealEnds, type IdealWork } from './fair-share.ts';
import { type LoopDelay, sharedNow, type Spread, spread, until, watchLoop } from './figures.ts';
import { type CallTimes, callTime } from './models.ts';
import { CALLER, LIMITS, openParts, type Parts, type Variant } from './parts.ts';

export interface Plan {
  readonly variant: Variant;
  readonly workflows: number;
  readonly times: CallTimes;
  readonly cancels: number;
  readonly seed: number;
}

export interface Burst {
  /** From the call of `start` to its answer, all of them called in one turn. */
  readonly answer_ms: Spread;
  /** Of those with one agent, which come last. */
  readonly small: {
    readonly alone_ms: Spread;
    readonly under_load_ms: Spread;
    readonly ratio_to_alone: Spread;
    /** Null where the ideal cannot be told: nobody knows beforehand how long the calls take. */
    readonly ratio_to_ideal: Spread | null;
  };
  readonly total_ms: number;
  readonly loop: LoopDelay;
}

export interface Cancels {
  /** From the call to the last of the workflow's calls that hears it. */
  readonly latency_ms: Spread;
  /** Those whose calls had all ended by themselves when the cancel was carried out. */
  readonly too_late: number;
  readonly loop: LoopDelay;
}

/** One in four is small, and all of these come after the big ones. */
const SMALL_SHARE = 0.25;
const ALONE = 10;
const BIG_AGENTS = 8;
const QUESTIONS = [
  'How do embedded databases keep committed data safe after a crash or power loss?',
  'What does group commit cost and save?',
  'How does a write-ahead log differ from copy on write?',
  'Which defaults differ between the engines?',
] as const;
const NO_EARS = { begun: () => {}, aborted: () => {}, ended: () => {} };

function question(variant: Variant, name: string, n: number): string {
  return variant === 'slow' ? name : `${QUESTIONS[n % QUESTIONS.length]} (${name})`;
}

interface Submitted {
  readonly task_id: string;
  readonly task: string;
  readonly answer_ms: number;
}

async function submit({ orchestrator }: Parts, task: string, agents: number): Promise<Submitted> {
  const called = performance.now();
  const { task_id = '' } = await orchestrator.start({ task, agents }, CALLER);
  return { task_id, task, answer_ms: performance.now() - called };
}

/** Milliseconds from submission to end, by the workflow's own rows. */
async function took({ store }: Parts, task_id: string): Promise<number> {
  await until(async () => isTerminal((await store.workflows.get(task_id))?.status ?? 'failed'), `${task_id} ends`);
  const workflow = await store.workflows.get(task_id);
  if (workflow?.status !== 'completed')
    throw new Error(`${task_id} is ${workflow?.status}: ${workflow?.error?.message}`);
  return Date.parse(workflow.completed_at ?? '') - Date.parse(workflow.created_at);
}

export async function burst({ variant, workflows, times }: Plan): Promise<Burst> {
  const parts = await openParts(variant, times, NO_EARS);
  const alone: number[] = [];
  for (let n = 0; n < ALONE; n += 1) {
    const { task_id } = await submit(parts, question(variant, `alone ${n}`, n), 1);
    alone.push(await took(parts, task_id));
  }
  const big = Math.round(workflows * (1 - SMALL_SHARE));
  const all = Array.from({ length: workflows }, (_, n) => ({
    task: question(variant, `${n < big ? 'big' : 'small'} ${n}`, n),
    agents: n < big ? BIG_AGENTS : 1,
  }));
  const loop = watchLoop();
  const began = performance.now();
  const submitted = await Promise.all(all.map(({ task, agents }) => submit(parts, task, agents)));
  const times_ms: number[] = [];
  for (const { task_id } of submitted) times_ms.push(await took(parts, task_id));
  const total_ms = performance.now() - began;
  const delay = loop.stop();
  await parts.close();
  const under = times_ms.slice(big);
  const usual = spread(alone).p50;
  const ideal = idealEnds(
    all.map(({ task, agents }) => idealWork(times, task, agents)),
    LIMITS,
  );
  return {
    answer_ms: spread(submitted.map(({ answer_ms }) => answer_ms)),
    small: {
      alone_ms: spread(alone),
      under_load_ms: spread(under),
      ratio_to_alone: spread(under.map((ms) => ms / usual)),
      ratio_to_ideal: variant === 'slow' ? spread(under.map((ms, n) => ms / (ideal[big + n] ?? ms))) : null,
    },
    total_ms: Math.round(total_ms),
    loop: delay,
  };
}

function idealWork(times: CallTimes, task: string, agents: number): IdealWork {
  const call = (id: string): number => callTime(times, task, id);
  const belters = Array.from({ length: agents }, (_, n) => call(`belter-${n + 1}`));
  const drummers = agents === 1 ? [] : [[call('drummer-1'), call('drummer-2')]];
  return { stages: [[call('plan')], belters, ...drummers, [call('compose')]] };
}

/** Calls under way, by task, and the cancels that wait to be heard by them. */
export class Underway {
  readonly #calls = new Map<string, number>();
  readonly #cancelled = new Map<string, { readonly at: number; heard: number | null }>();

  begun(task: string): void {
    this.#calls.set(task, (this.#calls.get(task) ?? 0) + 1);
  }

  ended(task: string): void {
    this.#calls.set(task, (this.#calls.get(task) ?? 0) - 1);
  }

  aborted(task: string, at: number): void {
    const cancel = this.#cancelled.get(task);
    if (cancel !== undefined) cancel.heard = Math.max(cancel.heard ?? 0, at);
  }

  /** A task with calls under way that nobody has cancelled. */
  pick(random: Random): string | null {
    const busy = [...this.#calls].filter(([task, calls]) => calls > 0 && !this.#cancelled.has(task));
    return busy.length === 0 ? null : random.pick(busy)[0];
  }

  cancel(task: string): void {
    this.#cancelled.set(task, { at: sharedNow(), heard: null });
  }

  figures(): Pick<Cancels, 'latency_ms' | 'too_late'> {
    const all = [...this.#cancelled.values()];
    const heard = all.flatMap(({ at, heard }) => (heard === null ? [] : [heard - at]));
    return { latency_ms: spread(heard), too_late: all.length - heard.length };
  }
}

/** What cancels need of the side under load: in this process, or behind a pipe. */
export interface Target {
  start(task: string, agents: number): Promise<string>;
  cancel(task_id: string): Promise<unknown>;
  open(): Promise<number>;
}

const BETWEEN_CANCELS_MS = 25;
/** Cancels between two looks at how many are open: looking costs the measured process as well. */
const REFILL_EVERY = 40;

/** Keeps about `workflows` open, and cancels one after another that has calls under way. */
export async function cancelUnderLoad(target: Target, underway: Underway, plan: Plan): Promise<void> {
  const { variant, workflows, cancels, seed } = plan;
  const random = new Random(seed);
  const ids = new Map<string, string>();
  let made = 0;
  const add = async (): Promise<void> => {
    made += 1;
    const task = question(variant, `open ${made}`, made);
    ids.set(task, await target.start(task, made % 4 === 0 ? 1 : BIG_AGENTS));
  };
  const refill = async (): Promise<void> => {
    const missing = workflows - (await target.open());
    await Promise.all(Array.from({ length: Math.max(0, missing) }, add));
  };
  await refill();
  const answers: Promise<unknown>[] = [];
  while (answers.length < cancels) {
    await pause(BETWEEN_CANCELS_MS);
    const task = underway.pick(random);
    const task_id = ids.get(task ?? '');
    if (task !== null && task_id !== undefined) {
      underway.cancel(task);
      answers.push(target.cancel(task_id));
    }
    if (answers.length % REFILL_EVERY === 0) await refill();
  }
  await Promise.all(answers);
}

export async function cancels(plan: Plan): Promise<Cancels> {
  const underway = new Underway();
  const parts = await openParts(plan.variant, plan.times, underway);
  const { orchestrator, store } = parts;
  const asked = { owner: CALLER.owner, orchestrator_type: null, words: null, since: null, until: null, before: null };
  const count = async (status: 'pending' | 'running'): Promise<number> =>
    (await store.workflows.list({ ...asked, status, limit: 1000 })).length;
  const loop = watchLoop();
  await cancelUnderLoad(
    {
      start: async (task, agents) => (await submit(parts, task, agents)).task_id,
      cancel: (task_id) => orchestrator.cancel(task_id, CALLER),
      open: async () => (await count('pending')) + (await count('running')),
    },
    underway,
    plan,
  );
  const delay = loop.stop();
  await parts.close();
  return { ...underway.figures(), loop: delay };
}
