/** The answers about many workflows as text. The last line is the next call, ready to be made. */

import { count, digits } from '../../core/amount.ts';
import type {
  AnalyticsView,
  ListRequest,
  ListView,
  RankedWorkflow,
  WorkflowFigures,
  WorkflowSummary,
} from '../../core/listing.ts';
import { isTerminal } from '../../core/workflow.ts';
import { clip, cost, lines, next } from './text-parts.ts';

/** Days told in words; the structured answer holds them all. */
const DAYS_TOLD = 7;

function summaryLine(workflow: WorkflowSummary): string {
  const { task_id, status, phase, completeness, orchestrator_type, created_at, title, task, match } = workflow;
  const going = workflow.interrupted === true ? 'interrupted' : status;
  const state = isTerminal(status) ? status : `${going}, ${phase}`;
  const report = completeness === null ? '' : `, ${completeness} report`;
  const origin = workflow.resumed_from === undefined ? '' : `, goes on from ${workflow.resumed_from}`;
  const named = title === null ? clip(task) : `${title}: ${clip(task)}`;
  const found = match === undefined ? '' : `\n  … ${clip(match)} …`;
  return `- ${task_id} (${orchestrator_type}, ${state}${report}${origin}; ${created_at}) ${named}${found}`;
}

/** `asked`: the filters of this page, which the next one repeats. */
export function listText(view: ListView, asked: ListRequest): string {
  const [newest] = view.workflows;
  if (newest === undefined) {
    return lines(
      'No workflow matches.',
      'Next: orchestrate_research, to start one, or list_workflows with fewer filters.',
    );
  }
  const { task_id, status } = newest;
  const tool = isTerminal(status) ? 'get_result' : 'get_status';
  const more = view.next_cursor;
  return lines(
    view.workflows.map((workflow) => summaryLine(workflow)),
    more !== undefined && `The newest: ${tool} ${JSON.stringify({ task_id })}. There are more.`,
    more === undefined ? next(tool, { task_id }) : next('list_workflows', { ...asked, cursor: more }),
  );
}

function figuresLine(name: string, figures: WorkflowFigures): string {
  const { total_workflows, success_rate, avg_execution_time, total_cost_usd } = figures;
  const rate = success_rate === null ? 'none ended' : `${Math.round(success_rate * 100)} % completed`;
  const time = avg_execution_time === null ? '' : `, ${avg_execution_time.toFixed(1)} s on average`;
  return `${name}: ${count(total_workflows, 'workflow')}, ${rate}${time}, ${cost(total_cost_usd)}.`;
}

function rankedLine({ task_id, title, status, execution_time, cost_usd }: RankedWorkflow): string {
  const named = title === null ? '' : ` ${clip(title)}`;
  return `- ${task_id}${named}: ${status}, ${execution_time.toFixed(1)} s, ${cost(cost_usd)}`;
}

function ranking(name: string, ranked: readonly RankedWorkflow[]): string[] {
  return ranked.length === 0 ? [] : [name, ...ranked.map((one) => rankedLine(one))];
}

function afterAnalytics(view: AnalyticsView): string {
  const [failure] = view.failures;
  if (failure !== undefined) return next('get_status', { task_id: failure.last_task_id });
  const [slowest] = view.slowest;
  return slowest === undefined ? next('list_workflows', {}) : next('get_result', { task_id: slowest.task_id });
}

export function analyticsText(view: AnalyticsView): string {
  const { totals, since, until } = view;
  const states = Object.entries(totals.by_status)
    .filter(([, amount]) => amount > 0)
    .map(([status, amount]) => `${digits(amount)} ${status}`);
  return lines(
    figuresLine(`Created from ${since ?? 'the beginning'} until ${until ?? 'now'}`, totals),
    states.length > 0 && `By status: ${states.join(', ')}.`,
    view.by_pattern.map((one) => figuresLine(one.orchestrator_type, one)),
    view.by_model.map((one) => figuresLine(`Model ${one.model}`, one)),
    view.by_day.slice(-DAYS_TOLD).map((one) => figuresLine(one.day, one)),
    ranking('Slowest:', view.slowest),
    ranking('Most expensive:', view.most_expensive),
    view.failures.map(({ code, count: times, last_task_id, last_at }) => {
      return `Failed with ${code}: ${count(times, 'time')}, last ${last_task_id} at ${last_at}.`;
    }),
    afterAnalytics(view),
  );
}
