/** Research: what the product does with the engine. Patterns decide, agents act, evidence is checked, a report lands. */

import type { Clock } from '../core/clock.ts';
import type { Definition } from '../engine/engine.ts';
import type { LastResort, Library, Model } from '../providers/providers.ts';
import type { Store } from '../store/store.ts';
import { agentKind } from './agents/agent.ts';
import { choiceKind } from './agents/choice.ts';
import { collectKind } from './agents/collect.ts';
import { critiqueKind } from './agents/critique.ts';
import { planKind } from './agents/plan.ts';
import { synthesisKind } from './agents/synthesis.ts';
import { conclude } from './conclude.ts';
import { sourcesOnce } from './evidence/sources-once.ts';
import { textsOnce } from './evidence/texts-once.ts';
import { withFormerModels } from './former-models.ts';
import { comingHome } from './landing.ts';
import { DECIDERS } from './patterns/patterns.ts';

export { APPROVAL, CHOICE } from './journal.ts';
export { researchDone } from './judgements.ts';
export { COLLECT } from './journal.ts';
export { approvalOf, corpusOf, cutSteps, planApproved, planCut, planEdited, planOf } from './records.ts';
export { withDocuments } from './plan-documents.ts';
export { mostResearchers, SYNTHESES } from './patterns/patterns.ts';
export { agentRoster, type RosterEntry, SHOWN } from './roster.ts';
export { agentsCarried } from './thinking/carried.ts';
export { MOST_TURNS } from './thinking/loop.ts';
export { thinkingModel } from './thinking/thinking.ts';

export interface ResearchParts {
  readonly store: Store;
  readonly library: Library;
  /** The model of that name. Never throws: whether it can be asked shows when it is asked. */
  readonly model: (name: string) => Model;
  readonly lastResort: LastResort;
  readonly clock: Clock;
}

/** All the engine needs to know of research. */
export function research(given: ResearchParts): Definition {
  const sources = { ...given.store.sources, list: sourcesOnce(given.store.sources) };
  const texts = { ...given.store.texts, get: textsOnce(given.store.texts) };
  const whole = { ...given.store, texts };
  const parts = { ...given, store: { ...whole, sources } };
  const decide = withFormerModels(DECIDERS);
  return {
    decide,
    landing: (journal) => comingHome(journal, decide[journal.workflow.orchestrator_type]),
    kinds: {
      collect: collectKind(parts),
      plan: planKind(parts),
      agent: agentKind(parts),
      choice: choiceKind(parts),
      critique: critiqueKind(parts),
      // Agents bring sources of their own: what is written at the end needs the list as it is then.
      synthesis: synthesisKind({ ...parts, store: whole }),
    },
    conclude: (journal, end) => conclude({ ...parts, store: whole }, journal, end),
  };
}
