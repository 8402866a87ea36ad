/**
 * One workflow being worked on by this process: its journal in memory, decide, dispatch, record, decide again. Ends when
 * the workflow is terminal, the lease is lost, or the process stops.
 */

import { type Clock, iso } from '../core/clock.ts';
import { Fault, toFault } from '../core/errors.ts';
import { type Decision, type Journal, journalOf, type StepRecord, type StepSpec } from '../core/step.ts';
import { goesFurther, type Stop, type Workflow } from '../core/workflow.ts';
import type { Claimed, Finish, Hold, Store } from '../store/store.ts';
import { Deadline } from './deadline.ts';
import type { Definition, End } from './definition.ts';
import type { Dispatcher } from './dispatch/dispatch.ts';
import { type Earlier, earlierOutcomes } from './earlier.ts';
import { isStoreFault, persist } from './persist.ts';
import { attemptStep, dueIn, type StepParts } from './step-run.ts';

export interface RunParts {
  readonly store: Store;
  readonly definition: Definition;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly random: () => number;
  /** Told after each durable change. */
  readonly changed: (task_id: string) => void;
  readonly log: (message: string, thrown: unknown) => void;
  /** Whether the clock has moved by more than this process can have worked since its last heartbeat. */
  readonly unsettled: () => boolean;
  /** Told once, when this process no longer works on the workflow: because it ended, or though it has not. */
  readonly ended: (how: 'finished' | 'left') => void;
}

export class WorkflowRun {
  readonly hold: Hold;
  readonly limit: Deadline;
  readonly #parts: RunParts;
  readonly #workflow: Workflow;
  readonly #steps = new Map<string, StepRecord>();
  readonly #specs = new Map<string, StepSpec>();
  readonly #timers = new Map<string, () => void>();
  /** Aborts everything this run waits for once it has ended. */
  readonly #over = new AbortController();
  /** Attempts under way. */
  readonly #attempts = new Set<object>();
  /** Those of them that a stop aborted and that have not come back. */
  readonly #withdrawn = new Set<object>();
  #earlier: Earlier = new Map();
  #stop: Stop | null;
  /** Whether the recorded steps are in memory: before that, nothing may be decided. */
  #loaded = false;
  #finishing = false;
  #heldUp: Fault | null = null;

  constructor(parts: RunParts, claimed: Claimed) {
    this.#parts = parts;
    this.hold = claimed.hold;
    this.#workflow = claimed.workflow;
    this.#stop = claimed.workflow.stop;
    this.limit = new Deadline(claimed.workflow.deadline_at, {
      clock: parts.clock,
      unsettled: parts.unsettled,
      reached: () => void this.#deadline(),
    });
  }

  /** Why the store takes nothing of what this run has to record, until it takes something again. */
  get heldUp(): Fault | null {
    return this.#heldUp;
  }

  /** Loads what is recorded and goes on from there. */
  async start(): Promise<void> {
    try {
      const { store } = this.#parts;
      const recorded = await persist(() => store.steps.list(this.hold.task_id), this.#weather());
      const { resumed_from } = this.#workflow;
      this.#earlier = await persist(() => earlierOutcomes(store, resumed_from), this.#weather());
      if (this.#over.signal.aborted) return;
      for (const step of recorded) this.#steps.set(step.step_id, step);
      this.#loaded = true;
      if (this.#stop === null) this.limit.arm();
      this.#advance();
    } catch (thrown) {
      this.#broken(thrown);
    }
  }

  /** The wish to stop is recorded: abort what is in flight and let the pattern land the workflow. */
  stop(stop: Stop): void {
    if (this.#over.signal.aborted || !goesFurther(stop, this.#stop)) return;
    this.#stop = stop;
    this.#forgetSchedule();
    for (const attempt of this.#attempts) this.#withdrawn.add(attempt);
    this.#parts.dispatcher.withdraw(this.hold.task_id, new Error(stop.kind));
    this.#advance();
  }

  /** Stops working without deciding anything: the lease is lost or the process ends. */
  abandon(reason: string): void {
    this.#leave('left', reason);
  }

  #leave(how: 'finished' | 'left', reason: string): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort(new Error(reason));
    this.#forgetSchedule();
    this.#parts.dispatcher.withdraw(this.hold.task_id, new Error(reason));
    this.#parts.ended(how);
  }

  /** Nothing scheduled so far is to run: what the pattern still wants, it names again. */
  #forgetSchedule(): void {
    this.limit.disarm();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#specs.clear();
  }

  /** The dispatcher's turn for one of this workflow's steps. */
  async perform(step_id: string, signal: AbortSignal): Promise<void> {
    const spec = this.#specs.get(step_id);
    if (spec === undefined || this.#over.signal.aborted) return;
    const under = {};
    this.#attempts.add(under);
    try {
      const kind = this.#parts.definition.kinds[spec.kind];
      if (kind === undefined) throw new Fault('INTERNAL', `no body runs steps of kind ${spec.kind}`);
      const attempt = { hold: this.hold, journal: this.#journal(), spec, kind, signal, earlier: this.#earlier };
      const recorded = await attemptStep(this.#stepParts(), attempt);
      if (recorded !== null) this.#steps.set(step_id, recorded);
      if (this.#specs.get(step_id) === spec) this.#specs.delete(step_id);
    } catch (thrown) {
      if (isStoreFault(thrown)) this.#broken(thrown);
      else this.#fail(thrown, `${step_id} could not be attempted`);
    }
    this.#attempts.delete(under);
    this.#withdrawn.delete(under);
    this.#advance();
  }

  #journal(): Journal {
    return journalOf(this.#workflow, this.#stop, this.#steps.values());
  }

  #stepParts(): StepParts {
    const { store, clock, random } = this.#parts;
    return {
      store,
      clock,
      random,
      weather: this.#weather(),
      // What is under way is in the journal too: whoever takes over, or replays, sees the same rows.
      begun: (record) => {
        this.#steps.set(record.step_id, record);
      },
      changed: () => {
        this.#changed();
      },
      failed: (thrown) => {
        if (thrown instanceof Fault && thrown.code === 'LEASE_LOST') this.#broken(thrown);
        else this.#parts.log(`${this.hold.task_id}: a step failed`, thrown);
      },
    };
  }

  #weather() {
    return {
      clock: this.#parts.clock,
      signal: this.#over.signal,
      waiting: (fault: Fault) => {
        this.#heldUp = fault;
        this.#parts.log(`${this.hold.task_id}: waiting for the store`, fault);
      },
    };
  }

  #changed(): void {
    this.#heldUp = null;
    this.#parts.changed(this.hold.task_id);
  }

  #advance(): void {
    if (this.#over.signal.aborted || this.#finishing || !this.#loaded) return;
    // An outcome may be on its way into the store: what the pattern decides, and the report, must know of it.
    if (this.#withdrawn.size > 0) return;
    const journal = this.#journal();
    let decision: Decision;
    try {
      decision = this.#parts.definition.decide[this.#workflow.orchestrator_type](journal);
    } catch (thrown) {
      this.#fail(thrown, 'the pattern could not decide');
      return;
    }
    if (decision.kind === 'finish') {
      this.#finishing = true;
      void this.#finish(decision, journal);
      return;
    }
    if (decision.kind === 'wait') {
      this.#finishing = true;
      void this.#pause(decision);
      return;
    }
    for (const spec of decision.steps) this.#schedule(spec);
    if (this.#specs.size === 0)
      this.#fail(new Fault('INTERNAL', 'the pattern names nothing to run'), 'it cannot go on');
  }

  /** The work itself is at fault: whoever carried on would meet the same, so the workflow ends here. */
  #fail(thrown: unknown, what: string): void {
    if (this.#over.signal.aborted || this.#finishing) return;
    this.#parts.log(`${this.hold.task_id}: ${what}`, thrown);
    this.#finishing = true;
    const error = toFault(thrown).toRecord();
    void this.#finish({ kind: 'finish', status: 'failed', error }, this.#journal());
  }

  /** Hands a step to the dispatcher, now or when its retry is due. One that is under way already is left alone. */
  #schedule(spec: StepSpec): void {
    const recorded = this.#steps.get(spec.step_id);
    if (this.#specs.has(spec.step_id) || (recorded !== undefined && recorded.status !== 'running')) return;
    this.#specs.set(spec.step_id, spec);
    const dispatch = (): void => {
      this.#timers.delete(spec.step_id);
      const job = { task_id: this.hold.task_id, step_id: spec.step_id };
      this.#parts.dispatcher.dispatch(job, this.#workflow.config.max_concurrent_agents);
    };
    const due = dueIn(recorded, this.#parts.clock.now());
    if (due <= 0) dispatch();
    else this.#timers.set(spec.step_id, this.#parts.clock.after(due, dispatch));
  }

  async #deadline(): Promise<void> {
    const { task_id } = this.hold;
    const reason = `the time limit of ${this.#workflow.config.timeout_minutes} minutes was reached`;
    try {
      const wish: Stop = { kind: 'deadline', reason, finalize: true };
      const stopped = await persist(() => this.#parts.store.workflows.requestStop(task_id, wish), this.#weather());
      if (stopped.stop !== null) this.stop(stopped.stop);
    } catch (thrown) {
      this.#broken(thrown);
    }
  }

  /** Gives the workflow back until a person has decided. */
  async #pause({ phase, events }: Extract<Decision, { kind: 'wait' }>): Promise<void> {
    try {
      await persist(() => this.#parts.store.workflows.wait(this.hold, { phase, events }), this.#weather());
      this.#changed();
      // A stop that came meanwhile is recorded, and whoever claims the workflow next carries it out.
      this.#leave(this.#stop === null ? 'finished' : 'left', 'it waits for a person');
    } catch (thrown) {
      this.#broken(thrown);
    }
  }

  async #finish(decision: Extract<Decision, { kind: 'finish' }>, journal: Journal): Promise<void> {
    const { clock } = this.#parts;
    const started = Date.parse(this.#workflow.started_at ?? iso(clock.now()));
    const { status, error } = decision;
    const end: End = { status, error, execution_time: Math.max(0, clock.now() - started) / 1000 };
    try {
      try {
        const conclusion = await persist(() => this.#parts.definition.conclude(journal, end), this.#weather());
        await this.#record({ ...end, ...conclusion });
      } catch (thrown) {
        if (this.#over.signal.aborted || (thrown instanceof Fault && thrown.code === 'LEASE_LOST')) throw thrown;
        // A result that cannot be made or stored must not keep the workflow from ending: it would be tried for ever.
        this.#parts.log(`${this.hold.task_id}: the result could not be made`, thrown);
        const fault = toFault(thrown).toRecord();
        const nothing = { result: null, total_cost: null, event: { error: { ...fault } } };
        await this.#record({ ...end, ...nothing, status: 'failed', error: fault });
      }
      this.#changed();
      this.#leave('finished', 'finished');
    } catch (thrown) {
      this.#broken(thrown);
    }
  }

  async #record(finish: Finish): Promise<void> {
    if (this.#over.signal.aborted) return;
    await persist(() => this.#parts.store.workflows.finish(this.hold, finish), this.#weather());
  }

  /** Something the run cannot go on after. The workflow stays as recorded; whoever claims it next carries on. */
  #broken(thrown: unknown): void {
    if (this.#over.signal.aborted) return;
    this.#parts.log(`${this.hold.task_id}: this process stops working on it`, thrown);
    this.abandon(toFault(thrown).message);
  }
}
