/** `orchestrator://patterns`: what a caller chooses between. Fixed, so that reading it opens nothing. */

import { DOMAINS } from '../../core/source.ts';
import type { OrchestratorType } from '../../core/workflow.ts';

interface Role {
  readonly role: string;
  readonly does: string;
}

interface Pattern {
  readonly name: OrchestratorType;
  readonly summary: string;
  readonly when: string;
  readonly roles: readonly Role[];
}

const PATTERNS: Readonly<Record<OrchestratorType, Omit<Pattern, 'name'>>> = {
  beltalowda: {
    summary: 'A hierarchy: researchers, mid-level synthesis where there are many of them, one final synthesis.',
    when: 'The default. Questions with several sides, comparisons and surveys, where findings must be merged and weighed.',
    roles: [
      { role: 'belter', does: 'Researches one objective of the plan and returns claims with verbatim quotes.' },
      { role: 'drummer', does: 'Merges the findings of several Belters: removes duplicates, keeps contradictions.' },
      { role: 'camina', does: 'Orders all findings into the report.' },
    ],
  },
  swarm: {
    summary: 'Flat: one specialist for each domain of the material, all at once, then one synthesis.',
    when: 'Broad material of different kinds, where each kind should have its say. Choose the kinds with domains.',
    roles: [
      ...DOMAINS.map((domain) => ({ role: domain, does: `Searches the ${domain} material only.` })),
      { role: 'synthesis', does: 'Orders all findings into the report.' },
    ],
  },
};

export function patternsText(): string {
  const patterns = Object.entries(PATTERNS).map(([name, pattern]) => ({ name, ...pattern }));
  return JSON.stringify({ patterns, chosen_with: 'orchestrator_type of orchestrate_research' });
}
