/** Workflows by the many: filtered, searched, in pages that stay right while others are added. */

import type { FoundWorkflow, WorkflowQuery, WorkflowVerbs } from '../store.ts';
import { toListed, type WorkflowRow } from './rows.ts';
import { prepareSearch, searchQuery } from './search.ts';
import { read, type Reading, snapshot } from './session.ts';

type FoundRow = WorkflowRow & { completeness: 'full' | 'partial' | null };

/** Behind any time and any id, where no bound is given. */
const NO_BOUND = '~';
/**
 * The first two bounds make a range of the index; the plus keeps the exact ones from taking the place of the upper one,
 * because only one of them can, and which is nearer shows when the query is asked.
 */
const ASKED = `w.owner = @owner AND w.erased_at IS NULL
  AND w.created_at >= coalesce(@since, '')
  AND w.created_at <= min(coalesce(@until, '${NO_BOUND}'), coalesce(@created_at, '${NO_BOUND}'))
  AND +w.created_at < coalesce(@until, '${NO_BOUND}')
  AND (+w.created_at, +w.task_id) < (coalesce(@created_at, '${NO_BOUND}'), coalesce(@task_id, '${NO_BOUND}'))
  AND (@status IS NULL OR w.status = @status)
  AND (@orchestrator_type IS NULL OR w.orchestrator_type = @orchestrator_type)`;
/** From the terminal event, which is small; the result that says the same may be large. */
const COMPLETENESS = `(SELECT iif(json_valid(event_data), json_extract(event_data, '$.completeness'), NULL) FROM events
  WHERE events.task_id = w.task_id AND events.seq = w.last_seq AND w.completed_at IS NOT NULL)`;
const NEWEST_FIRST = 'ORDER BY w.created_at DESC, w.task_id DESC';

export function listVerbs(session: Reading): Pick<WorkflowVerbs, 'list' | 'ids'> {
  const { db } = session;
  const search = prepareSearch(db);
  const select = `SELECT w.*, ${COMPLETENESS} AS completeness`;
  const all = db.prepare<object, FoundRow>(`${select} FROM workflows AS w WHERE ${ASKED} ${NEWEST_FIRST} LIMIT @limit`);
  // The index first, as it is written: it knows how few match. Rows are read only once the page is known.
  const matching = db.prepare<object, FoundRow>(
    `${select} FROM workflows AS w WHERE w.task_id IN (
       SELECT w.task_id FROM search_index
       CROSS JOIN search_entries ON search_entries.id = search_index.rowid
       CROSS JOIN workflows AS w ON w.task_id = search_entries.task_id
       WHERE search_index MATCH @words AND ${ASKED} ${NEWEST_FIRST} LIMIT @limit)
     ${NEWEST_FIRST}`,
  );
  const ids = db
    .prepare<{ owner: string; prefix: string; limit: number }, string>(
      `SELECT task_id FROM workflows WHERE owner = @owner AND erased_at IS NULL
         AND substr(task_id, 1, length(@prefix)) = @prefix
       ORDER BY created_at DESC, task_id DESC LIMIT @limit`,
    )
    .pluck();
  const list = (query: WorkflowQuery): readonly FoundWorkflow[] => {
    const { words, before, ...asked } = query;
    const bounds = { ...asked, created_at: before?.created_at ?? null, task_id: before?.task_id ?? null };
    if (words === null) return all.all(bounds).map((row) => found(row, null));
    const wanted = searchQuery(words);
    return matching.all({ ...bounds, words: wanted }).map((row) => found(row, search.match(row.task_id, wanted)));
  };
  return {
    list: (query) => snapshot(session, () => list(query)),
    ids: (owner, prefix, limit) => read(session, () => ids.all({ owner, prefix, limit })),
  };
}

function found({ completeness, ...row }: FoundRow, match: string | null): FoundWorkflow {
  return { workflow: toListed(row), completeness, match };
}
