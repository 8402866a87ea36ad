/** A Belter, or a swarm agent: researches one objective and brings back claims whose quotes were found in the sources. */

import { Fault } from '../../core/errors.ts';
import { modelOf } from '../../core/workflow.ts';
import type { EventDraft } from '../../core/event.ts';
import type { StepKind } from '../../engine/engine.ts';
import type { StepOutcome, StepSpec } from '../../core/step.ts';
import type { Corpus, Findings, Library, Model } from '../../providers/providers.ts';
import type { Store } from '../../store/store.ts';
import { verifyClaims } from '../evidence/verify.ts';
import { agentInput, type AgentOutput, asJson, eventOf, failureEvent, planOutput, type StandIns } from '../journal.ts';
import { benchOf } from './bench.ts';
import { openCorpus } from './corpus.ts';

export interface AgentParts {
  readonly library: Library;
  readonly model: (name: string) => Model;
  readonly store: Pick<Store, 'sources' | 'texts'>;
}

export function agentKind(parts: AgentParts): StepKind {
  return {
    run: async (context) => {
      const { journal, spec, signal, progress } = context;
      const { subtask } = agentInput(spec);
      const { task, config } = journal.workflow;
      const corpus = await openCorpus(parts, journal, signal);
      const bench = benchOf(parts, context);
      const findings = await parts.model(modelOf(config, 'belter')).research(
        {
          task,
          context: config.context,
          shape: planOutput(journal)?.shape ?? 'survey',
          subtask,
          corpus,
          library: parts.library,
          progress,
          signal,
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

/** What is kept of the findings: claims whose quotes stand, and the sources and passages they need. */
async function outcome(
  { store }: Pick<AgentParts, 'store'>,
  spec: StepSpec,
  { corpus, findings, by }: { readonly corpus: Corpus; readonly findings: Findings; readonly by: StandIns },
): Promise<StepOutcome> {
  const { cut = [], dead_ends = [], gaps, sources: brought = [] } = findings;
  const sources = new Map([...corpus.sources, ...brought].map((source) => [source.source_id, source]));
  const verified = await verifyClaims(findings.claims, sources, ({ sha256, format }) =>
    store.texts.get(sha256, format),
  );
  if (verified.claims.length === 0 && verified.rejected.length > 0) {
    throw new Fault('QUOTE_NOT_FOUND', `none of the ${verified.rejected.length} quotes stands in its source`);
  }
  const cited = new Set(verified.claims.map((claim) => claim.source_id));
  const output: AgentOutput = {
    claims: verified.claims.length,
    sources: cited.size,
    gaps,
    rejected: verified.rejected.length + (findings.rejected ?? 0),
    ...(cut.length === 0 ? {} : { cut }),
    ...(dead_ends.length === 0 ? {} : { dead_ends }),
    ...by,
  };
  // A text that nothing is cited from after all becomes no source, and its passages would name none.
  const kept = brought.filter(({ source_id }) => cited.has(source_id));
  const known = new Set([...corpus.sources, ...kept].map(({ source_id }) => source_id));
  const passages = findings.passages.filter(({ source_id }) => known.has(source_id));
  const events = [...cited].map((source_id): EventDraft => {
    const { title, location } = sources.get(source_id) ?? { title: '', location: '' };
    return eventOf(spec, 'source_found', { source_id, title, location });
  });
  return { output: asJson(output), evidence: { sources: kept, claims: verified.claims, passages }, events };
}
