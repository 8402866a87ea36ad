/** A part of the benchmark: measures something of ours beside its baseline, in turns. */

import type { Figure } from './figures.ts';

export interface PartOptions {
  /** How often ours and the baseline take turns. */
  readonly rounds: number;
  /** Only whether it runs: sizes so small that the figures mean nothing. */
  readonly quick: boolean;
  /** An empty folder on the disk to measure; removed afterwards. */
  readonly folder: string;
  /** A judged collection to rank, or null. */
  readonly collection: string | null;
  /** Says what is being done; for people. */
  readonly say: (line: string) => void;
}

export interface Part {
  readonly name: string;
  /** One line for the usage. */
  readonly about: string;
  readonly rounds: number;
  readonly run: (options: PartOptions) => Promise<readonly Figure[]>;
}
