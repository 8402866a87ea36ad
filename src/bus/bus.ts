/** The bus: "something changed", a hint that may be lost. Losing one costs time, never data: readers ask the store. */

export interface Bus {
  /** Says that a workflow changed. */
  publish(task_id: string): void;
  /**
   * Calls `heard` when the workflow (or, for null, any workflow) may have changed: with its task_id when this process
   * published it, with null when another process changed something. May call without a change. Returns the function that
   * ends the subscription.
   */
  subscribe(task_id: string | null, heard: (task_id: string | null) => void): () => void;
  close(): void;
}
