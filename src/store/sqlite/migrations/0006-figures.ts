import type { Database } from 'better-sqlite3';
import type { Migration } from './migration.ts';
import { TERMINAL } from './terminal-rows.ts';

/** Workflows that ended before there were figures: up to so many are counted while the database is opened, which takes a moment. */
const AT_ONCE = 2000;

const GROUP = 'orchestrator_type, model, status, code';
const COUNTED = 'workflows, results, priced, microseconds, microusd';

/** Of the rows of one ended workflow: a day and a month, each with the same amounts. */
const PERIODS = [
  ['day', 10],
  ['month', 7],
] as const;

/** The amounts of which there are quantiles. */
const MEASURES = [
  ['time', 'time_bucket'],
  ['cost', 'cost_bucket'],
] as const;

/** Which bucket an amount falls into (core/quantiles); null where there is none. */
function bucketOf(amount: string): string {
  return `CASE WHEN ${amount} IS NULL THEN NULL WHEN ${amount} < 1 THEN 0 ELSE 1 + CAST(ln(${amount}) / ln(1.05) AS INTEGER) END`;
}

/** The model a workflow was to use, of the column named; 'unknown' where what stands there is damaged. */
export function modelOf(config: string): string {
  return `CAST(coalesce(iif(json_valid(${config}), json_extract(${config}, '$.model'), NULL), 'unknown') AS TEXT)`;
}

const ADDED = PERIODS.map(
  ([period, length]) => `
  INSERT INTO rollups (owner, period, begins, ${GROUP}, ${COUNTED})
  VALUES (NEW.owner, '${period}', substr(NEW.created_at, 1, ${length}), NEW.orchestrator_type, NEW.model, NEW.status, NEW.code,
    1, NEW.microseconds IS NOT NULL, NEW.microusd IS NOT NULL, coalesce(NEW.microseconds, 0), coalesce(NEW.microusd, 0))
  ON CONFLICT DO UPDATE SET workflows = workflows + 1, results = results + excluded.results, priced = priced + excluded.priced,
    microseconds = microseconds + excluded.microseconds, microusd = microusd + excluded.microusd;${MEASURES.map(
      ([measure, bucket]) => `
  INSERT INTO rollup_buckets (owner, period, begins, orchestrator_type, model, measure, bucket, results)
  SELECT NEW.owner, '${period}', substr(NEW.created_at, 1, ${length}), NEW.orchestrator_type, NEW.model, '${measure}', NEW.${bucket}, 1
  WHERE NEW.${bucket} IS NOT NULL
  ON CONFLICT DO UPDATE SET results = results + 1;`,
    ).join('')}`,
).join('');

const TAKEN_OUT = PERIODS.map(([period, length]) => {
  const where = `owner = OLD.owner AND period = '${period}' AND begins = substr(OLD.created_at, 1, ${length})
    AND orchestrator_type = OLD.orchestrator_type AND model = OLD.model`;
  const group = `${where} AND status = OLD.status AND code = OLD.code`;
  return `
  UPDATE rollups SET workflows = workflows - 1, results = results - (OLD.microseconds IS NOT NULL),
    priced = priced - (OLD.microusd IS NOT NULL), microseconds = microseconds - coalesce(OLD.microseconds, 0),
    microusd = microusd - coalesce(OLD.microusd, 0)
  WHERE ${group};
  DELETE FROM rollups WHERE ${group} AND workflows = 0;${MEASURES.map(
    ([measure, bucket]) => `
  UPDATE rollup_buckets SET results = results - 1 WHERE ${where} AND measure = '${measure}' AND bucket = OLD.${bucket};
  DELETE FROM rollup_buckets WHERE ${where} AND measure = '${measure}' AND bucket = OLD.${bucket} AND results = 0;`,
  ).join('')}`;
}).join('');

/**
 * Figures of what has ended, kept so that nobody reads every workflow to sum them up: one row a workflow, and sums and counts by
 * size for each day and month. All of it follows from the rows by triggers, in the transaction that ends or erases a workflow,
 * also where a process of an older release does that; so older releases may go on.
 */
export const figures: Migration = {
  number: 6,
  breaking: false,
  sql: `
-- In the order of their creation: a batch of a former release's workflows is written in one place, and a range is read there.
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
-- The same for all owners together: to put the lists of each in order costs as much as there are owners.
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
  PRIMARY KEY (owner, period, begins, ${GROUP})
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
-- What is still to be counted of a former release's workflows is what was created after this one.
CREATE TABLE figures_to_come (
  created_at TIMESTAMP NOT NULL,
  task_id TEXT NOT NULL
);

-- The figures as the rows have them. Those of a result are read from its index: in the table they stand behind the result, which is
-- large, and SQLite would look there first.
CREATE VIEW ended_workflows AS
SELECT e.*, ${bucketOf('e.microseconds')} AS time_bucket, ${bucketOf('e.microusd')} AS cost_bucket
FROM (
  SELECT w.owner, w.created_at, w.task_id, w.completed_at, w.orchestrator_type,
    ${modelOf('w.config')} AS model, w.status,
    CASE WHEN w.status = 'failed' AND w.error_record IS NOT NULL
      THEN CAST(coalesce(iif(json_valid(w.error_record), json_extract(w.error_record, '$.code'), NULL), 'STORE_CORRUPT') AS TEXT)
      ELSE '' END AS code,
    iif(r.task_id IS NULL, NULL, CAST(round(coalesce(r.execution_time, 0) * 1e6) AS INTEGER)) AS microseconds,
    CAST(round(r.total_cost * 1e6) AS INTEGER) AS microusd
  FROM workflows AS w LEFT JOIN results AS r INDEXED BY idx_results_figures ON r.task_id = w.task_id
  -- The plus: nearly all are, and an index that says so helps nobody.
  WHERE +w.status IN ${TERMINAL} AND w.erased_at IS NULL
) AS e;

CREATE TRIGGER figures_are_summed_up AFTER INSERT ON figures
BEGIN${ADDED}
END;
CREATE TRIGGER figures_are_taken_out AFTER DELETE ON figures
BEGIN${TAKEN_OUT}
END;
CREATE TRIGGER figures_never_change BEFORE UPDATE ON figures
BEGIN SELECT RAISE(ABORT, 'figures follow from what ended'); END;
CREATE TRIGGER what_ends_is_counted AFTER UPDATE OF status ON workflows
WHEN NEW.status IN ${TERMINAL} AND OLD.status NOT IN ${TERMINAL}
BEGIN INSERT INTO figures SELECT * FROM ended_workflows WHERE task_id = NEW.task_id; END;
CREATE TRIGGER what_is_erased_is_not_counted AFTER UPDATE OF erased_at ON workflows
WHEN NEW.erased_at IS NOT NULL AND OLD.erased_at IS NULL
BEGIN DELETE FROM figures WHERE owner = NEW.owner AND created_at = NEW.created_at AND task_id = NEW.task_id; END;
`,
  run: (db) => {
    db.exec("INSERT INTO figures_to_come (created_at, task_id) VALUES ('', '')");
    const many = db.prepare<[number], number>('SELECT count(*) FROM (SELECT 1 FROM workflows LIMIT ?)').pluck();
    if ((many.get(AT_ONCE + 1) ?? 0) <= AT_ONCE) countMore(db, AT_ONCE + 1);
  },
};

/**
 * Counts the next `limit` ended workflows of a former release, oldest first, in the caller's transaction. Returns whether there may be
 * more. In the order of their creation, so that a batch changes the sums of few days.
 */
export function countMore(db: Database, limit: number): boolean {
  const at = db
    .prepare<[], { created_at: string; task_id: string }>('SELECT created_at, task_id FROM figures_to_come')
    .get();
  if (at === undefined) return false;
  const beyond = 'created_at >= @created_at AND (created_at, task_id) > (@created_at, @task_id)';
  const order = 'ORDER BY created_at, task_id LIMIT @limit';
  // One that has ended since is counted already, by its trigger.
  db.prepare(
    `INSERT INTO figures SELECT e.* FROM (SELECT * FROM ended_workflows WHERE ${beyond} ${order}) AS e
     WHERE NOT EXISTS (SELECT 1 FROM figures AS f
       WHERE f.owner = e.owner AND f.created_at = e.created_at AND f.task_id = e.task_id)`,
  ).run({ ...at, limit });
  const last = db
    .prepare<object, typeof at>(
      `SELECT created_at, task_id FROM workflows INDEXED BY idx_workflows_created
       WHERE status IN ${TERMINAL} AND erased_at IS NULL AND ${beyond} ${order} OFFSET @limit - 1`,
    )
    .get({ ...at, limit });
  if (last === undefined) db.exec('DELETE FROM figures_to_come');
  else db.prepare('UPDATE figures_to_come SET created_at = @created_at, task_id = @task_id').run(last);
  return last !== undefined;
}
