-- Made from the migrations by `npx vitest run tests/unit/store/sqlite/schema.test.ts -u`.

CREATE TABLE migrations (
  number INTEGER PRIMARY KEY,
  breaking INTEGER NOT NULL,
  applied_at TIMESTAMP NOT NULL
);
CREATE TABLE workflows (
  task_id TEXT PRIMARY KEY,
  orchestrator_type TEXT NOT NULL,
  task TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
  created_at TIMESTAMP NOT NULL,
  started_at TIMESTAMP,
  completed_at TIMESTAMP,
  config JSON,
  error TEXT,
  owner TEXT NOT NULL,
  title TEXT,
  phase TEXT NOT NULL,
  deadline_at TIMESTAMP,
  idempotency_key TEXT,
  input_hash TEXT NOT NULL,
  stop JSON,
  error_record JSON,
  resumed INTEGER NOT NULL DEFAULT 0,
  last_seq INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  lease_holder TEXT,
  lease_expires_at TIMESTAMP
);
CREATE INDEX idx_workflows_status ON workflows(status);
CREATE INDEX idx_workflows_created ON workflows(created_at);
CREATE UNIQUE INDEX idx_workflows_idempotency ON workflows(owner, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE TABLE results (
  task_id TEXT PRIMARY KEY,
  result JSON NOT NULL,
  execution_time REAL,
  total_cost REAL,
  created_at TIMESTAMP NOT NULL,
  FOREIGN KEY (task_id) REFERENCES workflows(task_id)
);
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  task_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  event_data JSON,
  timestamp TIMESTAMP NOT NULL,
  seq INTEGER NOT NULL,
  agent_id TEXT,
  FOREIGN KEY (task_id) REFERENCES workflows(task_id)
);
CREATE INDEX idx_events_task_time ON events(task_id, timestamp);
CREATE UNIQUE INDEX idx_events_seq ON events(task_id, seq);
CREATE TABLE steps (
  task_id TEXT NOT NULL REFERENCES workflows(task_id),
  step_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  agent_id TEXT,
  status TEXT NOT NULL CHECK (status IN ('running', 'succeeded', 'failed')),
  idempotency_key TEXT NOT NULL,
  input_hash TEXT NOT NULL,
  input JSON NOT NULL,
  output JSON,
  error JSON,
  attempts INTEGER NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  available_at TIMESTAMP,
  started_at TIMESTAMP NOT NULL,
  completed_at TIMESTAMP,
  PRIMARY KEY (task_id, step_id)
) WITHOUT ROWID;
CREATE TABLE texts (
  sha256 TEXT NOT NULL,
  format TEXT NOT NULL,
  codec TEXT NOT NULL,
  body BLOB NOT NULL,
  layout BLOB NOT NULL,
  characters INTEGER NOT NULL,
  created_at TIMESTAMP NOT NULL,
  PRIMARY KEY (sha256, format)
);
CREATE TABLE sources (
  task_id TEXT NOT NULL REFERENCES workflows(task_id),
  source_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  format TEXT NOT NULL,
  title TEXT NOT NULL,
  location TEXT NOT NULL,
  uri TEXT NOT NULL,
  domain TEXT NOT NULL,
  date TEXT,
  modified_at TIMESTAMP NOT NULL,
  accessed_at TIMESTAMP NOT NULL,
  characters INTEGER NOT NULL,
  also_at JSON NOT NULL,
  PRIMARY KEY (task_id, source_id),
  FOREIGN KEY (sha256, format) REFERENCES texts(sha256, format)
) WITHOUT ROWID;
CREATE TABLE passages (
  task_id TEXT NOT NULL REFERENCES workflows(task_id),
  passage_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  source_id TEXT NOT NULL,
  "start" INTEGER NOT NULL,
  "end" INTEGER NOT NULL,
  heading TEXT NOT NULL,
  location TEXT NOT NULL,
  score REAL NOT NULL,
  PRIMARY KEY (task_id, passage_id),
  FOREIGN KEY (task_id, source_id) REFERENCES sources(task_id, source_id)
) WITHOUT ROWID;
CREATE TABLE claims (
  task_id TEXT NOT NULL REFERENCES workflows(task_id),
  claim_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  agent_id TEXT NOT NULL,
  source_id TEXT NOT NULL,
  text TEXT NOT NULL,
  quote TEXT NOT NULL,
  "start" INTEGER NOT NULL,
  "end" INTEGER NOT NULL,
  label TEXT NOT NULL,
  location TEXT NOT NULL,
  heading TEXT NOT NULL,
  score REAL NOT NULL,
  objective TEXT NOT NULL,
  PRIMARY KEY (task_id, claim_id),
  FOREIGN KEY (task_id, source_id) REFERENCES sources(task_id, source_id)
) WITHOUT ROWID;
CREATE TABLE tombstones (
  task_id TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL
);
CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_leave_only_by_retention BEFORE DELETE ON events
WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE task_id = OLD.task_id)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER terminal_workflows_never_change BEFORE UPDATE ON workflows
WHEN OLD.status IN ('completed', 'failed', 'cancelled')
BEGIN SELECT RAISE(ABORT, 'a terminal workflow does not change'); END;
CREATE TRIGGER terminal_workflows_leave_only_by_retention BEFORE DELETE ON workflows
WHEN OLD.status IN ('completed', 'failed', 'cancelled')
  AND NOT EXISTS (SELECT 1 FROM tombstones WHERE task_id = OLD.task_id)
BEGIN SELECT RAISE(ABORT, 'a terminal workflow does not change'); END;
CREATE TRIGGER results_never_change BEFORE UPDATE ON results
BEGIN SELECT RAISE(ABORT, 'a result does not change'); END;
CREATE TRIGGER results_leave_only_by_retention BEFORE DELETE ON results
WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE task_id = OLD.task_id)
BEGIN SELECT RAISE(ABORT, 'a result does not change'); END;
CREATE TRIGGER outcomes_never_change BEFORE UPDATE ON steps
WHEN OLD.status IN ('succeeded', 'failed')
BEGIN SELECT RAISE(ABORT, 'a recorded outcome does not change'); END;
CREATE TRIGGER steps_leave_only_by_retention BEFORE DELETE ON steps
WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE task_id = OLD.task_id)
BEGIN SELECT RAISE(ABORT, 'a step stays'); END;
CREATE TRIGGER sources_never_change BEFORE UPDATE ON sources
BEGIN SELECT RAISE(ABORT, 'evidence does not change'); END;
CREATE TRIGGER sources_leave_only_by_retention BEFORE DELETE ON sources
WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE task_id = OLD.task_id)
BEGIN SELECT RAISE(ABORT, 'evidence does not change'); END;
CREATE TRIGGER sources_are_not_replaced BEFORE INSERT ON sources
WHEN EXISTS (SELECT 1 FROM sources WHERE task_id = NEW.task_id AND source_id = NEW.source_id)
BEGIN SELECT RAISE(ABORT, 'evidence does not change'); END;
CREATE TRIGGER passages_never_change BEFORE UPDATE ON passages
BEGIN SELECT RAISE(ABORT, 'evidence does not change'); END;
CREATE TRIGGER passages_leave_only_by_retention BEFORE DELETE ON passages
WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE task_id = OLD.task_id)
BEGIN SELECT RAISE(ABORT, 'evidence does not change'); END;
CREATE TRIGGER passages_are_not_replaced BEFORE INSERT ON passages
WHEN EXISTS (SELECT 1 FROM passages WHERE task_id = NEW.task_id AND passage_id = NEW.passage_id)
BEGIN SELECT RAISE(ABORT, 'evidence does not change'); END;
CREATE TRIGGER claims_never_change BEFORE UPDATE ON claims
BEGIN SELECT RAISE(ABORT, 'evidence does not change'); END;
CREATE TRIGGER claims_leave_only_by_retention BEFORE DELETE ON claims
WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE task_id = OLD.task_id)
BEGIN SELECT RAISE(ABORT, 'evidence does not change'); END;
CREATE TRIGGER claims_are_not_replaced BEFORE INSERT ON claims
WHEN EXISTS (SELECT 1 FROM claims WHERE task_id = NEW.task_id AND claim_id = NEW.claim_id)
BEGIN SELECT RAISE(ABORT, 'evidence does not change'); END;
CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
  OR EXISTS (SELECT 1 FROM events WHERE task_id = NEW.task_id AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER results_are_not_replaced BEFORE INSERT ON results
WHEN EXISTS (SELECT 1 FROM results WHERE task_id = NEW.task_id)
BEGIN SELECT RAISE(ABORT, 'a result does not change'); END;
CREATE TRIGGER steps_are_not_replaced BEFORE INSERT ON steps
WHEN EXISTS (SELECT 1 FROM steps WHERE task_id = NEW.task_id AND step_id = NEW.step_id)
BEGIN SELECT RAISE(ABORT, 'a step stays'); END;
CREATE TRIGGER workflows_are_not_replaced BEFORE INSERT ON workflows
WHEN EXISTS (SELECT 1 FROM workflows WHERE task_id = NEW.task_id)
BEGIN SELECT RAISE(ABORT, 'a workflow stays'); END;
