/**
 * The engine: makes workflows happen, whatever they are about. Claims what nobody works on, keeps its leases alive, hears
 * of cancels, and stops itself where it lost a lease. Driven by `tick()`, which the clock calls once a second.
 */

import type { Clock } from '../core/clock.ts';
import { Fault, toFault } from '../core/errors.ts';
import { NO_QUOTA, type Quota } from '../core/quota.ts';
import { type Telemetry, UNTOLD } from '../core/telemetry.ts';
import { traceIdOf } from '../core/trace.ts';
import { isTerminal, type Stop, type Workflow } from '../core/workflow.ts';
import type { Bus } from '../bus/bus.ts';
import type { Admission, Claimed, Store, Submission } from '../store/store.ts';
import { Claiming } from './claiming.ts';
import type { Definition } from './definition.ts';
import type { Dispatcher } from './dispatch/dispatch.ts';
import { foundAgain } from './found-again.ts';
import { createHolder, isDead } from './holder.ts';
import { HEARTBEAT_MS, LEASE_MS } from './lease.ts';
import type { Silence } from './pulse.ts';
import { SILENCE_MS, Watchdog } from './watchdog.ts';
import { WorkflowRun } from './workflow-run.ts';

export { createHolder, isDead, isHeld } from './holder.ts';
export type { Silence } from './pulse.ts';
export type { Conclusion, Definition, End, StepContext, StepKind } from './definition.ts';

export interface EngineOptions {
  readonly store: Store;
  readonly bus: Bus;
  readonly dispatcher: Dispatcher;
  readonly definition: Definition;
  readonly clock: Clock;
  readonly random: () => number;
  readonly admission: Admission;
  /** `about`: the workflow it is about, and its trace, where it is about one. */
  readonly log: (message: string, thrown?: unknown, about?: About) => void;
  /** Nobody is told unless said. */
  readonly telemetry?: Telemetry | undefined;
  /** Milliseconds without a sign of an agent after which it is named; absent: a minute. */
  readonly silence_ms?: number;
  /** Told of each silent agent as it is named, and as its attempt is given up. */
  readonly silent?: (silence: Silence) => void;
}

export interface About {
  readonly task_id: string;
  readonly trace_id: string;
}

const TICK_MS = 1000;
/** Most that the clock moves between two looks: less than a living process has left of its lease, so no leap hides in it. */
const LEAP_MS = LEASE_MS - 2 * HEARTBEAT_MS;
/**
 * For how many ticks after a leap of the clock no lease counts as expired: every one looks so then, and whoever lives, and
 * slept as long, renews its own first.
 */
const LEAP_TICKS = 4;

export class Engine {
  readonly #options: EngineOptions;
  readonly #holder = createHolder();
  readonly #runs = new Map<string, WorkflowRun>();
  readonly #claiming: Claiming;
  readonly #watchdog: Watchdog;
  #closed = false;
  #closing: Promise<void> | null = null;
  #lastLook: number;
  #beating: Promise<Fault | null> | null = null;
  /** Ticks until leases can be judged by the clock again. */
  #leapt = 0;
  #cancelTick: (() => void) | null = null;
  readonly #unsubscribe: () => void;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#lastLook = options.clock.now();
    const { clock, silence_ms = SILENCE_MS, telemetry = UNTOLD, log } = options;
    const silent = (silence: Silence): void => {
      if (silence.kind === 'named') telemetry.tell({ kind: 'agent_silent' });
      options.silent?.(silence);
    };
    this.#watchdog = new Watchdog({ clock, silence_ms, silent, log });
    this.#claiming = new Claiming({
      workflows: options.store.workflows,
      holder: this.#holder.name,
      lease_ms: LEASE_MS,
      max_active: options.admission.max_active,
      heartbeat: () => this.#heartbeat(),
      works: (task_id) => this.#runs.has(task_id),
      expiredBy: () => this.#expiredBy(),
      begin: (claimed) => this.#begin(claimed),
      log: options.log,
    });
    options.dispatcher.serve(async ({ task_id, step_id }, signal, leave) =>
      this.#runs.get(task_id)?.perform(step_id, { signal, leave }),
    );
    this.#unsubscribe = options.bus.subscribe(null, (task_id) => {
      // What this process changed it knows already; only others can have recorded a stop it has not heard of.
      if (task_id === null) void this.#hearStops();
    });
    this.#scheduleTick();
  }

  /** Records a submission durably, within the owner's quota, and begins it here as soon as there is a place. */
  async submit(submission: Submission, quota: Quota = NO_QUOTA): Promise<{ workflow: Workflow; created: boolean }> {
    if (this.#closed) throw new Fault('SHUTTING_DOWN', 'the process is stopping');
    const { store, admission, bus } = this.#options;
    const claimant = { holder: this.#holder.name, lease_ms: LEASE_MS, expired_by: this.#expiredBy() };
    const { workflow, created, claimed } = await store.workflows.create(submission, { ...admission, quota }, claimant);
    const { task_id } = workflow;
    if (claimed !== null && this.#closed) await store.workflows.release(claimed.hold);
    else if (claimed !== null) this.#begin(claimed);
    else if (!isTerminal(workflow.status)) await this.take(task_id);
    bus.publish(task_id);
    return { workflow: (await store.workflows.get(task_id)) ?? workflow, created };
  }

  /** A workflow of this owner with the very same input that was broken off and that nobody works on, or null. */
  async interrupted(owner: string, input_hash: string): Promise<Workflow | null> {
    const { workflows } = this.#options.store;
    const dead = (await workflows.holders()).filter(isDead);
    return workflows.interrupted(owner, input_hash, { dead, expired_by: this.#expiredBy() });
  }

  /** Works on this workflow as soon as nobody else does and there is a place; resolves when it has begun, or cannot yet. */
  take(task_id: string): Promise<void> {
    return this.#claiming.take(task_id);
  }

  /** From now on claims whatever is interrupted or waits. */
  serve(): void {
    this.#claiming.serve();
  }

  /** Records the wish to stop and carries it out: here, through the process that works on it, or by taking it over. */
  async stop(task_id: string, stop: Stop): Promise<Pick<Workflow, 'status'>> {
    const workflow = await this.#options.store.workflows.requestStop(task_id, stop);
    this.#options.bus.publish(task_id);
    if (isTerminal(workflow.status)) return workflow;
    if (!this.#runs.has(task_id)) await this.take(task_id);
    if (workflow.stop !== null) this.#runs.get(task_id)?.stop(workflow.stop);
    return workflow;
  }

  /** What keeps this process from going on with a workflow it works on, or is to work on; null where nothing does. */
  heldUp(task_id: string): Fault | null {
    const run = this.#runs.get(task_id);
    if (run !== undefined) return run.heldUp;
    return this.#claiming.heldUp(task_id);
  }

  /** One turn: leases, stops, claims. */
  async tick(): Promise<void> {
    if (this.#closed) return;
    if (this.#leapt > 0) this.#leapt -= 1;
    this.#watchdog.look();
    await this.#heartbeat();
    if (!this.#closed) await this.#hearStops();
    this.#claiming.look();
  }

  /** Gives every lease back; workflows stay as recorded. Every call resolves when that is done. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed = true;
    this.#cancelTick?.();
    this.#unsubscribe();
    await this.#claiming.close();
    const holds = [...this.#runs.values()].map((run) => run.hold);
    for (const run of this.#runs.values()) run.abandon('the process stops');
    await this.#options.dispatcher.close();
    await Promise.allSettled(holds.map((hold) => this.#options.store.workflows.release(hold)));
    this.#holder.retire();
  }

  #scheduleTick(): void {
    this.#cancelTick = this.#options.clock.after(TICK_MS, () => {
      this.tick()
        .catch((thrown: unknown) => {
          this.#options.log('a tick failed', thrown);
        })
        .finally(() => {
          if (!this.#closed) this.#scheduleTick();
        });
    });
  }

  /** Looks at the clock, which may have leapt since the last time. */
  #look(): number {
    const now = this.#options.clock.now();
    if (now < this.#lastLook || now - this.#lastLook > LEAP_MS) this.#leapt = LEAP_TICKS;
    this.#lastLook = now;
    return now;
  }

  /** By when another's lease has to have expired; 0 right after a leap, and while this process cannot renew its own. */
  #expiredBy(): number {
    const now = this.#look();
    const unsettled = [...this.#runs.values()].some((run) => run.lease.isUnsettled(now));
    return unsettled || this.#leapt > 0 ? 0 : now;
  }

  /**
   * Renews the leases when it is time to. Says why where they could not be renewed, else null. One at a time: two would both
   * add the same idle time to every limit.
   */
  #heartbeat(): Promise<Fault | null> {
    this.#beating ??= this.#beat().finally(() => {
      this.#beating = null;
    });
    return this.#beating;
  }

  async #beat(): Promise<Fault | null> {
    const { store, log } = this.#options;
    const now = this.#look();
    const beating = [...this.#runs.values()].map((run) => ({ run, renewal: run.lease.renewal(now) }));
    if (!beating.some(({ run }) => run.lease.isDue(now))) return null;
    try {
      const renewals = beating.map(({ renewal }) => renewal);
      const lost = await store.workflows.heartbeat(renewals, LEASE_MS);
      // By run, not by name: what this process has claimed anew meanwhile is not what it lost.
      for (const { run, renewal } of beating) {
        run.lease.renewed(now);
        if (lost.includes(renewal.task_id)) run.abandon('another process took it over');
        else run.limit.postpone(renewal.idle_ms);
      }
      return null;
    } catch (thrown) {
      // The runs stay, even past their lease: nothing begins without a write the fence checks, and what is in flight or
      // waits to be written was paid for. Should another process take over meanwhile, the next beat or write says so.
      log('the leases could not be renewed', thrown);
      return toFault(thrown);
    }
  }

  async #hearStops(): Promise<void> {
    const open = [...this.#runs.keys()];
    if (open.length === 0) return;
    try {
      const stops = await this.#options.store.workflows.stops(open);
      for (const { task_id, stop } of stops) this.#runs.get(task_id)?.stop(stop);
    } catch (thrown) {
      this.#options.log('cancels could not be read', thrown);
    }
  }

  #begin(claimed: Claimed): void {
    const { store, definition, dispatcher, clock, random, bus, log, telemetry = UNTOLD } = this.#options;
    const { task_id } = claimed.hold;
    const about = { task_id, trace_id: traceIdOf(claimed.workflow) };
    // Should it be its own all the same, the earlier run has lost its lease and goes before it can touch the new one's jobs.
    this.#runs.get(task_id)?.abandon('taken over again');
    const run = new WorkflowRun(
      {
        store,
        definition,
        dispatcher,
        clock,
        random,
        watchdog: this.#watchdog,
        log: (message, thrown) => log(message, thrown, about),
        telemetry,
        changed: (id) => {
          bus.publish(id);
        },
        ended: (how) => {
          if (this.#runs.get(task_id) === run) this.#runs.delete(task_id);
          if (how === 'left') this.#claiming.left(task_id);
          this.#claiming.look();
        },
      },
      claimed,
    );
    this.#runs.set(task_id, run);
    const { workflow, resumed, claimed_at } = claimed;
    telemetry.tell({ kind: 'workflow_begun', workflow, resumed, at: claimed_at });
    if (resumed && telemetry.traces) foundAgain({ store, telemetry, log }, workflow);
    bus.publish(task_id);
    void run.start();
  }
}
