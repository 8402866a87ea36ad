import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { ownerDays } from '../../../../src/store/sqlite/migrations/0007-owner-days.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite.ts';
import type { Hold, Store } from '../../../../src/store/store.ts';
import { begun, end, idOf, intent, ROOM, settlement, spent, submission, take } from '../../../contract/rows.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const DAY_MS = 86_400_000;

async function opened(): Promise<{ readonly file: string; readonly clock: FakeClock; readonly store: Store }> {
  const file = `${await temporaryFolder()}/a.db`;
  const clock = new FakeClock();
  return { file, clock, store: await openSqliteStore({ file, clock }) };
}

async function working(store: Store, n: number): Promise<Hold> {
  await store.workflows.create(submission(n), ROOM);
  const { hold } = await take(store, { task_id: idOf(n) });
  await store.steps.begin(hold, intent('agent:belter-1'));
  return hold;
}

async function spend(store: Store, hold: Hold, tokens: number): Promise<void> {
  const call = await begun(store, hold, { key: String(tokens) });
  await store.calls.settle(hold, settlement(call.call_id, { spent: spent(tokens) }));
}

test('of what a former release spent, today alone is summed up, and no table is read through for it', async () => {
  const { file, clock, store } = await opened();
  const past = await working(store, 1);
  await spend(store, past, 100);
  await store.workflows.finish(past, end());
  const open = await working(store, 2);
  await spend(store, open, 20);
  clock.jump(DAY_MS);
  await spend(store, open, 3);
  const today = await working(store, 3);
  await spend(store, today, 4000);
  await store.workflows.finish(today, end());
  await store.close();
  const db = new SqliteDatabase(file);
  const days = db.prepare('SELECT day, microusd FROM owner_days ORDER BY day');
  expect(days.all()).toEqual([
    { day: '2026-01-01', microusd: 1200 },
    { day: '2026-01-02', microusd: 40_030 },
  ]);
  db.exec(
    `DROP TRIGGER what_a_call_took_is_its_owners; DELETE FROM owner_days; DROP TRIGGER what_is_erased_was_submitted;
     DROP TABLE erased_in_their_minute; DELETE FROM migrations WHERE number = 7`,
  );
  const [sums = ''] = /^WITH [^;]+;/m.exec(ownerDays.sql) ?? [];
  const plan = db.prepare<[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${sums}`).all();
  expect(plan.filter(({ detail }) => /calls|workflows/.test(detail)).map(({ detail }) => detail.split(' ')[0])).toEqual(
    Array.from({ length: 3 }, () => 'SEARCH'),
  );
  db.exec('DROP TABLE owner_days');
  db.close();
  await (await openSqliteStore({ file, clock })).close();
  const upgraded = new SqliteDatabase(file, { readonly: true });
  expect(upgraded.prepare('SELECT day, microusd FROM owner_days').all()).toEqual([
    { day: '2026-01-02', microusd: 40_030 },
  ]);
  upgraded.close();
});
