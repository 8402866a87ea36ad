/** A plan that waits for a person: what each agent would do, and what to type. */

import type { StatusView } from '../../core/views.ts';
import { pageWidth } from './facts.ts';
import type { Session } from './session.ts';
import { paints } from './style.ts';
import { oneLine } from './width.ts';
import { wrap } from './wrap.ts';

/** Whether nothing happens until a person approves the plan. */
export function awaitsApproval(view: StatusView): boolean {
  return view.plan !== undefined;
}

/** The plan, numbered, and how to approve, edit or cancel it. */
export function planText(session: Session, view: StatusView): string {
  const { terminal, typed } = session;
  const { task_id } = view;
  const page = {
    width: terminal.stdoutIsTTY ? pageWidth(terminal) : Infinity,
    paint: paints(terminal.color.out),
  };
  const subtasks = (view.plan ?? []).flatMap((subtask, at) => {
    const { agent_id, objective, queries = [], domain, sources, boundaries, expected } = subtask;
    const number = `${at + 1}.`.padStart(4);
    const place = { ...page, rest: ' '.repeat(number.length + 1) };
    const details = [
      ...(agent_id === undefined ? [] : [`agent: ${agent_id}`]),
      ...(domain === undefined ? [] : [`domain: ${domain}`]),
      ...(queries.length === 0 ? [] : [`queries: ${queries.join('; ')}`]),
      ...(boundaries === undefined ? [] : [`not: ${boundaries}`]),
      ...(expected === undefined ? [] : [`expected: ${expected}`]),
      ...(sources === undefined ? [] : [`sources: ${sources.join(', ')}`]),
    ];
    return [
      ...wrap([{ text: oneLine(objective), look: 'strong' }], { ...place, first: `${number} ` }),
      ...details.flatMap((detail) => wrap([{ text: oneLine(detail), look: 'faint' }], { ...place, first: place.rest })),
    ];
  });
  // A command is one line whatever the window: it is there to be copied.
  const ways = [
    'To approve it as it is:',
    `  ${typed(`resume ${task_id} --approve`)}`,
    'To change it first:',
    `  ${typed(`status ${task_id} --json`)} > plan.json`,
    '  (edit the list `plan` in plan.json)',
    `  ${typed(`resume ${task_id} --plan plan.json`)}`,
    'To give it up:',
    `  ${typed(`cancel ${task_id}`)}`,
  ];
  return ['The plan waits for your approval; no agent has started.', '', ...subtasks, '', ...ways, ''].join('\n');
}
