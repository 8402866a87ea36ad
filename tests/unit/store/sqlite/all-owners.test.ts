/** Figures of all owners are read by the thread that answers everybody: how many owners there are must not decide how long it is busy. */

import SqliteDatabase from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { analyticsVerbs } from '../../../../src/store/sqlite/analytics.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite.ts';
import { ended, ERROR, running, submission, ROOM } from '../../../contract/rows.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const HOUR_MS = 3_600_000;
const ALWAYS = { since: null, until: null };
/** Whole months, whole days and hours on both ends; nearly all of it, so that lists are read in their order. */
const MONTHS = { since: '2026-01-03T10:00:00.000Z', until: '2026-04-20T11:00:00.000Z' };
const HOURS = { since: '2026-02-01T05:00:00.000Z', until: '2026-02-01T22:00:00.000Z' };
const RANGES = Object.entries({ ALWAYS, MONTHS, HOURS });
const PAGE = { limit: 5, after: null };

/** Two dozen workflows over four months, dealt out to so many owners. */
async function dealtOut(owners: number): Promise<string> {
  const file = `${await temporaryFolder()}/a.db`;
  const clock = new FakeClock();
  const store = await openSqliteStore({ file, clock });
  for (let n = 1; n <= 24; n += 1) {
    const owner = `owner-${n % owners}`;
    if (n === 24) await store.workflows.create(submission(n, { owner }), ROOM);
    else {
      const failed = n % 5 === 0 ? ({ status: 'failed', error: ERROR, result: null } as const) : {};
      await ended(store, n, { submission: { owner }, finish: { execution_time: n, total_cost: n / 10, ...failed } });
    }
    clock.jump(125 * HOUR_MS);
  }
  await store.close();
  return file;
}

const QUESTIONS = ['summary', 'workflows', 'costs', 'performance'] as const;

/** Every statement that each question takes, with the values it was asked with. */
async function statementsOf(db: SqliteDatabase.Database, told: string[]): Promise<ReadonlyMap<string, string[]>> {
  const verbs = analyticsVerbs({ db, writer: { closed: false }, lockWaitMs: 0, intact: () => undefined });
  const found = new Map<string, string[]>();
  for (const [when, range] of RANGES) {
    const selection = { owner: null, ...range };
    const asked = {
      summary: () => verbs.summary(selection),
      workflows: () => verbs.workflows(selection, { limit: 5, before: null, ended_after: '2026-03-01' }),
      costs: () => verbs.costs(selection, PAGE),
      performance: () => verbs.performance(selection, PAGE),
    };
    for (const what of QUESTIONS) {
      told.length = 0;
      await asked[what]();
      found.set(`${what} ${when}`, told.slice());
    }
  }
  return found;
}

async function asked(file: string) {
  const told: string[] = [];
  const db = new SqliteDatabase(file, { readonly: true, verbose: (sql) => told.push(String(sql)) });
  const plans = new SqliteDatabase(file, { readonly: true });
  try {
    const statements = await statementsOf(db, told);
    const planned = (sql: string): readonly string[] =>
      plans
        .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map(({ detail }) => detail);
    const read = Array.from(statements.values())
      .flat()
      .filter((sql) => /^\s*(?:SELECT|WITH)/u.test(sql))
      .map((sql) => ({ sql, plan: planned(sql) }));
    return { counts: Object.fromEntries(Array.from(statements, ([what, { length }]) => [what, length])), read };
  } finally {
    db.close();
    plans.close();
  }
}

describe('a question about all owners', () => {
  test('takes as many statements for a dozen owners as for two', async () => {
    const [few, many] = [await asked(await dealtOut(2)), await asked(await dealtOut(12))];
    expect(many.counts).toEqual(few.counts);
    // BEGIN and COMMIT, the owners, whether all is counted; sums, sizes, days and lists.
    expect(Math.max(...Object.values(many.counts))).toBeLessThan(30);
  });

  test('enters every table at what is asked for, what has not ended once, and takes lists from an index of their order', async () => {
    const { read } = await asked(await dealtOut(12));
    expect(read.filter(({ sql }) => sql.includes('idx_workflows_status'))).toHaveLength(
      QUESTIONS.length * RANGES.length,
    );
    const scans = read.flatMap(({ plan }) => plan.filter((one) => /^SCAN \w+/u.test(one)));
    const known =
      /^SCAN (?:whose|json_each|found|n|figures_to_come|CONSTANT|\(|figures USING (?:COVERING )?INDEX idx_figures_\w+_of_all)/u;
    expect(scans.filter((one) => !known.test(one))).toEqual([]);
    for (const order of ['idx_figures_slowest_of_all', 'idx_figures_dearest_of_all', 'idx_figures_failures_of_all']) {
      const lists = read.filter(({ sql }) => sql.includes(order));
      expect(lists.length).toBeGreaterThan(0);
      expect(lists.flatMap(({ plan }) => plan.filter((one) => one.includes('TEMP B-TREE FOR ORDER BY')))).toEqual([]);
    }
  });
});

describe('an open workflow whose configuration is damaged', () => {
  test.each([
    ['{}', 'unknown'],
    ['null', 'unknown'],
    ['[]', 'unknown'],
    ['"text"', 'unknown'],
    ['{"model":null}', 'unknown'],
    ['{"model":5}', '5'],
    ['broken', 'unknown'],
    ['', 'unknown'],
  ])('%s is counted all the same, under the model %s', async (config, model) => {
    const file = `${await temporaryFolder()}/a.db`;
    const store = await openSqliteStore({ file, clock: new FakeClock() });
    await running(store, 1);
    await ended(store, 2);
    const db = new SqliteDatabase(file);
    db.prepare("UPDATE workflows SET config = ? WHERE status = 'running'").run(config);
    db.close();
    for (const owner of ['local', null]) {
      const { by_model } = await store.analytics.costs({ owner, ...ALWAYS }, PAGE);
      expect(by_model.map((one) => one.model)).toEqual([model, 'extractive'].toSorted());
      const { by_status } = await store.analytics.summary({ owner, ...ALWAYS });
      expect(by_status).toMatchObject({ running: 1, completed: 1 });
    }
    await store.close();
  });
});
