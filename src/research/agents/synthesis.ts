/** Drummers merge the claims of their group; Camina, or a swarm's synthesis, orders what is left into a report. */

import type { Claim, Conflict } from '../../core/claim.ts';
import { PATTERNS, workOf } from '../../core/patterns.ts';
import type { Composition } from '../../core/report.ts';
import { modelOf } from '../../core/workflow.ts';
import type { Source } from '../../core/source.ts';
import type { Journal } from '../../core/step.ts';
import type { StepContext, StepKind } from '../../engine/engine.ts';
import type { ComposeRequest, Merged, Model } from '../../providers/providers.ts';
import type { Store } from '../../store/store.ts';
import {
  agentOutput,
  asJson,
  eventOf,
  failureEvent,
  mergedOutput,
  planOutput,
  synthesisInput,
  type SynthesisInput,
} from '../journal.ts';
import { subtasksOf } from '../judgements.ts';
import { benchOf } from './bench.ts';

export interface SynthesisParts {
  readonly model: (name: string) => Model;
  readonly store: Pick<Store, 'claims' | 'sources' | 'texts'>;
}

export function synthesisKind(parts: SynthesisParts): StepKind {
  return {
    run: async (context) => {
      const { journal, spec, signal, progress } = context;
      const { role } = synthesisInput(spec);
      const { task_id, task, config } = journal.workflow;
      const sources = await parts.store.sources.list(task_id);
      const merging = workOf(role) === 'merge';
      const model = parts.model(modelOf(config, merging ? 'drummer' : 'camina'));
      const bench = benchOf(parts, context);
      const { claims, conflicts } = gather(context, await parts.store.claims.list(task_id));
      if (merging) {
        progress(`merging ${claims.length} findings`);
        const agent_id = spec.agent_id ?? role;
        const merged = await model.merge({ task, agent_id, claims, sources, signal }, bench);
        return { output: asJson({ ...merged, ...bench.standIns() }) };
      }
      progress(`writing the report from ${claims.length} findings`);
      const compose = (request: ComposeRequest): Promise<Composition> => model.compose(request, bench);
      const composition = await composeWith(compose, journal, { claims, conflicts, sources, signal });
      return { output: asJson({ ...composition, ...bench.standIns() }) };
    },
    events: (spec, moment) => {
      const { role } = synthesisInput(spec);
      if (moment.kind === 'started') return [eventOf(spec, 'synthesis_start', { role })];
      if (moment.kind === 'failed') return [failureEvent(spec, moment, { role })];
      return [eventOf(spec, 'synthesis_complete', { role, ...told(role, moment.output) })];
    },
  };
}

function told(role: SynthesisInput['role'], output: unknown): { readonly [key: string]: number } {
  if (workOf(role) === 'merge') {
    const { kept, duplicates, conflicts } = output as Merged;
    return { kept: kept.length, duplicates: duplicates.length, conflicts: conflicts.length };
  }
  const { sections, conflicts } = output as Composition;
  return { sections: sections.length, conflicts: conflicts.length };
}

/** The claims that go into a synthesis: all of an agent's, and of a Drummer's group what it kept. */
function gather(
  context: Pick<StepContext, 'journal' | 'spec'>,
  all: readonly Claim[],
): { claims: readonly Claim[]; conflicts: readonly Conflict[] } {
  const { agents, drummers } = synthesisInput(context.spec);
  const merged = drummers.flatMap((drummer) => mergedOutput(context.journal, drummer) ?? []);
  const kept = new Set(merged.flatMap((group) => group.kept));
  const direct = new Set(agents);
  return {
    claims: all.filter((claim) => kept.has(claim.claim_id) || direct.has(claim.agent_id)),
    conflicts: merged.flatMap((group) => group.conflicts),
  };
}

/** A composition of these claims for the user's question; also the last resort, with the model that needs no call. */
export function composeWith(
  compose: (request: ComposeRequest) => Promise<Composition>,
  journal: Journal,
  material: {
    readonly claims: readonly Claim[];
    readonly conflicts: readonly Conflict[];
    readonly sources: readonly Source[];
    readonly signal: AbortSignal;
  },
): Promise<Composition> {
  const { title, task, orchestrator_type } = journal.workflow;
  const { in_order } = PATTERNS[orchestrator_type];
  // A step that was not reached has no section: what is missing tells of it.
  const subtasks = subtasksOf(journal).filter(({ agent_id }) => !in_order || agentOutput(journal, agent_id) !== null);
  return compose({
    task: title ?? task,
    shape: planOutput(journal)?.shape ?? 'survey',
    objectives: subtasks.map(({ objective, agent_id, name }) => ({
      objective,
      agent_id,
      ...(name === undefined ? {} : { name }),
    })),
    ...(in_order ? { in_order } : {}),
    ...material,
  });
}
