/**
 * The patterns a caller chooses between, and what agents are there for: one table, from which schemas, texts, resources and
 * views are made. How a pattern decides stands beside it, in research/patterns.
 */

import type { InputName } from './pattern-inputs.ts';
import type { Subtask } from './plan.ts';
import { DOMAINS } from './source.ts';

interface PatternCard {
  readonly summary: string;
  readonly when: string;
  /** A few words for the schema of `orchestrate_research`, which every conversation pays for. */
  readonly brief: string;
  /** Each agent searches one domain of the material instead of all of it. */
  readonly by_domain: boolean;
  /** The caller may say how many agents; else the inputs say it. */
  readonly sized: boolean;
  /** The report has a section for each subtask, in the plan's order. */
  readonly in_order: boolean;
  /** What it takes beside the question; no other pattern takes it. */
  readonly takes: readonly { readonly input: InputName; readonly required: boolean; readonly says: string }[];
  readonly roles: readonly { readonly role: string; readonly does: string }[];
}

const BELTER = {
  role: 'belter',
  does: 'Researches one objective of the plan and returns claims with verbatim quotes.',
};
const CAMINA = { role: 'camina', does: 'Orders all findings into the report.' };

export const PATTERNS = {
  beltalowda: {
    summary: 'A hierarchy: researchers, mid-level synthesis where there are many of them, one final synthesis.',
    when: 'The default. Questions with several sides, comparisons and surveys, where findings must be merged and weighed.',
    brief: 'researchers, then layered synthesis',
    by_domain: false,
    sized: true,
    in_order: false,
    takes: [],
    roles: [
      BELTER,
      { role: 'drummer', does: 'Merges the findings of several Belters: removes duplicates, keeps contradictions.' },
      CAMINA,
    ],
  },
  swarm: {
    summary: 'Flat: one specialist for each domain of the material, all at once, then one synthesis.',
    when: 'Broad material of different kinds, where each kind should have its say. Choose the kinds with domains.',
    brief: 'one specialist a domain',
    by_domain: true,
    sized: true,
    in_order: false,
    takes: [],
    roles: [
      ...DOMAINS.map((domain) => ({ role: domain, does: `Searches the ${domain} material only.` })),
      { role: 'synthesis', does: 'Orders all findings into the report.' },
    ],
  },
  sequential: {
    summary:
      'Named steps, one after the other; each sees what the earlier ones found. The report has a section for each.',
    when: 'Where a later question builds on an earlier answer: first what there is, then what follows from it.',
    brief: 'your steps in order',
    by_domain: false,
    sized: false,
    in_order: true,
    takes: [{ input: 'steps', required: true, says: 'A list of {name, objective}, 1 to 12, in the order of work.' }],
    roles: [BELTER, CAMINA],
  },
  conditional: {
    summary: 'One of several branches is chosen by evidence for its condition; only its objectives are researched.',
    when: 'Where what to look into depends on what the material says. The result names the branch and the quotes that decided.',
    brief: 'one of your branches',
    by_domain: false,
    sized: false,
    in_order: false,
    takes: [
      {
        input: 'branches',
        required: true,
        says: 'A list of {name, when, objectives}, 1 to 8. One may leave out `when`: it is taken where no other applies.',
      },
    ],
    roles: [BELTER, CAMINA],
  },
  iterative: {
    summary: 'Rounds of research with a critique between them, until a stated condition holds or the limit is met.',
    when: 'Where one pass may not be enough and you can say when it is. The report tells the rounds and why they ended.',
    brief: 'rounds until it holds',
    by_domain: false,
    sized: true,
    in_order: false,
    takes: [
      { input: 'until', required: true, says: 'A sentence: what the findings must show for the rounds to end.' },
      { input: 'max_rounds', required: false, says: 'A whole number from 1 to 8; 3 unless told.' },
    ],
    roles: [BELTER, CAMINA],
  },
} as const satisfies Record<string, PatternCard>;

export type OrchestratorType = keyof typeof PATTERNS;
/** In the order in which they are offered. */
export const ORCHESTRATOR_TYPES = Object.keys(PATTERNS) as readonly OrchestratorType[];
/** Those that need nothing but the question: what a prompt may offer. */
export const PLAIN_PATTERNS: readonly OrchestratorType[] = ORCHESTRATOR_TYPES.filter(
  (name) => !PATTERNS[name].takes.some(({ required }) => required),
);
export const DEFAULT_PATTERN: OrchestratorType = 'beltalowda';

/** Those whose agents search by domain, for sentences: `swarm`. */
export const BY_DOMAIN: string = ORCHESTRATOR_TYPES.filter((name) => PATTERNS[name].by_domain).join(' or ');

/** Written down beside the cards: a look into the cards would leave open that nobody takes it, or two do. */
const TAKEN_BY = {
  steps: 'sequential',
  branches: 'conditional',
  until: 'iterative',
  max_rounds: 'iterative',
} as const satisfies Record<InputName, OrchestratorType>;

/** Whose input it is. */
export function patternTaking(input: InputName): OrchestratorType {
  return TAKEN_BY[input];
}

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
