/** A Belter, or a swarm agent: researches one objective and brings back claims whose quotes were found in the sources. */

import { Fault } from '../../core/errors.ts';
import { modelOf } from '../../core/workflow.ts';
import type { EventDraft } from '../../core/event.ts';
import type { StepKind } from '../../engine/engine.ts';
import type { Library, Model } from '../../providers/providers.ts';
import type { Store } from '../../store/store.ts';
import { verifyClaims } from '../evidence/verify.ts';
import { agentInput, type AgentOutput, asJson, eventOf, failureEvent, planOutput } from '../journal.ts';
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
        benchOf(parts, context),
      );
      const sources = new Map(
        [...corpus.sources, ...(findings.sources ?? [])].map((source) => [source.source_id, source]),
      );
      const verified = await verifyClaims(findings.claims, sources, (source) =>
        parts.store.texts.get(source.sha256, source.format),
      );
      if (verified.claims.length === 0 && verified.rejected.length > 0) {
        throw new Fault('QUOTE_NOT_FOUND', `none of the ${verified.rejected.length} quotes stands in its source`);
      }
      const cited = [...new Set(verified.claims.map((claim) => claim.source_id))];
      const output: AgentOutput = {
        claims: verified.claims.length,
        sources: cited.length,
        gaps: findings.gaps,
        rejected: verified.rejected.length,
        ...(findings.cut === undefined || findings.cut.length === 0 ? {} : { cut: findings.cut }),
      };
      const brought = (findings.sources ?? []).filter(({ source_id }) => cited.includes(source_id));
      const found = cited.map((source_id): EventDraft => {
        const { title, location } = sources.get(source_id) ?? { title: '', location: '' };
        return eventOf(spec, 'source_found', { source_id, title, location });
      });
      return {
        output: asJson(output),
        evidence: { sources: brought, claims: verified.claims, passages: findings.passages },
        events: found,
      };
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
