/** The lines of a seal as the rows stand: every row of a workflow beside its own and its events. */

import type { Database } from 'better-sqlite3';
import { type Cell, SEALED, type SealedName, sealedRow, type SealedRow } from '../chain.ts';

const TABLES = ['steps', 'calls', 'sources', 'passages', 'claims', 'results'] as const satisfies readonly SealedName[];
type Table = (typeof TABLES)[number];
const TEXTS = `SELECT DISTINCT texts.sha256, texts.format, texts.hash
  FROM sources JOIN texts ON texts.sha256 = sources.sha256 AND texts.format = sources.format
  WHERE sources.task_id = +? ORDER BY 1, 2`;

/** By primary key, so that the same rows give the same list. */
function select(table: Table): string {
  const columns = SEALED[table].columns.map((column) => `"${column}"`).join(', ');
  const order = ['task_id', ...SEALED[table].key].join(', ');
  return `SELECT ${columns} FROM ${table} WHERE task_id = +? ORDER BY ${order}`;
}

/** `among`: the tables there are, where a migration seals before all of them are made. */
export function prepareSealing(
  db: Database,
  among: readonly Table[] = TABLES,
): (task_id: string, salt: string) => readonly SealedRow[] {
  const tables = [...among.map((table) => [table, select(table)] as const), ['texts', TEXTS] as const];
  const statements = tables.map(([table, sql]) => ({ table, all: db.prepare<[string], Cell[]>(sql).raw() }));
  return (task_id, salt) =>
    statements.flatMap(({ table, all }) => all.all(task_id).map((cells) => sealedRow(salt, table, cells)));
}
