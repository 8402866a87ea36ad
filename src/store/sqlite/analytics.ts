/**
 * Figures over all workflows of an owner. The database sums them up once, by everything they are grouped by; the groups
 * that are shown are sums of those sums.
 */

import type { AnalyticsView, RankedWorkflow, WorkflowFigures } from '../../core/listing.ts';
import { isTerminal, type OrchestratorType, STATUSES, type Status } from '../../core/workflow.ts';
import type { AnalyticsVerbs } from '../store.ts';
import { type Reading, snapshot } from './session.ts';

interface Range {
  readonly owner: string;
  readonly since: string | null;
  readonly until: string | null;
}

/**
 * One row a workflow, with the figures of its result where it left one. They are read from the index: in the table they
 * stand behind the results, which are large, and SQLite would look there first.
 */
const COUNTED = `FROM workflows AS w LEFT JOIN results AS r INDEXED BY idx_results_figures ON r.task_id = w.task_id
  WHERE w.owner = @owner AND w.erased_at IS NULL
    AND w.created_at >= coalesce(@since, '') AND w.created_at < coalesce(@until, '~')`;
const RANKED =
  'SELECT w.task_id, coalesce(w.title, substr(w.task, 1, 200)) AS title, w.orchestrator_type, w.status, r.execution_time, r.total_cost AS cost_usd';
const DAYS = 366;
const MOST = 10;

/** Sums over the workflows of one pattern, model, day and status. */
interface Sums {
  readonly orchestrator_type: OrchestratorType;
  readonly model: string;
  readonly day: string;
  readonly status: Status;
  readonly workflows: number;
  readonly results: number;
  /** Results whose price is known. */
  readonly priced: number;
  readonly seconds: number;
  readonly dollars: number;
}

export function analyticsVerbs(session: Reading): AnalyticsVerbs {
  const { db } = session;
  const sums = db.prepare<Range, Sums>(
    `SELECT w.orchestrator_type, iif(json_valid(w.config), json_extract(w.config, '$.model'), 'unknown') AS model, substr(w.created_at, 1, 10) AS day, w.status,
       count(*) AS workflows, count(r.task_id) AS results, count(r.total_cost) AS priced,
       total(r.execution_time) AS seconds, total(r.total_cost) AS dollars
     ${COUNTED} GROUP BY day, w.orchestrator_type, model, w.status`,
  );
  const slowest = db.prepare<Range, RankedWorkflow>(
    `${RANKED} ${COUNTED} AND r.execution_time IS NOT NULL ORDER BY r.execution_time DESC, w.task_id LIMIT ${MOST}`,
  );
  const dearest = db.prepare<Range, RankedWorkflow>(
    `${RANKED} ${COUNTED} AND r.total_cost > 0 ORDER BY r.total_cost DESC, w.task_id LIMIT ${MOST}`,
  );
  // SQLite takes the bare columns of a group from the row that holds its maximum.
  const failures = db.prepare<Range, AnalyticsView['failures'][number]>(
    `SELECT iif(json_valid(w.error_record), json_extract(w.error_record, '$.code'), 'STORE_CORRUPT') AS code, count(*) AS count, w.task_id AS last_task_id,
       max(w.completed_at) AS last_at
     ${COUNTED} AND w.status = 'failed' AND w.error_record IS NOT NULL GROUP BY 1 ORDER BY count DESC, code`,
  );
  return {
    figures: (owner, { since, until }) =>
      snapshot(session, () => {
        const range = { owner, since, until };
        return {
          since,
          until,
          ...figuresOf(sums.all(range)),
          slowest: slowest.all(range),
          most_expensive: dearest.all(range),
          failures: failures.all(range),
        };
      }),
  };
}

function figuresOf(sums: readonly Sums[]): Pick<AnalyticsView, 'totals' | 'by_pattern' | 'by_model' | 'by_day'> {
  const count = (status: Status): number =>
    sum(sums.filter((one) => one.status === status).map((one) => one.workflows));
  const by_status = Object.fromEntries(STATUSES.map((status) => [status, count(status)])) as Record<Status, number>;
  const group = <Key extends 'orchestrator_type' | 'model' | 'day'>(key: Key) =>
    [...Map.groupBy(sums, (one) => one[key])]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([value, own]) => ({ [key]: value, ...total(own) }) as Record<Key, Sums[Key]> & WorkflowFigures);
  return {
    totals: { ...total(sums), by_status },
    by_pattern: group('orchestrator_type'),
    by_model: group('model'),
    by_day: group('day').slice(-DAYS),
  };
}

function total(sums: readonly Sums[]): WorkflowFigures {
  const of = (count: (one: Sums) => number): number => sum(sums.map(count));
  const ended = of(({ status, workflows }) => (isTerminal(status) ? workflows : 0));
  const completed = of(({ status, workflows }) => (status === 'completed' ? workflows : 0));
  const results = of((one) => one.results);
  const known = of((one) => one.priced) === results;
  return {
    total_workflows: of((one) => one.workflows),
    success_rate: ended === 0 ? null : completed / ended,
    avg_execution_time: results === 0 ? null : of((one) => one.seconds) / results,
    total_cost_usd: known ? dollars(of((one) => one.dollars)) : null,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/** To whole micro-dollars, which is what was spent: a sum of doubles is off by less. */
function dollars(amount: number): number {
  return Math.round(amount * 1e6) / 1e6;
}
