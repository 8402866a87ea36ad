/** A Belter, or a swarm agent: researches one objective and brings back claims whose quotes were found in the sources. */

import { modelOf } from '../../core/workflow.ts';
import type { StepKind } from '../../engine/engine.ts';
import type { StepOutcome, StepSpec } from '../../core/step.ts';
import type { Corpus, Findings, Library, Model } from '../../providers/providers.ts';
import type { Store } from '../../store/store.ts';
import { agentInput, type AgentOutput, asJson, eventOf, failureEvent, planOutput, type StandIns } from '../journal.ts';
import { benchOf } from './bench.ts';
import { openCorpus } from './corpus.ts';
import { earlierFindings } from './earlier-findings.ts';
import { proven } from './proven.ts';

export interface AgentParts {
  readonly library: Library;
  readonly model: (name: string) => Model;
  readonly store: Pick<Store, 'claims' | 'sources' | 'texts'>;
}

export function agentKind(parts: AgentParts): StepKind {
  return {
    run: async (context) => {
      const { journal, spec, signal, landing, progress } = context;
      const { subtask, sees = [] } = agentInput(spec);
      const { task, config } = journal.workflow;
      const corpus = await openCorpus(parts, journal, signal);
      const bench = benchOf(parts, context);
      const findings = await parts.model(modelOf(config, 'belter')).research(
        {
          task,
          context: config.context,
          shape: planOutput(journal)?.shape ?? 'survey',
          subtask,
          ...(sees.length === 0 ? {} : { seen: await earlierFindings(parts, journal, sees) }),
          corpus,
          library: parts.library,
          progress,
          signal,
          landing,
        },
        bench,
      );
      return outcome(parts, spec, { corpus, findings, by: bench.standIns() });
    },
    events: (spec, moment) => {
      const { role, subtask } = agentInput(spec);
      if (moment.kind === 'started') {
        return [eventOf(spec, 'agent_start', { role, domain: subtask.domain, objective: subtask.objective })];
      }
      if (moment.kind === 'failed') return [failureEvent(spec, moment)];
      return [eventOf(spec, 'agent_complete', moment.output as { [key: string]: never })];
    },
  };
}

async function outcome(
  parts: Pick<AgentParts, 'store'>,
  spec: StepSpec,
  given: { readonly corpus: Corpus; readonly findings: Findings; readonly by: StandIns },
): Promise<StepOutcome> {
  const { cut = [], dead_ends = [], gaps, rejected = 0 } = given.findings;
  const { verified, evidence, found } = await proven(parts, spec, given);
  const output: AgentOutput = {
    claims: verified.claims.length,
    sources: found.length,
    gaps,
    rejected: verified.rejected.length + rejected,
    ...(cut.length === 0 ? {} : { cut }),
    ...(dead_ends.length === 0 ? {} : { dead_ends }),
    ...given.by,
  };
  return { output: asJson(output), evidence, events: found };
}
