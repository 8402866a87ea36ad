/** Choosing a branch: which condition holds, decided by claims whose quotes were found in the sources. */

import { Fault } from '../../core/errors.ts';
import { modelOf } from '../../core/workflow.ts';
import type { StepKind } from '../../engine/engine.ts';
import { asJson, eventOf, failureEvent, plain } from '../journal.ts';
import { choiceInput, type ChoiceOutput } from '../judgements.ts';
import type { AgentParts } from './agent.ts';
import { benchOf } from './bench.ts';
import { openCorpus } from './corpus.ts';
import { proven } from './proven.ts';

export function choiceKind(parts: AgentParts): StepKind {
  return {
    run: async (context) => {
      const { journal, spec, signal, progress } = context;
      const { branches } = choiceInput(spec);
      const { task, config } = journal.workflow;
      const corpus = await openCorpus(parts, journal, signal);
      const bench = benchOf(parts, context);
      const choice = await parts
        .model(modelOf(config, 'plan'))
        .choose({ task, context: config.context, branches, corpus, library: parts.library, progress, signal }, bench);
      const { branch, why, cut = [] } = choice;
      if (branch !== null && !branches.some(({ name }) => name === branch)) {
        throw new Fault(
          'OUTPUT_INVALID',
          `the branch ${JSON.stringify(branch)} was chosen, and there is none of that name`,
        );
      }
      const { verified, evidence, found } = await proven(parts, spec, { corpus, findings: choice });
      // A condition that nothing in the sources shows does not hold, whoever says so.
      if (branch !== null && verified.claims.length === 0) {
        throw new Fault(
          'QUOTE_NOT_FOUND',
          `nothing that was quoted for the branch ${JSON.stringify(branch)} stands in a source`,
        );
      }
      const claims = verified.claims.map(({ claim_id }) => claim_id);
      const output: ChoiceOutput = { branch, why, claims, ...(cut.length === 0 ? {} : { cut }), ...bench.standIns() };
      return { output: asJson(output), evidence, events: found };
    },
    events: (spec, moment) => {
      if (moment.kind === 'started') return [eventOf(spec, 'agent_progress', { activity: 'choosing the branch' })];
      // A final failure ends the workflow, whose own event tells it.
      if (moment.kind === 'failed' && moment.retry_at === null) return [];
      if (moment.kind === 'failed') return [failureEvent(spec, moment, { step: spec.step_id })];
      const { branch, why } = plain(moment.output) as ChoiceOutput;
      const activity = branch === null ? 'no condition of a branch was found to hold' : `branch chosen: ${branch}`;
      return [eventOf(spec, 'agent_progress', { activity, branch, why })];
    },
  };
}
