import type { Migration } from './migration.ts';
import { TERMINAL } from './terminal-rows.ts';

/**
 * Calls of models and tools, one row a request. Breaking: an older release would end a workflow without sealing its calls.
 * Amounts come first, so that summing them up does not read the outcomes behind them.
 */
export const calls: Migration = {
  number: 3,
  breaking: true,
  sql: `
CREATE TABLE calls (
  task_id TEXT NOT NULL REFERENCES workflows(task_id),
  call_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  step_id TEXT NOT NULL,
  agent_id TEXT,
  key TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  round INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('model', 'tool')),
  name TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  share TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'succeeded', 'failed')),
  reserved_tokens INTEGER NOT NULL,
  reserved_microusd INTEGER,
  input_tokens INTEGER NOT NULL DEFAULT 0,
  cached_tokens INTEGER NOT NULL DEFAULT 0,
  cache_write_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  reasoning_tokens INTEGER NOT NULL DEFAULT 0,
  microusd INTEGER DEFAULT 0,
  estimated INTEGER NOT NULL DEFAULT 0,
  started_at TIMESTAMP NOT NULL,
  completed_at TIMESTAMP,
  adopted_from TEXT,
  error JSON,
  output JSON,
  PRIMARY KEY (task_id, call_id),
  FOREIGN KEY (task_id, step_id) REFERENCES steps(task_id, step_id)
) WITHOUT ROWID;

-- Whether a workflow was warned, or refused a call, without reading all it ever told.
CREATE INDEX idx_events_budget ON events(task_id, event_type) WHERE event_type IN ('budget_warning', 'budget_exhausted');

CREATE TRIGGER call_outcomes_never_change BEFORE UPDATE ON calls
WHEN OLD.status IN ('succeeded', 'failed')
BEGIN SELECT RAISE(ABORT, 'a recorded call does not change'); END;
CREATE TRIGGER calls_leave_only_by_retention BEFORE DELETE ON calls
WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE task_id = OLD.task_id)
BEGIN SELECT RAISE(ABORT, 'a call stays'); END;
CREATE TRIGGER calls_are_not_replaced BEFORE INSERT ON calls
WHEN EXISTS (SELECT 1 FROM calls WHERE task_id = NEW.task_id AND call_id = NEW.call_id)
BEGIN SELECT RAISE(ABORT, 'a call stays'); END;
CREATE TRIGGER calls_end_before_their_workflow BEFORE UPDATE OF status ON workflows
WHEN NEW.status IN ${TERMINAL} AND EXISTS (SELECT 1 FROM calls WHERE task_id = NEW.task_id AND status = 'running')
BEGIN SELECT RAISE(ABORT, 'a call of the workflow is under way'); END;
-- A process of an older release that had the file open before knows nothing of calls and must not end a workflow that has some.
CREATE TRIGGER calls_are_sealed BEFORE INSERT ON seals
WHEN instr(NEW.list, '["calls",') = 0 AND EXISTS (SELECT 1 FROM calls WHERE task_id = NEW.task_id)
BEGIN SELECT RAISE(ABORT, 'written by an older release, which is to be closed'); END;
`,
};
