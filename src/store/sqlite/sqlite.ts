/** The store in one SQLite file: WAL, synchronous=FULL, group commit. Several processes may share the file at any time. */

import { type Clock, iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import type { Store } from '../store.ts';
import { connect, isBusy } from './connection.ts';
import { eventVerbs, resultVerbs } from './events.ts';
import { claimVerbs, sourceVerbs, textVerbs } from './evidence.ts';
import { prepareShared, type Session } from './session.ts';
import { stepVerbs } from './steps.ts';
import { workflowVerbs } from './workflows.ts';
import { Writer } from './writer.ts';

export interface SqliteOptions {
  /** Path of the database file, or `:memory:`. */
  readonly file: string;
  readonly clock: Clock;
  /** How long a write waits for another process's lock before it is refused with STORE_LOCKED. */
  readonly lockWaitMs?: number;
}

const LOCK_WAIT_MS = 10_000;

/** Opens the file, creating and migrating it as needed. Throws STORE_* Faults and changes nothing when it throws. */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const lockWaitMs = options.lockWaitMs ?? LOCK_WAIT_MS;
  const db = await connect(options.file, { lockWaitMs, at: iso(options.clock.now()) });
  const writer = new Writer(db, lockWaitMs);
  const session: Session = { db, writer, clock: options.clock, statements: prepareShared(db) };
  const version = db.prepare<[], number>('PRAGMA data_version').pluck();
  return {
    workflows: workflowVerbs(session),
    steps: stepVerbs(session),
    events: eventVerbs(session),
    sources: sourceVerbs(session),
    texts: textVerbs(session),
    claims: claimVerbs(session),
    results: resultVerbs(session),
    changes: () => {
      if (!db.open) throw new Fault('SHUTTING_DOWN', 'the store is closed');
      return version.get() ?? 0;
    },
    close: async () => {
      await writer.close();
      if (!db.open) return;
      try {
        db.pragma('wal_checkpoint(TRUNCATE)');
      } catch (thrown) {
        // Another process reads or writes: the log is kept beside the file and the last to close truncates it.
        if (!isBusy(thrown)) throw thrown;
      } finally {
        db.close();
      }
    },
  };
}
