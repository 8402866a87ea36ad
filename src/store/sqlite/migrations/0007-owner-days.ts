import type { Migration } from './migration.ts';

/** As times are written in rows. */
const MINUTE_BEFORE = "strftime('%Y-%m-%dT%H:%M:%fZ', NEW.erased_at, '-60 seconds')";

/**
 * What each owner spent on each day in UTC, summed up as calls end: a quota is judged without reading the calls of a day again, and
 * what was spent on a workflow that is erased since stays spent. A figure and no record: nothing is proven by it, and it
 * goes with nobody. By a trigger, so that a process of an older release, which has the file open, counts too.
 *
 * So with submissions of the last minute: what was erased soon after it was submitted is kept in mind for the rest of its minute, or
 * whoever deletes what he submits would submit as much as he likes. The others are counted by their rows.
 *
 * Of what came before, today alone is ever judged. Nobody can write meanwhile, so what ended earlier is not read: workflows by
 * their indices, then the calls of these few by their primary key.
 */
export const ownerDays: Migration = {
  number: 7,
  breaking: false,
  sql: `
CREATE TABLE owner_days (
  owner TEXT NOT NULL,
  day TEXT NOT NULL,
  microusd INTEGER NOT NULL,
  PRIMARY KEY (owner, day)
) WITHOUT ROWID;

WITH today (day) AS (SELECT substr(applied_at, 1, 10) FROM migrations WHERE number = 7),
judged (task_id, owner) AS (
  SELECT task_id, owner FROM workflows INDEXED BY idx_workflows_status WHERE status IN ('pending', 'running')
  UNION ALL
  SELECT task_id, owner FROM workflows INDEXED BY idx_workflows_ended
  WHERE completed_at >= (SELECT day FROM today) AND completed_at IS NOT NULL AND erased_at IS NULL
)
INSERT INTO owner_days (owner, day, microusd)
SELECT owner, substr(calls.completed_at, 1, 10), sum(microusd)
FROM judged CROSS JOIN calls ON calls.task_id = judged.task_id
WHERE calls.completed_at >= (SELECT day FROM today) AND microusd > 0
GROUP BY 1, 2;

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
WHEN NEW.erased_at IS NOT NULL AND OLD.erased_at IS NULL AND NEW.created_at > ${MINUTE_BEFORE}
BEGIN
  DELETE FROM erased_in_their_minute WHERE owner = NEW.owner AND created_at <= ${MINUTE_BEFORE};
  INSERT INTO erased_in_their_minute (owner, created_at, task_id) VALUES (NEW.owner, NEW.created_at, NEW.task_id);
END;
`,
};
