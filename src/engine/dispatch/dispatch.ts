/**
 * The dispatcher: run this step somewhere, at least once, under these limits. It may run a job twice, late or out of
 * order; the journal makes that harmless, because the first outcome recorded for a step wins.
 */

export interface Job {
  readonly task_id: string;
  readonly step_id: string;
}

/**
 * Performs a job. The signal aborts when the job is withdrawn or the dispatcher closes. `leave` gives its place to whoever is
 * next once the work itself is done, though its outcome is still being written. Must not throw.
 */
export type Perform = (job: Job, signal: AbortSignal, leave: () => void) => Promise<void>;

export interface Dispatcher {
  /** Names who performs jobs; before it, jobs wait. */
  serve(perform: Perform): void;
  /** Accepts a job; one that waits already is not doubled. `limit`: most jobs of this workflow at a time. */
  dispatch(job: Job, limit: number): void;
  /** Forgets the workflow's waiting jobs and aborts its running ones with `reason`, but for those of the steps in `spared`. */
  withdraw(task_id: string, reason: unknown, spared?: ReadonlySet<string>): void;
  /** Withdraws everything and resolves when no job runs any more. */
  close(): Promise<void>;
}
