/** The store in one SQLite file: WAL, synchronous=FULL, group commit. Several processes may share the file at any time. */

import { type Clock, iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import type { Store } from '../store.ts';
import { connect, intactCheck, isBusy, isFull, storeFault } from './connection.ts';
import { eventVerbs, resultVerbs } from './events.ts';
import { claimVerbs, sourceVerbs, textVerbs } from './evidence.ts';
import { prepareShared, type Session } from './session.ts';
import { stepVerbs } from './steps.ts';
import { workflowVerbs } from './workflows.ts';
import { closedFault, Writer } from './writer.ts';

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
  try {
    return verbs({ db, lockWaitMs, clock: options.clock });
  } catch (thrown) {
    db.close();
    // The ledger says the schema is there and a statement on it cannot be prepared: somebody changed it.
    throw new Fault('STORE_CORRUPT', `${options.file}: its schema is not the one it should be`, { cause: thrown });
  }
}

function verbs(parts: Pick<Session, 'db' | 'lockWaitMs' | 'clock'>): Store {
  const { db, lockWaitMs } = parts;
  const intact = intactCheck(db);
  const writer = new Writer(db, { lockWaitMs, intact });
  const session: Session = { ...parts, writer, intact, statements: prepareShared(db) };
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
      if (writer.closed) throw closedFault();
      return version.get() ?? 0;
    },
    close: async () => {
      await writer.close();
      if (!db.open) return;
      try {
        db.pragma('wal_checkpoint(TRUNCATE)');
      } catch (thrown) {
        // Another process reads or writes, or the disk is full: what was committed stands in the log beside the file.
        if (!isBusy(thrown) && !isFull(thrown)) throw storeFault(thrown, db.name);
      } finally {
        db.close();
      }
    },
  };
}
