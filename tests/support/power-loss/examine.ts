/** What a disk after a power failure still holds, beside the ledger of what was asked for and promised until then. */

import { existsSync } from 'node:fs';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { isTerminal } from '../../../src/core/workflow.ts';
import { systemClock } from '../../../src/engine/system-clock.ts';
import { openSqliteStore, sqliteMaintenance } from '../../../src/store/sqlite/sqlite.ts';
import { startWork, STEPS } from './work.ts';

export interface Examined {
  /** The driver, the store or an invariant says that it is not whole. */
  readonly damaged: readonly string[];
  /** Promised, and not there. */
  readonly lost: readonly string[];
  /** There, and never asked for. */
  readonly invented: readonly string[];
}

interface Ledger {
  readonly wanted: ReadonlySet<string>;
  readonly promised: ReadonlySet<string>;
}

/** A last line the power cut off is none. */
export function ledgerOf(text: string): Ledger {
  const lines = text.split('\n').slice(0, -1);
  const said = (word: string): ReadonlySet<string> =>
    new Set(lines.filter((line) => line.startsWith(word)).map((line) => line.slice(word.length)));
  return { wanted: said('want '), promised: said('have ') };
}

/** Each must find nothing, whatever moment the power failed at. */
const INVARIANTS = {
  'the file is not whole': "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
  'a row refers to nothing': 'SELECT "table" FROM pragma_foreign_key_check',
  'an ended workflow without a result':
    "SELECT task_id FROM workflows WHERE status = 'completed' AND task_id NOT IN (SELECT task_id FROM results)",
  'a result of a workflow that has not ended':
    "SELECT task_id FROM workflows JOIN results USING (task_id) WHERE status <> 'completed'",
  'events with a gap': `SELECT task_id FROM workflows w WHERE last_seq <> (SELECT count(*) FROM events e WHERE e.task_id = w.task_id)
    OR last_seq <> (SELECT coalesce(max(seq), 0) FROM events e WHERE e.task_id = w.task_id)`,
  'an agent that ended twice': `SELECT task_id FROM events WHERE event_type = 'agent_complete' GROUP BY task_id, agent_id
    HAVING count(*) > 1`,
  'an outcome without its event, or the reverse': `SELECT task_id FROM workflows w
    WHERE (SELECT count(*) FROM steps s WHERE s.task_id = w.task_id AND s.status = 'succeeded' AND s.agent_id IS NOT NULL)
    <> (SELECT count(*) FROM events e WHERE e.task_id = w.task_id AND e.event_type = 'agent_complete')`,
  'a completed workflow that lacks a step': `SELECT task_id FROM workflows w WHERE status = 'completed'
    AND (SELECT count(*) FROM steps s WHERE s.task_id = w.task_id AND s.status = 'succeeded') <> ${STEPS}`,
  'not one terminal event, and that the last': `SELECT task_id FROM workflows w WHERE status = 'completed'
    AND (SELECT group_concat(seq) FROM events e WHERE e.task_id = w.task_id AND event_type = 'workflow_complete')
    IS NOT CAST(last_seq AS TEXT)`,
} as const;

/** In the words of the ledger. */
const THERE = `SELECT 'workflow ' || task_id FROM workflows
  UNION SELECT 'end ' || task_id FROM workflows WHERE status = 'completed'
  UNION SELECT 'step ' || task_id || ' ' || step_id FROM steps WHERE status = 'succeeded'
  UNION SELECT 'text ' || sha256 FROM texts`;

/** Looks with the driver, then with the store and all its own checks. */
export async function examine(file: string, ledger: Ledger): Promise<Examined> {
  if (!existsSync(file)) return { damaged: [], lost: [...ledger.promised], invented: [] };
  try {
    const seen = byTheDriver(file);
    return { ...seen, damaged: [...seen.damaged, ...(await byTheStore(file))], ...compared(seen.there, ledger) };
  } catch (thrown) {
    return { damaged: [String(thrown)], lost: [], invented: [] };
  }
}

function compared(there: ReadonlySet<string>, { wanted, promised }: Ledger): Pick<Examined, 'lost' | 'invented'> {
  return {
    lost: [...promised].filter((what) => !there.has(what)),
    invented: [...there].filter((what) => !wanted.has(what)),
  };
}

function byTheDriver(file: string): { readonly damaged: readonly string[]; readonly there: ReadonlySet<string> } {
  const db = new SqliteDatabase(file);
  try {
    // The power failed before there was a schema: an empty file is what a new one is.
    if (db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'seals'").get() === undefined) {
      return { damaged: findings(db, ['the file is not whole']), there: new Set() };
    }
    const there = new Set(db.prepare<[], string>(THERE).pluck().all());
    return { damaged: findings(db, Object.keys(INVARIANTS) as (keyof typeof INVARIANTS)[]), there };
  } finally {
    db.close();
  }
}

function findings(db: Database, names: readonly (keyof typeof INVARIANTS)[]): readonly string[] {
  return names.flatMap((name) => {
    const found = db.prepare<[], string>(INVARIANTS[name]).pluck().all();
    return found.map((what) => `${name}: ${what}`);
  });
}

async function byTheStore(file: string): Promise<readonly string[]> {
  const store = await openSqliteStore({ file, clock: systemClock });
  await store.close();
  const view = await sqliteMaintenance({ file, clock: systemClock }).check();
  return view.findings.map(({ task_id, where, what }) => `${task_id ?? ''} ${where}: ${what}`);
}

/** A new engine takes up whatever is open and brings it to its end; then all is as if the power had never failed. */
export async function carriedOn(file: string, tasks: readonly string[]): Promise<readonly string[]> {
  const store = await openSqliteStore({ file, clock: systemClock });
  const work = startWork(store);
  const open = new Set(tasks);
  for (let turns = 0; open.size > 0; turns += 1) {
    for (const task_id of open) {
      const workflow = await store.workflows.get(task_id);
      if (workflow !== null && isTerminal(workflow.status)) open.delete(task_id);
    }
    if (turns > 100_000) return [...open].map((task_id) => `${task_id} does not come to its end`);
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
  await work.close();
  await store.close();
  return [...byTheDriver(file).damaged, ...(await byTheStore(file))];
}
