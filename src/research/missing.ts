/** What a report has to admit: what was asked for and is not in it, and what was looked for in vain. */

import type { Plan } from '../core/plan.ts';
import type { Missing } from '../core/report.ts';
import type { Journal } from '../core/step.ts';
import type { Stop } from '../core/workflow.ts';
import type { End } from '../engine/engine.ts';
import {
  agentOutput,
  agentStepId,
  compositionOutput,
  mergedOutput,
  planOutput,
  settled,
  synthesesOf,
} from './journal.ts';
import { agentsWithFindings } from './patterns/steps.ts';

/** What was asked for and is not in the report, with the reason; empty exactly when the report is whole. */
export function whatIsMissing(journal: Journal, end: Pick<End, 'status' | 'error'>): readonly Missing[] {
  const plan = planOutput(journal);
  const stop = journal.stop;
  const why = stop === null ? (end.error?.message ?? 'not reached') : stopReason(stop);
  if (plan === null) return [{ what: 'the research', why }];
  const agents = plan.subtasks.flatMap(({ agent_id, objective }) => {
    const step = journal.steps.get(agentStepId(agent_id));
    if (!settled(step)) return [{ what: objective, why }];
    return step.status === 'failed' ? [{ what: objective, why: step.error?.message ?? 'the agent failed' }] : [];
  });
  const reached = compositionOutput(journal) !== null || agents.length === plan.subtasks.length;
  const synthesis = [...journal.steps.values()].filter((step) => step.kind === 'synthesis' && step.status === 'failed');
  const merged = synthesis.map((step) => ({
    what: `the synthesis by ${step.agent_id ?? step.step_id}`,
    why: step.error?.message ?? 'it failed',
  }));
  const found = agentsWithFindings(journal).length > 0;
  const cut = stop !== null && found && !reached ? [{ what: 'the synthesis of the findings', why }] : [];
  const written = compositionOutput(journal)?.missing ?? [];
  const missing = [
    ...plan.missing,
    ...agents,
    ...shortened(journal, plan),
    ...merged,
    ...unmerged(journal),
    ...written,
    ...cut,
  ];
  // Stopped after the last step and before the end: nothing is lost, but a stopped workflow never claims to be whole.
  return stop !== null && missing.length === 0 ? [{ what: 'the regular end of the workflow', why }] : missing;
}

/** What Drummers could not merge as they should have. */
function unmerged(journal: Journal): readonly Missing[] {
  return synthesesOf(journal, 'merge').flatMap(({ agent_id }) =>
    (mergedOutput(journal, agent_id ?? '')?.cut ?? []).map((why) => ({
      what: `the merging by ${agent_id ?? ''}`,
      why,
    })),
  );
}

/** What agents could not do, or do without: a reason that several have is said once. */
function shortened(journal: Journal, { subtasks }: Plan): readonly Missing[] {
  const objectives = new Map<string, string[]>();
  for (const { agent_id, objective } of subtasks) {
    for (const why of new Set(agentOutput(journal, agent_id)?.cut)) {
      objectives.set(why, [...(objectives.get(why) ?? []), objective]);
    }
  }
  return [...objectives].map(([why, [first = '', ...others]]) => ({
    what: others.length === 0 ? first : `${others.length + 1} of ${subtasks.length} objectives`,
    why,
  }));
}

function stopReason(stop: Stop): string {
  if (stop.kind === 'deadline') return stop.reason ?? 'the time limit was reached';
  return stop.reason === null ? 'cancelled' : `cancelled: ${stop.reason}`;
}

/** What agents looked for in vain. Of the whole question only where nobody found anything: else the report answers it. */
export function gapsOf(journal: Journal): readonly string[] {
  const found = agentsWithFindings(journal).length > 0;
  const whole = journal.workflow.task.trim();
  const subtasks = (planOutput(journal)?.subtasks ?? []).filter(({ objective }) => !found || objective !== whole);
  return [...new Set(subtasks.flatMap(({ agent_id }) => agentOutput(journal, agent_id)?.gaps ?? []))];
}
