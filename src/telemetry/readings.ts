/** What is read at the moment somebody wants to know. */
export interface Readings {
  /** Workflows that have not ended, by state. */
  readonly workflows: () => Promise<{ readonly [state: string]: number }>;
  /** Steps of this process. */
  readonly steps: () => { readonly waiting: number; readonly running: number };
}
