/**
 * The patterns a caller chooses between, and what agents are there for: one table, from which schemas, texts, resources and
 * views are made. How a pattern decides stands beside it, in research/patterns.
 */

import type { Subtask } from './plan.ts';
import { DOMAINS } from './source.ts';

interface PatternCard {
  readonly summary: string;
  readonly when: string;
  /** A few words for the schema of `orchestrate_research`, which every conversation pays for. */
  readonly brief: string;
  /** Each agent searches one domain of the material instead of all of it. */
  readonly by_domain: boolean;
  readonly roles: readonly { readonly role: string; readonly does: string }[];
}

export const PATTERNS = {
  beltalowda: {
    summary: 'A hierarchy: researchers, mid-level synthesis where there are many of them, one final synthesis.',
    when: 'The default. Questions with several sides, comparisons and surveys, where findings must be merged and weighed.',
    brief: 'researchers, then layered synthesis',
    by_domain: false,
    roles: [
      { role: 'belter', does: 'Researches one objective of the plan and returns claims with verbatim quotes.' },
      { role: 'drummer', does: 'Merges the findings of several Belters: removes duplicates, keeps contradictions.' },
      { role: 'camina', does: 'Orders all findings into the report.' },
    ],
  },
  swarm: {
    summary: 'Flat: one specialist for each domain of the material, all at once, then one synthesis.',
    when: 'Broad material of different kinds, where each kind should have its say. Choose the kinds with domains.',
    brief: 'one specialist a domain',
    by_domain: true,
    roles: [
      ...DOMAINS.map((domain) => ({ role: domain, does: `Searches the ${domain} material only.` })),
      { role: 'synthesis', does: 'Orders all findings into the report.' },
    ],
  },
} as const satisfies Record<string, PatternCard>;

export type OrchestratorType = keyof typeof PATTERNS;
/** In the order in which they are offered. */
export const ORCHESTRATOR_TYPES = Object.keys(PATTERNS) as readonly OrchestratorType[];
export const DEFAULT_PATTERN: OrchestratorType = 'beltalowda';

/** Those whose agents search by domain, for sentences: `swarm`. */
export const BY_DOMAIN: string = ORCHESTRATOR_TYPES.filter((name) => PATTERNS[name].by_domain).join(' or ');

export type Work = 'research' | 'merge' | 'write';

/** Roles beside researchers, whose role is `belter` or their domain. Stored in the inputs of steps: none is ever renamed. */
const SYNTHESIS_ROLES = { drummer: 'merge', camina: 'write', synthesis: 'write' } as const satisfies Record<
  string,
  Work
>;
export type SynthesisRole = keyof typeof SYNTHESIS_ROLES;

/** What an agent of this role is there for. */
export function workOf(role: string): Work {
  return isSynthesisRole(role) ? SYNTHESIS_ROLES[role] : 'research';
}

function isSynthesisRole(role: string): role is SynthesisRole {
  return Object.hasOwn(SYNTHESIS_ROLES, role);
}

/** The role of a researcher. */
export function researcherRole({ domain }: Pick<Subtask, 'domain'>): string {
  return domain ?? 'belter';
}
