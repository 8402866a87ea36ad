/** Figures as a scripted orchestrator tells them: of nothing. What is asked goes to whoever made them. */

import type {
  CostsView,
  Figures,
  PerformanceView,
  SummaryView,
  WorkflowsView,
} from '../../../../src/core/analytics.ts';
import { RELATIVE_ERROR } from '../../../../src/core/quantiles.ts';
import type { Caller } from '../../../../src/core/views.ts';

const ALWAYS = { since: null, until: null };
const BY_STATUS = { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
const NONE = { execution_time: null, cost_usd: null };

const SUMMARY: SummaryView = {
  ...ALWAYS,
  ...NONE,
  total_workflows: 0,
  success_rate: null,
  avg_execution_time: null,
  total_cost: 0,
  by_status: BY_STATUS,
};
const WORKFLOWS: WorkflowsView = {
  ...ALWAYS,
  active_workflows: 0,
  completed_workflows: 0,
  recent_24h: 0,
  recent_task_ids: [],
  by_status: BY_STATUS,
  by_pattern: [],
  by_model: [],
  by_day: [],
  failures: [],
};
const COSTS: CostsView = {
  ...ALWAYS,
  total_cost_usd: 0,
  average_cost_usd: null,
  workflow_count: 0,
  by_pattern: [],
  by_model: [],
  by_day: [],
  most_expensive: [],
};
const PERFORMANCE: PerformanceView = {
  ...ALWAYS,
  ...NONE,
  relative_error: RELATIVE_ERROR,
  results: 0,
  avg_execution_time: null,
  by_pattern: [],
  by_model: [],
  by_day: [],
  slowest: [],
};

/** `asked` is told the name of each question, who asks and what; `summary` is what a summary says of something. */
export function scriptedFigures(
  asked: (method: string, ...args: readonly unknown[]) => void,
  summary: Partial<SummaryView> = {},
): Figures<Caller> {
  const answer =
    <View>(name: string, view: View) =>
    async (...args: readonly unknown[]): Promise<View> => {
      asked(name, ...args);
      return view;
    };
  return {
    summary: answer('figures.summary', { ...SUMMARY, ...summary }),
    workflows: answer('figures.workflows', WORKFLOWS),
    costs: answer('figures.costs', COSTS),
    performance: answer('figures.performance', PERFORMANCE),
  };
}
