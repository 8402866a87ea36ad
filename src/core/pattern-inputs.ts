/** What some patterns take beside the question, as it was checked and frozen with the workflow. */

/** One step of a sequence: a name for readers, and what is to be found out. */
interface NamedStep {
  readonly name: string;
  readonly objective: string;
}

export interface Branch {
  readonly name: string;
  /** The condition, a sentence. Null: taken where no other branch applies; at most one is so. */
  readonly when: string | null;
  /** One agent for each. */
  readonly objectives: readonly string[];
}

export type PatternInputs =
  | { readonly kind: 'sequential'; readonly steps: readonly NamedStep[] }
  | { readonly kind: 'conditional'; readonly branches: readonly Branch[] }
  | { readonly kind: 'iterative'; readonly until: string; readonly max_rounds: number };

/** The same in a request, where nothing is checked yet. */
export interface InputsRequest {
  readonly steps?: readonly NamedStep[] | undefined;
  readonly branches?:
    | readonly (Pick<Branch, 'name' | 'objectives'> & { readonly when?: string | undefined })[]
    | undefined;
  readonly until?: string | undefined;
  readonly max_rounds?: number | undefined;
}

export const INPUT_NAMES = [
  'steps',
  'branches',
  'until',
  'max_rounds',
] as const satisfies readonly (keyof InputsRequest)[];
export type InputName = (typeof INPUT_NAMES)[number];

/** How a pattern went where it had to decide something: which branch, or how many rounds, and why. */
export interface Course {
  /** The branch taken; null where none applied. */
  readonly branch?: string | null | undefined;
  /** Rounds made. */
  readonly rounds?: number | undefined;
  /** One sentence: why this branch, or why the rounds ended. */
  readonly why: string;
}
