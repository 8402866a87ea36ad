/** What the verbs of every noun share: the connection, the group writer, the clock, and the two checked writes. */

import type { Database } from 'better-sqlite3';
import { type Clock, iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import type { EventDraft } from '../../core/event.ts';
import type { Phase } from '../../core/workflow.ts';
import type { Hold } from '../store.ts';
import { storeFault } from './connection.ts';
import type { WorkflowRow } from './rows.ts';
import type { Writer } from './writer.ts';

export interface Session {
  readonly db: Database;
  readonly writer: Writer;
  readonly clock: Clock;
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

/** Runs a read and puts its failure in the catalogue's words. Asynchronous so that the port fits a server as well. */
export async function read<T>(session: Session, query: () => T): Promise<T> {
  try {
    return await Promise.resolve(query());
  } catch (thrown) {
    throw storeFault(thrown, session.db.name);
  }
}
