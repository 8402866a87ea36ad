/** What the verbs of every noun share: the connection, the group writer, the clock, and the two checked writes. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import { type Clock, iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import type { EventDraft } from '../../core/event.ts';
import type { Phase } from '../../core/workflow.ts';
import type { Hold } from '../store.ts';
import { isBusy, RETRY_MS, storeFault } from './connection.ts';
import type { WorkflowRow } from './rows.ts';
import { closedFault, type Writer } from './writer.ts';

export interface Session {
  readonly db: Database;
  readonly writer: Writer;
  readonly clock: Clock;
  /** How long a read or write waits for another process, milliseconds. */
  readonly lockWaitMs: number;
  /** Throws STORE_GONE when the file is no longer the one that was opened: what it then says is nobody's truth. */
  readonly intact: () => void;
  readonly statements: SharedStatements;
}

type SharedStatements = ReturnType<typeof prepareShared>;

export function prepareShared(db: Database) {
  return {
    workflow: db.prepare<[string], WorkflowRow>('SELECT * FROM workflows WHERE task_id = ?'),
    advance: db.prepare<{ task_id: string; count: number; phase: Phase | null }>(
      `UPDATE workflows SET last_seq = last_seq + @count, phase = coalesce(@phase, phase) WHERE task_id = @task_id`,
    ),
    event: db.prepare<[string, string, string, string, number, string | null]>(
      `INSERT INTO events (task_id, event_type, event_data, timestamp, seq, agent_id) VALUES (?, ?, ?, ?, ?, ?)`,
    ),
  };
}

/** Inside a verb: the workflow's row, if this hold may still write it. Throws LEASE_LOST, so that the verb takes all back. */
export function held(session: Session, hold: Hold): WorkflowRow {
  const row = session.statements.workflow.get(hold.task_id);
  if (row === undefined || row.status !== 'running' || row.fence !== hold.fence) {
    throw new Fault('LEASE_LOST', `${hold.task_id} is no longer worked on under lease number ${hold.fence}`);
  }
  return row;
}

/** Inside a verb: numbers events behind the workflow's last one and appends them; sets the phase where one is given. */
export function appendEvents(
  session: Session,
  row: Pick<WorkflowRow, 'task_id' | 'last_seq'>,
  change: { readonly events: readonly EventDraft[]; readonly phase?: Phase },
): void {
  const { statements, clock } = session;
  const timestamp = iso(clock.now());
  let seq = row.last_seq;
  for (const event of change.events) {
    seq += 1;
    statements.event.run(
      row.task_id,
      event.event_type,
      JSON.stringify(event.data),
      timestamp,
      seq,
      event.agent_id ?? null,
    );
  }
  if (change.events.length > 0 || change.phase !== undefined) {
    statements.advance.run({ task_id: row.task_id, count: change.events.length, phase: change.phase ?? null });
  }
}

/**
 * Runs a read and puts its failure in the catalogue's words. Readers never wait for writers, but for a moment they do for
 * a process that recovers the log of one that was killed; the event loop goes on meanwhile.
 */
export async function read<T>(session: Session, query: () => T): Promise<T> {
  const deadline = performance.now() + session.lockWaitMs;
  for (;;) {
    if (session.writer.closed) throw closedFault();
    try {
      session.intact();
      return query();
    } catch (thrown) {
      if (!isBusy(thrown) || performance.now() >= deadline) throw storeFault(thrown, session.db.name);
      await pause(RETRY_MS);
    }
  }
}
