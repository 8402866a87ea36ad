import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { pageSql } from '../../../../src/store/sqlite/deliveries.ts';
import { CLAIM_SQL } from '../../../../src/store/sqlite/lanes.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite.ts';
import { countOf } from '../../../../src/store/sqlite/webhooks.ts';
import type { DeliveryQuery } from '../../../../src/store/webhooks.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const ALL = { webhook_id: null, task_id: null, status: null, before: null } as const;

const PAGE = { owner: 'x', webhook_id: 'x', status: 'x', before: 1, limit: 1 };
const CLAIM = { host: 'x', now: 'x', holder: 'x', held: '[]', ids: '[]' };

/** How the messages are gone through. */
async function plan(sql: string): Promise<readonly string[]> {
  const file = `${await temporaryFolder()}/a.db`;
  await (await openSqliteStore({ file, clock: new FakeClock() })).close();
  const db = new SqliteDatabase(file, { readonly: true });
  const steps = db.prepare<object, { readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
  const found = steps.all({ ...PAGE, ...CLAIM });
  db.close();
  return found.map(({ detail }) => detail).filter((detail) => / deliveries|TEMP B-TREE| one /.test(detail));
}

test.each<[Partial<DeliveryQuery>, string]>([
  [{ status: 'pending' }, 'idx_deliveries_open (owner=? AND status=?)'],
  [{ status: 'dead', before: 1 }, 'idx_deliveries_open (owner=? AND status=? AND rowid<?)'],
  [{ status: 'dead', webhook_id: 'x' }, 'idx_deliveries_unsettled (webhook_id=? AND status=?)'],
  [{}, 'idx_deliveries_owner (owner=?)'],
  [{ status: 'delivered' }, 'idx_deliveries_owner (owner=?)'],
  [{ status: 'delivered', before: 1 }, 'idx_deliveries_owner (owner=? AND id<?)'],
  [{ webhook_id: 'x' }, 'idx_deliveries_webhook (webhook_id=?)'],
  [{ webhook_id: 'x', before: 1 }, 'idx_deliveries_webhook (webhook_id=? AND id<?)'],
  [{ webhook_id: 'x', status: 'delivered' }, 'idx_deliveries_webhook (webhook_id=?)'],
])('of a million messages a page of %j reads those that it shows, in their order', async (query, index) => {
  expect(await plan(pageSql({ ...ALL, ...query }))).toEqual([`SEARCH deliveries USING INDEX ${index}`]);
});

test.each(['pending', 'dead'] as const)(
  'how many are %s is counted in an index of those that are not delivered',
  async (status) => {
    const [step = ''] = await plan(`SELECT ${countOf(status)} FROM webhooks`);
    expect(step).toBe('SEARCH one USING COVERING INDEX idx_deliveries_unsettled (webhook_id=? AND status=?)');
  },
);

test.each<[keyof typeof CLAIM_SQL, string]>([
  ['next_owner', 'COVERING INDEX idx_deliveries_next (owner>?)'],
  ['next_lane', 'COVERING INDEX idx_deliveries_lane (owner=? AND host>?)'],
  ['later', 'COVERING INDEX idx_deliveries_next (owner=? AND available_at>?)'],
  ['hosts', 'COVERING INDEX idx_deliveries_next (owner=? AND available_at<?)'],
  ['again', 'INTEGER PRIMARY KEY (rowid=?)'],
  ['of_lane', 'INDEX idx_deliveries_lane (owner=? AND host=? AND available_at<?)'],
])('what is claimed is found by steps that touch nothing that is not due: %s', async (name, index) => {
  expect(await plan(CLAIM_SQL[name])).toEqual([`SEARCH deliveries USING ${index}`]);
});
