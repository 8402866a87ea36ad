import type { Migration } from './migration.ts';

/**
 * Who reads which stored text, from the moment it is stored or met: a recorded outcome of a tool names its texts long before they
 * are anybody's sources, and is never asked for again. An index and no content: nothing of it is sealed, and it goes with its
 * workflow. Breaking: an older release would erase texts that others read.
 */
export const textReaders: Migration = {
  number: 4,
  breaking: true,
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
INSERT INTO text_readers (task_id, sha256, format)
SELECT task_id, sha256, format FROM texts JOIN workflows ON task_id = stored_by WHERE erased_at IS NULL
UNION
SELECT calls.task_id, texts.sha256, texts.format
FROM calls
JOIN json_each(iif(json_valid(calls.output), calls.output, '{}'), '$.brought') AS brought
JOIN texts ON texts.sha256 = iif(brought.type = 'object', brought.value, '{}') ->> '$.sha256'
  AND texts.format = iif(brought.type = 'object', brought.value, '{}') ->> '$.format'
WHERE calls.kind = 'tool';

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
