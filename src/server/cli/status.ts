/** `beltalowda status`: how far a workflow is. */

import { count } from '../../core/amount.ts';
import type { StatusView } from '../../core/views.ts';
import { isTerminal } from '../../core/workflow.ts';
import { budgetWords, spendWords } from './budget.ts';
import { USER } from '../callers.ts';
import { display } from './display.ts';
import { type Fact, factText, pageWidth } from './facts.ts';
import { follow, takeUp } from './follow.ts';
import { renderFrame } from './frame.ts';
import { EXIT, exitCode, printJson } from './outcome.ts';
import { quietSince } from './phrases.ts';
import { awaitsApproval, planText } from './plan-view.ts';
import type { Session } from './session.ts';

/** Enough for the agents of any workflow. */
const EVERY_LINE = 1000;

/** Prints the status; with --follow takes the workflow up and watches it to its end first. Resolves to the exit code. */
export async function status(session: Session, task_id: string): Promise<number> {
  const { terminal, orchestrator, options } = session;
  session.warn();
  let view = await orchestrator.status(task_id, USER);
  if (options.follow && !isTerminal(view.status)) {
    await takeUp(session, view);
    view = await follow(session, { task_id, display: display(terminal, false), interrupt: 'detach' });
    if (session.left.aborted) return EXIT.partial;
  }
  if (options.json) printJson(terminal, view);
  else terminal.out(statusText(session, view));
  if (!options.follow) return EXIT.done;
  if (!isTerminal(view.status)) return EXIT.partial;
  const { completeness } = await orchestrator.result(task_id, USER, { detail: 'summary' });
  return exitCode(view, completeness);
}

function statusText(session: Session, view: StatusView): string {
  const { terminal } = session;
  const frame = renderFrame(view, {
    width: pageWidth(terminal),
    height: EVERY_LINE,
    now: terminal.now(),
    tick: null,
    since: 0,
    color: terminal.color.out,
    unicode: terminal.unicode,
  });
  const facts = factText(terminal, [
    ['task_id', view.task_id],
    ['status', statusWords(view)],
    ['model', view.model_note],
    ...spendFacts(view),
    ['created', view.created_at],
    ...(view.resumed === 0 ? [] : [['carried on', view.resumed === 1 ? 'once' : `${view.resumed} times`] as const]),
    ...(view.resumed_from === undefined ? [] : [['goes on from', view.resumed_from] as const]),
    ...(view.error === undefined ? [] : [['error', `${view.error.code}: ${view.error.message}`] as const]),
    ...next(session, view),
  ]);
  const plan = awaitsApproval(view) ? `\n${planText(session, view)}` : '';
  return `${frame.join('\n')}\n\n${facts}${plan}`;
}

/** Nothing where no model is asked and nothing is capped but the time. */
function spendFacts({ spend, budget }: StatusView): readonly Fact[] {
  const spent = spendWords(spend);
  const capped = budget.max_cost_usd !== undefined || budget.max_tokens !== undefined;
  return [
    ...(spent === '' ? [] : [['spent', `${spent}, ${count(spend.model_calls, 'model call')}`] as const]),
    ...(spent === '' && !capped ? [] : [['budget', budgetWords(budget)] as const]),
  ];
}

function statusWords(view: StatusView): string {
  const since = quietSince(view);
  return since === null ? view.status : `interrupted: nobody works on it since ${since}`;
}

/** What to type. A plan that waits says it itself. */
function next({ typed }: Session, view: StatusView): readonly Fact[] {
  const { task_id, status } = view;
  if (awaitsApproval(view)) return [];
  if (view.interrupted === true) return [['next', `${typed(`resume ${task_id}`)} carries on`]];
  if (!isTerminal(status)) return [['next', `${typed(`resume ${task_id}`)} continues it and prints the report`]];
  const report: Fact = ['report', typed(`result ${task_id}`)];
  return status === 'completed' ? [report] : [report, ['go on', typed(`resume ${task_id}`)]];
}
