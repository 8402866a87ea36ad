import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { iso } from '../../../../src/core/clock.ts';
import { migrate, MIGRATIONS } from '../../../../src/store/sqlite/migrate.ts';
import { openSqliteStore, sqliteMaintenance } from '../../../../src/store/sqlite/sqlite.ts';
import { due, registration, tell, telling } from '../../../contract/messages.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';

test('what waits, what was given up, and who takes nothing is counted over all owners', async () => {
  const file = `${await temporaryFolder()}/a.db`;
  const clock = new FakeClock();
  const store = await openSqliteStore({ file, clock });
  const maintenance = sqliteMaintenance({ file, clock });
  const none = { registrations: 0, disabled: 0, pending: 0, oldest: null, dead: 0, failing: [] };
  expect(await maintenance.webhooks()).toEqual(none);
  const hosts = ['bad.example', 'gone.example', 'good.example', 'late.example'];
  for (const [at, host] of hosts.entries()) {
    const owner = at === 0 ? 'ann' : 'local';
    await store.webhooks.register(registration({ webhook_id: `wh_${at}`, owner, host, url: `https://${host}/` }));
  }
  const [hers, mine] = [await telling(store, 1, 'ann'), await telling(store, 2)];
  const made = iso(clock.now());
  const claimed = await due(store);
  clock.jump(5000);
  await tell(store, hers, 'agent_progress');
  await tell(store, mine, 'agent_progress');
  const later = iso(clock.now() + 60_000);
  for (const { hold, host } of claimed) {
    const failed = { kind: 'failed', status: 500, error: 'it answered 500', refused: false } as const;
    if (host === 'good.example') await store.deliveries.settle(hold, { kind: 'delivered', status: 200 });
    else if (host === 'gone.example') await store.deliveries.settle(hold, { kind: 'gone', status: 410, error: 'gone' });
    else {
      const next_attempt_at = host === 'late.example' ? null : later;
      await store.deliveries.settle(hold, { ...failed, next_attempt_at });
    }
  }
  while (await store.deliveries.collect()) continue;
  const state = await maintenance.webhooks();
  await store.close();
  expect(state).toMatchObject({
    registrations: 4,
    disabled: 1,
    // One that failed, and what the second event made for each that still takes something.
    pending: 4,
    oldest: made,
    dead: 2,
    failing: [{ host: 'bad.example', workflows: 1, since: made }],
  });
});

test('what is to be delivered again has not failed yet, and what nobody is registered for is not counted', async () => {
  const file = `${await temporaryFolder()}/a.db`;
  const clock = new FakeClock();
  const store = await openSqliteStore({ file, clock });
  await store.webhooks.register(registration());
  const hold = await telling(store);
  const [first] = await due(store);
  if (first === undefined) throw new Error('one is due');
  const failed = { kind: 'failed', status: 500, error: 'it answered 500', refused: false } as const;
  await store.deliveries.settle(first.hold, { ...failed, next_attempt_at: null });
  await store.deliveries.redeliver('local', first.hold.delivery_id);
  const maintenance = sqliteMaintenance({ file, clock });
  expect(await maintenance.webhooks()).toMatchObject({ pending: 1, dead: 0, failing: [] });
  // More than goes at once, so that some of it is there when its registration is not.
  await tell(store, hold, ...Array.from({ length: 300 }, () => 'agent_progress' as const));
  const [again] = await due(store);
  if (again === undefined) throw new Error('it is due again');
  await store.deliveries.settle(again.hold, { ...failed, next_attempt_at: iso(clock.now()) });
  expect(await maintenance.webhooks()).toMatchObject({ pending: 301, failing: [{ host: 'receiver.example' }] });
  await store.webhooks.unregister('local', { webhook_id: 'wh_1' });
  const none = { registrations: 0, disabled: 0, pending: 0, oldest: null, dead: 0, failing: [] };
  expect(await maintenance.webhooks()).toEqual(none);
  await store.close();
});

test('a database of a release that knew no webhooks has none to count', async () => {
  const file = `${await temporaryFolder()}/a.db`;
  const db = new SqliteDatabase(file);
  migrate(db, '2026-01-01T00:00:00.000Z', MIGRATIONS.slice(0, 4));
  db.close();
  expect(await sqliteMaintenance({ file, clock: new FakeClock() }).webhooks()).toBeNull();
});
