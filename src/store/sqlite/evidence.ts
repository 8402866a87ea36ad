/** Sources, passages and claims: the rows a step's outcome brings along, and their readers. */

import type { Database } from 'better-sqlite3';
import { Fault } from '../../core/errors.ts';
import type { Source } from '../../core/source.ts';
import type { Evidence } from '../../core/step.ts';
import { SEALED } from '../chain.ts';
import type { ClaimVerbs, SourceVerbs } from '../store.ts';
import { type ClaimRow, type SourceRow, toSource } from './rows.ts';
import { read, type Session } from './session.ts';

/** A step of a workflow, as the rows it brought name it. */
interface StepKey {
  readonly task_id: string;
  readonly step_id: string;
}

/** Inside a verb: inserts the rows of one step's outcome. */
export function prepareEvidence(session: Session): (step: StepKey, evidence: Evidence) => void {
  const { db } = session;
  const source = prepareInsert(db, 'sources');
  const passage = prepareInsert(db, 'passages');
  const claim = prepareInsert(db, 'claims');
  return (step, evidence) => {
    for (const [position, row] of (evidence.sources ?? []).entries()) {
      withText(row, () => source({ ...row, ...step, position, also_at: JSON.stringify(row.also_at) }));
    }
    for (const row of evidence.passages ?? []) passage({ ...row, ...step });
    for (const [position, row] of (evidence.claims ?? []).entries()) claim({ ...row, ...step, position });
  };
}

type EvidenceTable = 'sources' | 'passages' | 'claims';
type EvidenceRow<T extends EvidenceTable> = Readonly<
  Record<(typeof SEALED)[T]['columns'][number] | 'task_id', string | number | null>
>;

/** The values go in by place: by name takes twice as long, and an agent brings dozens of rows. */
function prepareInsert<T extends EvidenceTable>(db: Database, table: T): (row: EvidenceRow<T>) => void {
  const columns: readonly (keyof EvidenceRow<T>)[] = ['task_id', ...SEALED[table].columns];
  const names = columns.map((column) => `"${column}"`).join(', ');
  const insert = db.prepare(`INSERT INTO ${table} (${names}) VALUES (${columns.map(() => '?').join(', ')})`);
  return (row) => {
    insert.run(...columns.map((column) => row[column]));
  };
}

/** The text of a source goes under its reader only where a process of an older release erased it: then it is read again. */
function withText({ location }: Source, insert: () => unknown): void {
  try {
    insert();
  } catch (thrown) {
    if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'SQLITE_CONSTRAINT_FOREIGNKEY')
      throw thrown;
    throw new Fault('STEP_FAILED', `the stored text of ${location} was erased while the sources were read`, {
      cause: thrown,
    });
  }
}

/** Inside a verb: copies what a step of an earlier workflow brought to the step of the same id. */
export function prepareCopies(session: Session): (step: StepKey, from: string) => void {
  // Sources first: the others refer to them.
  const copies = (['sources', 'passages', 'claims'] as const).map((table) => {
    const columns = SEALED[table].columns.map((column) => `"${column}"`).join(', ');
    return session.db.prepare<StepKey & { from: string }>(
      `INSERT INTO ${table} (task_id, ${columns})
       SELECT @task_id, ${columns} FROM ${table} WHERE task_id = @from AND step_id = @step_id`,
    );
  });
  return (step, from) => {
    for (const copy of copies) copy.run({ ...step, from });
  };
}

export function sourceVerbs(session: Session): SourceVerbs {
  const columns = `task_id, source_id, sha256, format, title, location, uri, domain, date, modified_at, accessed_at, characters, also_at`;
  const all = session.db.prepare<[string], SourceRow>(
    `SELECT ${columns} FROM sources WHERE task_id = +? ORDER BY position, source_id`,
  );
  const one = session.db.prepare<[string, string], SourceRow>(
    `SELECT ${columns} FROM sources WHERE task_id = ? AND source_id = ?`,
  );
  return {
    list: (task_id) => read(session, () => all.all(task_id).map(toSource)),
    get: (task_id, source_id) =>
      read(session, () => {
        const row = one.get(task_id, source_id);
        return row === undefined ? null : toSource(row);
      }),
  };
}

export function claimVerbs(session: Session): ClaimVerbs {
  const all = session.db.prepare<[string], ClaimRow>(
    `SELECT claim_id, agent_id, source_id, text, quote, "start", "end", label, location, heading, score, objective
     FROM claims WHERE task_id = +? ORDER BY agent_id, position`,
  );
  return { list: (task_id) => read(session, () => all.all(task_id)) };
}
