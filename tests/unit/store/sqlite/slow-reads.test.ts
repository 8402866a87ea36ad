/** In a large database a thread does the reads that take long; here the database only looks large. */

import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import type { Store, WorkflowQuery } from '../../../../src/store/store.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite.ts';
import { ended, ERROR, submission, ROOM } from '../../../contract/rows.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const ALWAYS = { since: null, until: null };

function query(words: readonly string[]): WorkflowQuery {
  return { owner: 'local', status: null, orchestrator_type: null, words, ...ALWAYS, limit: 10, before: null };
}

async function filled(): Promise<{ readonly file: string; readonly store: Store }> {
  const file = join(await temporaryFolder(), 'test.db');
  const store = await openSqliteStore({ file, clock: new FakeClock() });
  onTestFinished(() => store.close());
  await ended(store, 1, { finish: { execution_time: 1, total_cost: 0.1 } });
  await ended(store, 2, { finish: { status: 'failed', error: ERROR, result: null } });
  await store.workflows.create(submission(3), ROOM);
  return { file, store };
}

/** As if more workflows had been stored than are read on the spot. */
function enlarge(file: string): void {
  const db = new SqliteDatabase(file);
  db.exec(`UPDATE workflows SET rowid = 1000000 WHERE rowid = (SELECT max(rowid) FROM workflows)`);
  db.close();
}

/** Turns of the event loop until the promise settles. */
async function turns(settled: Promise<unknown>): Promise<number> {
  let count = 0;
  let over = false;
  const turn = (): void => {
    count += 1;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  await settled;
  over = true;
  return count;
}

test('figures and searches of a large database are those of a small one, and the event loop turns meanwhile', async () => {
  const { file, store } = await filled();
  const ask = () =>
    Promise.all([
      store.analytics.figures('local', ALWAYS),
      store.analytics.figures('another', { since: '2026-01-01T00:00:00.000Z', until: null }),
      store.workflows.list(query(['question'])),
      store.workflows.list(query(['nowhere'])),
    ]);
  const small = ask();
  const [figures, , found] = await small;
  expect(figures.totals.total_workflows).toBe(3);
  expect(found).toHaveLength(3);
  expect(await turns(ask())).toBeLessThan(3);
  enlarge(file);
  const large = ask();
  expect(await turns(large)).toBeGreaterThan(3);
  expect(await large).toEqual(await small);
  // What is acknowledged is seen.
  await store.workflows.create(submission(4), ROOM);
  expect(await store.workflows.list(query(['question']))).toHaveLength(4);
});

test('what the thread cannot read is refused in the catalogue’s words', async () => {
  const { file, store } = await filled();
  enlarge(file);
  await expect(store.workflows.list(query(['a"b', '*']))).resolves.toEqual([]);
  await rename(file, `${file}.away`);
  await writeFile(file, '');
  await expect(store.analytics.figures('local', ALWAYS)).rejects.toMatchObject({ code: 'STORE_GONE' });
  await rename(`${file}.away`, file);
  expect((await store.analytics.figures('local', ALWAYS)).totals.total_workflows).toBe(3);
});

test('closing leaves nobody waiting for what is still being read, and refuses what is asked for later', async () => {
  const { file, store } = await filled();
  enlarge(file);
  await store.analytics.figures('local', ALWAYS);
  const reading = Array.from({ length: 200 }, () => store.analytics.figures('local', ALWAYS));
  const answers = Promise.allSettled(reading);
  // The questions are on their way to the thread.
  await turns(Promise.resolve());
  await store.close();
  const refused = (await answers).flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  expect(refused.length).toBeGreaterThan(0);
  for (const reason of refused) expect(reason).toMatchObject({ code: 'SHUTTING_DOWN' });
  await expect(store.analytics.figures('local', ALWAYS)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
});
