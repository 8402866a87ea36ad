import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { NO_QUOTA } from '../../../../src/core/quota.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite.ts';
import { ROOM, submission } from '../../../contract/rows.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';

test('an open workflow whose row is damaged keeps none of its owner’s places', async () => {
  const file = `${await temporaryFolder()}/a.db`;
  const clock = new FakeClock();
  const store = await openSqliteStore({ file, clock });
  await store.workflows.create(submission(1), ROOM);
  await store.close();
  const db = new SqliteDatabase(file);
  db.prepare("UPDATE workflows SET config = '{broken'").run();
  db.close();
  const again = await openSqliteStore({ file, clock });
  const one = { ...ROOM, quota: { ...NO_QUOTA, max_active: 1 } };
  expect(await again.workflows.create(submission(2), one)).toMatchObject({ created: true });
  await expect(again.workflows.create(submission(3), one)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  await again.close();
});
