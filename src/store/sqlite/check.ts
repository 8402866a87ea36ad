/** Everything that can be found wrong with a database by reading it. */

import SqliteDatabase, { type Database, SqliteError } from 'better-sqlite3';
import type { CheckView } from '../../core/audit.ts';
import { prepareRecord, verify } from './audit.ts';
import { figureFindings } from './check-figures.ts';
import { appliedMigrations, migrate, MIGRATIONS, newestMigration } from './migrate.ts';
import { type CheckText, prepareTextCheck } from './texts.ts';

type Findings = CheckView['findings'];
type Checked = Pick<CheckView, 'findings' | 'workflows_checked'>;

/** Tables whose rows each belong to one workflow. */
const BELONGING = [
  'events',
  'results',
  'steps',
  'calls',
  'sources',
  'passages',
  'claims',
  'seals',
  'tombstones',
  'deliveries',
] as const;

/**
 * Reads the whole file from one snapshot. A schema of an older release is checked as such; chains and seals are there from
 * the second migration on.
 */
export async function checkDatabase(db: Database): Promise<Checked> {
  db.exec('BEGIN');
  const findings = [...told('database', () => fileFindings(db)), ...told('schema', () => schemaFindings(db))];
  if (!appliedMigrations(db).includes(newestMigration())) return { findings, workflows_checked: 0 };
  try {
    const { workflows_checked, findings: found } = await workflowFindings(db);
    const derived = [...told('search_index', () => searchFindings(db)), ...told('figures', () => figureFindings(db))];
    return { workflows_checked, findings: [...findings, ...derived, ...found] };
  } catch (thrown) {
    return { workflows_checked: 0, findings: [...findings, ...damage('database', thrown)] };
  }
}

/** A part that a damaged file does not let finish is itself a finding. */
function told(where: string, part: () => Findings): Findings {
  try {
    return part();
  } catch (thrown) {
    return damage(where, thrown);
  }
}

function damage(where: string, thrown: unknown): Findings {
  if (!(thrown instanceof SqliteError)) throw thrown;
  return [{ where, what: `It could not be read: ${thrown.message}.` }];
}

interface Dangling {
  readonly table: string;
  readonly rowid: number | null;
  readonly parent: string;
}

/** Also checks the structure of the full-text index. Rows without a workflow are named with their workflow's id below. */
function fileFindings(db: Database): Findings {
  const integrity = db.prepare<[], string>('PRAGMA integrity_check').pluck().all();
  const dangling = db.prepare<[], Dangling>('PRAGMA foreign_key_check').all();
  return [
    ...integrity.filter((said) => said !== 'ok').map((what) => ({ where: 'database', what })),
    ...dangling
      .filter(({ parent }) => parent !== 'workflows')
      .map(({ table, rowid, parent }) => ({
        where: rowid === null ? table : `${table} row ${rowid}`,
        what: `It refers to a row of ${parent} that is not there.`,
      })),
  ];
}

interface SchemaItem {
  readonly type: string;
  readonly name: string;
  readonly tbl_name: string;
  readonly sql: string | null;
}

/** Against the schema that the same migrations make. Tables and indexes of the user's own are none of our business. */
function schemaFindings(db: Database): Findings {
  const applied = appliedMigrations(db);
  const expected = new Map(expectedSchema(applied).map((item) => [item.name, item]));
  const there = new Map(schemaOf(db).map((item) => [item.name, item]));
  // A newer release may have changed what this one made.
  const newer = (applied.at(-1) ?? 0) > newestMigration();
  const wrong = [...expected.values()].flatMap(({ type, name, sql }) => {
    const found = there.get(name);
    if (found === undefined) return [{ where: `schema ${name}`, what: `The ${type} is missing.` }];
    return found.sql === sql || newer ? [] : [{ where: `schema ${name}`, what: `The ${type} was changed.` }];
  });
  const strange = [...there.values()]
    .filter(({ type, name, tbl_name }) => type === 'trigger' && !expected.has(name) && expected.has(tbl_name) && !newer)
    .map(({ name, tbl_name }) => ({ where: `schema ${name}`, what: `A trigger on ${tbl_name} that is not ours.` }));
  return [...wrong, ...strange];
}

function schemaOf(db: Database): readonly SchemaItem[] {
  return db
    .prepare<[], SchemaItem>(
      "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .all();
}

function expectedSchema(applied: readonly number[]): readonly SchemaItem[] {
  const db = new SqliteDatabase(':memory:');
  try {
    migrate(
      db,
      '',
      MIGRATIONS.filter(({ number }) => applied.includes(number)),
    );
    return schemaOf(db);
  } finally {
    db.close();
  }
}

/** Whether every workflow that has content is indexed, and nothing else is. */
function searchFindings(db: Database): Findings {
  const ids = (sql: string): readonly string[] => db.prepare<[], string>(sql).pluck().all();
  const indexed = 'SELECT search_entries.task_id FROM search_entries JOIN search_index_docsize USING (id)';
  const kept = 'SELECT task_id FROM workflows WHERE erased_at IS NULL';
  return [
    ...ids(`${kept} EXCEPT ${indexed}`).map((task_id) => ({ task_id, what: 'It is not in the full-text index.' })),
    ...ids(`SELECT task_id FROM search_entries EXCEPT ${kept}`).map((task_id) => ({
      task_id,
      what: 'It is in the full-text index and has no content.',
    })),
    ...ids('SELECT id FROM search_index_docsize EXCEPT SELECT id FROM search_entries').map((id) => ({
      what: `Entry ${id} of the full-text index belongs to no workflow.`,
    })),
  ].map((found) => ({ where: 'search_index', ...found }));
}

async function workflowFindings(db: Database): Promise<Checked> {
  const read = prepareRecord(db);
  const checkText = once(prepareTextCheck(db));
  const all = ['workflows', ...BELONGING].map((table) => `SELECT task_id FROM ${table}`).join(' UNION ');
  const findings: Findings[number][] = [];
  let workflows_checked = 0;
  for (const task_id of db.prepare<[], string>(`${all} ORDER BY 1`).pluck().all()) {
    const record = read(task_id);
    if (record === null) continue;
    if (record.workflow !== null) workflows_checked += 1;
    const view = await verify(record, checkText);
    findings.push(...view.findings.map((found) => ({ ...found, task_id })));
  }
  return { workflows_checked, findings };
}

/** A text that many workflows refer to is unpacked once. */
function once(check: CheckText): CheckText {
  const checked = new Map<string, ReturnType<CheckText>>();
  return (key) => {
    const name = `${key.sha256}/${key.format}`;
    const known = checked.get(name) ?? check(key);
    checked.set(name, known);
    return known;
  };
}
