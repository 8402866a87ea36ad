/** What the verbs of every noun share: the connection, the group writer, the clock, and the two checked writes. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import { type Clock, iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import type { EventDraft } from '../../core/event.ts';
import type { Phase } from '../../core/workflow.ts';
import { dataHash, linkHash } from '../chain.ts';
import type { Hold } from '../store.ts';
import { isBusy, RETRY_MS, storeFault } from './connection.ts';
import type { WorkflowRow } from './rows.ts';
import { closedFault, type Writer } from './writer.ts';

/** What it takes to read. */
export interface Reading {
  readonly db: Database;
  /** Tells when nothing is read any more. */
  readonly writer: Pick<Writer, 'closed'>;
  /** How long a read or write waits for another process, milliseconds. */
  readonly lockWaitMs: number;
  /** Throws STORE_GONE when the file is no longer the one that was opened: what it then says is nobody's truth. */
  readonly intact: () => void;
}

export interface Session extends Reading {
  readonly writer: Writer;
  readonly clock: Clock;
  readonly statements: SharedStatements;
}

type EventCells = [
  id: number,
  task_id: string,
  event_type: EventDraft['event_type'],
  event_data: string,
  timestamp: string,
  seq: number,
  agent_id: string | null,
  data_hash: string,
  hash: string,
];

type SharedStatements = ReturnType<typeof prepareShared>;

/**
 * Where the store's SQL says `= +?`: in a read that sorts or joins, SQLite plans the whole statement anew each time a value is bound
 * that stands by itself beside a column or as a LIMIT, since a plan might be better for that very value. Here none is, and planning
 * took longer than reading. Behind a sign it is an expression like any other, and the plan is kept.
 */
export function prepareShared(db: Database) {
  return {
    /** Erased ones are gone for every verb but the audit's. */
    workflow: db.prepare<[string], WorkflowRow>('SELECT * FROM workflows WHERE task_id = ? AND erased_at IS NULL'),
    // Most verbs need no more of it, and there are dozens to a workflow: the whole row costs three times as much.
    held: db.prepare<[string, number], HeldRow>(
      `SELECT task_id, last_seq, head, salt FROM workflows
       WHERE task_id = ? AND fence = ? AND status = 'running' AND erased_at IS NULL`,
    ),
    // By place, here and below: to bind by name takes twice as long, and these run for everything that is recorded.
    advance: db.prepare<[last_seq: number, head: string, phase: Phase | null, task_id: string]>(
      'UPDATE workflows SET last_seq = ?, head = ?, phase = coalesce(?, phase) WHERE task_id = ?',
    ),
    lastEvent: db.prepare<[], number>('SELECT coalesce(max(id), 0) FROM events').pluck(),
    event: db.prepare<EventCells>(
      `INSERT INTO events (id, task_id, event_type, event_data, timestamp, seq, agent_id, data_hash, hash)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
  };
}

/** Inside a verb: the end of the workflow's chain, if this hold may still write it. Throws LEASE_LOST, so that the verb takes all back. */
export function held(session: Session, hold: Hold): HeldRow {
  const row = session.statements.held.get(hold.task_id, hold.fence);
  if (row === undefined) {
    throw new Fault('LEASE_LOST', `${hold.task_id} is no longer worked on under lease number ${hold.fence}`);
  }
  return row;
}

/** Inside a verb: the workflow's row. Throws NOT_FOUND. */
export function known(session: Session, task_id: string): WorkflowRow {
  const row = session.statements.workflow.get(task_id);
  if (row === undefined) throw new Fault('NOT_FOUND', `no workflow ${task_id}`);
  return row;
}

/** What events are appended to: the row as this verb read it, before it appended anything. */
type HeldRow = Pick<WorkflowRow, 'task_id' | 'last_seq' | 'head' | 'salt'>;

/**
 * Inside a verb, once: numbers events behind the workflow's last one and links them to it; sets the phase where one is
 * given. `cover` is what the events prove beyond themselves (chain.ts).
 */
export function appendEvents(
  session: Session,
  row: HeldRow,
  change: { readonly events: readonly EventDraft[]; readonly phase?: Phase; readonly cover?: string },
): void {
  if (change.events.length === 0 && change.phase === undefined) return;
  const { last_seq, head } = linkEvents(session, row, change);
  session.statements.advance.run(last_seq, head, change.phase ?? null, row.task_id);
}

/** Where a chain ends, and the time its last events were told at. */
interface LinkedEnd {
  readonly last_seq: number;
  readonly head: string;
  readonly timestamp: string;
}

/** Inserts the events; the workflow's row is still to be told where its chain now ends. */
export function linkEvents(
  session: Session,
  row: HeldRow,
  change: { readonly events: readonly EventDraft[]; readonly cover?: string },
): LinkedEnd {
  const { statements, clock } = session;
  const timestamp = iso(clock.now());
  let { last_seq: seq, head } = row;
  // Numbered here and not by the database: the number is part of what the link's hash covers.
  let id = change.events.length === 0 ? 0 : (statements.lastEvent.get() ?? 0);
  for (const { event_type, data, agent_id } of change.events) {
    seq += 1;
    id += 1;
    const event_data = JSON.stringify(data);
    const data_hash = dataHash(row.salt, event_data);
    // As SQLite stores it, which has no spelling for half a surrogate pair.
    const agent = agent_id?.toWellFormed() ?? null;
    const link = { id, seq, event_type, agent_id: agent, timestamp, data_hash };
    head = linkHash(head, link, change.cover ?? null);
    statements.event.run(id, row.task_id, event_type, event_data, timestamp, seq, agent, data_hash, head);
  }
  return { last_seq: seq, head, timestamp };
}

/**
 * Runs a read and puts its failure in the catalogue's words. Readers never wait for writers, but for a moment they do for
 * a process that recovers the log of one that was killed; the event loop goes on meanwhile.
 */
export async function read<T>(session: Reading, query: () => T): Promise<T> {
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

/** A read of several statements that all see the same moment. */
export function snapshot<T>(session: Reading, query: () => T): Promise<T> {
  // Made within the read, which looks first whether the store is closed: a connection that is closed makes none.
  return read(session, () => session.db.transaction(query)());
}
