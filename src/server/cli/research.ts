/** `beltalowda research`: start, watch, deliver. */

import path from 'node:path';
import { count, digits } from '../../core/amount.ts';
import { Fault } from '../../core/errors.ts';
import { characters, MAX_TASK } from '../../core/limits.ts';
import type { BudgetRequest } from '../../core/spend.ts';
import type { StartRequest, StartView } from '../../core/views.ts';
import { USER } from '../callers.ts';
import { display } from './display.ts';
import { follow } from './follow.ts';
import { money, typedBudget } from './budget.ts';
import { inputsTyped } from './pattern-inputs.ts';
import { announce, conclude, EXIT, printJson } from './outcome.ts';
import { prepareFolder } from './report-file.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

/** Above any task the orchestrator accepts, whatever the letters; only keeps a wrong pipe from filling the memory. */
const MAX_INPUT_BYTES = 1_000_000;

/** The task as words, from standard input for `-`. Throws INVALID_INPUT when there are none, or too many. */
export async function readTask(terminal: Terminal, typed: string): Promise<string> {
  const task = typed === '-' ? (await terminal.readInput(MAX_INPUT_BYTES)).trim() : typed.trim();
  const length = characters(task);
  if (length > MAX_TASK) {
    throw new Fault(
      'INVALID_INPUT',
      `the task has ${count(length, 'character')}; at most ${digits(MAX_TASK)} are possible`,
      { hint: 'Shorten the question, and give long material as a file with --source.' },
    );
  }
  if (task !== '') return task;
  throw new Fault('INVALID_INPUT', typed === '-' ? 'standard input holds no task' : 'the task is empty', {
    hint: 'Give the question in quotes: beltalowda research "your question" --source FOLDER',
  });
}

/** Prints the task_id first, then progress, then the report, or the plan to approve. Resolves to the exit code. */
export async function research(session: Session, task: string): Promise<number> {
  const { terminal, config, options, orchestrator } = session;
  // Agents that may search the web need no documents; whether this model's do, the orchestrator knows.
  if (config.sources.length === 0 && config.network === 'off') {
    throw new Fault('NO_SOURCES', 'there is nothing to research: no source was given');
  }
  if (options.out !== null) await prepareFolder(path.resolve(options.out));
  const started = await orchestrator.start(requestFor(session, task), USER);
  const { task_id } = started;
  if (task_id === undefined) {
    if (options.json) printJson(terminal, started);
    else terminal.out(estimateText(started));
    return EXIT.done;
  }
  announce(session, started, introduction(session, task_id, started));
  const view = await follow(session, {
    task_id,
    display: display(terminal, options.quiet),
    interrupt: 'cancel',
  });
  if (session.left.aborted) return EXIT.partial;
  return conclude(session, view);
}

/** As with the model: what is only configured is the orchestrator's own default. */
function budgetFor(session: Session): BudgetRequest | undefined {
  const { max_minutes } = session.options;
  const budget = { ...(max_minutes === null ? {} : { max_minutes }), ...typedBudget(session) };
  return Object.keys(budget).length === 0 ? undefined : budget;
}

function requestFor(session: Session, task: string): StartRequest {
  const { config, options, flags } = session;
  return {
    task,
    title: options.title ?? undefined,
    orchestrator_type: options.pattern ?? undefined,
    agents: options.agents ?? undefined,
    ...inputsTyped(session),
    sources: config.sources,
    domains: options.domain.length === 0 ? undefined : options.domain,
    context: options.context ?? undefined,
    // The configured one is the orchestrator's own default, which is not part of what makes two requests the same.
    model: flags.model === undefined ? undefined : config.model,
    idempotency_key: options.idempotency_key ?? undefined,
    budget: budgetFor(session),
    dry_run: options.dry_run ? true : undefined,
    require_approval: options.require_approval ? true : undefined,
  };
}

/** What a small budget does, how to go on after an interruption, and whether the same was broken off before. */
function introduction({ typed }: Session, task_id: string, { broken_off, estimate }: StartView): readonly string[] {
  const earlier =
    broken_off === undefined
      ? []
      : [
          `This very question was broken off before; this is a new run. To carry the old one on: ${typed(`resume ${broken_off}`)}`,
        ];
  const thin = estimate.note === undefined ? [] : [estimate.note];
  return [...thin, ...earlier, `To continue after an interruption: ${typed(`resume ${task_id}`)}`];
}

function estimateText({ estimate, orchestrator_type, model }: StartView): string {
  return [
    `Nothing was started. With the pattern ${orchestrator_type} and the model ${model}, all turns used, this takes about:`,
    `  ${count(estimate.agents, 'agent')}`,
    `  ${count(estimate.model_calls, 'model call')}`,
    `  ${count(estimate.tokens, 'token')}`,
    `  about ${count(estimate.minutes, 'minute')}`,
    `  cost: ${estimate.cost_usd === null ? 'unknown: no price is known for the model' : money(estimate.cost_usd)}`,
    ...(estimate.note === undefined ? [] : [estimate.note]),
    'Run the same command without --dry-run to start it.',
    '',
  ].join('\n');
}
