/** Planning: the question and what the sources hold become objectives, one for each agent. */

import { Fault } from '../../core/errors.ts';
import { PATTERNS } from '../../core/patterns.ts';
import { modelOf } from '../../core/workflow.ts';
import type { StepKind } from '../../engine/engine.ts';
import type { Plan } from '../../core/plan.ts';
import type { Library, Model } from '../../providers/providers.ts';
import type { Store } from '../../store/store.ts';
import { asJson, eventOf, failureEvent, plain, planInput } from '../journal.ts';
import { benchOf } from './bench.ts';
import { openCorpus } from './corpus.ts';

export interface PlanParts {
  readonly library: Library;
  readonly model: (name: string) => Model;
  readonly store: Pick<Store, 'sources' | 'texts'>;
}

/** No more agents than there is a budget for, marked where that may have left any out. */
function withinBudget(plan: Plan, most: number): Plan {
  const { shape, subtasks } = plan;
  // What one agent answers takes no second one, whatever there is to spend.
  if (subtasks.length < most || (subtasks.length === most && shape === 'fact')) return plan;
  return { ...plan, subtasks: subtasks.slice(0, most), limited_to: most };
}

export function planKind(parts: PlanParts): StepKind {
  return {
    run: async (context) => {
      const { journal, spec, signal, progress } = context;
      const { given, earlier, most } = planInput(spec);
      if (given !== null) return { output: asJson(given) };
      const { task, orchestrator_type, config } = journal.workflow;
      progress('indexing the sources');
      const corpus = await openCorpus(parts, journal, signal);
      const bench = benchOf(parts, context);
      const plan: Plan = await parts.model(modelOf(config, 'plan')).plan(
        {
          task,
          context: config.context,
          agents: config.agents,
          ...(most === undefined ? {} : { most }),
          by_domain: PATTERNS[orchestrator_type].by_domain,
          domains: config.domains,
          earlier,
          corpus,
          library: parts.library,
          signal,
        },
        bench,
      );
      const ids = new Set(plan.subtasks.map((subtask) => subtask.agent_id));
      if (ids.size !== plan.subtasks.length) throw new Fault('INTERNAL', 'the plan names an agent twice');
      if (ids.size === 0 && plan.missing.length === 0)
        throw new Fault('INTERNAL', 'the plan is empty and does not say why');
      const sized = most === undefined ? plan : withinBudget(plan, Math.max(most, earlier.length));
      return { output: asJson({ ...sized, ...bench.standIns() }) };
    },
    events: (spec, moment) => {
      if (moment.kind === 'started') return [eventOf(spec, 'decomposition_start', {})];
      // A final failure ends the workflow, whose own event tells it.
      if (moment.kind === 'failed' && moment.retry_at === null) return [];
      if (moment.kind === 'failed') return [failureEvent(spec, moment, { step: spec.step_id })];
      const { shape, subtasks } = plain(moment.output) as Plan;
      const agents = subtasks.map(({ agent_id, objective }) => ({ agent_id, objective }));
      return [eventOf(spec, 'decomposition_complete', { shape, agents })];
    },
  };
}
