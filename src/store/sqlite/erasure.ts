/** What goes for good, and what is left of it: the skeleton of the chain, the emptied row and a tombstone. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Erased, Tombstone } from '../../core/audit.ts';
import { Fault } from '../../core/errors.ts';
import { isTerminal } from '../../core/workflow.ts';
import { remainsHash } from '../chain.ts';
import type { Erasure, RetentionRule, WorkflowVerbs } from '../store.ts';
import { RETRY_MS, truncateLog } from './connection.ts';
import { EMPTIED } from './migrations/0002-audit-and-search.ts';
import type { WorkflowRow } from './rows.ts';
import { prepareSearch } from './search.ts';
import { linkEvents, read, type Session, snapshot } from './session.ts';
import type { TextKey } from './texts.ts';

/** How often to try for a moment in which nobody reads from the log. */
const LOG_ATTEMPTS = 20;

export function erasureVerbs(session: Session): Pick<WorkflowVerbs, 'erase' | 'expirable' | 'tombstone'> {
  const { db, writer } = session;
  const erase = prepareErase(session);
  const expirable = prepareExpirable(session);
  const tombstone = db.prepare<[string], Tombstone>(
    'SELECT task_id, owner, kind, created_at, reason FROM tombstones WHERE task_id = ?',
  );
  return {
    erase: async (task_id, erasure) => {
      const erased = await writer.write(() => erase(task_id, erasure));
      if (erased !== null) await dropLog(session);
      return erased;
    },
    expirable: (rule, limit) => snapshot(session, () => expirable(rule, limit)),
    tombstone: (task_id) => read(session, () => tombstone.get(task_id) ?? null),
  };
}

/**
 * The log beside the file still holds pages as they were. It is emptied as soon as nobody reads from it; at the latest by
 * whoever closes the file last.
 */
async function dropLog({ db, writer }: Session): Promise<void> {
  for (let attempt = 0; attempt < LOG_ATTEMPTS && !writer.closed; attempt += 1) {
    if (truncateLog(db)) return;
    await pause(RETRY_MS);
  }
}

function prepareErase(session: Session): (task_id: string, erasure: Erasure) => Erased | null {
  const { db } = session;
  const any = db.prepare<[string], WorkflowRow>('SELECT * FROM workflows WHERE task_id = ?');
  const search = prepareSearch(db);
  const bury = db.prepare(
    `INSERT INTO tombstones (task_id, owner, kind, reason, created_at)
     VALUES (@task_id, @owner, @kind, @reason, @created_at)`,
  );
  const set = Object.keys(EMPTIED).map((column) => `${column} = @${column}`);
  const empty = db.prepare(
    `UPDATE workflows SET ${set.join(', ')}, erased_at = @timestamp, last_seq = @last_seq, head = @head
     WHERE task_id = @task_id`,
  );
  const silence = db.prepare<[string, number]>('UPDATE events SET event_data = NULL WHERE task_id = ? AND seq <= ?');
  const clear = prepareClear(session);

  return (task_id, erasure) => {
    // As SQLite stores it: tombstone and event must say the same.
    const { kind, reason } = { ...erasure, reason: erasure.reason.toWellFormed() };
    const row = any.get(task_id);
    if (row === undefined) throw new Fault('NOT_FOUND', `no workflow ${task_id}`);
    if (row.erased_at !== null) return null;
    if (!isTerminal(row.status)) throw new Fault('WORKFLOW_ACTIVE', `${task_id} is ${row.status}`);
    search.remove(task_id);
    const remains = { ...row, ...EMPTIED };
    const events = [{ event_type: 'workflow_erased', data: { kind, reason } }] as const;
    const end = linkEvents(session, remains, { events, cover: remainsHash(remains) });
    bury.run({ task_id, owner: row.owner, kind, reason, created_at: end.timestamp });
    empty.run({ ...EMPTIED, ...end, task_id });
    return { events: silence.run(task_id, row.last_seq).changes, ...clear(task_id) };
  };
}

/** Deletes every row of the content, and the texts that no other workflow has read. */
function prepareClear({ db }: Session): (task_id: string) => Omit<Erased, 'events'> {
  // Children first: claims and passages refer to sources, sources and readers to texts, and calls to steps.
  const [seals, results, claims, passages, calls, steps, sources, readers] = (
    ['seals', 'results', 'claims', 'passages', 'calls', 'steps', 'sources', 'text_readers'] as const
  ).map((table) => db.prepare<[string]>(`DELETE FROM ${table} WHERE task_id = ?`));
  // What it read and never came to call a source is its content as well. What another one has read is that one's: the outcome
  // that names it is recorded, and whoever replays or takes over that outcome does not fetch the text again.
  const own = db.prepare<{ task_id: string }, TextKey>(
    `SELECT sha256, format FROM texts AS mine WHERE (sha256, format) IN (
       SELECT sha256, format FROM sources WHERE task_id = @task_id
       UNION SELECT sha256, format FROM text_readers WHERE task_id = @task_id)
     AND NOT EXISTS (SELECT 1 FROM sources AS other
       WHERE other.sha256 = mine.sha256 AND other.format = mine.format AND other.task_id <> @task_id)
     AND NOT EXISTS (SELECT 1 FROM text_readers AS other
       WHERE other.sha256 = mine.sha256 AND other.format = mine.format AND other.task_id <> @task_id)`,
  );
  const text = db
    .prepare<[string, string], number>(
      'DELETE FROM texts WHERE sha256 = ? AND format = ? RETURNING length(body) + length(layout)',
    )
    .pluck();
  return (task_id) => {
    const count = (statement: typeof seals): number => statement?.run(task_id).changes ?? 0;
    const texts = own.all({ task_id });
    count(seals);
    count(readers);
    const rows = {
      results: count(results),
      claims: count(claims),
      passages: count(passages),
      calls: count(calls),
      steps: count(steps),
      sources: count(sources),
    };
    const bytes = texts.map(({ sha256, format }) => text.get(sha256, format) ?? 0);
    return { ...rows, texts: texts.length, text_bytes: bytes.reduce((sum, one) => sum + one, 0) };
  };
}

/**
 * Each rule lets go the longest ended ones, so that together they let go as many as the one that goes furthest. By size one
 * at a time, while the pages in use are too many: what a workflow frees shows only once it is gone, because texts are shared.
 */
function prepareExpirable({ db }: Session): (rule: RetentionRule, limit: number) => readonly string[] {
  const ended = 'FROM workflows WHERE completed_at IS NOT NULL AND erased_at IS NULL';
  const count = db.prepare<[], number>(`SELECT count(*) ${ended}`).pluck();
  const before = db.prepare<[string], number>(`SELECT count(*) ${ended} AND completed_at < ?`).pluck();
  const oldest = db.prepare<[number], string>(`SELECT task_id ${ended} ORDER BY completed_at, task_id LIMIT ?`).pluck();
  const used = db
    .prepare<[], number>(
      `SELECT (page_count - freelist_count) * page_size
       FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
    )
    .pluck();
  return ({ completed_before, keep_newest, max_bytes, stuck = 0 }, limit) => {
    const going = [
      completed_before === null ? 0 : (before.get(completed_before) ?? 0),
      keep_newest === null ? 0 : (count.get() ?? 0) - keep_newest,
      max_bytes !== null && (used.get() ?? 0) > max_bytes ? 1 + stuck : 0,
    ];
    return oldest.all(Math.max(0, Math.min(limit, Math.max(...going))));
  };
}
