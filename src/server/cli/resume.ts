/** `beltalowda resume`: carry on, approve a plan, or go on from an ended workflow in a new one. */

import path from 'node:path';
import type { ResumeRequest, StatusView } from '../../core/views.ts';
import { isTerminal } from '../../core/workflow.ts';
import { USER } from '../callers.ts';
import { display } from './display.ts';
import { follow } from './follow.ts';
import { announce, conclude, deliver, EXIT } from './outcome.ts';
import { readPlan } from './plan-file.ts';
import { typedBudget } from './budget.ts';
import { awaitsApproval } from './plan-view.ts';
import { prepareFolder } from './report-file.ts';
import type { Session } from './session.ts';

/** Continues to the report; prints that of a complete workflow. Resolves to the exit code. */
export async function resume(session: Session, task_id: string): Promise<number> {
  const { terminal, orchestrator, options } = session;
  const view = await orchestrator.status(task_id, USER);
  const request = await changes(session, view);
  if (options.out !== null) await prepareFolder(path.resolve(options.out));
  if (isTerminal(view.status) && Object.keys(request).length === 0 && (await isComplete(session, view))) {
    session.warn();
    if (!options.quiet) terminal.err(`This workflow has ended already (${view.status}); here is what it left.\n`);
    return deliver(session, view);
  }
  const started = await orchestrator.resume(task_id, USER, request);
  const goesOn = started.task_id ?? task_id;
  if (goesOn === task_id) session.warn();
  else {
    announce(session, started, [`It goes on from ${task_id}; what that had finished is not done again.`]);
  }
  const last = await follow(session, {
    task_id: goesOn,
    display: display(terminal, options.quiet),
    interrupt: 'cancel',
  });
  if (session.left.aborted) return EXIT.partial;
  return conclude(session, last);
}

async function isComplete({ orchestrator }: Session, { task_id, status }: StatusView): Promise<boolean> {
  if (status !== 'completed') return false;
  const { completeness } = await orchestrator.result(task_id, USER, { detail: 'summary' });
  return completeness === 'full';
}

/**
 * What is asked to change. A plan and an approval may also come from a variable or the file, for workflows that wait for
 * them; agents, sources, model and budget only from flags: a setting for all research must not make a new workflow of each old one.
 */
async function changes(session: Session, view: StatusView): Promise<ResumeRequest> {
  const { config, options, flags } = session;
  const waits = awaitsApproval(view);
  const plan = waits || flags.plan !== undefined ? options.plan : null;
  const budget = typedBudget(session);
  const approve = options.approve && (waits || flags.approve !== undefined);
  return {
    ...(plan === null ? {} : { plan: await readPlan(session, plan) }),
    ...(approve ? { approve } : {}),
    ...(flags.agents === undefined || options.agents === null ? {} : { agents: options.agents }),
    ...(flags.source === undefined ? {} : { sources: config.sources }),
    ...(flags.model === undefined ? {} : { model: config.model }),
    ...(Object.keys(budget).length === 0 ? {} : { budget }),
  };
}
