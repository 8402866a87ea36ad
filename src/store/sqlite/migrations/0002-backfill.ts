/** Hashes, seals and index entries for what the first release wrote. Runs before the triggers that forbid it. */

import type { Database } from 'better-sqlite3';
import { isTerminalEvent } from '../../../core/event.ts';
import { isTerminal } from '../../../core/workflow.ts';
import { dataHash, genesisHash, linkHash, newSalt, sealedWorkflow, sealHash, sealList, textHash } from '../../chain.ts';
import type { EventRow, WorkflowRow } from '../rows.ts';
import { prepareSealing } from '../seal.ts';
import { prepareSearch } from '../search.ts';

export function backfill(db: Database): void {
  dropStrays(db);
  hashTexts(db);
  const chain = prepareChain(db);
  const search = prepareSearch(db);
  for (const task_id of db.prepare<[], string>('SELECT task_id FROM workflows ORDER BY rowid').pluck().all()) {
    chain(task_id);
    search.add(task_id);
  }
}

/** Texts that a reading left which never ended. A workflow that reads now may count on those that are there. */
function dropStrays(db: Database): void {
  db.exec(`DELETE FROM texts
    WHERE NOT EXISTS (SELECT 1 FROM sources WHERE sources.sha256 = texts.sha256 AND sources.format = texts.format)
    AND NOT EXISTS (SELECT 1 FROM workflows WHERE status = 'running' AND NOT EXISTS (
      SELECT 1 FROM sources WHERE sources.task_id = workflows.task_id))`);
}

/** One at a time: together they may be larger than memory. */
function hashTexts(db: Database): void {
  const keys = db.prepare<[], [string, string]>('SELECT sha256, format FROM texts').raw();
  const one = db.prepare<[string, string], Parameters<typeof textHash>[0]>(
    'SELECT * FROM texts WHERE sha256 = ? AND format = ?',
  );
  const keep = db.prepare<[string, string, string]>('UPDATE texts SET hash = ? WHERE sha256 = ? AND format = ?');
  for (const [sha256, format] of keys.all()) {
    const text = one.get(sha256, format);
    if (text !== undefined) keep.run(textHash(text), sha256, format);
  }
}

type StoredEvent = EventRow & { id: number };

function prepareChain(db: Database): (task_id: string) => void {
  const one = db.prepare<[string], WorkflowRow>('SELECT * FROM workflows WHERE task_id = ?');
  const events = db.prepare<[string], StoredEvent>('SELECT * FROM events WHERE task_id = ? ORDER BY seq');
  const link = db.prepare<[string, string, number]>('UPDATE events SET data_hash = ?, hash = ? WHERE id = ?');
  const keepSeal = db.prepare<[string, string]>('INSERT INTO seals (task_id, list) VALUES (?, ?)');
  const keep = db.prepare(
    `UPDATE workflows SET salt = @salt, genesis = @genesis, head = @head, seal = @seal WHERE task_id = @task_id`,
  );
  const sealing = prepareSealing(db, ['steps', 'sources', 'passages', 'claims', 'results']);
  return (task_id) => {
    const row = one.get(task_id);
    if (row === undefined) return;
    const salt = newSalt();
    let seal: string | null = null;
    if (isTerminal(row.status)) {
      const list = sealList([sealedWorkflow(salt, row), ...sealing(task_id, salt)]);
      seal = sealHash(list);
      keepSeal.run(task_id, list);
    }
    const genesis = genesisHash(row, salt);
    let head = genesis;
    for (const event of events.all(task_id)) {
      const data_hash = dataHash(salt, event.event_data);
      head = linkHash(head, { ...event, data_hash }, isTerminalEvent(event.event_type) ? seal : null);
      link.run(data_hash, head, event.id);
    }
    keep.run({ task_id, salt, genesis, head, seal });
  };
}
