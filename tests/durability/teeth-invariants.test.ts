/** Every invariant can fail: each is shown a database that breaks it, and the sound one it was made from. */

import { copyFileSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { changedOutcomes, lostWorkflows, stepRows, unsound, unsoundAtRest } from '../support/invariants.ts';
import { finished, orchestra } from '../support/orchestra.ts';

const AGENT = "step_id = 'agent:belter-1'";

/** What is done to a completed workflow, and what is then said. */
const DAMAGE: readonly (readonly [what: string, damage: string])[] = [
  ['completed without a result', 'DELETE FROM results'],
  ['a result, and not ended', "UPDATE workflows SET status = 'running'"],
  ['not completed, and its result is not partial', "UPDATE workflows SET status = 'failed'"],
  ['events are not numbered 1 to last_seq', 'DELETE FROM events WHERE seq = 3'],
  ['events are not numbered 1 to last_seq', 'UPDATE workflows SET last_seq = last_seq + 1'],
  ['events of no workflow', "UPDATE events SET task_id = 'wf_x' WHERE seq = 3"],
  ['ended, and its last event is not its one terminal event', 'DELETE FROM events ORDER BY seq DESC LIMIT 1'],
  ['ended, and its last event is not its one terminal event', "UPDATE workflows SET status = 'cancelled'"],
  ['a terminal event, and not ended', "UPDATE workflows SET status = 'pending'"],
  ['a step completed other than once', "DELETE FROM events WHERE event_type = 'agent_complete'"],
  [
    'a step completed other than once',
    "UPDATE events SET event_type = 'agent_complete' WHERE event_type = 'agent_start'",
  ],
  ['a step begun other than once', "DELETE FROM events WHERE event_type = 'agent_start'"],
  ['sources read, and not told', "UPDATE events SET event_data = '{}' WHERE event_type = 'agent_progress'"],
  ['an outcome without its row, or a row without its outcome', `UPDATE steps SET output = NULL WHERE ${AGENT}`],
  ['an outcome without its row, or a row without its outcome', `UPDATE steps SET status = 'running' WHERE ${AGENT}`],
  ['evidence of a step without an outcome', `UPDATE steps SET status = 'running' WHERE ${AGENT}`],
  [
    'an agent has other claims than its outcome says',
    'DELETE FROM claims WHERE claim_id IN (SELECT claim_id FROM claims LIMIT 1)',
  ],
  ['other sources than were collected', "DELETE FROM sources WHERE source_id = 's2'"],
  ['a step began before one it builds on had an outcome', `UPDATE steps SET status = 'running' WHERE ${AGENT}`],
  ['completed, and a step is open or missing', `UPDATE steps SET status = 'running' WHERE ${AGENT}`],
  ['completed, and a step is open or missing', `DELETE FROM steps WHERE ${AGENT}`],
  ['completed, and a step is open or missing', "DELETE FROM steps WHERE step_id = 'plan'"],
  ['taken up other than told', 'UPDATE workflows SET fence = fence + 1'],
  ['ended, and still held or not sealed', 'DELETE FROM seals'],
  ['ended, and still held or not sealed', "UPDATE workflows SET lease_holder = 'somebody'"],
  ['sealed, and not ended', "UPDATE workflows SET status = 'running'"],
  ['not to be found by search', 'DELETE FROM search_entries'],
  ['foreign key check', 'DELETE FROM texts'],
];

test('each invariant finds what breaks it, and nothing in what is sound', async () => {
  const folder = await temporaryFolder();
  const file = `${folder}/sound.db`;
  const on = await orchestra({ file, deeds: ['find', 'find', 'find', 'find'] });
  const task_id = await finished(on);
  await on.orchestrator.close();
  expect(await unsoundAtRest(file)).toEqual([]);
  for (const [what, damage] of DAMAGE) {
    const broken = damaged(file, damage);
    expect({ damage, found: unsound(broken).join('\n') }).toEqual({ damage, found: expect.stringContaining(what) });
    expect(await unsoundAtRest(broken)).toContainEqual(expect.stringContaining(what));
  }
  expect(lostWorkflows(file, [task_id, 'wf_gone'])).toEqual(['acknowledged and lost: wf_gone']);
  const changed = stepRows(damaged(file, `UPDATE steps SET attempts = 2 WHERE ${AGENT}`));
  expect(changedOutcomes(stepRows(file), changed)).toEqual([`a recorded outcome changed: ${task_id} agent:belter-1`]);
  const open = await unsoundAtRest(damaged(file, "UPDATE workflows SET status = 'running'"));
  expect(open).toContain(`${task_id} has not ended`);
  expect(open).toContainEqual(expect.stringContaining(`the audit of ${task_id} finds`));
});

/** A copy of the file with its triggers gone and this done to it. */
function damaged(file: string, damage: string): string {
  const copy = `${file}-damaged`;
  copyFileSync(file, copy);
  const db = new SqliteDatabase(copy);
  db.pragma('foreign_keys = OFF');
  const triggers = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all();
  db.exec(triggers.map((name) => `DROP TRIGGER "${name}";`).join(''));
  db.exec(damage);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  return copy;
}
