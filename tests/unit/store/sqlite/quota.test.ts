import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { NO_QUOTA } from '../../../../src/core/quota.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite.ts';
import { end, ERASURE, idOf, ROOM, submission, take } from '../../../contract/rows.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';

test.each(["config = '{broken'", "stop = '{broken'", "trace = '{broken'"])(
  'an open workflow that nobody can go on with takes none of its owner’s places and keeps no dollars: %s',
  async (how) => {
    const file = `${await temporaryFolder()}/a.db`;
    const clock = new FakeClock();
    const store = await openSqliteStore({ file, clock });
    const budget = { max_tokens: null, max_microusd: 10 };
    const paying = (n: number) => submission(n, { config: { ...submission(n).config, model: 'vendor/model', budget } });
    await store.workflows.create(paying(1), ROOM);
    await store.close();
    const db = new SqliteDatabase(file);
    db.prepare(`UPDATE workflows SET ${how}`).run();
    db.close();
    const again = await openSqliteStore({ file, clock });
    await expect(again.workflows.get(idOf(1))).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      hint: expect.stringContaining('takes no place of its owner') as unknown,
    });
    const one = { ...ROOM, quota: { ...NO_QUOTA, max_active: 1, max_microusd_per_day: 10 } };
    expect(await again.workflows.create(paying(2), one)).toMatchObject({ created: true });
    await expect(again.workflows.create(paying(3), one)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    await again.close();
  },
);

test('of submissions that were erased, those of the last minute alone are kept in mind', async () => {
  const file = `${await temporaryFolder()}/a.db`;
  const clock = new FakeClock();
  const store = await openSqliteStore({ file, clock });
  for (const n of [1, 2, 3]) {
    await store.workflows.create(submission(n), ROOM);
    await store.workflows.finish((await take(store, { task_id: idOf(n) })).hold, end());
    if (n === 2) clock.jump(60_000);
    if (n > 1) await store.workflows.erase(idOf(n), ERASURE);
    else clock.jump(30_000);
  }
  await store.workflows.erase(idOf(1), ERASURE);
  await store.close();
  const db = new SqliteDatabase(file, { readonly: true });
  expect(db.prepare('SELECT owner, task_id FROM erased_in_their_minute').all()).toEqual([
    { owner: 'local', task_id: idOf(3) },
  ]);
  db.close();
});
