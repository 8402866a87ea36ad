/**
 * A pattern's decider in a world that misbehaves: jobs are delivered twice, late, out of order or not at all; the store
 * refuses commits, or the process dies right after one; agents fail; cancels and deadlines come at any moment. What the
 * decider says is checked at every turn against rules written down independently of it (simulation-rules).
 */

import type { ErrorRecord } from '../../src/core/errors.ts';
import type { Json } from '../../src/core/json.ts';
import type { Decide, Decision, Journal, StepRecord, StepSpec } from '../../src/core/step.ts';
import { type OrchestratorType, type Stop, UNSAID } from '../../src/core/workflow.ts';
import { comingHome } from '../../src/research/landing.ts';
import { Random } from './random.ts';
import { type Scenario, scenario } from './scenario.ts';
import { checkFinish, checkSteps, checkWait, SimulationFailure } from './simulation-rules.ts';

interface Outcome {
  readonly decision: Extract<Decision, { kind: 'finish' }>;
  readonly steps: readonly StepRecord[];
}

/** How one seed ended, with what is needed to replay it. */
export interface Ended extends Outcome {
  readonly workflow: Journal['workflow'];
  readonly stop: Stop | null;
}

const DOMAINS = ['academic', 'news', 'technical', 'general'] as const;
const AT = '2026-01-01T00:00:00.000Z';
/** Runs one seed; throws a SimulationFailure that says what went wrong. Without a stop, deliveries must not matter. */
function simulateSeed(decide: Decide, pattern: OrchestratorType, seed: number): void {
  const given = scenario(pattern, seed);
  const first = new World(decide, given, new Random(seed + 1_000_003)).run();
  if (given.stop !== null) return;
  const second = new World(decide, given, new Random(seed + 2_000_003)).run();
  if (JSON.stringify(first) !== JSON.stringify(second)) {
    throw new SimulationFailure(
      `the order of deliveries changes the outcome:\n${JSON.stringify(first)}\n${JSON.stringify(second)}`,
    );
  }
}

/** One run of a seed, with its stop if it has one. */
export function endOf(decide: Decide, pattern: OrchestratorType, seed: number): Ended {
  return new World(decide, scenario(pattern, seed), new Random(seed + 1_000_003)).ended();
}

/** The first seed that fails, in words; null when all hold. While it runs there is no clock and no chance to ask. */
export function simulate(decide: Decide, pattern: OrchestratorType, seeds: Iterable<number>): string | null {
  for (const seed of seeds) {
    try {
      withoutChance(() => {
        simulateSeed(decide, pattern, seed);
      });
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      return `${pattern}, seed ${seed}: ${why}\nrun it alone: SIMULATION_SEED=${seed} npx vitest run tests/unit/research/patterns/${pattern}.test.ts`;
    }
  }
  return null;
}

function forbidden(): never {
  throw new SimulationFailure('a decider asked for the time or for chance');
}

function withoutChance(run: () => void): void {
  const { Date: realDate, performance: realPerformance } = globalThis;
  const realRandom = Math.random;
  const nothing = new Proxy(Map, { get: forbidden, construct: forbidden, apply: forbidden });
  Object.assign(globalThis, { Date: nothing });
  Object.defineProperty(globalThis, 'performance', { value: nothing, configurable: true, writable: true });
  Math.random = forbidden;
  try {
    run();
  } finally {
    Object.assign(globalThis, { Date: realDate });
    Object.defineProperty(globalThis, 'performance', { value: realPerformance, configurable: true, writable: true });
    Math.random = realRandom;
  }
}

function refuse(): never {
  throw new SimulationFailure('the decider writes into the journal');
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
}

/** The process died: whatever it knew is gone. */
class Crash extends Error {}

class World {
  readonly #decide: Decide;
  readonly #given: Scenario;
  readonly #random: Random;
  readonly #stored = new Map<string, StepRecord>();
  readonly #specs = new Map<string, string>();
  readonly #workflow: Journal['workflow'];
  #storedStop: Stop | null = null;
  // What a process holds in memory, and what the dispatcher does.
  #memory = new Map<string, StepRecord>();
  #stop: Stop | null = null;
  #scheduled = new Map<string, StepSpec>();
  #queue: string[] = [];
  #running: StepSpec[] = [];
  #waiting = false;
  #finished: Outcome | null = null;
  #turn = 0;

  constructor(decide: Decide, given: Scenario, random: Random) {
    this.#decide = decide;
    this.#given = given;
    this.#random = random;
    this.#workflow = frozen({
      task_id: 'wf_0000000000000000000000000t',
      task: 'What is known?',
      title: null,
      orchestrator_type: given.pattern,
      config: {
        ...UNSAID,
        roots: [],
        agents: null,
        domains: null,
        context: null,
        model: 'extractive',
        max_concurrent_agents: 10,
        timeout_minutes: 60,
        require_approval: given.approval !== 'none',
        inputs: given.inputs,
      },
    });
  }

  ended(): Ended {
    const outcome = this.run();
    return { ...outcome, workflow: this.#workflow, stop: this.#stop };
  }

  run(): Outcome {
    const bound = 400 + 60 * this.#given.agents.length;
    this.#living(() => {
      this.#advance();
    });
    for (this.#turn = 0; this.#turn < bound; this.#turn += 1) {
      if (this.#finished !== null) return this.#finished;
      this.#living(() => {
        this.#takeTurn();
      });
    }
    throw new SimulationFailure(`no end after ${bound} turns`);
  }

  /** Runs a piece of the process's life; after a crash a new process starts from the store. */
  #living(piece: () => void): void {
    try {
      piece();
      return;
    } catch (thrown) {
      if (!(thrown instanceof Crash)) throw thrown;
    }
    this.#memory = new Map(this.#random.shuffled([...this.#stored]));
    this.#stop = this.#storedStop;
    this.#scheduled = new Map();
    this.#running = [];
    this.#waiting = false;
    // Jobs in a dispatcher of its own survive the process, some of them.
    this.#queue = this.#queue.filter(() => this.#random.chance(0.5));
    this.#living(() => {
      if (this.#stop !== null) this.#comeHome();
      this.#advance();
    });
  }

  /** Whoever goes on after a stop begins again what may come home, and records of it what comes. */
  #comeHome(): void {
    for (const spec of comingHome(this.#journal(this.#memory), this.#decide)) {
      const under = this.#memory.get(spec.step_id)?.status;
      if (spec.kind !== 'agent' || under !== 'running') {
        throw new SimulationFailure(`${spec.step_id} is ${under ?? 'not begun'}, and is to come home`);
      }
      if (this.#random.chance(0.5)) this.#record(spec);
      const stored = this.#stored.get(spec.step_id);
      if (stored !== undefined) this.#memory.set(spec.step_id, stored);
    }
    // A synthesis that was named and not begun is named anew, with whoever has come home since.
    for (const step_id of this.#specs.keys()) if (!this.#stored.has(step_id)) this.#specs.delete(step_id);
  }

  #takeTurn(): void {
    const { stop } = this.#given;
    if (stop !== null && stop.turn <= this.#turn && this.#storedStop === null) this.#halt(stop.wish);
    else if (this.#waiting) this.#approve();
    else if (this.#running.length > 0 && this.#random.chance(0.5)) this.#settle(this.#random.pick(this.#running));
    else if (this.#queue.length > 0) this.#deliver();
    else if (this.#running.length > 0) this.#settle(this.#random.pick(this.#running));
    // Nothing is under way, but something was lost: the sweep offers it again.
    else this.#queue.push(...this.#scheduled.keys());
  }

  #halt(wish: Stop): void {
    this.#commit(() => {
      this.#storedStop = frozen(wish);
    });
    // What is in flight is aborted; an outcome that was on its way arrives before anything is decided.
    for (const spec of this.#running.splice(0)) {
      if (this.#random.chance(0.3)) this.#record(spec);
      const stored = this.#stored.get(spec.step_id);
      if (stored !== undefined) this.#memory.set(spec.step_id, stored);
    }
    this.#stop = this.#storedStop;
    this.#waiting = false;
    this.#scheduled.clear();
    this.#advance();
  }

  /** A person takes their time; then another process goes on with what they said. */
  #approve(): void {
    if (this.#random.chance(0.5)) return;
    const subtasks = this.#given.approval === 'edited' ? this.#subtasks(this.#given.rounds[0] ?? []) : null;
    const spec = { step_id: 'approval', kind: 'approval', agent_id: null, input: {}, phase: 'researching' } as const;
    const record = begun({ ...spec, timeout_ms: 1 }, undefined);
    this.#commit(() => {
      this.#stored.set('approval', frozen({ ...record, status: 'succeeded', output: { subtasks }, completed_at: AT }));
    });
    this.#waiting = false;
    this.#learn('approval');
  }

  #deliver(): void {
    const at = this.#random.below(this.#queue.length);
    const step_id = this.#queue[at] ?? '';
    if (!this.#random.chance(0.15)) this.#queue.splice(at, 1);
    if (this.#random.chance(0.1)) return;
    const spec = this.#scheduled.get(step_id);
    if (spec === undefined) return;
    const stored = this.#stored.get(step_id);
    if (stored === undefined || stored.status === 'running') {
      this.#commit(() => this.#stored.set(step_id, begun(spec, stored)));
      this.#running.push(spec);
      return;
    }
    this.#learn(step_id);
  }

  #settle(spec: StepSpec): void {
    this.#running = this.#running.filter((other) => other !== spec);
    this.#record(spec);
    this.#learn(spec.step_id);
  }

  /** The first outcome recorded wins; a failure may be one that is tried again. */
  #record(spec: StepSpec): void {
    const { step_id } = spec;
    const stored = this.#stored.get(step_id);
    if (stored === undefined || stored.status !== 'running') return;
    const passing = this.#random.chance(0.15);
    this.#commit(() => this.#stored.set(step_id, this.#outcome(spec, stored, passing)));
  }

  #learn(step_id: string): void {
    const stored = this.#stored.get(step_id);
    if (stored !== undefined) this.#memory.set(step_id, stored);
    this.#scheduled.delete(step_id);
    this.#advance();
  }

  #outcome(spec: StepSpec, stored: StepRecord, passing: boolean): StepRecord {
    const error: ErrorRecord = {
      code: 'STEP_TIMEOUT',
      message: `${spec.step_id} was too slow`,
      hint: 'wait',
      retryable: true,
    };
    if (passing) return frozen({ ...stored, error, failures: stored.failures + 1, available_at: AT });
    const failed = this.#given.failing.has(spec.step_id);
    const end = { completed_at: AT, available_at: null, attempts: 1, failures: 0 };
    if (failed) return frozen({ ...stored, ...end, status: 'failed', error });
    return frozen({ ...stored, ...end, status: 'succeeded', error: null, output: this.#output(spec) });
  }

  #output(spec: StepSpec): Json {
    const { planned, empty, branch } = this.#given;
    if (spec.kind === 'choice') return { branch, why: 'it is so', claims: [] };
    if (spec.kind === 'critique') return this.#critique(Number(spec.step_id.slice('critique:round-'.length)));
    if (spec.kind === 'plan') {
      const { given = null } = spec.input as { readonly given?: Json };
      if (given !== null) return given;
      return { shape: 'survey', subtasks: this.#subtasks(planned), missing: [] };
    }
    if (spec.kind === 'agent') {
      return { claims: empty.has(spec.agent_id ?? '') ? 0 : 3, sources: 1, gaps: [], rejected: 0 };
    }
    return { kept: [], duplicates: [], conflicts: [] };
  }

  /** After the limit it asks for more all the same, of agents that are then never begun. */
  #critique(round: number): Json {
    const { rounds, inputs } = this.#given;
    const limit = inputs?.kind === 'iterative' ? inputs.max_rounds : 1;
    const next = this.#subtasks(rounds[round] ?? (round >= limit ? ['belter-900'] : []));
    return { holds: false, why: 'more', claims: [], missing: [], fresh: 1, ended: null, next };
  }

  #subtasks(agents: readonly string[]) {
    return agents.map((agent_id, n) => ({
      agent_id,
      objective: `objective ${n + 1}`,
      queries: ['q'],
      domain: this.#given.pattern === 'swarm' ? (DOMAINS[n % DOMAINS.length] ?? null) : null,
    }));
  }

  /** A commit that may be refused, be followed by the death of the process, or both be lost and kill it. */
  #commit(change: () => unknown): void {
    const fate = this.#random.next();
    if (fate < 0.04) throw new Crash();
    change();
    if (fate > 0.96) throw new Crash();
  }

  #advance(): void {
    if (this.#finished !== null) return;
    const journal = this.#journal(this.#memory);
    const decision = this.#ask(journal);
    if (decision.kind === 'finish') {
      checkFinish(this.#given, journal, decision);
      const steps = [...this.#stored.values()].sort((a, b) => (a.step_id < b.step_id ? -1 : 1));
      this.#finished = { decision, steps };
      return;
    }
    if (decision.kind === 'wait') {
      checkWait(this.#given, journal);
      this.#waiting = true;
      return;
    }
    if (decision.steps.length === 0)
      throw new SimulationFailure('the decider names nothing to run and does not finish');
    checkSteps(this.#given, journal, decision.steps);
    for (const spec of decision.steps) {
      if (this.#scheduled.has(spec.step_id) && spec.kind !== 'synthesis') continue;
      const text = JSON.stringify(spec);
      const known = this.#specs.get(spec.step_id) ?? text;
      if (known !== text) throw new SimulationFailure(`${spec.step_id} is named with two inputs:\n${known}\n${text}`);
      this.#specs.set(spec.step_id, text);
      if (this.#scheduled.has(spec.step_id)) continue;
      this.#scheduled.set(spec.step_id, spec);
      this.#queue.push(spec.step_id);
    }
  }

  /** Asks once or, at random, again: with the same journal, and with its rows in another order. */
  #ask(journal: Journal): Decision {
    const decision = this.#decide(journal);
    if (decision.kind === 'run' && !this.#random.chance(0.2)) return decision;
    const text = JSON.stringify(decision);
    if (JSON.stringify(this.#decide(journal)) !== text) {
      throw new SimulationFailure(`asked twice, the decider answers twice:\n${text}`);
    }
    const other = this.#journal(this.#random.shuffled([...this.#memory]));
    const again = JSON.stringify(this.#decide(other));
    if (again !== text) throw new SimulationFailure(`the decision depends on the order of rows:\n${text}\n${again}`);
    return decision;
  }

  #journal(rows: Iterable<readonly [string, StepRecord]>): Journal {
    const steps = Object.assign(new Map(rows), { set: refuse, delete: refuse, clear: refuse });
    return Object.freeze({ workflow: this.#workflow, stop: this.#stop, steps });
  }
}

function begun(spec: StepSpec, stored: StepRecord | undefined): StepRecord {
  return frozen({
    step_id: spec.step_id,
    kind: spec.kind,
    agent_id: spec.agent_id,
    status: 'running',
    input: stored?.input ?? spec.input,
    output: null,
    error: null,
    attempts: (stored?.attempts ?? 0) + 1,
    failures: stored?.failures ?? 0,
    available_at: null,
    started_at: AT,
    completed_at: null,
    adopted_from: null,
  });
}
