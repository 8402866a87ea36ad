/**
 * Numbered migrations. Each runs in a transaction that first inserts its own row, so that concurrent starters collide on
 * the primary key's write lock and the loser finds the work done. A database whose newest migration is unknown here was
 * written by a newer release: if that migration is marked breaking it is refused, else it is used as it is.
 */

import type { Database } from 'better-sqlite3';
import { Fault } from '../../core/errors.ts';
import { initial } from './migrations/0001-initial.ts';
import { auditAndSearch } from './migrations/0002-audit-and-search.ts';
import { calls } from './migrations/0003-calls.ts';
import { textReaders } from './migrations/0004-text-readers.ts';
import { webhooks } from './migrations/0005-webhooks.ts';
import { figures } from './migrations/0006-figures.ts';
import { ownerDays } from './migrations/0007-owner-days.ts';
import type { Migration } from './migrations/migration.ts';

export const MIGRATIONS: readonly Migration[] = [
  initial,
  auditAndSearch,
  calls,
  textReaders,
  webhooks,
  figures,
  ownerDays,
];

const LEDGER = `CREATE TABLE IF NOT EXISTS migrations (
  number INTEGER PRIMARY KEY,
  breaking INTEGER NOT NULL,
  applied_at TIMESTAMP NOT NULL
)`;

/** Whether the file already holds a schema this release can use; throws STORE_NEWER when it must not. Reads only. */
export function isCurrent(db: Database, migrations: readonly Migration[] = MIGRATIONS): boolean {
  if (isEmpty(db)) return false;
  if (!hasLedger(db)) throw new Fault('STORE_CORRUPT', `${db.name} is an SQLite database of another program`);
  const newest = migrations.at(-1)?.number ?? 0;
  const unknown = db
    .prepare('SELECT max(number) FROM migrations WHERE number > ? AND breaking = 1')
    .pluck()
    .get(newest);
  if (typeof unknown === 'number') {
    throw new Fault(
      'STORE_NEWER',
      `${db.name} was written by a newer release: it has migration ${unknown}, this release knows up to ${newest}`,
    );
  }
  const applied = db.prepare('SELECT count(*) FROM migrations WHERE number <= ?').pluck().get(newest);
  return applied === migrations.length;
}

/** Numbers of the migrations the file holds; none for an empty one. */
export function appliedMigrations(db: Database): readonly number[] {
  return hasLedger(db) ? db.prepare<[], number>('SELECT number FROM migrations ORDER BY number').pluck().all() : [];
}

export function newestMigration(): number {
  return MIGRATIONS.at(-1)?.number ?? 0;
}

/** Many programs have a table called `migrations`; ours is known by its columns. */
function hasLedger(db: Database): boolean {
  const columns = db.prepare("SELECT group_concat(name) FROM pragma_table_info('migrations')").pluck().get();
  return columns === 'number,breaking,applied_at';
}

/**
 * Asked before the ledger is looked for: another process may make our schema at any moment, all of it in one commit, and who looked
 * the other way round would find no ledger, and then tables: those of another program, which must not be written into.
 */
function isEmpty(db: Database): boolean {
  return db.prepare('SELECT count(*) FROM sqlite_master').pluck().get() === 0;
}

/** How long the lock is waited for once much was read for it: whoever came again would read it all again. */
const WAIT_MS = 5000;

/** Applies what is missing. The caller retries on a busy database. */
export function migrate(db: Database, at: string, migrations: readonly Migration[] = MIGRATIONS): void {
  if (isCurrent(db, migrations)) return;
  const applied = appliedMigrations(db);
  const missing = migrations.filter(({ number }) => !applied.includes(number));
  const leave = missing.flatMap(({ before }) => before?.(db) ?? []);
  if (leave.length > 0) db.pragma(`busy_timeout = ${WAIT_MS}`);
  try {
    applyMissing(db, at, migrations);
  } finally {
    db.pragma('busy_timeout = 0');
    for (const end of leave) end();
  }
}

function applyMissing(db: Database, at: string, migrations: readonly Migration[]): void {
  const apply = db.transaction(() => {
    if (isCurrent(db, migrations)) return;
    db.exec(LEDGER);
    const record = db.prepare('INSERT OR IGNORE INTO migrations (number, breaking, applied_at) VALUES (?, ?, ?)');
    for (const migration of migrations) {
      if (record.run(migration.number, migration.breaking ? 1 : 0, at).changes === 0) continue;
      db.exec(migration.sql);
      migration.run?.(db);
    }
  });
  apply.immediate();
}
