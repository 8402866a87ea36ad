import type { Migration } from './migration.ts';

/**
 * What each owner spent on each day in UTC, summed up as calls end: a quota is judged without reading the calls of a day again, and
 * what was spent on a workflow that is erased since stays spent. A figure and no record: nothing is proven by it, and it
 * goes with nobody. By a trigger, so that a process of an older release, which has the file open, counts too.
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

INSERT INTO owner_days (owner, day, microusd)
SELECT owner, substr(calls.completed_at, 1, 10), sum(microusd)
FROM calls JOIN workflows USING (task_id)
WHERE calls.completed_at IS NOT NULL AND microusd > 0
GROUP BY 1, 2;

CREATE TRIGGER what_a_call_took_is_its_owners AFTER UPDATE OF status ON calls
WHEN OLD.status = 'running' AND NEW.status <> 'running' AND NEW.microusd > 0
BEGIN
  INSERT INTO owner_days (owner, day, microusd)
  SELECT owner, substr(NEW.completed_at, 1, 10), NEW.microusd FROM workflows WHERE task_id = NEW.task_id
  ON CONFLICT (owner, day) DO UPDATE SET microusd = microusd + excluded.microusd;
END;
`,
};
