-- Made from the migrations by `npm run docs`; do not edit.

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
, resumed_from TEXT, trace JSON, salt TEXT NOT NULL DEFAULT '', genesis TEXT NOT NULL DEFAULT '', head TEXT NOT NULL DEFAULT '', seal TEXT, erased_at TIMESTAMP);
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
  agent_id TEXT, data_hash TEXT NOT NULL DEFAULT '', hash TEXT NOT NULL DEFAULT '',
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
  completed_at TIMESTAMP, adopted_from TEXT,
  PRIMARY KEY (task_id, step_id)
) WITHOUT ROWID;
CREATE TABLE texts (
  sha256 TEXT NOT NULL,
  format TEXT NOT NULL,
  codec TEXT NOT NULL,
  body BLOB NOT NULL,
  layout BLOB NOT NULL,
  characters INTEGER NOT NULL,
  created_at TIMESTAMP NOT NULL, stored_by TEXT NOT NULL DEFAULT '', hash TEXT NOT NULL DEFAULT '',
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
  also_at JSON NOT NULL, step_id TEXT NOT NULL DEFAULT 'collect',
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
  score REAL NOT NULL, step_id TEXT NOT NULL DEFAULT '',
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
  objective TEXT NOT NULL, step_id TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (task_id, claim_id),
  FOREIGN KEY (task_id, source_id) REFERENCES sources(task_id, source_id)
) WITHOUT ROWID;
CREATE TABLE tombstones (
  task_id TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL
, owner TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL DEFAULT 'deleted' CHECK (kind IN ('deleted', 'expired')));
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
CREATE TRIGGER sources_leave_only_by_retention BEFORE DELETE ON sources
WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE task_id = OLD.task_id)
BEGIN SELECT RAISE(ABORT, 'evidence does not change'); END;
CREATE TRIGGER sources_are_not_replaced BEFORE INSERT ON sources
WHEN EXISTS (SELECT 1 FROM sources WHERE task_id = NEW.task_id AND source_id = NEW.source_id)
BEGIN SELECT RAISE(ABORT, 'evidence does not change'); END;
CREATE TRIGGER passages_leave_only_by_retention BEFORE DELETE ON passages
WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE task_id = OLD.task_id)
BEGIN SELECT RAISE(ABORT, 'evidence does not change'); END;
CREATE TRIGGER passages_are_not_replaced BEFORE INSERT ON passages
WHEN EXISTS (SELECT 1 FROM passages WHERE task_id = NEW.task_id AND passage_id = NEW.passage_id)
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
CREATE TABLE seals (
  task_id TEXT PRIMARY KEY REFERENCES workflows(task_id),
  list JSON NOT NULL
);
CREATE INDEX idx_workflows_owner ON workflows(owner, created_at, task_id) WHERE erased_at IS NULL;
CREATE INDEX idx_workflows_ended ON workflows(completed_at, task_id) WHERE completed_at IS NOT NULL AND erased_at IS NULL;
CREATE INDEX idx_results_figures ON results(task_id, execution_time, total_cost);
CREATE INDEX idx_sources_text ON sources(sha256, format);
CREATE INDEX idx_texts_stored_by ON texts(stored_by);
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
CREATE TABLE 'search_index_data'(id INTEGER PRIMARY KEY, block BLOB);
CREATE TABLE 'search_index_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
CREATE TABLE 'search_index_docsize'(id INTEGER PRIMARY KEY, sz BLOB);
CREATE TABLE 'search_index_config'(k PRIMARY KEY, v) WITHOUT ROWID;
CREATE TRIGGER events_never_change BEFORE UPDATE ON events
WHEN NOT (EXISTS (SELECT 1 FROM tombstones WHERE task_id = OLD.task_id) AND OLD.event_type <> 'workflow_erased' AND NEW.event_data IS NULL
  AND NEW.id IS OLD.id AND NEW.task_id IS OLD.task_id AND NEW.event_type IS OLD.event_type AND NEW.timestamp IS OLD.timestamp AND NEW.seq IS OLD.seq AND NEW.agent_id IS OLD.agent_id AND NEW.data_hash IS OLD.data_hash AND NEW.hash IS OLD.hash)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_never_leave BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER terminal_workflows_never_change BEFORE UPDATE ON workflows
WHEN OLD.status IN ('completed', 'failed', 'cancelled') AND NOT (
  OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL
  AND NEW.erased_at IS (SELECT created_at FROM tombstones WHERE task_id = OLD.task_id)
  AND NEW.task IS '' AND NEW.title IS NULL AND NEW.config IS '{}' AND NEW.error IS NULL
  AND NEW.error_record IS NULL AND NEW.stop IS NULL AND NEW.idempotency_key IS NULL AND NEW.input_hash IS ''
  AND NEW.trace IS NULL AND NEW.salt IS ''
  AND NEW.task_id IS OLD.task_id AND NEW.orchestrator_type IS OLD.orchestrator_type AND NEW.status IS OLD.status AND NEW.created_at IS OLD.created_at AND NEW.started_at IS OLD.started_at AND NEW.completed_at IS OLD.completed_at AND NEW.owner IS OLD.owner
  AND NEW.phase IS OLD.phase AND NEW.deadline_at IS OLD.deadline_at AND NEW.resumed IS OLD.resumed AND NEW.fence IS OLD.fence AND NEW.lease_holder IS OLD.lease_holder AND NEW.lease_expires_at IS OLD.lease_expires_at AND NEW.resumed_from IS OLD.resumed_from
  AND NEW.genesis IS OLD.genesis AND NEW.seal IS OLD.seal)
BEGIN SELECT RAISE(ABORT, 'a terminal workflow does not change'); END;
CREATE TRIGGER terminal_workflows_never_leave BEFORE DELETE ON workflows
WHEN OLD.status IN ('completed', 'failed', 'cancelled')
BEGIN SELECT RAISE(ABORT, 'a terminal workflow does not change'); END;
CREATE TRIGGER sources_never_change BEFORE UPDATE ON sources
BEGIN SELECT RAISE(ABORT, 'evidence does not change'); END;
CREATE TRIGGER passages_never_change BEFORE UPDATE ON passages
BEGIN SELECT RAISE(ABORT, 'evidence does not change'); END;
CREATE TRIGGER claims_never_change BEFORE UPDATE ON claims
BEGIN SELECT RAISE(ABORT, 'evidence does not change'); END;
CREATE TRIGGER seals_never_change BEFORE UPDATE ON seals
BEGIN SELECT RAISE(ABORT, 'a seal does not change'); END;
CREATE TRIGGER seals_leave_only_by_retention BEFORE DELETE ON seals
WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE task_id = OLD.task_id)
BEGIN SELECT RAISE(ABORT, 'a seal does not change'); END;
CREATE TRIGGER seals_are_not_replaced BEFORE INSERT ON seals
WHEN EXISTS (SELECT 1 FROM seals WHERE task_id = NEW.task_id)
BEGIN SELECT RAISE(ABORT, 'a seal does not change'); END;
CREATE TRIGGER tombstones_are_for_what_ended BEFORE INSERT ON tombstones
WHEN NOT EXISTS (SELECT 1 FROM workflows WHERE task_id = NEW.task_id AND status IN ('completed', 'failed', 'cancelled') AND erased_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'only a workflow that ended is erased, once'); END;
CREATE TRIGGER tombstones_never_change BEFORE UPDATE ON tombstones
BEGIN SELECT RAISE(ABORT, 'a tombstone stays'); END;
CREATE TRIGGER tombstones_never_leave BEFORE DELETE ON tombstones
BEGIN SELECT RAISE(ABORT, 'a tombstone stays'); END;
CREATE TRIGGER workflows_are_hashed BEFORE INSERT ON workflows
WHEN NEW.salt = ''
BEGIN SELECT RAISE(ABORT, 'written by an older release, which is to be closed'); END;
CREATE TRIGGER events_are_hashed BEFORE INSERT ON events
WHEN NEW.hash = ''
BEGIN SELECT RAISE(ABORT, 'written by an older release, which is to be closed'); END;
CREATE TRIGGER texts_are_hashed BEFORE INSERT ON texts
WHEN NEW.hash = ''
BEGIN SELECT RAISE(ABORT, 'written by an older release, which is to be closed'); END;
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
WHEN NEW.status IN ('completed', 'failed', 'cancelled') AND EXISTS (SELECT 1 FROM calls WHERE task_id = NEW.task_id AND status = 'running')
BEGIN SELECT RAISE(ABORT, 'a call of the workflow is under way'); END;
CREATE TRIGGER calls_are_sealed BEFORE INSERT ON seals
WHEN instr(NEW.list, '["calls",') = 0 AND EXISTS (SELECT 1 FROM calls WHERE task_id = NEW.task_id)
BEGIN SELECT RAISE(ABORT, 'written by an older release, which is to be closed'); END;
CREATE TABLE text_readers (
  task_id TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  format TEXT NOT NULL,
  PRIMARY KEY (task_id, sha256, format),
  FOREIGN KEY (sha256, format) REFERENCES texts(sha256, format)
) WITHOUT ROWID;
CREATE INDEX idx_text_readers_text ON text_readers(sha256, format);
CREATE TRIGGER who_stores_a_text_reads_it AFTER INSERT ON texts
BEGIN INSERT OR IGNORE INTO text_readers (task_id, sha256, format) VALUES (NEW.stored_by, NEW.sha256, NEW.format); END;
CREATE TRIGGER text_readers_never_change BEFORE UPDATE ON text_readers
BEGIN SELECT RAISE(ABORT, 'who read a text has read it'); END;
CREATE TRIGGER text_readers_leave_only_by_retention BEFORE DELETE ON text_readers
WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE task_id = OLD.task_id)
BEGIN SELECT RAISE(ABORT, 'who read a text has read it'); END;
CREATE TABLE webhooks (
  id INTEGER PRIMARY KEY,
  webhook_id TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  task_id TEXT REFERENCES workflows(task_id),
  url TEXT NOT NULL,
  host TEXT NOT NULL,
  events JSON,
  secret TEXT NOT NULL,
  former_secret TEXT,
  former_until TIMESTAMP,
  since INTEGER NOT NULL,
  created_at TIMESTAMP NOT NULL,
  disabled_at TIMESTAMP,
  disabled_reason TEXT,
  deliveries INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  -- Days on which attempts failed since the last message that was taken, and when the last of them began.
  silent_days INTEGER NOT NULL DEFAULT 0,
  silent_day TIMESTAMP
);
CREATE UNIQUE INDEX idx_webhooks_target ON webhooks(owner, coalesce(task_id, ''), url);
CREATE INDEX idx_webhooks_task ON webhooks(task_id) WHERE task_id IS NOT NULL;
CREATE INDEX idx_webhooks_owner ON webhooks(owner) WHERE task_id IS NULL;
CREATE INDEX idx_webhooks_active ON webhooks(disabled_at) WHERE disabled_at IS NULL;
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY,
  delivery_id TEXT NOT NULL UNIQUE,
  webhook_id TEXT NOT NULL,
  owner TEXT NOT NULL,
  host TEXT NOT NULL,
  task_id TEXT NOT NULL REFERENCES workflows(task_id),
  seq INTEGER NOT NULL,
  event_type TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'dead')),
  attempts INTEGER NOT NULL DEFAULT 0,
  refusals INTEGER NOT NULL DEFAULT 0,
  created_at TIMESTAMP NOT NULL,
  -- From when its age counts: when it was made, or last asked to be delivered again; no later than when it became the first.
  waits_since TIMESTAMP NOT NULL,
  -- When it is free to be tried: for one under way, when its lease ends. Only the first of its registration and workflow has it.
  available_at TIMESTAMP CHECK (available_at IS NULL OR status = 'pending'),
  -- When that was set: what it waits for is the time between the two. Later than now, the clock was set back.
  set_at TIMESTAMP CHECK ((set_at IS NULL) = (available_at IS NULL)),
  lease_holder TEXT CHECK (lease_holder IS NULL OR available_at IS NOT NULL),
  first_attempt_at TIMESTAMP,
  last_attempt_at TIMESTAMP,
  delivered_at TIMESTAMP,
  last_status INTEGER,
  last_error TEXT,
  UNIQUE (webhook_id, task_id, seq)
);
CREATE UNIQUE INDEX idx_deliveries_first ON deliveries(webhook_id, task_id) WHERE available_at IS NOT NULL;
CREATE INDEX idx_deliveries_next ON deliveries(owner, available_at, host) WHERE available_at IS NOT NULL;
CREATE INDEX idx_deliveries_lane ON deliveries(owner, host, available_at) WHERE available_at IS NOT NULL;
CREATE INDEX idx_deliveries_set ON deliveries(set_at) WHERE set_at IS NOT NULL;
CREATE INDEX idx_deliveries_held ON deliveries(lease_holder) WHERE lease_holder IS NOT NULL;
CREATE INDEX idx_deliveries_waiting ON deliveries(task_id, webhook_id, seq) WHERE status = 'pending';
CREATE INDEX idx_deliveries_unsettled ON deliveries(webhook_id, status) WHERE status <> 'delivered';
CREATE INDEX idx_deliveries_open ON deliveries(owner, status) WHERE status <> 'delivered';
CREATE INDEX idx_deliveries_delivered ON deliveries(delivered_at) WHERE status = 'delivered';
CREATE INDEX idx_deliveries_owner ON deliveries(owner, id);
CREATE INDEX idx_deliveries_webhook ON deliveries(webhook_id, id);
CREATE INDEX idx_deliveries_task ON deliveries(task_id);
CREATE TABLE webhook_sweeps (
  webhook_id TEXT PRIMARY KEY,
  reason TEXT
);
CREATE TABLE delivery_position (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  position INTEGER NOT NULL
);
CREATE TRIGGER deliveries_go_with_their_workflow AFTER INSERT ON tombstones
BEGIN
  DELETE FROM deliveries WHERE task_id = NEW.task_id;
  DELETE FROM webhooks WHERE task_id = NEW.task_id;
END;
CREATE TABLE figures (
  owner TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  task_id TEXT NOT NULL REFERENCES workflows(task_id),
  completed_at TIMESTAMP,
  orchestrator_type TEXT NOT NULL,
  model TEXT NOT NULL,
  status TEXT NOT NULL,
  code TEXT NOT NULL,
  microseconds INTEGER,
  microusd INTEGER,
  time_bucket INTEGER,
  cost_bucket INTEGER,
  PRIMARY KEY (owner, created_at, task_id)
) WITHOUT ROWID;
CREATE INDEX idx_figures_slowest ON figures(owner, microseconds DESC, task_id, created_at) WHERE microseconds IS NOT NULL;
CREATE INDEX idx_figures_dearest ON figures(owner, microusd DESC, task_id, created_at) WHERE microusd > 0;
CREATE INDEX idx_figures_failures ON figures(owner, code, completed_at, task_id, created_at) WHERE code <> '';
CREATE INDEX idx_figures_slowest_of_all ON figures(microseconds DESC, task_id, created_at) WHERE microseconds IS NOT NULL;
CREATE INDEX idx_figures_dearest_of_all ON figures(microusd DESC, task_id, created_at) WHERE microusd > 0;
CREATE INDEX idx_figures_failures_of_all ON figures(code, completed_at, task_id, created_at) WHERE code <> '';
CREATE TABLE rollups (
  owner TEXT NOT NULL,
  period TEXT NOT NULL CHECK (period IN ('day', 'month')),
  begins TEXT NOT NULL,
  orchestrator_type TEXT NOT NULL,
  model TEXT NOT NULL,
  status TEXT NOT NULL,
  code TEXT NOT NULL,
  workflows INTEGER NOT NULL,
  results INTEGER NOT NULL,
  priced INTEGER NOT NULL,
  microseconds INTEGER NOT NULL,
  microusd INTEGER NOT NULL,
  PRIMARY KEY (owner, period, begins, orchestrator_type, model, status, code)
) WITHOUT ROWID;
CREATE TABLE rollup_buckets (
  owner TEXT NOT NULL,
  period TEXT NOT NULL CHECK (period IN ('day', 'month')),
  begins TEXT NOT NULL,
  orchestrator_type TEXT NOT NULL,
  model TEXT NOT NULL,
  measure TEXT NOT NULL CHECK (measure IN ('time', 'cost')),
  bucket INTEGER NOT NULL,
  results INTEGER NOT NULL,
  PRIMARY KEY (owner, period, begins, orchestrator_type, model, measure, bucket)
) WITHOUT ROWID;
CREATE TABLE figures_to_come (
  created_at TIMESTAMP NOT NULL,
  task_id TEXT NOT NULL
);
CREATE VIEW ended_workflows AS
SELECT e.*, CASE WHEN e.microseconds IS NULL THEN NULL WHEN e.microseconds < 1 THEN 0 ELSE 1 + CAST(ln(e.microseconds) / ln(1.05) AS INTEGER) END AS time_bucket, CASE WHEN e.microusd IS NULL THEN NULL WHEN e.microusd < 1 THEN 0 ELSE 1 + CAST(ln(e.microusd) / ln(1.05) AS INTEGER) END AS cost_bucket
FROM (
  SELECT w.owner, w.created_at, w.task_id, w.completed_at, w.orchestrator_type,
    CAST(coalesce(iif(json_valid(w.config), json_extract(w.config, '$.model'), NULL), 'unknown') AS TEXT) AS model, w.status,
    CASE WHEN w.status = 'failed' AND w.error_record IS NOT NULL
      THEN CAST(coalesce(iif(json_valid(w.error_record), json_extract(w.error_record, '$.code'), NULL), 'STORE_CORRUPT') AS TEXT)
      ELSE '' END AS code,
    iif(r.task_id IS NULL, NULL, CAST(round(coalesce(r.execution_time, 0) * 1e6) AS INTEGER)) AS microseconds,
    CAST(round(r.total_cost * 1e6) AS INTEGER) AS microusd
  FROM workflows AS w LEFT JOIN results AS r INDEXED BY idx_results_figures ON r.task_id = w.task_id
  -- The plus: nearly all are, and an index that says so helps nobody.
  WHERE +w.status IN ('completed', 'failed', 'cancelled') AND w.erased_at IS NULL
) AS e;
CREATE TRIGGER figures_are_summed_up AFTER INSERT ON figures
BEGIN
  INSERT INTO rollups (owner, period, begins, orchestrator_type, model, status, code, workflows, results, priced, microseconds, microusd)
  VALUES (NEW.owner, 'day', substr(NEW.created_at, 1, 10), NEW.orchestrator_type, NEW.model, NEW.status, NEW.code,
    1, NEW.microseconds IS NOT NULL, NEW.microusd IS NOT NULL, coalesce(NEW.microseconds, 0), coalesce(NEW.microusd, 0))
  ON CONFLICT DO UPDATE SET workflows = workflows + 1, results = results + excluded.results, priced = priced + excluded.priced,
    microseconds = microseconds + excluded.microseconds, microusd = microusd + excluded.microusd;
  INSERT INTO rollup_buckets (owner, period, begins, orchestrator_type, model, measure, bucket, results)
  SELECT NEW.owner, 'day', substr(NEW.created_at, 1, 10), NEW.orchestrator_type, NEW.model, 'time', NEW.time_bucket, 1
  WHERE NEW.time_bucket IS NOT NULL
  ON CONFLICT DO UPDATE SET results = results + 1;
  INSERT INTO rollup_buckets (owner, period, begins, orchestrator_type, model, measure, bucket, results)
  SELECT NEW.owner, 'day', substr(NEW.created_at, 1, 10), NEW.orchestrator_type, NEW.model, 'cost', NEW.cost_bucket, 1
  WHERE NEW.cost_bucket IS NOT NULL
  ON CONFLICT DO UPDATE SET results = results + 1;
  INSERT INTO rollups (owner, period, begins, orchestrator_type, model, status, code, workflows, results, priced, microseconds, microusd)
  VALUES (NEW.owner, 'month', substr(NEW.created_at, 1, 7), NEW.orchestrator_type, NEW.model, NEW.status, NEW.code,
    1, NEW.microseconds IS NOT NULL, NEW.microusd IS NOT NULL, coalesce(NEW.microseconds, 0), coalesce(NEW.microusd, 0))
  ON CONFLICT DO UPDATE SET workflows = workflows + 1, results = results + excluded.results, priced = priced + excluded.priced,
    microseconds = microseconds + excluded.microseconds, microusd = microusd + excluded.microusd;
  INSERT INTO rollup_buckets (owner, period, begins, orchestrator_type, model, measure, bucket, results)
  SELECT NEW.owner, 'month', substr(NEW.created_at, 1, 7), NEW.orchestrator_type, NEW.model, 'time', NEW.time_bucket, 1
  WHERE NEW.time_bucket IS NOT NULL
  ON CONFLICT DO UPDATE SET results = results + 1;
  INSERT INTO rollup_buckets (owner, period, begins, orchestrator_type, model, measure, bucket, results)
  SELECT NEW.owner, 'month', substr(NEW.created_at, 1, 7), NEW.orchestrator_type, NEW.model, 'cost', NEW.cost_bucket, 1
  WHERE NEW.cost_bucket IS NOT NULL
  ON CONFLICT DO UPDATE SET results = results + 1;
END;
CREATE TRIGGER figures_are_taken_out AFTER DELETE ON figures
BEGIN
  UPDATE rollups SET workflows = workflows - 1, results = results - (OLD.microseconds IS NOT NULL),
    priced = priced - (OLD.microusd IS NOT NULL), microseconds = microseconds - coalesce(OLD.microseconds, 0),
    microusd = microusd - coalesce(OLD.microusd, 0)
  WHERE owner = OLD.owner AND period = 'day' AND begins = substr(OLD.created_at, 1, 10)
    AND orchestrator_type = OLD.orchestrator_type AND model = OLD.model AND status = OLD.status AND code = OLD.code;
  DELETE FROM rollups WHERE owner = OLD.owner AND period = 'day' AND begins = substr(OLD.created_at, 1, 10)
    AND orchestrator_type = OLD.orchestrator_type AND model = OLD.model AND status = OLD.status AND code = OLD.code AND workflows = 0;
  UPDATE rollup_buckets SET results = results - 1 WHERE owner = OLD.owner AND period = 'day' AND begins = substr(OLD.created_at, 1, 10)
    AND orchestrator_type = OLD.orchestrator_type AND model = OLD.model AND measure = 'time' AND bucket = OLD.time_bucket;
  DELETE FROM rollup_buckets WHERE owner = OLD.owner AND period = 'day' AND begins = substr(OLD.created_at, 1, 10)
    AND orchestrator_type = OLD.orchestrator_type AND model = OLD.model AND measure = 'time' AND bucket = OLD.time_bucket AND results = 0;
  UPDATE rollup_buckets SET results = results - 1 WHERE owner = OLD.owner AND period = 'day' AND begins = substr(OLD.created_at, 1, 10)
    AND orchestrator_type = OLD.orchestrator_type AND model = OLD.model AND measure = 'cost' AND bucket = OLD.cost_bucket;
  DELETE FROM rollup_buckets WHERE owner = OLD.owner AND period = 'day' AND begins = substr(OLD.created_at, 1, 10)
    AND orchestrator_type = OLD.orchestrator_type AND model = OLD.model AND measure = 'cost' AND bucket = OLD.cost_bucket AND results = 0;
  UPDATE rollups SET workflows = workflows - 1, results = results - (OLD.microseconds IS NOT NULL),
    priced = priced - (OLD.microusd IS NOT NULL), microseconds = microseconds - coalesce(OLD.microseconds, 0),
    microusd = microusd - coalesce(OLD.microusd, 0)
  WHERE owner = OLD.owner AND period = 'month' AND begins = substr(OLD.created_at, 1, 7)
    AND orchestrator_type = OLD.orchestrator_type AND model = OLD.model AND status = OLD.status AND code = OLD.code;
  DELETE FROM rollups WHERE owner = OLD.owner AND period = 'month' AND begins = substr(OLD.created_at, 1, 7)
    AND orchestrator_type = OLD.orchestrator_type AND model = OLD.model AND status = OLD.status AND code = OLD.code AND workflows = 0;
  UPDATE rollup_buckets SET results = results - 1 WHERE owner = OLD.owner AND period = 'month' AND begins = substr(OLD.created_at, 1, 7)
    AND orchestrator_type = OLD.orchestrator_type AND model = OLD.model AND measure = 'time' AND bucket = OLD.time_bucket;
  DELETE FROM rollup_buckets WHERE owner = OLD.owner AND period = 'month' AND begins = substr(OLD.created_at, 1, 7)
    AND orchestrator_type = OLD.orchestrator_type AND model = OLD.model AND measure = 'time' AND bucket = OLD.time_bucket AND results = 0;
  UPDATE rollup_buckets SET results = results - 1 WHERE owner = OLD.owner AND period = 'month' AND begins = substr(OLD.created_at, 1, 7)
    AND orchestrator_type = OLD.orchestrator_type AND model = OLD.model AND measure = 'cost' AND bucket = OLD.cost_bucket;
  DELETE FROM rollup_buckets WHERE owner = OLD.owner AND period = 'month' AND begins = substr(OLD.created_at, 1, 7)
    AND orchestrator_type = OLD.orchestrator_type AND model = OLD.model AND measure = 'cost' AND bucket = OLD.cost_bucket AND results = 0;
END;
CREATE TRIGGER figures_never_change BEFORE UPDATE ON figures
BEGIN SELECT RAISE(ABORT, 'figures follow from what ended'); END;
CREATE TRIGGER what_ends_is_counted AFTER UPDATE OF status ON workflows
WHEN NEW.status IN ('completed', 'failed', 'cancelled') AND OLD.status NOT IN ('completed', 'failed', 'cancelled')
BEGIN INSERT INTO figures SELECT * FROM ended_workflows WHERE task_id = NEW.task_id; END;
CREATE TRIGGER what_is_erased_is_not_counted AFTER UPDATE OF erased_at ON workflows
WHEN NEW.erased_at IS NOT NULL AND OLD.erased_at IS NULL
BEGIN DELETE FROM figures WHERE owner = NEW.owner AND created_at = NEW.created_at AND task_id = NEW.task_id; END;
CREATE TABLE owner_days (
  owner TEXT NOT NULL,
  day TEXT NOT NULL,
  microusd INTEGER NOT NULL,
  PRIMARY KEY (owner, day)
) WITHOUT ROWID;
CREATE TRIGGER what_a_call_took_is_its_owners AFTER UPDATE OF status ON calls
WHEN OLD.status = 'running' AND NEW.status <> 'running' AND NEW.microusd > 0
BEGIN
  INSERT INTO owner_days (owner, day, microusd)
  SELECT owner, substr(NEW.completed_at, 1, 10), NEW.microusd FROM workflows WHERE task_id = NEW.task_id
  ON CONFLICT (owner, day) DO UPDATE SET microusd = microusd + excluded.microusd;
END;
CREATE TABLE erased_in_their_minute (
  owner TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  task_id TEXT NOT NULL,
  PRIMARY KEY (owner, created_at, task_id)
) WITHOUT ROWID;
CREATE TRIGGER what_is_erased_was_submitted AFTER UPDATE OF erased_at ON workflows
WHEN NEW.erased_at IS NOT NULL AND OLD.erased_at IS NULL AND NEW.created_at > strftime('%Y-%m-%dT%H:%M:%fZ', NEW.erased_at, '-60 seconds')
BEGIN
  DELETE FROM erased_in_their_minute WHERE owner = NEW.owner AND created_at <= strftime('%Y-%m-%dT%H:%M:%fZ', NEW.erased_at, '-60 seconds');
  INSERT INTO erased_in_their_minute (owner, created_at, task_id) VALUES (NEW.owner, NEW.created_at, NEW.task_id);
END;
