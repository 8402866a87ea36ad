/** What a look for messages to deliver costs, counted in statements: it does not grow with those who wait for a host without a place. */

import SqliteDatabase from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { iso } from '../../../../src/core/clock.ts';
import { prepareClaim } from '../../../../src/store/sqlite/claim.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite.ts';
import { busy, claim, telling } from '../../../contract/messages.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const FULL = 'full.example';
const WELL = 'well.example';
/** Four of somebody's are under way there. */
const AT_FULL = busy(Array.from({ length: 4 }, () => ({ owner: 'somebody', host: FULL })));
/** What is looked through in one look. */
const OWNERS = 250;

interface Waiting {
  readonly clock: FakeClock;
  readonly claims: ReturnType<typeof prepareClaim>;
  /** What was executed since it was last asked for. */
  readonly statements: () => readonly string[];
}

/** Owners with so many messages each for a host that has no place, and another one, the last in their order, with one for a host that has. */
async function openWaiting(owners: number, each = 40): Promise<Waiting> {
  const file = `${await temporaryFolder()}/a.db`;
  const clock = new FakeClock();
  const store = await openSqliteStore({ file, clock });
  for (let n = 1; n <= each; n += 1) await telling(store, n);
  await store.close();
  const executed: string[] = [];
  const db = new SqliteDatabase(file, { verbose: (sql) => executed.push(String(sql)) });
  onTestFinished(() => void db.close());
  const at = iso(clock.now());
  const hook = db.prepare(
    "INSERT INTO webhooks (webhook_id, owner, url, host, secret, since, created_at) VALUES (@id, @owner, 'u', @host, 's', 0, @at)",
  );
  const messages = db.prepare(
    `INSERT INTO deliveries (delivery_id, webhook_id, owner, host, task_id, seq, event_type, status, created_at, waits_since, set_at, available_at)
     SELECT @id || task_id, @id, @owner, @host, task_id, 1, 'workflow_start', 'pending', @at, @at, @at, @at FROM workflows LIMIT @most`,
  );
  db.transaction(() => {
    for (let n = 0; n < owners; n += 1) {
      const owner = `o${n + 10_000}`;
      hook.run({ id: owner, owner, host: FULL, at });
      messages.run({ id: owner, owner, host: FULL, at, most: each });
    }
    hook.run({ id: 'z', owner: 'zoe', host: WELL, at });
    messages.run({ id: 'z', owner: 'zoe', host: WELL, at, most: 1 });
  })();
  return { clock, claims: prepareClaim({ db, clock }), statements: () => executed.splice(0) };
}

test('of owners that wait for a host without a place no message is read', async () => {
  const { claims, statements } = await openWaiting(100);
  statements();
  const seen = claims.look(claim({ busy: AT_FULL }));
  const executed = statements();
  expect(executed.filter((sql) => sql.includes('secret')).length).toBe(1);
  // Each is stepped to, its first hosts are seen to be full, as are its lanes, and nothing of it is later.
  expect(executed.length).toBeLessThanOrEqual(5 * 101 + 5);
  expect(claims.take(claim({ busy: AT_FULL }), seen).claimed.map(({ owner }) => owner)).toEqual(['zoe']);
});

test('what the look chose is all that is read while others wait to write', async () => {
  const { claims, statements } = await openWaiting(100);
  const request = claim({ busy: AT_FULL });
  const seen = claims.look(request);
  statements();
  const { claimed, next } = claims.take(request, seen);
  expect([claimed.length, next]).toEqual([1, seen.next]);
  expect(statements().filter((sql) => /owner > |host > /.test(sql))).toEqual([]);
  // A second time it is another's.
  expect(claims.take({ ...request, holder: 'two' }, seen)).toEqual({ claimed: [], next: '2026-01-01T00:00:00.000Z' });
});

test('however many owners wait, one look goes through some of them, and the next goes on', async () => {
  const { clock, claims, statements } = await openWaiting(2 * OWNERS + 100, 2);
  const request = claim({ busy: AT_FULL });
  for (const second of [1, 2]) {
    statements();
    const at = iso(clock.now() + 1000);
    expect(claims.look(request), `look ${second}`).toEqual({ due: false, next: at, chosen: [] });
    expect(statements().length).toBeLessThanOrEqual(5 * OWNERS + 5);
  }
  const seen = claims.look(request);
  expect(claims.take(request, seen).claimed.map(({ owner }) => owner)).toEqual(['zoe']);
});
