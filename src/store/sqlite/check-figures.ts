/** Whether figures say what the rows say. Nothing else would tell: they are no part of any proof. */

import type { Database } from 'better-sqlite3';
import type { CheckView } from '../../core/audit.ts';

type Findings = CheckView['findings'];

const FACTS =
  'task_id, owner, created_at, completed_at, orchestrator_type, model, status, code, microseconds, microusd';
/** Counted already: no workflow of a former release that is still to come. */
const COUNTED = `NOT EXISTS (SELECT 1 FROM figures_to_come AS c WHERE (e.created_at, e.task_id) > (c.created_at, c.task_id))`;

const PERIODS = [
  ['day', 10],
  ['month', 7],
] as const;

export function figureFindings(db: Database): Findings {
  return [...rowFindings(db), ...sumFindings(db)];
}

function rowFindings(db: Database): Findings {
  const told = (sql: string, what: string): Findings =>
    db
      .prepare<[], string>(sql)
      .pluck()
      .all()
      .map((task_id) => ({ where: 'figures', task_id, what }));
  const there = 'SELECT task_id FROM figures';
  return [
    ...told(
      `SELECT task_id FROM ended_workflows AS e WHERE ${COUNTED} EXCEPT ${there}`,
      'It ended and is not counted.',
    ),
    ...told(`${there} EXCEPT SELECT task_id FROM ended_workflows`, 'It is counted and has no content.'),
    // Logarithms are not everywhere the same to the last digit: which of two neighbouring buckets it is may be either.
    ...told(
      `SELECT task_id FROM (SELECT ${FACTS} FROM figures EXCEPT SELECT ${FACTS} FROM ended_workflows) JOIN ended_workflows USING (task_id)
       UNION SELECT task_id FROM figures AS f JOIN ended_workflows AS e USING (task_id)
       WHERE abs(f.time_bucket - e.time_bucket) > 1 OR abs(f.cost_bucket - e.cost_bucket) > 1
         OR (f.time_bucket IS NULL) <> (e.time_bucket IS NULL) OR (f.cost_bucket IS NULL) <> (e.cost_bucket IS NULL)`,
      'Its figures are not those of its rows.',
    ),
  ];
}

interface Place {
  readonly owner: string;
  readonly begins: string;
}

/** For each period, what it is called and where it begins. */
function each(sum: (period: string, begins: string) => string): string {
  const of = PERIODS.map(([period, length]) =>
    sum(`'${period}' AS period`, `substr(created_at, 1, ${length}) AS begins`),
  );
  return of.join(' UNION ALL ');
}

/** Days and months whose sums are not those of their workflows. */
function sumFindings(db: Database): Findings {
  const group = 'orchestrator_type, model';
  const differing = (table: string, kept: string, summed: string): Findings =>
    db
      .prepare<[], Place>(
        `SELECT DISTINCT owner, begins FROM (
           SELECT * FROM (SELECT ${kept} FROM ${table} EXCEPT SELECT * FROM (${summed}))
           UNION ALL SELECT * FROM (SELECT * FROM (${summed}) EXCEPT SELECT ${kept} FROM ${table})) ORDER BY owner, begins`,
      )
      .all()
      .map(({ owner, begins }) => ({
        where: table,
        what: `The sums of ${begins}, owner ${owner}, are not those of its workflows.`,
      }));
  const sums = each(
    (
      period,
      begins,
    ) => `SELECT owner, ${period}, ${begins}, ${group}, status, code, count(*), count(microseconds), count(microusd),
      CAST(total(microseconds) AS INTEGER), CAST(total(microusd) AS INTEGER)
      FROM figures GROUP BY owner, begins, ${group}, status, code`,
  );
  const sizes = (['time', 'cost'] as const)
    .map((measure) =>
      each(
        (
          period,
          begins,
        ) => `SELECT owner, ${period}, ${begins}, ${group}, '${measure}', ${measure}_bucket, count(*) FROM figures
          WHERE ${measure}_bucket IS NOT NULL GROUP BY owner, begins, ${group}, ${measure}_bucket`,
      ),
    )
    .join(' UNION ALL ');
  return [
    ...differing(
      'rollups',
      `owner, period, begins, ${group}, status, code, workflows, results, priced, microseconds, microusd`,
      sums,
    ),
    ...differing('rollup_buckets', `owner, period, begins, ${group}, measure, bucket, results`, sizes),
  ];
}
