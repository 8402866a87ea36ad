/**
 * The dispatcher of one process: a queue for each workflow, and free places handed round from workflow to workflow, so
 * that one with many agents waits its turn like one with a single agent.
 */

import type { Dispatcher, Job, Perform } from './dispatch.ts';

interface Lane {
  readonly task_id: string;
  readonly waiting: Job[];
  /** Jobs that are not over, each with what aborts it. */
  readonly running: Map<AbortController, Job>;
  /** Places its jobs hold: those that have left theirs only write. */
  places: number;
  limit: number;
}

export class InProcessDispatcher implements Dispatcher {
  /** In turn order: a lane that got a place goes to the end. */
  readonly #lanes = new Map<string, Lane>();
  readonly #drained: (() => void)[] = [];
  readonly #total: number;
  #perform: Perform | null = null;
  #places = 0;
  #running = 0;

  /** `total`: most jobs at a time over all workflows. */
  constructor(options: { readonly total: number }) {
    this.#total = options.total;
  }

  /** Jobs that wait for a place, and those that have one. */
  get load(): { readonly waiting: number; readonly running: number } {
    let waiting = 0;
    for (const lane of this.#lanes.values()) waiting += lane.waiting.length;
    return { waiting, running: this.#running };
  }

  serve(perform: Perform): void {
    this.#perform = perform;
    this.#fill();
  }

  dispatch(job: Job, limit: number): void {
    const { task_id } = job;
    const lane: Lane = this.#lanes.get(task_id) ?? { task_id, waiting: [], running: new Map(), places: 0, limit };
    lane.limit = limit;
    this.#lanes.set(job.task_id, lane);
    if (!lane.waiting.some((other) => other.step_id === job.step_id)) lane.waiting.push(job);
    this.#fill();
  }

  withdraw(task_id: string, reason: unknown, spared: ReadonlySet<string> = new Set()): void {
    const lane = this.#lanes.get(task_id);
    if (lane === undefined) return;
    lane.waiting.splice(0, Infinity, ...lane.waiting.filter(({ step_id }) => spared.has(step_id)));
    for (const [controller, { step_id }] of lane.running) if (!spared.has(step_id)) controller.abort(reason);
    this.#retire(lane);
  }

  async close(): Promise<void> {
    this.#perform = null;
    for (const task_id of this.#lanes.keys()) this.withdraw(task_id, new Error('the dispatcher closes'));
    if (this.#running > 0) await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  #fill(): void {
    while (this.#perform !== null && this.#places < this.#total) {
      const lane = this.#nextLane();
      const job = lane?.waiting.shift();
      if (lane === undefined || job === undefined) return;
      this.#lanes.delete(lane.task_id);
      this.#lanes.set(lane.task_id, lane);
      void this.#run(lane, { job, perform: this.#perform });
    }
  }

  /** Who has fewest at work, else whose turn it is: a newcomer does not wait behind one that holds every place. */
  #nextLane(): Lane | undefined {
    let next: Lane | undefined;
    for (const lane of this.#lanes.values()) {
      if (lane.waiting.length === 0 || lane.places >= lane.limit) continue;
      if (next === undefined || lane.places < next.places) next = lane;
    }
    return next;
  }

  async #run(lane: Lane, task: { readonly job: Job; readonly perform: Perform }): Promise<void> {
    const controller = new AbortController();
    lane.running.set(controller, task.job);
    lane.places += 1;
    this.#places += 1;
    this.#running += 1;
    let holds = true;
    const leave = (): void => {
      if (!holds) return;
      holds = false;
      lane.places -= 1;
      this.#places -= 1;
      this.#fill();
    };
    try {
      await task.perform(task.job, controller.signal, leave);
    } finally {
      this.#running -= 1;
      lane.running.delete(controller);
      leave();
      this.#retire(lane);
      if (this.#running === 0) for (const done of this.#drained.splice(0)) done();
    }
  }

  #retire(lane: Lane): void {
    const empty = lane.waiting.length === 0 && lane.running.size === 0;
    if (empty && this.#lanes.get(lane.task_id) === lane) this.#lanes.delete(lane.task_id);
  }
}
