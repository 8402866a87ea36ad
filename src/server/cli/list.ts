/** `beltalowda list`: which workflows there are. */

import type { ListRequest, WorkflowSummary } from '../../core/listing.ts';
import { awaitsApproval } from '../../core/workflow.ts';
import { USER } from '../callers.ts';
import { type Column, tableText } from './facts.ts';
import { EXIT, printJson } from './outcome.ts';
import { localDay, timeOfDay } from './phrases.ts';
import { type Session, shellWord } from './session.ts';
import type { Look } from './style.ts';

/** Prints one page, newest first, and how to get the next. Resolves to the exit code. */
export async function list(session: Session): Promise<number> {
  const { terminal, orchestrator, options } = session;
  session.warn();
  const request: ListRequest = {
    status: options.status ?? undefined,
    orchestrator_type: options.pattern ?? undefined,
    query: options.query ?? undefined,
    since: options.since ?? undefined,
    until: options.until ?? undefined,
    limit: options.limit,
    cursor: options.cursor ?? undefined,
  };
  const view = await orchestrator.list(USER, request);
  if (options.json) {
    printJson(terminal, view);
    return EXIT.done;
  }
  if (options.ids) terminal.out(view.workflows.map(({ task_id }) => `${task_id}\n`).join(''));
  else terminal.out(rowsText(session, view.workflows));
  // What a script or a shell reads is only the ids.
  if (options.ids) return EXIT.done;
  const { query, status, orchestrator_type, since, until, cursor } = request;
  const filtered = [query, status, orchestrator_type, since, until, cursor].some((value) => value !== undefined);
  if (view.workflows.length === 0) {
    terminal.err(filtered ? 'No workflow matches.\n' : `There is none yet. Start one: ${session.typed(FIRST)}\n`);
  }
  if (view.next_cursor !== undefined) terminal.err(`More: ${nextPage(session, view.next_cursor)}\n`);
  return EXIT.done;
}

const FIRST = 'research "your question" --source FOLDER';

const FILTERS = ['status', 'pattern', 'query', 'since', 'until', 'limit'] as const;

/** The same list from where it ended; only flags have to be typed again. */
function nextPage({ typed, flags }: Session, cursor: string): string {
  const again = FILTERS.flatMap((name) => {
    const value = flags[name];
    return typeof value === 'string' ? [`--${name} ${shellWord(value)}`] : [];
  });
  return typed(['list', ...again, `--cursor ${cursor}`].join(' '));
}

const STATE_LOOKS: Readonly<Record<string, Look>> = {
  completed: 'good',
  partial: 'caution',
  failed: 'bad',
  cancelled: 'caution',
  interrupted: 'caution',
  running: 'active',
  approval: 'active',
};

const COLUMNS: readonly Column[] = [
  { heading: 'task_id' },
  { heading: 'state', look: (state) => STATE_LOOKS[state] ?? 'faint' },
  { heading: 'created', look: () => 'faint' },
  { heading: 'task' },
];

/** A table, with what else there is to say below each row; in a pipe one row a line, with everything that is known. */
function rowsText({ terminal }: Session, workflows: readonly WorkflowSummary[]): string {
  if (workflows.length === 0) return '';
  const today = localDay(terminal.now());
  const rows = workflows.map((one) => {
    const { task_id, created_at, orchestrator_type, match, resumed_from: earlier } = one;
    const task = one.title ?? one.task;
    const cells = terminal.stdoutIsTTY
      ? [task_id, stateOf(one), when(one, today), task]
      : [task_id, stateOf(one), created_at, orchestrator_type, task];
    const notes = [
      ...(earlier === undefined ? [] : [`goes on from ${earlier}`]),
      ...(match === undefined ? [] : [match]),
    ];
    return { cells, notes };
  });
  return tableText(terminal, COLUMNS, rows);
}

function stateOf(one: WorkflowSummary): string {
  if (one.interrupted === true) return 'interrupted';
  if (one.status === 'completed' && one.completeness === 'partial') return 'partial';
  return awaitsApproval(one) ? 'approval' : one.status;
}

/** Of today the time, else the day. */
function when({ created_at }: WorkflowSummary, today: string): string {
  const day = localDay(created_at);
  return day === today ? timeOfDay(created_at) : day;
}
