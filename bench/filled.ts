/**
 * A database in which many workflows have ended. One of them is real: it ran through the orchestrator, and its rows are the
 * pattern of all others. A share of those is whole, with every row of the real one; the others have what lists and figures read: the
 * workflow, its last event and a short result. None of the copies would pass an audit: their hashes are those of the real one.
 */

import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { taskId } from '../src/core/ids.ts';
import { countMore } from '../src/store/sqlite/migrations/0006-figures.ts';
import { Random } from '../tests/support/random.ts';
import { compose } from './composition.ts';
import { type Row, rowsOf } from './raw-rows.ts';
import { sentence } from './words.ts';

export interface Filling {
  /** Ended workflows in all, the real one among them; at least 1. */
  readonly workflows: number;
  /** How many of the copies are whole, at most. */
  readonly whole: number;
  /** Whether the full-text index holds them. */
  readonly searchable: boolean;
  /** Several owners, patterns, models and prices, and figures left to be counted: as a former release's database is found. */
  readonly varied?: boolean;
  /** Where they vary, of so many owners, one after another; of eight where it is not said, most of them of one. */
  readonly owners?: number;
}

export interface Filled {
  /** Ids of whole workflows, spread over all. */
  readonly whole: readonly string[];
  /** A word of every task, and one of a single task. */
  readonly words: { readonly common: string; readonly rare: string };
}

const DAY_MS = 86_400_000;
const DAYS = 730;
const BEGIN = Date.parse('2024-01-01T00:00:00.000Z');

/** Fills the database at `file`, which does not exist yet. */
export async function filledDatabase(file: string, filling: Filling): Promise<Filled> {
  const source = join(dirname(file), 'sources');
  mkdirSync(source, { recursive: true });
  const on = await compose({ file, source });
  const { task_id, ended } = await on.start('What happens to the pages?');
  await ended;
  await on.close();
  const rows = rowsOf(file, task_id);
  const db = new SqliteDatabase(file);
  try {
    db.pragma('journal_mode = OFF');
    db.pragma('synchronous = OFF');
    db.pragma('foreign_keys = OFF');
    db.pragma('cache_size = -262144');
    const whole = fill(db, { rows, task_id, filling });
    db.exec("INSERT INTO figures_to_come (created_at, task_id) VALUES ('', '')");
    const count = db.transaction(() => countMore(db, 100_000));
    while (filling.varied !== true && count());
    return { whole: [task_id, ...whole], words: { common: 'pages', rare: wordOfCase(1) } };
  } finally {
    db.close();
  }
}

function wordOfCase(n: number): string {
  return `case${n}`;
}

interface Template {
  readonly rows: readonly { readonly table: string; readonly row: Row }[];
  readonly task_id: string;
  readonly filling: Filling;
}

/** Returns the ids of whole copies. */
function fill(db: Database, template: Template): readonly string[] {
  const { rows, task_id, filling } = template;
  const stride = Math.max(1, Math.ceil((filling.workflows - 1) / Math.max(1, filling.whole)));
  db.exec('BEGIN');
  name(db, { count: filling.workflows - 1, stride });
  for (const { table, row } of rows) {
    if (table === 'workflows') copyWorkflows(db, row, filling);
    else if (table === 'results') copyResults(db, row, filling.varied === true);
    else if (table === 'search_entries' || table === 'search_index' || table === 'figures') continue;
    else if (table === 'events' && row['seq'] === lastSeq(rows)) copy(db, { table, row, task_id, where: 'TRUE' });
    else copy(db, { table, row, task_id, where: 'copies.whole' });
  }
  if (filling.searchable) {
    db.exec(`INSERT INTO search_entries (task_id) SELECT task_id FROM copies ORDER BY n`);
    db.exec(`INSERT INTO search_index (rowid, task, title, report)
      SELECT id, task, title, report FROM search_texts WHERE task_id IN (SELECT task_id FROM copies)`);
  }
  const whole = db.prepare<[], string>('SELECT task_id FROM copies WHERE whole ORDER BY n LIMIT 1000').pluck().all();
  db.exec('DROP TABLE copies');
  db.exec('COMMIT');
  return whole;
}

function lastSeq(rows: Template['rows']): unknown {
  return rows.find(({ table }) => table === 'workflows')?.row['last_seq'];
}

/** The copies' own values, one row each. */
function name(db: Database, { count, stride }: { readonly count: number; readonly stride: number }): void {
  db.exec(`CREATE TEMP TABLE copies (n INTEGER PRIMARY KEY, task_id TEXT NOT NULL, whole INTEGER NOT NULL,
    task TEXT NOT NULL, status TEXT NOT NULL, created_at TEXT NOT NULL, seconds REAL NOT NULL)`);
  const insert = db.prepare('INSERT INTO copies VALUES (?, ?, ?, ?, ?, ?, ?)');
  const random = new Random(1);
  for (let n = 1; n <= count; n += 1) {
    const created_at = new Date(BEGIN + Math.floor((n / count) * DAYS * DAY_MS)).toISOString();
    const task = `What happens to the pages in ${wordOfCase(n)}? ${sentence(random, 10)}`;
    const status = n % 50 === 0 ? 'cancelled' : n % 12 === 0 ? 'failed' : 'completed';
    insert.run(n, idOf(n), n % stride === 0 ? 1 : 0, task, status, created_at, 1 + random.below(600));
  }
}

/** An id as random as a real one, and the same in every run. */
function idOf(n: number): string {
  return taskId(createHash('sha256').update(String(n)).digest().subarray(0, 16));
}

const VARIED: Readonly<Record<string, string>> = {
  owner: `iif(copies.n % 10 = 0, 'owner-' || (copies.n % 70), @owner)`,
  orchestrator_type: `CASE copies.n % 7 WHEN 1 THEN 'swarm' WHEN 2 THEN 'sequential' WHEN 3 THEN 'iterative' ELSE @orchestrator_type END`,
  config: `json_set(@config, '$.model', 'vendor/model-' || (copies.n % 3))`,
};

function copyWorkflows(db: Database, row: Row, { varied = false, owners }: Filling): void {
  const own: Readonly<Record<string, string>> = {
    ...(varied ? VARIED : {}),
    ...(owners === undefined ? {} : { owner: `'owner-' || (copies.n % ${owners})` }),
    task_id: 'copies.task_id',
    task: 'copies.task',
    status: 'copies.status',
    created_at: 'copies.created_at',
    started_at: 'copies.created_at',
    completed_at: `strftime('%Y-%m-%dT%H:%M:%fZ', copies.created_at, copies.seconds || ' seconds')`,
    error_record: `CASE copies.status WHEN 'failed' THEN '{"code":"ALL_AGENTS_FAILED","message":"none","hint":"try","retryable":false}' END`,
  };
  insertCopies(db, { table: 'workflows', row, own, where: 'TRUE' });
}

/** The whole result for whole copies, a short one for the others. */
function copyResults(db: Database, row: Row, varied: boolean): void {
  const result = String(row['result']);
  const own: Readonly<Record<string, string>> = {
    ...(varied ? { total_cost: 'round(copies.seconds * (1 + copies.n % 3) / 700, 6)' } : {}),
    task_id: 'copies.task_id',
    created_at: 'copies.created_at',
    execution_time: 'copies.seconds',
    result: `CASE WHEN copies.whole THEN @result ELSE json_object('report', json_object('text', copies.task || ' The log is written first.')) END`,
  };
  insertCopies(db, { table: 'results', row: { ...row, result }, own, where: `copies.status <> 'failed'` });
}

function copy(
  db: Database,
  {
    table,
    row,
    task_id,
    where,
  }: { readonly table: string; readonly row: Row; readonly task_id: string; readonly where: string },
): void {
  const own = Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => typeof value === 'string' && value.includes(task_id))
      .map(([column]) => [column, `replace(@${column}, '${task_id}', copies.task_id)`]),
  );
  // Numbered by the database.
  const { id: _id, ...unnumbered } = row;
  insertCopies(db, { table, row: unnumbered, own, where });
}

interface Copies {
  readonly table: string;
  readonly row: Row;
  /** What differs from copy to copy, as SQL. */
  readonly own: Readonly<Record<string, string>>;
  readonly where: string;
}

function insertCopies(db: Database, { table, row, own, where }: Copies): void {
  const columns = Object.keys(row);
  const values = columns.map((column) => own[column] ?? `@${column}`).join(', ');
  const names = columns.map((column) => `"${column}"`).join(', ');
  db.prepare(`INSERT INTO "${table}" (${names}) SELECT ${values} FROM copies WHERE ${where} ORDER BY n`).run(row);
}
