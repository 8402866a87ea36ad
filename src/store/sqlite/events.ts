/** Events and results: the append-only log and the one result row. */

import type { EventVerbs, ResultVerbs } from '../store.ts';
import type { Json } from '../../core/json.ts';
import { type EventRow, stored, toEvent } from './rows.ts';
import { appendEvents, held, read, type Session } from './session.ts';

/** Of an erased workflow the skeleton is left, which is no stream: no reader gets any of it. */
export const TOLD = `SELECT task_id, seq, event_type, event_data, timestamp, agent_id FROM events
  WHERE event_data IS NOT NULL AND event_type <> 'workflow_erased'`;

export function eventVerbs(session: Session): EventVerbs {
  const after = session.db.prepare<[string, number, number], EventRow>(
    `${TOLD} AND task_id = +? AND seq > ? ORDER BY seq LIMIT +?`,
  );
  return {
    append: (hold, events) =>
      session.writer.write(() => {
        appendEvents(session, held(session, hold), { events });
      }),
    list: (task_id, range) => read(session, () => after.all(task_id, range.after, range.limit).map(toEvent)),
  };
}

interface ResultColumns {
  result: string;
  execution_time: number;
  total_cost: number | null;
  created_at: string;
}

export function resultVerbs(session: Session): ResultVerbs {
  const one = session.db.prepare<[string], ResultColumns>(
    'SELECT result, execution_time, total_cost, created_at FROM results WHERE task_id = ?',
  );
  return {
    get: (task_id) =>
      read(session, () => {
        const row = one.get(task_id);
        return row === undefined ? null : { ...row, result: stored(task_id, row.result) as Json };
      }),
  };
}
