/**
 * A process that is paused past its lease while another takes its workflow over, and then goes on: what it may not do, and
 * did, in words. For any build.
 */

import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { answersIn } from './crash-boundaries.ts';
import type { Job } from './crash-entry.ts';
import { Ledger } from './crash-ledger.ts';
import { FEW } from './binary.ts';
import { AGENTS, end, isPaused, Places, startEntry, TASK, until } from './crash-process.ts';
import { inDatabase, unsound, unsoundAtRest } from './invariants.ts';

/** To the second process the first one's lease of 10 s has long run out. */
const AHEAD_MS = 60_000;

export interface Stale {
  readonly violations: readonly string[];
  /** What the paused process tried to write once it went on. */
  readonly refused: readonly string[];
}

/** Pauses a process at `point`; another takes over, comes as far, and is paused too while the first one goes on. */
export async function pausedPastItsLease(build: string, point: string): Promise<Stale> {
  const places = new Places();
  const children: ChildProcess[] = [];
  try {
    const { home, file, documents } = places.make(FEW);
    const clock = { ahead_ms: 0, speed: 1, origin: Date.now() };
    const job = { build, home, pause: point, ledger: join(home, 'ledger') };
    const started = (rest: Partial<Job>): ChildProcess => {
      const child = startEntry({ ...job, submit: [], ...rest });
      children.push(child);
      return child;
    };
    const first = started({ submit: [{ task: TASK, sources: [documents], agents: AGENTS }], clock });
    const firstEnded = end(first);
    await until(() => isPaused(first), `the first process reaches ${point}`);
    const second = started({ clock: { ...clock, ahead_ms: AHEAD_MS } });
    const secondEnded = end(second);
    await until(() => isPaused(second), `the second process reaches ${point}`);

    const before = everyRow(file);
    const ledger = new Ledger(job.ledger);
    first.kill('SIGCONT');
    const refused = (): boolean => ledger.lines().some(({ pid, what }) => pid === first.pid && what === 'refused');
    // `stale` stands in the ledger before the commit, so it is the rows that say whether one came to something.
    await until(() => refused() || everyRow(file) !== before, 'the first process writes, or is refused');
    const found = everyRow(file) === before ? [] : ['the stale process wrote into the workflow'];
    found.push(...unsound(file));
    second.kill('SIGCONT');
    const ended = await Promise.all([firstEnded, secondEnded]);
    found.push(...(await unsoundAtRest(file)));
    for (const { code, stderr } of ended) if (code !== 0) found.push(`a process ended with ${code}: ${stderr}`);
    const [one, other] = ended.map((each) => JSON.stringify(answersIn(each)));
    if (one !== other) found.push('the two processes tell two reports');
    const lines = ledger.lines();
    found.push(...lines.filter(({ what }) => what === 'stale').map(({ subject }) => `under a lost lease: ${subject}`));
    return { violations: found, refused: lines.filter(({ what }) => what === 'refused').map(({ subject }) => subject) };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    places.remove();
  }
}

/**
 * Everything the database says of workflows, as one text: two moments are compared to the letter. Texts are not of it: they
 * are stored by what they say, whoever reads the file first.
 */
function everyRow(file: string): string {
  const tables = ['workflows', 'steps', 'events', 'claims', 'passages', 'sources', 'results', 'seals'];
  return inDatabase(file, (db) =>
    JSON.stringify(tables.map((table) => db.prepare<[], unknown[]>(`SELECT * FROM ${table}`).raw().all())),
  );
}
