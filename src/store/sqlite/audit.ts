/** Reads everything there is of one workflow, as one moment saw it, and has it verified. */

import type { Database } from 'better-sqlite3';
import type { AuditView } from '../../core/audit.ts';
import type { AuditVerbs } from '../store.ts';
import { type AuditRecord, verifyRecord } from '../verify.ts';
import { prepareSealing } from './seal.ts';
import { read, type Session, snapshot } from './session.ts';
import { type CheckText, prepareTextCheck, type TextKey } from './texts.ts';

type Workflow = NonNullable<AuditRecord['workflow']>;
type Event = AuditRecord['events'][number];
type Tombstone = NonNullable<AuditRecord['tombstone']>;

export interface StoredRecord extends AuditRecord {
  /** The texts its sources refer to. */
  readonly texts: readonly TextKey[];
}

/** Null for an id that no row of any table knows. */
export type ReadRecord = (task_id: string) => StoredRecord | null;

export function prepareRecord(db: Database): ReadRecord {
  const workflow = db.prepare<[string], Workflow>('SELECT * FROM workflows WHERE task_id = ?');
  const events = db.prepare<[string], Event>('SELECT * FROM events WHERE task_id = ? ORDER BY seq, id');
  const tombstone = db.prepare<[string], Tombstone>('SELECT * FROM tombstones WHERE task_id = ?');
  const list = db.prepare<[string], string>('SELECT list FROM seals WHERE task_id = ?').pluck();
  const texts = db.prepare<[string], TextKey>('SELECT DISTINCT sha256, format FROM sources WHERE task_id = ?');
  const sealing = prepareSealing(db);
  return (task_id) => {
    const row = workflow.get(task_id) ?? null;
    const record = {
      task_id,
      workflow: row,
      events: events.all(task_id),
      tombstone: tombstone.get(task_id) ?? null,
      list: list.get(task_id) ?? null,
      rows: sealing(task_id, row?.salt ?? ''),
      texts: texts.all(task_id),
    };
    const known = row !== null || record.tombstone !== null || record.list !== null;
    return known || record.events.length > 0 || record.rows.length > 0 ? record : null;
  };
}

/** The verdict over a workflow's rows and, where they are sealed, over the texts its sources refer to. */
export async function verify(record: StoredRecord, checkText: CheckText): Promise<AuditView> {
  const view = verifyRecord(record);
  if (view.state !== 'sealed') return view;
  const findings = [...view.findings];
  for (const key of record.texts) findings.push(...(await checkText(key)));
  return { ...view, findings, sound: findings.length === 0 };
}

export function auditVerbs(session: Session): AuditVerbs {
  const record = prepareRecord(session.db);
  const checkText = prepareTextCheck(session.db, (row) => read(session, row));
  return {
    verify: async (task_id) => {
      const stored = await snapshot(session, () => record(task_id));
      return stored === null ? null : verify(stored, checkText);
    },
  };
}
