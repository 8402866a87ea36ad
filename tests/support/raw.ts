/** A database file as any program may open it: past the store, and without what the store guards. */

import SqliteDatabase from 'better-sqlite3';

export function raw<T>(file: string, deed: (db: SqliteDatabase.Database) => T): T {
  const db = new SqliteDatabase(file);
  try {
    return deed(db);
  } finally {
    db.close();
  }
}
