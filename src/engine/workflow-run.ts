/**
 * One workflow being worked on by this process: its journal in memory, decide, dispatch, record, decide again. Ends when
 * the workflow is terminal, the lease is lost, or the process stops.
 */

import { Fault, toFault } from '../core/errors.ts';
import { type Decision, type Journal, journalOf, type StepRecord, type StepSpec } from '../core/step.ts';
import { goesFurther, type Stop, type Workflow } from '../core/workflow.ts';
import type { Ahead, Claimed, Hold } from '../store/store.ts';
import { Deadline, recordTimeIsUp } from './deadline.ts';
import { comingHome, newlyNamed } from './deciding.ts';
import { type Earlier, earlierOutcomes, NOTHING_EARLIER } from './earlier.ts';
import { recordEnd, recordPause } from './ending.ts';
import { Landing } from './landing.ts';
import { Lease } from './lease.ts';
import { isStoreFault, persist } from './persist.ts';
import type { RunParts } from './run-parts.ts';
import { Schedule } from './schedule.ts';
import { Settlements } from './settlements.ts';
import { attemptStep, type StepParts } from './step-run.ts';

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
  readonly #schedule: Schedule;
  readonly #landing: Landing;
  /** Aborts everything this run waits for once it has ended. */
  readonly #over = new AbortController();
  /** Attempts under way, each with its step. */
  readonly #attempts = new Map<object, string>();
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
    const { task_id } = claimed.hold;
    const { dispatcher, clock, store } = parts;
    const limit = claimed.workflow.config.max_concurrent_agents;
    this.#schedule = new Schedule({ task_id, limit, dispatcher, clock });
    this.#landing = new Landing({
      clock,
      spending: () => persist(() => store.calls.spending(task_id), this.#weather()),
      // Not one that was handed out before the stop and has begun since.
      begin: (spec) => new Set(this.#attempts.values()).has(spec.step_id) || this.#schedule.now(spec),
      fewer: () => this.#abortOthers(),
    });
    this.limit = new Deadline(claimed.workflow.deadline_at, {
      clock,
      unsettled: () => this.lease.isUnsettled(clock.now()),
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
      for (const step of recorded) this.#steps.set(step.step_id, step);
      this.#earlier = await persist(() => earlierOutcomes(store, this.#workflow, this.#parts.log), this.#weather());
      if (this.#over.signal.aborted) return;
      this.#loaded = true;
      if (this.#stop === null) this.limit.arm();
      else this.#land(this.#stop);
      this.#advance();
    } catch (thrown) {
      if (this.#stop?.kind !== 'cancel' || toFault(thrown).code !== 'STORE_CORRUPT') return this.#broken(thrown);
      // Nobody else could read it either: it ends as was asked, with what can be read, or it would be taken up and left for good.
      this.#parts.log(`${this.hold.task_id}: ended without what cannot be read`, thrown);
      await this.#end({ kind: 'finish', status: 'cancelled', error: null }, this.#journal());
    }
  }

  /** The wish to stop is recorded: what can come home does, the rest is aborted, and the pattern lands the workflow. */
  stop(stop: Stop): void {
    if (this.#over.signal.aborted || !goesFurther(stop, this.#stop)) return;
    this.#stop = stop;
    if (this.#loaded) this.#land(stop);
    this.#advance();
  }

  #land(stop: Stop): void {
    this.limit.disarm();
    const steps = this.#landing.begun ? [] : comingHome(this.#parts, this.#journal());
    const under = new Set(this.#attempts.values());
    this.#landing.expect(steps);
    this.#abortOthers();
    const told = { steps, under, records: this.#steps, goesOn: this.#workflow.resumed_from !== null };
    this.#landing.tell(new Error(stop.kind), told).catch((thrown: unknown) => this.#broken(thrown));
  }

  /** Aborts whatever the landing does not wait for. What of it is on its way into the store is waited for all the same. */
  #abortOthers(): void {
    if (this.#over.signal.aborted) return;
    for (const attempt of this.#attempts.keys()) this.#withdrawn.add(attempt);
    const { expected } = this.#landing;
    this.#schedule.forget(expected);
    this.#parts.dispatcher.withdraw(this.hold.task_id, new Error(this.#stop?.kind), expected);
    this.#advance();
  }

  /** Stops working without deciding anything: the lease is lost or the process ends. */
  abandon(reason: string): void {
    this.#leave('left', reason);
  }

  #leave(how: 'finished' | 'left', reason: string): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort(new Error(reason));
    this.limit.disarm();
    this.#landing.end();
    this.#schedule.forget();
    this.#parts.dispatcher.withdraw(this.hold.task_id, new Error(reason));
    this.#parts.ended(how);
  }

  /** The dispatcher's turn for one of this workflow's steps. */
  async perform(step_id: string, { signal, leave }: Place): Promise<void> {
    const spec = this.#schedule.get(step_id);
    if (spec === undefined || this.#over.signal.aborted) return;
    const under = {};
    this.#attempts.set(under, step_id);
    try {
      const kind = this.#parts.definition.kinds[spec.kind];
      if (kind === undefined) throw new Fault('INTERNAL', `no body runs steps of kind ${spec.kind}`);
      const recorded = await attemptStep(this.#stepParts(), {
        hold: this.hold,
        journal: this.#journal(),
        spec,
        kind,
        signal,
        landing: this.#landing.signalOf(step_id),
        earlier: this.#earlier,
        wanted: () => this.#schedule.wants(spec),
        ahead: this.#ahead(step_id, leave),
      });
      if (recorded !== null) this.#steps.set(step_id, recorded);
      this.#schedule.drop(spec);
    } catch (thrown) {
      if (isStoreFault(thrown)) this.#broken(thrown);
      // Not wanted any more: it was begun with an outcome that was taken back, whose own attempt tells why.
      else if (this.#schedule.wants(spec)) this.#fail(thrown, `${step_id} could not be attempted`);
    }
    this.#attempts.delete(under);
    this.#withdrawn.delete(under);
    this.#landing.home(step_id);
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
        named = newlyNamed(this.#parts.definition, this.#journal()).filter((spec) => !this.#schedule.has(spec.step_id));
        for (const spec of named) this.#schedule.add(spec, undefined);
        leave();
      },
      back: () => {
        if (before !== undefined) this.#steps.set(step_id, before);
        for (const spec of named) this.#schedule.drop(spec);
        [before, named] = [undefined, []];
      },
    };
  }

  #journal(): Journal {
    return journalOf(this.#workflow, this.#stop, this.#steps.values());
  }

  #stepParts(): StepParts {
    return {
      ...this.#parts,
      of: this.#workflow,
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
    return this.#withdrawn.size === 0 && this.#landing.expected.size === 0;
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
      void this.#end(decision, journal);
      return;
    }
    for (const spec of decision.steps) this.#schedule.add(spec, this.#steps.get(spec.step_id));
    if (this.#schedule.empty) this.#fail(new Fault('INTERNAL', 'the pattern names nothing to run'), 'it cannot go on');
  }

  /** The work itself is at fault: whoever carried on would meet the same, so the workflow ends here. */
  #fail(thrown: unknown, what: string): void {
    if (this.#over.signal.aborted || this.#finishing) return;
    this.#parts.log(`${this.hold.task_id}: ${what}`, thrown);
    const error = toFault(thrown).toRecord();
    void this.#end({ kind: 'finish', status: 'failed', error }, this.#journal());
  }

  async #deadline(): Promise<void> {
    try {
      const stop = await recordTimeIsUp(this.#parts.store, this.#workflow, this.#weather());
      if (stop !== null) this.stop(stop);
    } catch (thrown) {
      this.#broken(thrown);
    }
  }

  /** The end, or a pause: then the workflow is given back until a person has decided. */
  async #end(decision: Exclude<Decision, { kind: 'run' }>, journal: Journal): Promise<void> {
    this.#finishing = true;
    const run = { hold: this.hold, workflow: this.#workflow, weather: this.#weather() };
    try {
      if (decision.kind === 'wait') await recordPause(this.#parts, run, decision);
      else await recordEnd(this.#parts, run, { decision, journal });
      this.#changed();
      // A stop that came while a pause was recorded is recorded too, and whoever claims the workflow next carries it out.
      if (decision.kind === 'finish') this.#leave('finished', 'finished');
      else this.#leave(this.#stop === null ? 'finished' : 'left', 'it waits for a person');
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
