/** Reads what names single workflows: the newest, the slowest, the dearest, and the last of each failure. */

import type { Database } from 'better-sqlite3';
import type { RankedWorkflow } from '../../core/listing.ts';
import type { RankPage, RecentPage, Selection } from '../analytics.ts';
import { BEHIND, FIRST } from '../spans.ts';
import { bounds, type Chosen, CREATED, fromEither, prepareCounted, WHOSE } from './chosen.ts';

/** Below this share of the workflows those of the range are read, instead of the ranking until enough of them came. */
const FEW = 1 / 20;

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
type RankedRow = RankedWorkflow & { readonly owner: string; readonly amount: number };

/** A list that ends at its limit is read in an index of its order: of one owner, or of all of them together. */
function fromTwo<T>(prepare: (whose: '' | 'owner = @owner AND') => T): (owner: string | null) => T {
  const [all, one] = [prepare(''), prepare('owner = @owner AND')];
  return (owner) => (owner === null ? all : one);
}

export type SingleReads = ReturnType<typeof prepareSingle>;

export function prepareSingle(db: Database) {
  const recent = fromTwo((whose) =>
    db.prepare<object, Recent>(
      `SELECT created_at, task_id FROM workflows INDEXED BY ${whose === '' ? 'idx_workflows_created' : 'idx_workflows_owner'}
       WHERE erased_at IS NULL AND ${whose} created_at >= @from AND created_at < @to AND created_at <= @created_at
         AND (created_at, task_id) < (@created_at, @task_id)
       ORDER BY created_at DESC, task_id DESC LIMIT @limit`,
    ),
  );
  const endedSince = db
    .prepare<object, number>(
      // By when they ended: those of a day are fewer than those of most ranges.
      `SELECT count(*) FROM workflows INDEXED BY idx_workflows_ended
       WHERE completed_at > @ended_after AND completed_at IS NOT NULL AND erased_at IS NULL
         AND owner = coalesce(@owner, owner) AND created_at >= @from AND created_at < @to`,
    )
    .pluck();
  const counted = prepareCounted(db);
  return {
    recent: ({ owner, ...range }: Selection, { limit, before }: RecentPage): readonly Recent[] =>
      recent(owner).all({ owner, ...bounds(range), limit, ...(before ?? { created_at: BEHIND, task_id: BEHIND }) }),
    endedSince: ({ owner, ...range }: Selection, ended_after: string): number =>
      endedSince.get({ owner, ...bounds(range), ended_after }) ?? 0,
    ...prepareRankings(db, counted),
    ...prepareFailures(db, counted),
  };
}

const RANKINGS = {
  slowest: { amount: 'microseconds', ranked: 'IS NOT NULL' },
  dearest: { amount: 'microusd', ranked: '> 0' },
} as const satisfies Record<Ranking, object>;

/** What a list tells of the workflows at their places. */
function rankedOf(db: Database, places: string) {
  return db.prepare<object, RankedRow>(
    `SELECT w.owner, w.task_id, coalesce(w.title, substr(w.task, 1, 200)) AS title, w.orchestrator_type, w.status,
       r.execution_time, r.total_cost AS cost_usd, n.amount
     FROM (${places}) AS n
     CROSS JOIN workflows AS w ON w.task_id = n.task_id
     CROSS JOIN results AS r INDEXED BY idx_results_figures ON r.task_id = n.task_id
     ORDER BY n.amount DESC, w.task_id`,
  );
}

function behind(amount: string, ranking: Ranking): string {
  return `${amount} ${RANKINGS[ranking].ranked} AND ${amount} <= @amount AND (${amount} < @amount OR task_id > @task_id)
    ORDER BY ${amount} DESC, task_id LIMIT @limit`;
}

/** In the order of the ranking, whose index also tells whether the range holds an entry. */
function inOrder(db: Database, ranking: Ranking) {
  const { amount } = RANKINGS[ranking];
  return fromTwo((whose) =>
    rankedOf(
      db,
      `SELECT task_id, ${amount} AS amount FROM figures INDEXED BY idx_figures_${ranking}${whose === '' ? '_of_all' : ''}
       WHERE ${whose} created_at >= @from AND created_at < @to AND ${behind(amount, ranking)}`,
    ),
  );
}

/** All of the range, then put in order. */
function inRange(db: Database, ranking: Ranking) {
  const { amount } = RANKINGS[ranking];
  return fromEither((from) =>
    // The plus keeps the index of the ranking from being taken for the range.
    rankedOf(
      db,
      `SELECT task_id, ${amount} AS amount FROM ${WHOSE} ${from} WHERE ${CREATED} AND ${behind(`+${amount}`, ranking)}`,
    ),
  );
}

function prepareRankings(db: Database, counted: () => boolean) {
  const ordered = { slowest: inOrder(db, 'slowest'), dearest: inOrder(db, 'dearest') };
  const ranged = { slowest: inRange(db, 'slowest'), dearest: inRange(db, 'dearest') };
  const reading = (ranking: Ranking, owner: string | null, share: number) => {
    if (!counted()) return ranged[ranking].ended_workflows;
    return share < FEW ? ranged[ranking].figures : ordered[ranking](owner);
  };
  return {
    /** `share`: of all their ended workflows, those in the range. */
    ranked: (
      ranking: Ranking,
      { of: { owner, owners, ...range }, share }: { readonly of: Chosen; readonly share: number },
      { limit, after }: RankPage,
    ): readonly RankedRow[] =>
      reading(ranking, owner, share).all({
        owner,
        owners,
        ...bounds(range),
        limit,
        ...(after ?? { amount: Number.MAX_SAFE_INTEGER, task_id: FIRST }),
      }),
  };
}

function prepareFailures(db: Database, counted: () => boolean) {
  const last = fromTwo((whose) =>
    db.prepare<object, LastFailure>(
      `SELECT code, task_id AS last_task_id, completed_at AS last_at
       FROM figures INDEXED BY idx_figures_failures${whose === '' ? '_of_all' : ''}
       WHERE ${whose} code <> '' AND code = @code AND created_at >= @from AND created_at < @to
       ORDER BY completed_at DESC, task_id DESC LIMIT 1`,
    ),
  );
  // SQLite takes the bare columns of a group from the row that holds its maximum.
  const lastOfAll = db.prepare<object, LastFailure>(
    `SELECT code, task_id AS last_task_id, max(completed_at) AS last_at FROM ${WHOSE} ended_workflows
     WHERE ${CREATED} AND code <> '' GROUP BY code`,
  );
  return {
    /** The last of each of these codes. */
    lastFailures: (codes: readonly string[], { owner, owners, ...range }: Chosen): readonly LastFailure[] =>
      counted()
        ? codes.flatMap((code) => last(owner).all({ owner, code, ...bounds(range) }))
        : lastOfAll.all({ owners, ...bounds(range) }),
  };
}
