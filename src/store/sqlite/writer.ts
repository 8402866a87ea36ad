/**
 * Group commit. Writes that arrive in one turn of the event loop share one transaction and one fsync; each runs in a
 * savepoint of its own, so that a verb that throws takes only itself back. A promise resolves after COMMIT, never before:
 * whoever acknowledges, publishes or calls a vendor does so on durable ground. What follows from a write may join its
 * transaction (`Ahead`): it is written or taken back with it.
 */

import type { Database, Statement } from 'better-sqlite3';
import { Fault } from '../../core/errors.ts';
import type { Ahead } from '../store.ts';
import { isBusy, storeFault } from './connection.ts';

interface Write {
  readonly verb: () => unknown;
  readonly ahead: Ahead<unknown> | null;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly since: number;
  /** Whether there is still something to write; looked at whenever the lock was refused. */
  readonly still: (() => boolean) | null;
}

interface Settled {
  readonly write: Write;
  readonly value?: unknown;
  readonly error?: unknown;
  readonly failed: boolean;
}

/** What shares a transaction. */
interface Group {
  readonly writes: Write[];
  readonly settled: Settled[];
  readonly told: Ahead<unknown>[];
  /** On the clock of `performance.now()`: what has not run by then is left to the next group. */
  readonly until: number;
}

/** Verbs run on the event loop, which serves every client: after so many milliseconds of them it gets its turn. */
const GROUP_MS = 10;

/**
 * Waits between attempts to get the write lock. They grow, and nobody asks more often for having waited long: a hundred
 * processes that ask every other millisecond leave no processor for the one that writes, and all of them wait for it.
 */
const LOCK_RETRY_MS = [1, 2, 5, 10, 20, 40, 60] as const;
/**
 * As long as others get their turns the lock is not stuck, and the wait begins anew with each change they make, up to so many
 * times its length: many processes that start at once on a slow machine all come to be served.
 */
const MOST_WAITS = 3;
/** Share of a wait that chance adds or takes: processes that collided once do not collide again. */
const JITTER = 0.5;

export class Writer {
  readonly #db: Database;
  readonly #lockWaitMs: number;
  readonly #intact: () => void;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #savepoint: Statement;
  readonly #release: Statement;
  readonly #undo: Statement;
  readonly #version: Statement;
  /** The version of the file when it was last refused, and when that last changed: on the clock of `performance.now()`. */
  #seen: unknown = null;
  #moved = 0;
  #queue: Write[] = [];
  #scheduled = false;
  /** Whether a transaction is open: what is asked for now joins it. */
  #open = false;
  #closed = false;
  #lockAttempts = 0;
  #preparing = 0;
  #idle: (() => void)[] = [];

  /** `intact` throws when the file is no longer the one that was opened. */
  constructor(db: Database, options: { readonly lockWaitMs: number; readonly intact: () => void }) {
    this.#db = db;
    this.#lockWaitMs = options.lockWaitMs;
    this.#intact = options.intact;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#savepoint = db.prepare('SAVEPOINT verb');
    this.#release = db.prepare('RELEASE verb');
    this.#undo = db.prepare('ROLLBACK TO verb');
    this.#version = db.prepare('PRAGMA data_version').pluck();
  }

  /** Runs a synchronous verb in the next group, or in the one that is open; rejects with what it threw, or with the store's Fault. */
  write<T>(verb: () => T, ahead?: Ahead<T>): Promise<T> {
    return this.#closed ? Promise.reject(closedFault()) : this.#enqueue(verb, ahead);
  }

  /**
   * A write that somebody else may make needless while it waits for the lock: then it resolves with null and takes no turn
   * from those who have something to write. `still` reads only.
   */
  writeWhile<T>(verb: () => T, still: () => boolean): Promise<T | null> {
    return this.#closed ? Promise.reject(closedFault()) : this.#enqueue<T | null>(verb, undefined, still);
  }

  /**
   * A write whose values take time to make (compression); null when `prepare` finds that there is nothing to write. It
   * counts as accepted from now on: closing waits for it.
   */
  async writePrepared<P, T>(prepare: () => Promise<P | null>, verb: (prepared: P) => T): Promise<T | null> {
    if (this.#closed) throw closedFault();
    this.#preparing += 1;
    try {
      const prepared = await prepare();
      return prepared === null ? null : await this.#enqueue(() => verb(prepared));
    } finally {
      this.#preparing -= 1;
      this.#tellIdle();
    }
  }

  /** Whether the store accepts nothing more. */
  get closed(): boolean {
    return this.#closed;
  }

  #enqueue<T>(verb: () => T, ahead?: Ahead<T>, still?: () => boolean): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({
        verb,
        ahead: ahead === undefined ? null : { written: (value) => ahead.written(value as T), back: ahead.back },
        resolve: (value) => {
          resolve(value as T);
        },
        reject,
        since: performance.now(),
        still: still ?? null,
      });
      this.#schedule();
    });
  }

  /** Refuses further writes and resolves when the accepted ones are settled. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#isIdle()) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #isIdle(): boolean {
    return this.#queue.length === 0 && this.#preparing === 0;
  }

  #tellIdle(): void {
    if (this.#isIdle()) for (const done of this.#idle.splice(0)) done();
  }

  #schedule(): void {
    if (this.#scheduled || this.#open) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#flush();
    });
  }

  #flush(): void {
    try {
      this.#intact();
      this.#begin.run();
    } catch (thrown) {
      this.#lockRefused(thrown);
      return;
    }
    this.#scheduled = false;
    this.#lockAttempts = 0;
    this.#answer(this.#runGroup());
    if (this.#queue.length > 0) this.#schedule();
    this.#tellIdle();
  }

  #runGroup(): readonly Settled[] {
    const group: Group = { writes: [], settled: [], told: [], until: performance.now() + GROUP_MS };
    this.#open = true;
    try {
      do this.#runRound(group);
      while (this.#queue.length > 0 && performance.now() < group.until);
      this.#commit.run();
      return group.settled;
    } catch (thrown) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      // The last first, each meeting what it left; and all of them before anyone hears of the failure.
      for (const ahead of group.told.reverse()) ahead.back();
      const writes = [...group.writes, ...this.#queue.splice(0)];
      return writes.map((write) => ({ write, error: thrown, failed: true }));
    } finally {
      this.#open = false;
    }
  }

  /** Runs what waits, as far as time allows, then tells what was written to those who want to know: what they ask for is the next round. */
  #runRound({ writes, settled, told, until }: Group): void {
    const first = settled.length;
    do {
      const write = this.#queue.shift();
      if (write === undefined) break;
      writes.push(write);
      settled.push(this.#runVerb(write));
      // SQLite takes the whole transaction back by itself on a full disk or an I/O error: nothing of it is durable.
      if (!this.#db.inTransaction) throw settled.at(-1)?.error;
    } while (performance.now() < until);
    for (const { write, value, failed } of settled.slice(first)) {
      if (failed || write.ahead === null) continue;
      told.push(write.ahead);
      write.ahead.written(value);
    }
  }

  #runVerb(write: Write): Settled {
    this.#savepoint.run();
    try {
      const value = write.verb();
      this.#release.run();
      return { write, value, failed: false };
    } catch (thrown) {
      if (this.#db.inTransaction) {
        this.#undo.run();
        this.#release.run();
      }
      return { write, error: thrown, failed: true };
    }
  }

  #answer(settled: readonly Settled[]): void {
    for (const { write, value, error, failed } of settled) {
      if (failed) write.reject(storeFault(error, this.#db.name));
      else write.resolve(value);
    }
  }

  /** Another process writes: wait without blocking the event loop; those who waited too long are told so. */
  #lockRefused(thrown: unknown): void {
    const now = performance.now();
    const fatal = !isBusy(thrown);
    this.#dropNeedless();
    this.#watchOthers(now);
    const refused = this.#queue.filter((write) => fatal || this.#waitedEnough(write, now));
    this.#queue = this.#queue.filter((write) => !refused.includes(write));
    for (const write of refused) write.reject(storeFault(thrown, this.#db.name));
    if (this.#queue.length === 0) {
      this.#scheduled = false;
      this.#lockAttempts = 0;
      this.#tellIdle();
      return;
    }
    setTimeout(() => {
      this.#flush();
    }, this.#pause());
  }

  #dropNeedless(): void {
    const needless = this.#queue.filter(({ still }) => {
      try {
        return still !== null && !still();
      } catch {
        // Told by the verb itself, once it has its turn.
        return false;
      }
    });
    this.#queue = this.#queue.filter((write) => !needless.includes(write));
    for (const write of needless) write.resolve(null);
  }

  #watchOthers(now: number): void {
    let version: unknown;
    try {
      version = this.#version.get();
    } catch {
      // Whoever cannot even read waits no longer for that.
      return;
    }
    if (version === this.#seen) return;
    this.#seen = version;
    this.#moved = now;
  }

  #waitedEnough({ since }: Write, now: number): boolean {
    const waits = this.#lockWaitMs;
    return now - since >= waits * MOST_WAITS || now - Math.max(since, this.#moved) >= waits;
  }

  #pause(): number {
    const wait = LOCK_RETRY_MS[Math.min(this.#lockAttempts, LOCK_RETRY_MS.length - 1)] ?? 60;
    this.#lockAttempts += 1;
    return wait * (1 - JITTER + 2 * JITTER * Math.random());
  }
}

export function closedFault(): Fault {
  return new Fault('SHUTTING_DOWN', 'the store is closed');
}
