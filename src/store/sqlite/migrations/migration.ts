import type { Database } from 'better-sqlite3';

export interface Migration {
  readonly number: number;
  /** Whether a release that does not know it must not touch the database. */
  readonly breaking: boolean;
  readonly sql: string;
  /** What SQL alone cannot do, after `sql` and in the same transaction. */
  readonly run?: (db: Database) => void;
}
