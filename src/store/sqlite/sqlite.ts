/** The store in one SQLite file: WAL, synchronous=FULL, group commit. Several processes may share the file at any time. */

import { type Clock, iso } from '../../core/clock.ts';
import type { Store } from '../store.ts';
import { auditVerbs } from './audit.ts';
import { callVerbs } from './calls.ts';
import { connect, intactCheck, LOCK_WAIT_MS, schemaFault, truncateLog } from './connection.ts';
import { eventVerbs, resultVerbs } from './events.ts';
import { claimVerbs, sourceVerbs } from './evidence.ts';
import { prepareShared, type Session } from './session.ts';
import { slowReads } from './slow-reads.ts';
import { stepVerbs } from './steps.ts';
import { textVerbs } from './texts.ts';
import { workflowVerbs } from './workflows.ts';
import { closedFault, Writer } from './writer.ts';

export { sqliteMaintenance } from './maintenance.ts';

export interface SqliteOptions {
  /** Path of the database file, or `:memory:`. */
  readonly file: string;
  readonly clock: Clock;
  /** How long a write waits for another process's lock before it is refused with STORE_LOCKED. */
  readonly lockWaitMs?: number;
}

/** Opens the file, creating and migrating it as needed. Throws STORE_* Faults and changes nothing when it throws. */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const lockWaitMs = options.lockWaitMs ?? LOCK_WAIT_MS;
  const db = await connect(options.file, { lockWaitMs, at: iso(options.clock.now()) });
  try {
    return verbs({ db, lockWaitMs, clock: options.clock });
  } catch (thrown) {
    db.close();
    throw schemaFault(thrown, options.file);
  }
}

function verbs(parts: Pick<Session, 'db' | 'lockWaitMs' | 'clock'>): Store {
  const { db, lockWaitMs } = parts;
  const intact = intactCheck(db);
  const writer = new Writer(db, { lockWaitMs, intact });
  const session: Session = { ...parts, writer, intact, statements: prepareShared(db) };
  const slow = slowReads(session);
  const version = db.prepare<[], number>('PRAGMA data_version').pluck();
  // Nothing reads the number. Setting it writes the first page to the log, and the commit waits for the disk.
  const probe = db.prepare('PRAGMA user_version = 0');
  return {
    workflows: { ...workflowVerbs(session), list: slow.list },
    steps: stepVerbs(session),
    calls: callVerbs(session),
    events: eventVerbs(session),
    sources: sourceVerbs(session),
    texts: textVerbs(session),
    claims: claimVerbs(session),
    results: resultVerbs(session),
    audit: auditVerbs(session),
    analytics: slow.analytics,
    changes: () => {
      if (writer.closed) throw closedFault();
      return version.get() ?? 0;
    },
    probe: () => writer.write(() => probe.run()).then(() => undefined),
    close: async () => {
      await writer.close();
      await slow.close();
      if (!db.open) return;
      try {
        truncateLog(db);
      } finally {
        db.close();
      }
    },
  };
}
