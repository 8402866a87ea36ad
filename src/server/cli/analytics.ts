/** `beltalowda analytics`: figures over all workflows. */

import { count } from '../../core/amount.ts';
import type { AnalyticsView, RankedWorkflow, WorkflowFigures } from '../../core/listing.ts';
import type { Percentiles } from '../../core/quantiles.ts';
import { USER } from '../callers.ts';
import { type Column, factText, tableText } from './facts.ts';
import { EXIT, printJson } from './outcome.ts';
import { duration } from './phrases.ts';
import type { Session } from './session.ts';
import { paints } from './style.ts';

/** Days shown; --json has them all. */
const MOST_DAYS = 14;

/** Resolves to the exit code. */
export async function analytics({ orchestrator, terminal, options, warn }: Session): Promise<number> {
  warn();
  const range = { since: options.since ?? undefined, until: options.until ?? undefined };
  const view = await orchestrator.analytics(USER, range);
  if (options.json) {
    printJson(terminal, view);
    return EXIT.done;
  }
  const { totals } = view;
  const { execution_time: within } = await orchestrator.figures.summary(USER, range);
  const by = Object.entries(totals.by_status).flatMap(([status, amount]) =>
    amount === 0 ? [] : [`${amount} ${status}`],
  );
  const all = factText(terminal, [
    ['workflows', [count(totals.total_workflows, 'workflow'), ...by].join(', ')],
    ['success', rate(totals)],
    ['time', `${time(totals)} on average${within === null ? '' : spread(within)}`],
    ['cost', cost(totals.total_cost_usd)],
  ]);
  const paint = paints(terminal.color.out);
  // In a pipe the tables have no headings, so each row begins with what it tells of.
  const parts = tables(view).flatMap(({ title, columns, rows }) => {
    if (rows.length === 0) return [];
    if (!terminal.stdoutIsTTY)
      return [
        tableText(
          terminal,
          columns,
          rows.map((cells) => ({ cells: [title, ...cells] })),
        ),
      ];
    return [
      `\n${paint('heading', title)}\n${tableText(
        terminal,
        columns,
        rows.map((cells) => ({ cells })),
      )}`,
    ];
  });
  terminal.out(all + parts.join(''));
  return EXIT.done;
}

interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

function tables(view: AnalyticsView): readonly Table[] {
  return [
    {
      title: 'By pattern',
      columns: columns('pattern'),
      rows: view.by_pattern.map((one) => row(one.orchestrator_type, one)),
    },
    { title: 'By model', columns: columns('model'), rows: view.by_model.map((one) => row(one.model, one)) },
    { title: 'By day', columns: columns('day'), rows: view.by_day.slice(-MOST_DAYS).map((one) => row(one.day, one)) },
    { title: 'Slowest', columns: RANKED, rows: view.slowest.map(rank) },
    { title: 'Most expensive', columns: RANKED, rows: view.most_expensive.map(rank) },
    {
      title: 'Failures',
      columns: [{ heading: 'code' }, { heading: 'times', right: true }, { heading: 'last' }],
      rows: view.failures.map(({ code, count: times, last_task_id }) => [code, String(times), last_task_id]),
    },
  ];
}

function columns(heading: string): readonly Column[] {
  return [
    { heading },
    { heading: 'workflows', right: true },
    { heading: 'success', right: true },
    { heading: 'average time', right: true },
    { heading: 'cost' },
  ];
}

const RANKED: readonly Column[] = [
  { heading: 'task_id' },
  { heading: 'time', right: true },
  { heading: 'cost', right: true },
  { heading: 'title' },
];

function row(name: string, figures: WorkflowFigures): readonly string[] {
  return [name, String(figures.total_workflows), rate(figures), time(figures), cost(figures.total_cost_usd)];
}

function rank({ task_id, execution_time, cost_usd, title }: RankedWorkflow): readonly string[] {
  return [task_id, duration(execution_time), cost(cost_usd), title ?? '-'];
}

function rate({ success_rate }: WorkflowFigures): string {
  return success_rate === null ? '-' : `${Math.round(success_rate * 100)} %`;
}

function time({ avg_execution_time }: WorkflowFigures): string {
  return avg_execution_time === null ? '-' : duration(avg_execution_time);
}

function spread({ p50, p95 }: Percentiles): string {
  return `, half within ${duration(p50)}, 95 % within ${duration(p95)}`;
}

function cost(usd: number | null): string {
  return usd === null ? 'unknown' : `$${usd.toFixed(2)}`;
}
