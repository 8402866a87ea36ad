/** The critique after a round: whether the condition holds by what was found, and what the next round has to ask. */

import type { Claim } from '../../core/claim.ts';
import { Fault } from '../../core/errors.ts';
import type { Subtask } from '../../core/plan.ts';
import { modelOf } from '../../core/workflow.ts';
import type { StepContext, StepKind } from '../../engine/engine.ts';
import type { Critique, Model } from '../../providers/providers.ts';
import type { Store } from '../../store/store.ts';
import { agentOutput, asJson, eventOf, failureEvent, plain } from '../journal.ts';
import {
  critiqueInput,
  type CritiqueInput,
  critiqueOutput,
  type CritiqueOutput,
  roundsOf,
  subtasksOf,
} from '../judgements.ts';
import { benchOf } from './bench.ts';

export interface CritiqueParts {
  readonly model: (name: string) => Model;
  readonly store: Pick<Store, 'claims' | 'texts'>;
}

export function critiqueKind(parts: CritiqueParts): StepKind {
  return {
    run: async (context) => {
      const { journal, spec, signal, progress } = context;
      const input = critiqueInput(spec);
      const { until, round, agents, most } = input;
      const { task, task_id, config } = journal.workflow;
      const claims = (await parts.store.claims.list(task_id)).filter(({ agent_id }) => agents.includes(agent_id));
      const asked = roundsOf(journal).flatMap(({ number, subtasks }) =>
        subtasks.map((subtask) => ({
          subtask,
          round: number,
          gaps: agentOutput(journal, subtask.agent_id)?.gaps ?? [],
        })),
      );
      progress(`judging ${claims.length} findings of ${round} ${round === 1 ? 'round' : 'rounds'}`);
      const bench = benchOf(parts, context);
      const critique = await parts
        .model(modelOf(config, 'plan'))
        .critique({ task, context: config.context, until, round, claims, asked, most, signal }, bench);
      return { output: asJson({ ...outcome(context, { input, critique, claims }), ...bench.standIns() }) };
    },
    events: (spec, moment) => {
      const { round } = critiqueInput(spec);
      if (moment.kind === 'started') {
        return [eventOf(spec, 'agent_progress', { activity: `criticising round ${round}`, round })];
      }
      if (moment.kind === 'failed') return [failureEvent(spec, moment, { step: spec.step_id })];
      const { holds, why, ended, next } = plain(moment.output) as CritiqueOutput;
      const agents = next.map(({ agent_id, objective }) => ({ agent_id, objective }));
      const activity = ended === null ? `round ${round + 1} follows` : `no round follows: ${ended}`;
      return [eventOf(spec, 'agent_progress', { activity, round, holds, why, agents })];
    },
  };
}

function outcome(
  { journal }: StepContext,
  made: { readonly input: CritiqueInput; readonly critique: Critique; readonly claims: readonly Claim[] },
): CritiqueOutput {
  const { input, critique, claims } = made;
  const { holds, why, missing } = critique;
  const known = new Set(claims.map(({ claim_id }) => claim_id));
  const unknown = critique.claims.find((claim_id) => !known.has(claim_id));
  if (unknown !== undefined) {
    throw new Fault('OUTPUT_INVALID', `the critique names the claim ${JSON.stringify(unknown)}, which does not exist`);
  }
  const fresh = freshIn(claims, input.newest);
  const asked = subtasksOf(journal);
  const next = holds ? [] : subtasksFrom(critique.next.slice(0, input.most), asked);
  const before = critiqueOutput(journal, input.round - 1);
  const ended = endOf(input, { holds, fresh, before: before?.fresh ?? null, next });
  return { holds, why, claims: critique.claims, missing, fresh, ended, next: ended === null ? next : [] };
}

function endOf(
  { round, most }: CritiqueInput,
  judged: {
    readonly holds: boolean;
    readonly fresh: number;
    /** Fresh findings of the round before; null in the first. */
    readonly before: number | null;
    readonly next: readonly Subtask[];
  },
): string | null {
  const { holds, fresh, before, next } = judged;
  if (holds) return 'the condition holds';
  if (most === 0) return `the limit of ${round} ${round === 1 ? 'round was' : 'rounds was'} reached`;
  if (fresh === 0 && before === 0) return 'two rounds in a row brought nothing new';
  return next.length === 0 ? 'there was nothing left to ask that had not been asked' : null;
}

/** Places quoted by the newest agents that nobody had quoted before them. */
function freshIn(claims: readonly Claim[], newest: readonly string[]): number {
  const isNewest = ({ agent_id }: Claim): boolean => newest.includes(agent_id);
  const before = new Set(claims.filter((claim) => !isNewest(claim)).map(place));
  return new Set(
    claims
      .filter(isNewest)
      .map(place)
      .filter((one) => !before.has(one)),
  ).size;
}

/** Named on from the last Belter; an objective that was given before, word for word, is not given again. */
function subtasksFrom(next: Critique['next'], asked: readonly Subtask[]): readonly Subtask[] {
  const told = new Set(asked.map(({ objective }) => objective.trim().toLowerCase()));
  const last = Math.max(0, ...asked.map(({ agent_id }) => Number(/-(\d+)$/u.exec(agent_id)?.[1] ?? 0)));
  const fresh = next.filter(({ objective }) => {
    const text = objective.trim().toLowerCase();
    if (text === '' || told.has(text)) return false;
    told.add(text);
    return true;
  });
  return fresh.map(({ objective, queries }, at) => ({
    agent_id: `belter-${last + at + 1}`,
    objective,
    queries: queries.length === 0 ? [objective] : queries,
    domain: null,
  }));
}

function place({ source_id, start, end }: Claim): string {
  return `${source_id}:${start}-${end}`;
}
