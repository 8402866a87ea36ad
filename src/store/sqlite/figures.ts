/**
 * Reads figures. Whole months and days come from their sums, the hours left over at either end of a range from its workflows; as
 * long as a former release's workflows are not all counted, everything does. Both say the same (migration 6).
 *
 * A question about all owners takes as many statements as one about a single owner: every tenant's questions wait for the one
 * thread that answers them.
 */

import type { Database } from 'better-sqlite3';
import type { Selection } from '../analytics.ts';
import type { Group, SizeCount, Sums } from '../figures.ts';
import { dailySpans, type Range, type Span, type Spans, spansOf } from '../spans.ts';
import { bounds, type Chosen, CREATED, type From, fromEither, prepareCounted, WHOSE } from './chosen.ts';
import { modelOf } from './migrations/0006-figures.ts';

const DAY = 'substr(created_at, 1, 10)';
const SUMS = 'owner, orchestrator_type, model, status, code';
const OF_PERIOD = 'owner = whose.value AND period = @period';
const BEGUN = `${OF_PERIOD} AND begins >= @from AND begins < @to`;
const SUMMED = `sum(workflows) AS workflows, sum(results) AS results, sum(priced) AS priced,
  sum(microseconds) AS microseconds, sum(microusd) AS microusd`;
/** Days with at least one workflow that are told of. */
export const MOST_DAYS = 366;

type Owned = Span & Pick<Chosen, 'owners'>;
type Period = Owned & { readonly period: 'day' | 'month' };

interface SizeRow extends Group {
  readonly time_bucket: number | null;
  readonly cost_bucket: number | null;
  readonly count: number;
}

export type FigureReads = ReturnType<typeof prepareFigures>;

export function prepareFigures(db: Database) {
  // From one to the next by the index: as many seeks as there are owners, however many workflows they have.
  const owners = db
    .prepare<[], string>(
      `WITH RECURSIVE found(owner) AS (
         SELECT min(owner) FROM workflows WHERE erased_at IS NULL
         UNION ALL
         SELECT (SELECT min(owner) FROM workflows WHERE erased_at IS NULL AND owner > found.owner) FROM found WHERE found.owner IS NOT NULL)
       SELECT owner FROM found WHERE owner IS NOT NULL`,
    )
    .pluck();
  // Few, whatever has ended: no more than may run and wait.
  const open = db.prepare<object, Sums>(
    `SELECT owner, orchestrator_type, ${modelOf('config')} AS model, ${DAY} AS day,
       status, '' AS code, count(*) AS workflows, 0 AS results, 0 AS priced, 0 AS microseconds, 0 AS microusd
     FROM workflows INDEXED BY idx_workflows_status
     WHERE status IN ('pending', 'running') AND erased_at IS NULL AND owner = coalesce(@owner, owner)
       AND created_at >= @from AND created_at < @to
     GROUP BY owner, orchestrator_type, model, day, status`,
  );
  const counted = prepareCounted(db);
  /** All as hours left over, where the sums do not hold everything yet. */
  const cut: Cut = (range, whole) =>
    counted() ? { ...whole(range), from: 'figures' } : { times: [bounds(range)], from: 'ended_workflows' };
  return {
    /** Everybody who has a workflow. */
    owners: (): readonly string[] => owners.all(),
    /** What has not ended, by everything. */
    open: ({ owner, ...range }: Selection): readonly Sums[] => open.all({ owner, ...bounds(range) }),
    ...prepareSums(db, cut),
    ...prepareSizes(db, cut),
  };
}

type Parts = Partial<Spans> & { readonly from: From };
type Cut = (range: Range, whole: (range: Range) => Partial<Spans>) => Parts;

function prepareSums(db: Database, cut: Cut) {
  const sums = db.prepare<Period, Sums>(
    `SELECT ${SUMS}, '' AS day, ${SUMMED} FROM ${WHOSE} rollups WHERE ${BEGUN}
     GROUP BY owner, orchestrator_type, model, status, code`,
  );
  // One lower bound, so that it is what the index is entered at: beside another it would be made out anew for every row.
  const daily = db.prepare<Period, Sums>(
    `SELECT ${SUMS}, begins AS day, ${SUMMED} FROM ${WHOSE} rollups
     WHERE ${OF_PERIOD} AND begins < @to AND begins >= max(@from, (SELECT coalesce(min(begins), '') FROM (
       SELECT DISTINCT begins FROM rollups WHERE ${BEGUN} ORDER BY begins DESC LIMIT ${MOST_DAYS})))
     GROUP BY begins, status`,
  );
  const one = fromEither((from) =>
    db.prepare<Owned, Sums>(
      `SELECT ${SUMS}, ${DAY} AS day, count(*) AS workflows, count(microseconds) AS results, count(microusd) AS priced,
         total(microseconds) AS microseconds, total(microusd) AS microusd
       FROM ${WHOSE} ${from} WHERE ${CREATED} GROUP BY owner, day, orchestrator_type, model, status, code`,
    ),
  );
  const all = (owners: string, { months = [], days = [], times = [], from }: Parts, summed: typeof sums) => [
    ...months.flatMap((span) => summed.all({ owners, period: 'month', ...span })),
    ...days.flatMap((span) => summed.all({ owners, period: 'day', ...span })),
    ...times.flatMap((span) => one[from].all({ owners, ...span })),
  ];
  return {
    /** What has ended, by everything but the day. */
    sums: ({ owners, ...range }: Chosen): readonly Sums[] => all(owners, cut(range, spansOf), sums),
    /** What has ended, by day and status, the latest days. */
    daily: ({ owners, ...range }: Chosen): readonly Sums[] => all(owners, cut(range, dailySpans), daily),
  };
}

function prepareSizes(db: Database, cut: Cut) {
  const sizes = db.prepare<Period, SizeCount>(
    `SELECT owner, orchestrator_type, model, '' AS day, measure, bucket, sum(results) AS count
     FROM ${WHOSE} rollup_buckets WHERE ${BEGUN} GROUP BY owner, orchestrator_type, model, measure, bucket`,
  );
  const daily = db.prepare<Period, SizeCount>(
    `SELECT owner, orchestrator_type, model, begins AS day, measure, bucket, sum(results) AS count
     FROM ${WHOSE} rollup_buckets WHERE ${BEGUN} GROUP BY begins, measure, bucket`,
  );
  const one = fromEither((from) =>
    db.prepare<Owned, SizeRow>(
      `SELECT owner, orchestrator_type, model, ${DAY} AS day, time_bucket, cost_bucket, count(*) AS count
       FROM ${WHOSE} ${from} WHERE ${CREATED} GROUP BY owner, orchestrator_type, model, day, time_bucket, cost_bucket`,
    ),
  );
  const all = (owners: string, { months = [], days = [], times = [], from }: Parts, summed: typeof sizes) => [
    ...months.flatMap((span) => summed.all({ owners, period: 'month', ...span })),
    ...days.flatMap((span) => summed.all({ owners, period: 'day', ...span })),
    ...times.flatMap((span) => one[from].all({ owners, ...span }).flatMap(bothSizes)),
  ];
  return {
    /** By everything but the day. */
    sizes: ({ owners, ...range }: Chosen): readonly SizeCount[] => all(owners, cut(range, spansOf), sizes),
    /** By day alone. */
    dailySizes: ({ owners, ...range }: Chosen): readonly SizeCount[] => all(owners, cut(range, dailySpans), daily),
  };
}

function bothSizes({ time_bucket, cost_bucket, ...group }: SizeRow): readonly SizeCount[] {
  return [
    ...(time_bucket === null ? [] : [{ ...group, measure: 'time' as const, bucket: time_bucket }]),
    ...(cost_bucket === null ? [] : [{ ...group, measure: 'cost' as const, bucket: cost_bucket }]),
  ];
}
