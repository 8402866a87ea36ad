import type { Database } from 'better-sqlite3';

export interface Migration {
  readonly number: number;
  /** Whether a release that does not know it must not touch the database. */
  readonly breaking: boolean;
  readonly sql: string;
  /**
   * What takes long to read, put into temporary tables of this connection before the database is locked for everybody: others go on
   * writing meanwhile. Perhaps for nothing, where another process was faster. Returns what takes the tables away again.
   */
  readonly before?: (db: Database) => () => void;
  /** What SQL alone cannot do, after `sql` and in the same transaction. */
  readonly run?: (db: Database) => void;
}
