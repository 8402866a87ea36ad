/**
 * Reads figures. Whole months and days come from their sums, the hours left over at either end of a range from its workflows; as
 * long as a former release's workflows are not all counted, everything does. Both say the same (migration 6).
 */

import type { Database } from 'better-sqlite3';
import type { RankedWorkflow } from '../../core/listing.ts';
import type { RankPage, RecentPage } from '../analytics.ts';
import type { Group, SizeCount, Sums } from '../figures.ts';
import { BEHIND, dailySpans, FIRST, type Range, type Span, type Spans, spansOf } from '../spans.ts';

const DAY = 'substr(created_at, 1, 10)';
const SUMS = 'owner, orchestrator_type, model, status, code';
const CREATED = 'owner = @owner AND created_at >= @from AND created_at < @to';
const BEGUN = 'owner = @owner AND period = @period AND begins >= @from AND begins < @to';
const SUMMED = `sum(workflows) AS workflows, sum(results) AS results, sum(priced) AS priced,
  sum(microseconds) AS microseconds, sum(microusd) AS microusd`;
/** Below this share of an owner's workflows those of the range are read, instead of the ranking until enough of them came. */
const FEW = 1 / 20;
/** Days with at least one workflow that are told of. */
export const MOST_DAYS = 366;

type Owned = Span & { readonly owner: string };
type Period = Owned & { readonly period: 'day' | 'month' };

interface SizeRow extends Group {
  readonly time_bucket: number | null;
  readonly cost_bucket: number | null;
  readonly count: number;
}

interface LastFailure {
  readonly code: string;
  readonly last_task_id: string;
  readonly last_at: string;
}

export interface Recent {
  readonly created_at: string;
  readonly task_id: string;
}

/** What a ranking is by. */
export type Ranking = 'slowest' | 'dearest';
export type RankedRow = RankedWorkflow & { readonly owner: string; readonly amount: number };

/** Where a range's workflows are read one by one: as they are counted, or as their rows have them. */
type From = 'figures' | 'ended_workflows';

export type FigureReads = ReturnType<typeof prepareFigures>;

/** The bounds of a range as text that lies before and behind every time. */
function bounds({ since, until }: Range): Span {
  return { from: since ?? FIRST, to: until ?? BEHIND };
}

function fromEither<T>(prepare: (from: From) => T): Readonly<Record<From, T>> {
  return { figures: prepare('figures'), ended_workflows: prepare('ended_workflows') };
}

export function prepareFigures(db: Database) {
  const toCome = db.prepare<[], number>('SELECT EXISTS (SELECT 1 FROM figures_to_come)').pluck();
  const owner = db
    .prepare<[string], string | null>('SELECT min(owner) FROM workflows WHERE erased_at IS NULL AND owner > ?')
    .pluck();
  const recent = db.prepare<object, Recent>(
    `SELECT created_at, task_id FROM workflows WHERE erased_at IS NULL AND ${CREATED} AND created_at <= @created_at
       AND (created_at, task_id) < (@created_at, @task_id)
     ORDER BY created_at DESC, task_id DESC LIMIT @limit`,
  );
  const endedSince = db
    .prepare<object, number>(
      // By when they ended: those of a day are fewer than those of most ranges.
      `SELECT count(*) FROM workflows INDEXED BY idx_workflows_ended
       WHERE completed_at > @ended_after AND completed_at IS NOT NULL AND erased_at IS NULL
         AND owner = coalesce(@owner, owner) AND created_at >= @from AND created_at < @to`,
    )
    .pluck();
  const counted = (): boolean => toCome.get() === 0;
  /** All as hours left over, where the sums do not hold everything yet. */
  const cut: Cut = (range, whole) =>
    counted() ? { ...whole(range), from: 'figures' } : { times: [bounds(range)], from: 'ended_workflows' };
  return {
    /** Everybody who has a workflow. */
    owners: (): readonly string[] => {
      const found: string[] = [];
      for (let next = owner.get(''); typeof next === 'string'; next = owner.get(next)) found.push(next);
      return found;
    },
    recent: (whose: string, range: Range, { limit, before }: RecentPage): readonly Recent[] =>
      recent.all({ owner: whose, ...bounds(range), limit, ...(before ?? { created_at: BEHIND, task_id: BEHIND }) }),
    endedSince: (whose: string | null, range: Range, ended_after: string): number =>
      endedSince.get({ owner: whose, ...bounds(range), ended_after }) ?? 0,
    ...prepareSums(db, cut),
    ...prepareSizes(db, cut),
    ...prepareSingle(db, counted),
  };
}

type Parts = Partial<Spans> & { readonly from: From };
type Cut = (range: Range, whole: (range: Range) => Partial<Spans>) => Parts;

function prepareSums(db: Database, cut: Cut) {
  const sums = db.prepare<Period, Sums>(
    `SELECT ${SUMS}, '' AS day, ${SUMMED} FROM rollups WHERE ${BEGUN} GROUP BY orchestrator_type, model, status, code`,
  );
  const daily = db.prepare<Period, Sums>(
    `SELECT ${SUMS}, begins AS day, ${SUMMED} FROM rollups
     WHERE ${BEGUN} AND begins >= (SELECT coalesce(min(begins), '') FROM (
       SELECT DISTINCT begins FROM rollups WHERE ${BEGUN} ORDER BY begins DESC LIMIT ${MOST_DAYS}))
     GROUP BY begins, status`,
  );
  const one = fromEither((from) =>
    db.prepare<Owned, Sums>(
      `SELECT ${SUMS}, ${DAY} AS day, count(*) AS workflows, count(microseconds) AS results, count(microusd) AS priced,
         total(microseconds) AS microseconds, total(microusd) AS microusd
       FROM ${from} WHERE ${CREATED} GROUP BY day, orchestrator_type, model, status, code`,
    ),
  );
  // Few, whatever has ended: no more than may run and wait.
  const open = db.prepare<Owned, Sums>(
    `SELECT owner, orchestrator_type, iif(json_valid(config), json_extract(config, '$.model'), 'unknown') AS model, ${DAY} AS day,
       status, '' AS code, count(*) AS workflows, 0 AS results, 0 AS priced, 0 AS microseconds, 0 AS microusd
     FROM workflows INDEXED BY idx_workflows_status
     WHERE status IN ('pending', 'running') AND erased_at IS NULL AND ${CREATED}
     GROUP BY day, orchestrator_type, model, status`,
  );
  const all = (owner: string, { months = [], days = [], times = [], from }: Parts, summed: typeof sums) => [
    ...months.flatMap((span) => summed.all({ owner, period: 'month', ...span })),
    ...days.flatMap((span) => summed.all({ owner, period: 'day', ...span })),
    ...times.flatMap((span) => one[from].all({ owner, ...span })),
  ];
  return {
    /** By everything but the day. */
    sums: (owner: string, range: Range): readonly Sums[] => [
      ...all(owner, cut(range, spansOf), sums),
      ...open.all({ owner, ...bounds(range) }),
    ],
    /** By day and status, the latest days. */
    daily: (owner: string, range: Range): readonly Sums[] => [
      ...all(owner, cut(range, dailySpans), daily),
      ...open.all({ owner, ...bounds(range) }),
    ],
  };
}

function prepareSizes(db: Database, cut: Cut) {
  const sizes = db.prepare<Period, SizeCount>(
    `SELECT owner, orchestrator_type, model, '' AS day, measure, bucket, sum(results) AS count
     FROM rollup_buckets WHERE ${BEGUN} GROUP BY orchestrator_type, model, measure, bucket`,
  );
  const daily = db.prepare<Period, SizeCount>(
    `SELECT owner, orchestrator_type, model, begins AS day, measure, bucket, sum(results) AS count
     FROM rollup_buckets WHERE ${BEGUN} GROUP BY begins, measure, bucket`,
  );
  const one = fromEither((from) =>
    db.prepare<Owned, SizeRow>(
      `SELECT owner, orchestrator_type, model, ${DAY} AS day, time_bucket, cost_bucket, count(*) AS count
       FROM ${from} WHERE ${CREATED} GROUP BY orchestrator_type, model, day, time_bucket, cost_bucket`,
    ),
  );
  const all = (owner: string, { months = [], days = [], times = [], from }: Parts, summed: typeof sizes) => [
    ...months.flatMap((span) => summed.all({ owner, period: 'month', ...span })),
    ...days.flatMap((span) => summed.all({ owner, period: 'day', ...span })),
    ...times.flatMap((span) => one[from].all({ owner, ...span }).flatMap(bothSizes)),
  ];
  return {
    /** By everything but the day. */
    sizes: (owner: string, range: Range): readonly SizeCount[] => all(owner, cut(range, spansOf), sizes),
    /** By day alone. */
    dailySizes: (owner: string, range: Range): readonly SizeCount[] => all(owner, cut(range, dailySpans), daily),
  };
}

function bothSizes({ time_bucket, cost_bucket, ...group }: SizeRow): readonly SizeCount[] {
  return [
    ...(time_bucket === null ? [] : [{ ...group, measure: 'time' as const, bucket: time_bucket }]),
    ...(cost_bucket === null ? [] : [{ ...group, measure: 'cost' as const, bucket: cost_bucket }]),
  ];
}

const RANKINGS = {
  slowest: { amount: 'microseconds', ranked: 'IS NOT NULL', index: 'idx_figures_slowest' },
  dearest: { amount: 'microusd', ranked: '> 0', index: 'idx_figures_dearest' },
} as const satisfies Record<Ranking, object>;

/** In the order of the ranking, whose index also tells whether the range holds an entry; or all of the range, then put in order. */
function rankedOf(db: Database, ranking: Ranking, ordered: boolean) {
  const { amount: column, ranked, index } = RANKINGS[ranking];
  // The plus keeps the index of the ranking from being taken for the range.
  const amount = ordered ? column : `+${column}`;
  return fromEither((from) =>
    db.prepare<object, RankedRow>(
      `SELECT w.owner, w.task_id, coalesce(w.title, substr(w.task, 1, 200)) AS title, w.orchestrator_type, w.status,
         r.execution_time, r.total_cost AS cost_usd, n.amount
       FROM (SELECT task_id, ${amount} AS amount FROM ${from} ${ordered && from === 'figures' ? `INDEXED BY ${index}` : ''}
         WHERE ${CREATED} AND ${amount} ${ranked} AND ${amount} <= @amount AND (${amount} < @amount OR task_id > @task_id)
         ORDER BY ${amount} DESC, task_id LIMIT @limit) AS n
       CROSS JOIN workflows AS w ON w.task_id = n.task_id
       CROSS JOIN results AS r INDEXED BY idx_results_figures ON r.task_id = n.task_id
       ORDER BY n.amount DESC, w.task_id`,
    ),
  );
}

function prepareSingle(db: Database, counted: () => boolean) {
  const inOrder = { slowest: rankedOf(db, 'slowest', true), dearest: rankedOf(db, 'dearest', true) };
  const inRange = { slowest: rankedOf(db, 'slowest', false), dearest: rankedOf(db, 'dearest', false) };
  const codes = db
    .prepare<[string, string], string | null>(
      "SELECT min(code) FROM figures WHERE owner = ? AND code <> '' AND code > ?",
    )
    .pluck();
  const last = db.prepare<object, LastFailure>(
    `SELECT code, task_id AS last_task_id, completed_at AS last_at FROM figures
     WHERE ${CREATED} AND code <> '' AND code = @code ORDER BY completed_at DESC, task_id DESC LIMIT 1`,
  );
  // SQLite takes the bare columns of a group from the row that holds its maximum.
  const lastOfAll = db.prepare<Owned, LastFailure>(
    `SELECT code, task_id AS last_task_id, max(completed_at) AS last_at FROM ended_workflows
     WHERE ${CREATED} AND code <> '' GROUP BY code`,
  );
  const codesOf = (owner: string): readonly string[] => {
    const found: string[] = [];
    for (let next = codes.get(owner, ''); typeof next === 'string'; next = codes.get(owner, next)) found.push(next);
    return found;
  };
  return {
    /** `share`: of the owner's workflows, those in the range. */
    ranked: (
      ranking: Ranking,
      of: { owner: string; range: Range; share: number },
      page: RankPage,
    ): readonly RankedRow[] => {
      const from = counted() ? 'figures' : 'ended_workflows';
      const read = (of.share >= FEW ? inOrder : inRange)[ranking][from];
      const after = page.after ?? { amount: Number.MAX_SAFE_INTEGER, task_id: FIRST };
      return read.all({ owner: of.owner, ...bounds(of.range), limit: page.limit, ...after });
    },
    /** The last of each code. */
    lastFailures: (owner: string, range: Range): readonly LastFailure[] => {
      if (!counted()) return lastOfAll.all({ owner, ...bounds(range) });
      return codesOf(owner).flatMap((code) => last.all({ owner, code, ...bounds(range) }));
    },
  };
}
