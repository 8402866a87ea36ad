import { backfill } from './0002-backfill.ts';
import type { Migration } from './migration.ts';
import { same, TERMINAL, terminalWorkflowsNeverChange } from './terminal-rows.ts';

const BURIED = 'EXISTS (SELECT 1 FROM tombstones WHERE task_id = OLD.task_id)';

/** The columns of `workflows` that hold content, and what they hold when it is gone. */
export const EMPTIED = {
  task: '',
  title: null,
  config: '{}',
  error: null,
  error_record: null,
  stop: null,
  idempotency_key: null,
  input_hash: '',
  trace: null,
  salt: '',
} as const;

const KEPT = [
  'task_id',
  'orchestrator_type',
  'status',
  'created_at',
  'started_at',
  'completed_at',
  'owner',
  'phase',
  'deadline_at',
  'resumed',
  'fence',
  'lease_holder',
  'lease_expires_at',
  'resumed_from',
  'genesis',
  'seal',
];

/** Evidence is written once. The trigger of 0001 gave way while each row learnt which step brought it. */
function neverChanges(table: string): string {
  return `
CREATE TRIGGER ${table}_never_change BEFORE UPDATE ON ${table}
BEGIN SELECT RAISE(ABORT, 'evidence does not change'); END;`;
}

function isHashed(place: string): string {
  const [table, column] = place.split('.');
  return `
CREATE TRIGGER ${table}_are_hashed BEFORE INSERT ON ${table}
WHEN NEW.${column} = ''
BEGIN SELECT RAISE(ABORT, 'written by an older release, which is to be closed'); END;`;
}

const COLUMNS = `
DROP TRIGGER events_never_change;
DROP TRIGGER events_leave_only_by_retention;
DROP TRIGGER terminal_workflows_never_change;
DROP TRIGGER terminal_workflows_leave_only_by_retention;
DROP TRIGGER sources_never_change;
DROP TRIGGER passages_never_change;
DROP TRIGGER claims_never_change;

ALTER TABLE workflows ADD COLUMN resumed_from TEXT;
ALTER TABLE workflows ADD COLUMN trace JSON;
ALTER TABLE workflows ADD COLUMN salt TEXT NOT NULL DEFAULT '';
ALTER TABLE workflows ADD COLUMN genesis TEXT NOT NULL DEFAULT '';
ALTER TABLE workflows ADD COLUMN head TEXT NOT NULL DEFAULT '';
ALTER TABLE workflows ADD COLUMN seal TEXT;
ALTER TABLE workflows ADD COLUMN erased_at TIMESTAMP;
ALTER TABLE events ADD COLUMN data_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN hash TEXT NOT NULL DEFAULT '';
ALTER TABLE steps ADD COLUMN adopted_from TEXT;
ALTER TABLE texts ADD COLUMN stored_by TEXT NOT NULL DEFAULT '';
ALTER TABLE texts ADD COLUMN hash TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN step_id TEXT NOT NULL DEFAULT 'collect';
ALTER TABLE passages ADD COLUMN step_id TEXT NOT NULL DEFAULT '';
ALTER TABLE claims ADD COLUMN step_id TEXT NOT NULL DEFAULT '';
ALTER TABLE tombstones ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE tombstones ADD COLUMN kind TEXT NOT NULL DEFAULT 'deleted' CHECK (kind IN ('deleted', 'expired'));

CREATE TABLE seals (
  task_id TEXT PRIMARY KEY REFERENCES workflows(task_id),
  list JSON NOT NULL
);

CREATE INDEX idx_workflows_owner ON workflows(owner, created_at, task_id) WHERE erased_at IS NULL;
CREATE INDEX idx_workflows_ended ON workflows(completed_at, task_id) WHERE completed_at IS NOT NULL AND erased_at IS NULL;
-- Figures read these without the results they stand behind, which are large.
CREATE INDEX idx_results_figures ON results(task_id, execution_time, total_cost);
CREATE INDEX idx_sources_text ON sources(sha256, format);
CREATE INDEX idx_texts_stored_by ON texts(stored_by);
-- Seals read the hash without the text it stands behind.
CREATE INDEX idx_texts_hash ON texts(sha256, format, hash);

CREATE TABLE search_entries (
  id INTEGER PRIMARY KEY,
  task_id TEXT NOT NULL UNIQUE REFERENCES workflows(task_id)
);
CREATE VIEW search_texts AS
SELECT search_entries.id, workflows.task_id, workflows.task, workflows.title,
  json_extract(results.result, '$.report.text') AS report
FROM search_entries
JOIN workflows ON workflows.task_id = search_entries.task_id
LEFT JOIN results ON results.task_id = search_entries.task_id;
CREATE VIRTUAL TABLE search_index USING fts5(
  task, title, report,
  content = 'search_texts', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1);

UPDATE passages SET step_id = 'agent:' || agent_id;
UPDATE claims SET step_id = 'agent:' || agent_id;
`;

/**
 * What is written stays, with one way out: an erasure, which a tombstone announces, empties the data of events and the
 * content of the workflow's row. Rows of content then leave by the triggers of 0001; events and workflows never do.
 */
const TRIGGERS = `
CREATE TRIGGER events_never_change BEFORE UPDATE ON events
WHEN NOT (${BURIED} AND OLD.event_type <> 'workflow_erased' AND NEW.event_data IS NULL
  AND ${same(['id', 'task_id', 'event_type', 'timestamp', 'seq', 'agent_id', 'data_hash', 'hash'])})
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_never_leave BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;${terminalWorkflowsNeverChange({ emptied: EMPTIED, kept: KEPT })}
CREATE TRIGGER terminal_workflows_never_leave BEFORE DELETE ON workflows
WHEN OLD.status IN ${TERMINAL}
BEGIN SELECT RAISE(ABORT, 'a terminal workflow does not change'); END;
${['sources', 'passages', 'claims'].map(neverChanges).join('')}
CREATE TRIGGER seals_never_change BEFORE UPDATE ON seals
BEGIN SELECT RAISE(ABORT, 'a seal does not change'); END;
CREATE TRIGGER seals_leave_only_by_retention BEFORE DELETE ON seals
WHEN NOT ${BURIED}
BEGIN SELECT RAISE(ABORT, 'a seal does not change'); END;
CREATE TRIGGER seals_are_not_replaced BEFORE INSERT ON seals
WHEN EXISTS (SELECT 1 FROM seals WHERE task_id = NEW.task_id)
BEGIN SELECT RAISE(ABORT, 'a seal does not change'); END;
CREATE TRIGGER tombstones_are_for_what_ended BEFORE INSERT ON tombstones
WHEN NOT EXISTS (SELECT 1 FROM workflows WHERE task_id = NEW.task_id AND status IN ${TERMINAL} AND erased_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'only a workflow that ended is erased, once'); END;
CREATE TRIGGER tombstones_never_change BEFORE UPDATE ON tombstones
BEGIN SELECT RAISE(ABORT, 'a tombstone stays'); END;
CREATE TRIGGER tombstones_never_leave BEFORE DELETE ON tombstones
BEGIN SELECT RAISE(ABORT, 'a tombstone stays'); END;
-- A process of an older release that had the file open before knows nothing of hashes and must not write any more.
${['workflows.salt', 'events.hash', 'texts.hash'].map(isHashed).join('')}
`;

/**
 * Chains of hashes, seals, the index over tasks and reports, and erasure. Breaking: an older release would append events
 * that no hash covers. What is there already is hashed as it stands, and so proven from now on.
 */
export const auditAndSearch: Migration = {
  number: 2,
  breaking: true,
  sql: COLUMNS,
  run: (db) => {
    backfill(db);
    db.exec(TRIGGERS);
  },
};
