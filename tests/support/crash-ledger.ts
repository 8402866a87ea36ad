/**
 * What processes did, kept outside their database: one line for each thing, appended at once, so that a process that kills
 * itself at the next instruction has told everything it did before.
 */

import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import process from 'node:process';

export interface Line {
  readonly pid: number;
  /**
   * `point`: a boundary was reached. `call` and `answer`: a step's call was made and has come back. `acknowledged`: a
   * submission was answered. `commit`: what a transaction that is about to commit holds. `refused`: a write was refused for its lease. `stale`: a write under a lost lease is about to
   * commit. `alive`: a process works again after a pause.
   */
  readonly what: 'point' | 'call' | 'answer' | 'acknowledged' | 'commit' | 'refused' | 'stale' | 'alive';
  readonly task_id: string;
  /** A step's id, a point, the changes a commit holds (`outcome collect, intent plan`), or the verb that was refused. */
  readonly subject: string;
}

export class Ledger {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  write(what: Line['what'], task_id: string, subject: string): void {
    appendFileSync(this.#file, `${JSON.stringify({ pid: process.pid, what, task_id, subject })}\n`);
  }

  lines(): readonly Line[] {
    if (!existsSync(this.#file)) return [];
    const written = readFileSync(this.#file, 'utf8').split('\n');
    return written.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]));
  }

  subjects(what: Line['what']): readonly string[] {
    return this.lines().flatMap((line) => (line.what === what ? [line.subject] : []));
  }
}
