/**
 * The floor under a workflow: the rows it leaves, byte for byte, inserted with prepared statements into the same tables and
 * indexes, without triggers, foreign keys, reads or updates, in as many durable commits as one workflow needs alone. Workflows
 * that run at a time share their commits: the first of all, then the second of all, and so on, which is group commit at its best.
 */

import { readFileSync } from 'node:fs';
import SqliteDatabase, { type Database, type Statement } from 'better-sqlite3';

export type Row = Readonly<Record<string, unknown>>;

/** What one workflow left in the file. */
export interface Left {
  readonly task_id: string;
  /** Rows by table, in an order in which they can be inserted. */
  readonly rows: readonly { readonly table: string; readonly row: Row }[];
  /** Durable commits from its submission to its end. */
  readonly commits: number;
}

const WAL_HEADER = 32;
const FRAME_HEADER = 24;
/** Where SQLite moves the log into the file and begins it anew. */
const MOST_PAGES = 1000;

/**
 * Commits in a log that was empty before: its frames that end a transaction. Throws when the log may have been begun anew.
 */
export function commitsIn(database: string): number {
  const log = readFileSync(`${database}-wal`);
  if (log.length < WAL_HEADER) return 0;
  const page = log.readUInt32BE(8);
  const salt = log.subarray(16, 24).toString('hex');
  let commits = 0;
  if (log.length > MOST_PAGES * (FRAME_HEADER + page)) throw new RangeError('the log is too long to hold all commits');
  for (let at = WAL_HEADER; at + FRAME_HEADER + page <= log.length; at += FRAME_HEADER + page) {
    if (log.subarray(at + 8, at + 16).toString('hex') !== salt) break;
    if (log.readUInt32BE(at + 4) !== 0) commits += 1;
  }
  return commits;
}

/** Every row of every table that belongs to the workflow, and its entry in the full-text index. */
export function rowsOf(file: string, task_id: string): Left['rows'] {
  const db = new SqliteDatabase(file, { readonly: true });
  try {
    const tables = db
      .prepare<[], string>(
        `SELECT m.name FROM sqlite_schema m, pragma_table_info(m.name) c
         WHERE m.type = 'table' AND c.name = 'task_id' ORDER BY m.name <> 'workflows', m.rowid`,
      )
      .pluck()
      .all();
    const own = tables.flatMap((table) =>
      db
        .prepare<[string], Row>(`SELECT * FROM "${table}" WHERE task_id = ?`)
        .all(task_id)
        .map((row) => ({ table, row })),
    );
    const indexed = db
      .prepare<[string], Row>(
        `SELECT id AS rowid, task, title, report FROM search_texts
         WHERE task_id = ? AND id IN (SELECT id FROM search_index_docsize)`,
      )
      .all(task_id)
      .map((row) => ({ table: 'search_index', row }));
    return [...own, ...indexed];
  } finally {
    db.close();
  }
}

interface Insert {
  readonly statement: Statement;
  readonly values: readonly unknown[];
}

/** More than the rows of a workflow in any one table. */
const MOST_ROWS = 1000;

/** The same row of another workflow: another name of the same length, and row numbers that are free. */
function renamed(row: Row, change: { readonly from: string; readonly to: string; readonly offset: number }): Row {
  const value = ([name, value]: [string, unknown]): [string, unknown] => {
    if (typeof value === 'string') return [name, value.replaceAll(change.from, change.to)];
    const numbered = (name === 'id' || name === 'rowid') && typeof value === 'number';
    return [name, numbered ? value + change.offset : value];
  };
  return Object.fromEntries(Object.entries(row).map(value));
}

export class RawWriter {
  readonly #db: Database;
  readonly #left: Left;
  readonly #statements = new Map<string, Statement>();
  #made = 0;

  /** `file`: an empty database of the same schema. */
  constructor(file: string, left: Left) {
    this.#db = new SqliteDatabase(file);
    this.#left = left;
    const triggers = this.#db.prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`).pluck();
    for (const name of triggers.all()) this.#db.exec(`DROP TRIGGER "${name}"`);
    this.#db.pragma('journal_mode = WAL');
    this.#db.pragma('synchronous = FULL');
    this.#db.pragma('fullfsync = ON');
    this.#db.pragma('foreign_keys = OFF');
  }

  /** The inserts of one more workflow under an id of its own, made before the clock runs, in the portions of its commits. */
  prepare(): readonly (readonly Insert[])[] {
    const { task_id, rows, commits } = this.#left;
    this.#made += 1;
    const own = `wf_${String(this.#made).padStart(task_id.length - 3, '0')}`;
    const offset = this.#made * MOST_ROWS;
    const inserts = rows.map(({ table, row }) => this.#insert(table, renamed(row, { from: task_id, to: own, offset })));
    return Array.from({ length: commits }, (_, n) =>
      inserts.slice(Math.floor((n * inserts.length) / commits), Math.floor(((n + 1) * inserts.length) / commits)),
    );
  }

  /** The workflows advance together: one durable commit for the first portions of all, one for the second, and so on. */
  write(workflows: readonly (readonly (readonly Insert[])[])[]): void {
    for (let commit = 0; commit < this.#left.commits; commit += 1) {
      this.#db.exec('BEGIN IMMEDIATE');
      for (const portions of workflows)
        for (const { statement, values } of portions[commit] ?? []) statement.run(...values);
      this.#db.exec('COMMIT');
    }
  }

  close(): void {
    this.#db.close();
  }

  #insert(table: string, row: Row): Insert {
    const known = this.#statements.get(table);
    const columns = Object.keys(row);
    const statement =
      known ??
      this.#db.prepare(
        `INSERT INTO "${table}" (${columns.map((name) => `"${name}"`).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
      );
    this.#statements.set(table, statement);
    return { statement, values: Object.values(row) };
  }
}
