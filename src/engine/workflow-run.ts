/**
 * One workflow being worked on by this process: its journal in memory, decide, dispatch, record, decide again. Ends when
 * the workflow is terminal, the lease is lost, or the process stops.
 */

import { Fault, toFault } from '../core/errors.ts';
import { type Decision, type Journal, journalOf, type StepRecord, type StepSpec } from '../core/step.ts';
import { goesFurther, type Stop, type Workflow } from '../core/workflow.ts';
import type { Ahead, Claimed, Hold } from '../store/store.ts';
import { Deadline, recordTimeIsUp } from './deadline.ts';
import { newlyNamed } from './deciding.ts';
import { type Earlier, earlierOutcomes, NOTHING_EARLIER } from './earlier.ts';
import { recordEnd } from './ending.ts';
import { Lease } from './lease.ts';
import { isStoreFault, persist } from './persist.ts';
import type { RunParts } from './run-parts.ts';
import { Settlements } from './settlements.ts';
import { attemptStep, dueIn, type StepParts } from './step-run.ts';

/** What the dispatcher lends to an attempt (dispatch.ts). */
interface Place {
  readonly signal: AbortSignal;
  readonly leave: () => void;
}

export class WorkflowRun {
  readonly hold: Hold;
  readonly lease: Lease;
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
  readonly #settlements = new Settlements();
  #earlier: Earlier = NOTHING_EARLIER;
  #stop: Stop | null;
  /** Whether the recorded steps are in memory: before that, nothing may be decided. */
  #loaded = false;
  #finishing = false;
  #heldUp: Fault | null = null;

  constructor(parts: RunParts, claimed: Claimed) {
    this.#parts = parts;
    this.hold = claimed.hold;
    this.lease = new Lease(claimed);
    this.#workflow = claimed.workflow;
    this.#stop = claimed.workflow.stop;
    this.limit = new Deadline(claimed.workflow.deadline_at, {
      clock: parts.clock,
      unsettled: () => this.lease.isUnsettled(parts.clock.now()),
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
  async perform(step_id: string, { signal, leave }: Place): Promise<void> {
    const spec = this.#specs.get(step_id);
    if (spec === undefined || this.#over.signal.aborted) return;
    const under = {};
    this.#attempts.add(under);
    try {
      const kind = this.#parts.definition.kinds[spec.kind];
      if (kind === undefined) throw new Fault('INTERNAL', `no body runs steps of kind ${spec.kind}`);
      const recorded = await attemptStep(this.#stepParts(), {
        hold: this.hold,
        journal: this.#journal(),
        spec,
        kind,
        signal,
        earlier: this.#earlier,
        wanted: () => this.#specs.get(step_id) === spec,
        ahead: this.#ahead(step_id, leave),
      });
      if (recorded !== null) this.#steps.set(step_id, recorded);
      if (this.#specs.get(step_id) === spec) this.#specs.delete(step_id);
    } catch (thrown) {
      if (isStoreFault(thrown)) this.#broken(thrown);
      // Not wanted any more: it was begun with an outcome that was taken back, whose own attempt tells why.
      else if (this.#specs.get(step_id) === spec) this.#fail(thrown, `${step_id} could not be attempted`);
    }
    this.#attempts.delete(under);
    this.#withdrawn.delete(under);
    this.#advance();
  }

  /**
   * What follows from an outcome begins in the outcome's own transaction, where there is a place for it: the journal holds
   * both or neither. Should the transaction come to nothing, what was named because of it is not wanted any more.
   */
  #ahead(step_id: string, leave: () => void): Ahead<StepRecord> {
    let before: StepRecord | undefined;
    let named: readonly StepSpec[] = [];
    return {
      written: (record) => {
        if (!this.#decides()) return;
        before = this.#steps.get(step_id);
        this.#steps.set(step_id, record);
        named = newlyNamed(this.#parts.definition, this.#journal()).filter(({ step_id: id }) => !this.#specs.has(id));
        for (const spec of named) this.#schedule(spec);
        leave();
      },
      back: () => {
        if (before !== undefined) this.#steps.set(step_id, before);
        for (const spec of named) if (this.#specs.get(spec.step_id) === spec) this.#specs.delete(spec.step_id);
        [before, named] = [undefined, []];
      },
    };
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
      settlements: this.#settlements,
      // What is under way is in the journal too: whoever takes over, or replays, sees the same rows.
      begun: (record) => void this.#steps.set(record.step_id, record),
      changed: () => this.#changed(),
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

  #decides(): boolean {
    if (this.#over.signal.aborted || this.#finishing || !this.#loaded) return false;
    // An outcome may be on its way into the store: what the pattern decides, and the report, must know of it.
    return this.#withdrawn.size === 0;
  }

  #advance(): void {
    if (!this.#decides()) return;
    const journal = this.#journal();
    let decision: Decision;
    try {
      decision = this.#parts.definition.decide[this.#workflow.orchestrator_type](journal);
    } catch (thrown) {
      this.#fail(thrown, 'the pattern could not decide');
      return;
    }
    if (decision.kind !== 'run') {
      this.#finishing = true;
      void (decision.kind === 'finish' ? this.#finish(decision, journal) : this.#pause(decision));
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
    try {
      const stop = await recordTimeIsUp(this.#parts.store, this.#workflow, this.#weather());
      if (stop !== null) this.stop(stop);
    } catch (thrown) {
      this.#broken(thrown);
    }
  }

  /** Gives the workflow back until a person has decided. */
  #pause({ phase, events }: Extract<Decision, { kind: 'wait' }>): Promise<void> {
    return this.#part('it waits for a person', async () => {
      await persist(() => this.#parts.store.workflows.wait(this.hold, { phase, events }), this.#weather());
      // A stop that came meanwhile is recorded, and whoever claims the workflow next carries it out.
      return this.#stop === null ? 'finished' : 'left';
    });
  }

  #finish(decision: Extract<Decision, { kind: 'finish' }>, journal: Journal): Promise<void> {
    return this.#part('finished', async () => {
      const run = { hold: this.hold, workflow: this.#workflow, weather: this.#weather() };
      await recordEnd(this.#parts, run, { decision, journal });
      return 'finished';
    });
  }

  async #part(reason: string, record: () => Promise<'finished' | 'left'>): Promise<void> {
    try {
      const how = await record();
      this.#changed();
      this.#leave(how, reason);
    } catch (thrown) {
      this.#broken(thrown);
    }
  }

  /** Something the run cannot go on after. The workflow stays as recorded; whoever claims it next carries on. */
  #broken(thrown: unknown): void {
    if (this.#over.signal.aborted) return;
    this.#parts.log(`${this.hold.task_id}: this process stops working on it`, thrown);
    this.abandon(toFault(thrown).message);
  }
}
