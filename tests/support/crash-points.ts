/**
 * The boundaries of a journal, made visible from outside: what is about to be written, written and told, for every step.
 * The commits are SQLite's own, seen where the statement `COMMIT` runs.
 */

import process from 'node:process';
import SqliteDatabase, { type Database, type Statement } from 'better-sqlite3';
import type { Ledger } from './crash-ledger.ts';

/** What a transaction can hold. */
type Change = 'submission' | 'claim' | 'intent' | 'outcome' | 'failure' | 'end' | 'text' | 'event';

/**
 * An intent in the commit of the outcome it follows from, and a claim in that of its submission, are durable with it or not
 * at all: they have boundaries of other names than those that are committed by themselves.
 */
type Joined = 'intent with outcome' | 'claim with submission';

export type Moment =
  | `${Exclude<Change, 'event'>} ${'asked' | 'uncommitted' | 'committed' | 'told'}`
  | `${Joined} ${'uncommitted' | 'committed'}`
  | 'acknowledgement due'
  | `call ${'due' | 'made' | 'answered'}`
  | `conclusion ${'due' | 'made'}`;

export interface PointsOptions {
  readonly ledger: Ledger;
  /** Writes every point into the ledger. */
  readonly record: boolean;
  /** Where this process kills itself, and where it pauses itself until it is told to go on; once. */
  readonly kill: string | null;
  readonly pause: string | null;
}

/** A point's name: what happens to which step. */
function pointOf(moment: Moment, subject: string): string {
  return `${moment} / ${subject}`;
}

export class Points {
  readonly #options: PointsOptions;
  #paused = false;

  constructor(options: PointsOptions) {
    this.#options = options;
  }

  /** The process is at this point. With SIGKILL nothing after this line ever runs. */
  reach(moment: Moment, of: { readonly task_id: string; readonly subject: string }): void {
    const { ledger, record, kill, pause } = this.#options;
    const point = pointOf(moment, of.subject);
    if (record) ledger.write('point', of.task_id, point);
    if (point === kill) process.kill(process.pid, 'SIGKILL');
    if (point !== pause || this.#paused) return;
    this.#paused = true;
    process.kill(process.pid, 'SIGSTOP');
    ledger.write('alive', of.task_id, point);
  }
}

interface Written {
  readonly change: Change;
  readonly task_id: string;
  readonly subject: string;
}

/** Says what a run of a statement writes, from the statement's text and what is bound to it. */
interface Mark {
  readonly change: Change;
  readonly text: RegExp;
  readonly of: (bound: readonly unknown[]) => { readonly task_id: string; readonly subject: string };
}

const WORKFLOW = 'workflow';

const named = (bound: readonly unknown[]): Readonly<Record<string, unknown>> => bound[0] as Record<string, unknown>;
const namedWorkflow: Mark['of'] = (bound) => ({ task_id: String(named(bound)['task_id']), subject: WORKFLOW });
const lastTwo: Mark['of'] = (bound) => ({ task_id: String(bound.at(-2)), subject: String(bound.at(-1)) });

const MARKS: readonly Mark[] = [
  { change: 'submission', text: /^INSERT INTO workflows/, of: namedWorkflow },
  { change: 'claim', text: /^UPDATE workflows SET status = 'running'/, of: namedWorkflow },
  {
    change: 'intent',
    text: /^INSERT INTO steps[^)]*\)\s*VALUES/,
    of: (bound) => ({ task_id: String(named(bound)['task_id']), subject: String(named(bound)['step_id']) }),
  },
  { change: 'intent', text: /^UPDATE steps SET attempts/, of: lastTwo },
  { change: 'outcome', text: /^UPDATE steps SET status = 'succeeded'/, of: lastTwo },
  { change: 'failure', text: /^UPDATE steps SET status = \?/, of: lastTwo },
  { change: 'event', text: /^INSERT INTO events/, of: namedWorkflow },
  {
    change: 'end',
    text: /^INSERT INTO results/,
    of: (bound) => ({ task_id: String(bound[0]), subject: WORKFLOW }),
  },
  {
    change: 'text',
    text: /^INSERT OR IGNORE INTO texts/,
    of: (bound) => ({
      task_id: String(named(bound)['stored_by']),
      subject: `text ${String(named(bound)['characters'])}`,
    }),
  },
];

function joined({ change, task_id }: Written, written: readonly Written[]): Joined | null {
  const beside = (other: Change): boolean => written.some((one) => one.task_id === task_id && one.change === other);
  if (change === 'intent' && (beside('outcome') || beside('failure'))) return 'intent with outcome';
  return change === 'claim' && beside('submission') ? 'claim with submission' : null;
}

/** The group that is being written, and under which lease this process works on what. */
class Group {
  readonly #points: Points;
  readonly #ledger: Ledger;
  readonly #fences = new Map<string, unknown>();
  #written: Written[] = [];

  constructor(points: Points, ledger: Ledger) {
    this.#points = points;
    this.#ledger = ledger;
  }

  add(written: Written): void {
    this.#written.push(written);
  }

  /** What an earlier transaction held that came to nothing is not of the next. */
  begin(): void {
    this.#written = [];
  }

  commit(db: Database, run: () => unknown): unknown {
    const written = this.#written;
    this.#written = [];
    if (written.length > 0) this.#checkLeases(db, written);
    this.#tell(written);
    this.#reach('uncommitted', written);
    const done = run();
    this.#reach('committed', written);
    return done;
  }

  #reach(when: 'uncommitted' | 'committed', written: readonly Written[]): void {
    for (const one of written) {
      if (one.change !== 'event') this.#points.reach(`${joined(one, written) ?? one.change} ${when}`, one);
    }
  }

  /** What the transaction holds of each workflow, before it is committed. */
  #tell(written: readonly Written[]): void {
    const told = written.filter(({ change }) => change !== 'event' && change !== 'text');
    for (const [task_id, own] of Map.groupBy(told, (one) => one.task_id)) {
      this.#ledger.write('commit', task_id, own.map(({ change, subject }) => `${change} ${subject}`).join(', '));
    }
  }

  /** Inside the transaction, where nobody else can change it: whether what is about to commit is this process's to write. */
  #checkLeases(db: Database, written: readonly Written[]): void {
    const fence = db.prepare<[string], number>('SELECT fence FROM workflows WHERE task_id = ?').pluck();
    for (const { change, task_id } of written) {
      if (change === 'claim') this.#fences.set(task_id, fence.get(task_id));
    }
    for (const { change, task_id, subject } of written) {
      if (change === 'submission' || change === 'text' || this.#fences.get(task_id) === fence.get(task_id)) continue;
      this.#ledger.write('stale', task_id, `${change} ${subject}`);
    }
  }
}

/**
 * From now on every transaction of this process tells what it holds, before and after its COMMIT. How much shares one is the
 * engine's doing, and not the machine's: the store stops a group after some milliseconds, which here never pass in one, or
 * have passed after its first verb.
 */
export function tapCommits(points: Points, ledger: Ledger, commits: 'joint' | 'split'): void {
  const group = new Group(points, ledger);
  const { prototype } = SqliteDatabase;
  const prepare: unknown = Reflect.get(prototype, 'prepare');
  if (typeof prepare !== 'function') throw new Error('better-sqlite3 prepares its statements elsewhere now');
  const stopwatch = stoppedInside(commits);
  const tapped = function (this: Database, source: string): Statement {
    const statement = prepare.call(this, source) as Statement;
    if (source === 'BEGIN IMMEDIATE') {
      return through(statement, 'run', (run) => {
        const done = run();
        group.begin();
        stopwatch.open(this);
        return done;
      });
    }
    if (source === 'COMMIT') return through(statement, 'run', (run) => group.commit(this, run));
    const mark = MARKS.find(({ text }) => text.test(source.trimStart()));
    if (mark === undefined) return statement;
    // Those that return the row they wrote are asked for it, and say with none that they wrote nothing.
    return through(statement, source.endsWith('RETURNING *') ? 'get' : 'run', (run, bound) => {
      const done = run();
      if (done !== undefined) group.add({ change: mark.change, ...mark.of(bound) });
      return done;
    });
  };
  Object.defineProperty(prototype, 'prepare', { value: tapped, writable: true, configurable: true });
}

function through(
  statement: Statement,
  how: 'run' | 'get',
  instead: (run: () => unknown, bound: readonly unknown[]) => unknown,
): Statement {
  const real: (...bound: unknown[]) => unknown = statement[how].bind(statement);
  return Object.defineProperty(statement, how, {
    value: (...bound: unknown[]): unknown => instead(() => real(...bound), bound),
  });
}

/** Longer than any group of verbs may take. */
const LONG_MS = 1000;

/** The stopwatch of this process stands still in an open transaction, or leaps with each look at it. */
function stoppedInside(commits: 'joint' | 'split'): { open(db: Database): void } {
  const real = performance.now.bind(performance);
  let at = 0;
  let inside: Database | null = null;
  const now = (): number => {
    if (inside?.inTransaction !== true) return real();
    if (commits === 'split') at += LONG_MS;
    return at;
  };
  Object.defineProperty(performance, 'now', { value: now });
  return {
    open: (db) => {
      at = real();
      inside = db;
    },
  };
}
