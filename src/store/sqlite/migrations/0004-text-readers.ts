import type { Database } from 'better-sqlite3';
import type { Migration } from './migration.ts';

/** What outcomes of tools name, of calls that come from here. */
function namedBy(calls: string): string {
  return `SELECT DISTINCT calls.task_id, brought.value ->> '$.sha256' AS sha256, brought.value ->> '$.format' AS format
FROM ${calls}
CROSS JOIN json_each(iif(json_valid(calls.output), calls.output, '{}'), '$.brought') AS brought
WHERE calls.kind = 'tool' AND brought.type = 'object'`;
}

const IN_MIND = ['brought_before', 'open_before', 'read_before'] as const;

/**
 * Every outcome of a tool there is, while others go on writing: a million take seconds. No call of a workflow that has ended changes or
 * comes; what is open now, or comes after this moment, is read once nobody writes.
 */
function readAhead(db: Database): () => void {
  const forget = (): void => {
    for (const table of IN_MIND) db.exec(`DROP TABLE IF EXISTS temp.${table}`);
  };
  forget();
  const read = db.transaction(() => {
    const there = db.prepare("SELECT count(*) FROM main.sqlite_master WHERE name = 'calls'").pluck().get() !== 0;
    db.exec(`
CREATE TEMP TABLE read_before AS SELECT ${there ? 'coalesce(max(rowid), 0) AS upto FROM workflows' : '0 AS upto'};
CREATE TEMP TABLE open_before AS SELECT ${there ? "task_id FROM workflows WHERE status IN ('pending', 'running')" : "'' AS task_id"};
CREATE TEMP TABLE brought_before (task_id TEXT, sha256 TEXT, format TEXT);
${there ? `INSERT INTO brought_before ${namedBy('calls')}` : ''}`);
  });
  read();
  return forget;
}

/**
 * Who reads which stored text, from the moment it is stored or met: a recorded outcome of a tool names its texts long before they
 * are anybody's sources, and is never asked for again. An index and no content: nothing of it is sealed, and it goes with its
 * workflow. Breaking: an older release would erase texts that others read.
 */
export const textReaders: Migration = {
  number: 4,
  breaking: true,
  before: readAhead,
  sql: `
CREATE TABLE text_readers (
  task_id TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  format TEXT NOT NULL,
  PRIMARY KEY (task_id, sha256, format),
  FOREIGN KEY (sha256, format) REFERENCES texts(sha256, format)
) WITHOUT ROWID;
CREATE INDEX idx_text_readers_text ON text_readers(sha256, format);

-- Whoever stored it, and whoever has a recorded outcome that names it.
WITH unread (task_id) AS (
  SELECT task_id FROM open_before UNION SELECT task_id FROM workflows WHERE rowid > (SELECT upto FROM read_before)
)
INSERT INTO text_readers (task_id, sha256, format)
SELECT task_id, sha256, format FROM texts JOIN workflows ON task_id = stored_by WHERE erased_at IS NULL
UNION
SELECT task_id, sha256, format
FROM (SELECT * FROM brought_before
  UNION ALL ${namedBy('unread CROSS JOIN calls ON calls.task_id = unread.task_id')})
JOIN texts USING (sha256, format) JOIN workflows USING (task_id) WHERE erased_at IS NULL;

-- Also where a process of an older release stores it, which had the file open before.
CREATE TRIGGER who_stores_a_text_reads_it AFTER INSERT ON texts
BEGIN INSERT OR IGNORE INTO text_readers (task_id, sha256, format) VALUES (NEW.stored_by, NEW.sha256, NEW.format); END;
CREATE TRIGGER text_readers_never_change BEFORE UPDATE ON text_readers
BEGIN SELECT RAISE(ABORT, 'who read a text has read it'); END;
CREATE TRIGGER text_readers_leave_only_by_retention BEFORE DELETE ON text_readers
WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE task_id = OLD.task_id)
BEGIN SELECT RAISE(ABORT, 'who read a text has read it'); END;
`,
};
