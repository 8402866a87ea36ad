/** `beltalowda research`: start, watch, deliver. */

import path from 'node:path';
import { count, digits } from '../../core/amount.ts';
import { Fault } from '../../core/errors.ts';
import { characters, MAX_TASK } from '../../core/limits.ts';
import type { StartRequest, StartView } from '../../core/views.ts';
import { USER } from '../callers.ts';
import type { ResearchCommand } from './command-line.ts';
import { display } from './display.ts';
import { follow } from './follow.ts';
import { deliver, EXIT } from './outcome.ts';
import { prepareFolder } from './report-file.ts';
import type { Session } from './session.ts';
import { paints } from './style.ts';
import type { Terminal } from './terminal.ts';
import { oneLine } from './width.ts';
import { wrap } from './wrap.ts';

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

/** Prints the task_id first, then progress, then the report. Resolves to the exit code. */
export async function research(session: Session, command: ResearchCommand, task: string): Promise<number> {
  const { terminal, config, orchestrator } = session;
  if (config.sources.length === 0) {
    throw new Fault('NO_SOURCES', 'there is nothing to research: no source was given');
  }
  if (command.out !== null) await prepareFolder(path.resolve(command.out));
  const request: StartRequest = {
    task,
    title: command.title,
    orchestrator_type: command.pattern,
    agents: command.agents,
    sources: config.sources,
    domains: command.domains,
    context: command.context,
    model: command.model,
    idempotency_key: command.idempotency_key,
    dry_run: command.dry_run ? true : undefined,
  };
  const started = await orchestrator.start(request, USER);
  if (started.task_id === undefined) {
    terminal.out(command.json ? `${JSON.stringify(started, null, 2)}\n` : estimateText(started));
    return EXIT.done;
  }
  const paint = paints(terminal.color.err);
  terminal.err(`task_id: ${paint('strong', started.task_id)}\n`);
  session.warn();
  if (!command.quiet) terminal.err(introduction(session, started.task_id, started));
  const view = await follow(session, {
    task_id: started.task_id,
    display: display(terminal, command.quiet),
    interrupt: 'cancel',
  });
  if (session.left.aborted) return EXIT.partial;
  return deliver(session, view, command);
}

/** How to go on after an interruption, and what the model is: wrapped on a terminal, one line each in a log. */
function introduction({ terminal, resumeWords }: Session, task_id: string, started: StartView): string {
  const { interrupted, model_note } = started;
  const earlier =
    interrupted === undefined
      ? []
      : [
          `This very question was broken off before; this is a new run. To carry the old one on: ${resumeWords(interrupted)}`,
        ];
  const sentences = [...earlier, `To continue after an interruption: ${resumeWords(task_id)}`, oneLine(model_note)];
  const page = { width: terminal.columns, paint: paints(terminal.color.err) };
  const lines = terminal.stderrIsTTY
    ? sentences.flatMap((text) => wrap([{ text, look: 'faint' }], page))
    : sentences.map((text) => page.paint('faint', text));
  return `${lines.join('\n')}\n\n`;
}

function estimateText({ estimate, orchestrator_type, model }: StartView): string {
  const cost = estimate.cost_usd === null ? 'unknown' : `$${estimate.cost_usd.toFixed(2)}`;
  return [
    `Nothing was started. With the pattern ${orchestrator_type} and the model ${model} this takes at most:`,
    `  ${count(estimate.agents, 'agent')}`,
    `  ${count(estimate.model_calls, 'model call')}`,
    `  ${count(estimate.tokens, 'token')}`,
    `  about ${count(estimate.minutes, 'minute')}`,
    `  cost: ${cost}`,
    'Run the same command without --dry-run to start it.',
    '',
  ].join('\n');
}
