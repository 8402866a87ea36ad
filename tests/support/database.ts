/** What a home's database says, read beside the processes that work on it. */

import path from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import type { Home } from './binary.ts';

/** All rows of a query, one by one through `read`. */
export function rows<T>(home: Home, sql: string, read: (row: Readonly<Record<string, unknown>>) => T): readonly T[] {
  const db = new SqliteDatabase(path.join(home.folder, 'beltalowda.db'), { readonly: true });
  try {
    return db
      .prepare<[], Readonly<Record<string, unknown>>>(sql)
      .all()
      .map((row) => read(row));
  } finally {
    db.close();
  }
}

export interface WorkflowRow {
  readonly task_id: string;
  readonly status: string;
  readonly lease_holder: string | null;
  readonly fence: number;
}

export function workflows(home: Home): readonly WorkflowRow[] {
  const sql = 'SELECT task_id, status, lease_holder, fence FROM workflows ORDER BY created_at';
  return rows(home, sql, (row) => row as unknown as WorkflowRow);
}

/** Breaches of what holds for every workflow that has ended, in words; none is what a test wants. */
export function breaches(home: Home): readonly string[] {
  return rows(
    home,
    `SELECT task_id, 'is ' || status AS breach FROM workflows WHERE status NOT IN ('completed', 'failed', 'cancelled')
     UNION ALL SELECT task_id, 'has a lease' FROM workflows WHERE lease_holder IS NOT NULL
     UNION ALL SELECT task_id, 'has gaps in its events' FROM events GROUP BY task_id
       HAVING min(seq) <> 1 OR max(seq) <> count(*)
     UNION ALL SELECT w.task_id, 'counts other events' FROM workflows w
       WHERE last_seq <> (SELECT count(*) FROM events e WHERE e.task_id = w.task_id)
     UNION ALL SELECT w.task_id, 'has not one terminal event at the end' FROM workflows w
       WHERE last_seq <> (SELECT sum(CASE WHEN event_type IN ('workflow_complete', 'workflow_error', 'workflow_cancelled')
         THEN seq END) FROM events e WHERE e.task_id = w.task_id)
     UNION ALL SELECT task_id, 'did ' || agent_id || ' more than once' FROM events WHERE event_type = 'agent_complete'
       GROUP BY task_id, agent_id HAVING count(*) > 1
     UNION ALL SELECT w.task_id, 'has not one result' FROM workflows w
       WHERE 1 <> (SELECT count(*) FROM results r WHERE r.task_id = w.task_id)
     UNION ALL SELECT 'the file', integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'`,
    ({ task_id, breach }) => `${String(task_id)} ${String(breach)}`,
  );
}
