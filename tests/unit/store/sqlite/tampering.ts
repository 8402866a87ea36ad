/** One row of a database changed, removed, added or moved, at random: as somebody could who has the file. */

import SqliteDatabase, { type Database } from 'better-sqlite3';
import type { Random } from '../../../support/random.ts';

type Cell = string | number | null | Buffer;
type Row = Readonly<Record<string, Cell>>;

/** What was done, and whose proof it must break. */
export interface Tampering {
  readonly what: string;
  readonly task_ids: readonly string[];
}

/** Each table, with the column that tells its rows apart within a workflow, or workflows apart. */
const TABLES = {
  events: 'seq',
  workflows: 'task_id',
  results: 'task_id',
  steps: 'step_id',
  calls: 'call_id',
  sources: 'source_id',
  passages: 'passage_id',
  claims: 'claim_id',
  texts: 'sha256',
  seals: 'task_id',
  tombstones: 'task_id',
} as const;
type Table = keyof typeof TABLES;
export const TAMPERED = Object.keys(TABLES) as readonly Table[];

/** What the end of a workflow seals; before that it is work in progress. */
const SEALED_LATER: ReadonlySet<Table> = new Set(['steps', 'calls', 'sources', 'passages', 'claims']);
/** Of the row of an open workflow: what was submitted, and what belongs to the proof. */
const PROVEN_WHILE_OPEN =
  `owner orchestrator_type task title config created_at input_hash idempotency_key trace resumed_from
  salt genesis head seal last_seq erased_at`.split(/\s+/);

/** Opens a database as a browser would, and takes away what makes tampering hard. */
export function unguarded(file: string): Database {
  const db = new SqliteDatabase(file);
  db.pragma('foreign_keys = OFF');
  db.pragma('ignore_check_constraints = ON');
  db.unsafeMode();
  const triggers = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck();
  for (const name of triggers.all()) db.exec(`DROP TRIGGER ${name}`);
  return db;
}

export class Tamperer {
  readonly #db: Database;
  readonly #random: Random;
  readonly #open: ReadonlySet<Cell>;

  constructor(db: Database, random: Random) {
    this.#db = db;
    this.#random = random;
    this.#open = new Set(
      db.prepare<[], string>('SELECT task_id FROM workflows WHERE completed_at IS NULL').pluck().all(),
    );
  }

  /** Null when the dice fell on what nothing proves, what a constraint forbids, or what changes nothing. */
  tamper(): Tampering | null {
    const table = this.#random.pick(TAMPERED);
    const deed = this.#random.pick(['change', 'change', 'change', 'remove', 'add', 'swap'] as const);
    const row = this.#random.pick(this.#rows(table));
    if (SEALED_LATER.has(table) && this.#isOpen(row)) return null;
    try {
      if (deed === 'change') return this.#change(table, row);
      if (deed === 'remove') return this.#remove(table, row);
      return deed === 'add' ? this.#add(table, row) : this.#swap(table, row);
    } catch (thrown) {
      if (thrown instanceof SqliteDatabase.SqliteError && /^SQLITE_(CONSTRAINT|MISMATCH)/.test(thrown.code))
        return null;
      throw thrown;
    }
  }

  /** Takes a row out and puts the very same in again, which is no tampering. */
  touch(): Tampering {
    const table = this.#random.pick(TAMPERED);
    const row = this.#random.pick(this.#rows(table));
    this.#delete(table, row);
    this.#insert(table, row);
    return this.#done('was put back', table, row);
  }

  #change(table: Table, row: Row): Tampering | null {
    const column = this.#random.pick(table === 'workflows' && this.#isOpen(row) ? PROVEN_WHILE_OPEN : Object.keys(row));
    const value = this.#another(row[column] ?? null);
    this.#delete(table, row);
    this.#insert(table, { ...row, [column]: value });
    if (this.#has(table, row)) return null;
    return this.#done(`got another ${column}: ${short(row[column] ?? null)} became ${short(value)}`, table, row);
  }

  #remove(table: Table, row: Row): Tampering | null {
    if (table === 'workflows' && this.#isOpen(row)) return null;
    this.#delete(table, row);
    return this.#done('was removed', table, row);
  }

  #add(table: Table, row: Row): Tampering | null {
    if (table === 'texts') return null;
    const column = TABLES[table];
    const another: Cell = table === 'events' ? this.#nextNumber(row) : `${String(row[column])}x`;
    const workflow = this.#random.pick(this.#rows('workflows'));
    const elsewhere = ['results', 'seals', 'tombstones'].includes(table);
    const added = { ...row, [column]: elsewhere ? (workflow['task_id'] ?? null) : another };
    this.#insert(table, table === 'events' ? { ...added, id: 1_000_000 } : added);
    return this.#done('was added', table, added);
  }

  /** Exchanges everything but what tells the two apart: the one then says what the other said. */
  #swap(table: Table, row: Row): Tampering | null {
    const other = this.#random.pick(this.#rows(table));
    if ([row, other].some((one) => this.#isOpen(one) && table !== 'events')) return null;
    const apart = TABLES[table];
    const [one, two] = [
      { ...other, [apart]: row[apart] ?? null },
      { ...row, [apart]: other[apart] ?? null },
    ];
    for (const old of [row, other]) this.#delete(table, old);
    for (const now of [one, two]) this.#insert(table, now);
    if (this.#has(table, row)) return null;
    return this.#done(`and ${this.#name(table, other)} changed places`, table, row);
  }

  #rows(table: Table): readonly Row[] {
    const used = table === 'texts' ? 'WHERE (sha256, format) IN (SELECT sha256, format FROM sources)' : '';
    return this.#db.prepare<[], Row>(`SELECT * FROM ${table} ${used}`).all();
  }

  #isOpen(row: Row): boolean {
    return this.#open.has(row['task_id'] ?? null);
  }

  /** Behind the last event, or between two. */
  #nextNumber(row: Row): number {
    const last = this.#db.prepare<[Cell], number>('SELECT max(seq) FROM events WHERE task_id = ?').pluck();
    const end = (last.get(row['task_id'] ?? null) ?? 0) + 1;
    return this.#random.pick([end, Number(row['seq']) + 0.5]);
  }

  #another(old: Cell): Cell {
    const { below, pick } = {
      below: this.#random.below.bind(this.#random),
      pick: this.#random.pick.bind(this.#random),
    };
    if (old === null) return pick<Cell>(['x', '', 1]);
    if (typeof old === 'number') return pick<Cell>([old + 1, old - 1, old + 0.5, old * 2 + 1, Infinity, 'x', null]);
    if (typeof old === 'string') {
      const at = below(old.length + 1);
      const [before, after] = [old.slice(0, at), old.slice(at)];
      return pick<Cell>([
        `${before} ${after}`,
        `${before}${after.slice(1)}`,
        `${old}x`,
        old.toUpperCase(),
        '',
        null,
        Buffer.from(old),
      ]);
    }
    const flipped = Buffer.from(old);
    const at = below(old.length);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << below(8));
    return pick<Cell>([flipped, Buffer.concat([old, Buffer.of(0)]), old.subarray(0, -1), Buffer.alloc(0)]);
  }

  #done(what: string, table: Table, row: Row): Tampering {
    const readers = this.#db
      .prepare<[Cell, Cell], string>(
        'SELECT task_id FROM sources JOIN seals USING (task_id) WHERE sha256 = ? AND format = ?',
      )
      .pluck();
    const task_ids =
      table === 'texts' ? readers.all(row['sha256'] ?? null, row['format'] ?? null) : [String(row['task_id'])];
    return { what: `${this.#name(table, row)} ${what}`, task_ids };
  }

  #name(table: Table, row: Row): string {
    return [table, row['task_id'], row[TABLES[table]]].filter((part) => part !== undefined).join(' ');
  }

  #has(table: Table, row: Row): boolean {
    return this.#db.prepare<Row, 1>(`SELECT 1 FROM ${table} WHERE ${exactly(row)}`).get(row) !== undefined;
  }

  #delete(table: Table, row: Row): void {
    this.#db.prepare(`DELETE FROM ${table} WHERE ${exactly(row)}`).run(row);
  }

  #insert(table: Table, row: Row): void {
    const columns = Object.keys(row);
    const names = columns.map((column) => `"${column}"`).join(', ');
    const values = columns.map((column) => `@${column}`).join(', ');
    this.#db.prepare(`INSERT INTO ${table} (${names}) VALUES (${values})`).run(row);
  }
}

function exactly(row: Row): string {
  return Object.keys(row)
    .map((column) => `"${column}" IS @${column}`)
    .join(' AND ');
}

function short(cell: Cell): string {
  return (Buffer.isBuffer(cell) ? `bytes ${cell.toString('hex')}` : JSON.stringify(cell)).slice(0, 60);
}
