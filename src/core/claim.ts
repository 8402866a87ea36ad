/** A claim: one statement with the verbatim span of a stored source that carries it. Citations are data, not prose. */

/**
 * How far the stored span supports the claim's wording:
 * `quoted` the wording is the span itself; `numeric_match` every number of the claim stands in the span; `lexical` the
 * span holds most of its words; `model_judged` a language model said so; `unsupported` none of these.
 */
export const SUPPORT_LABELS = ['quoted', 'numeric_match', 'lexical', 'model_judged', 'unsupported'] as const;
export type SupportLabel = (typeof SUPPORT_LABELS)[number];

export interface Claim {
  /** Unique in its workflow: the agent's id, then a number: `belter-2.3`. */
  readonly claim_id: string;
  readonly agent_id: string;
  readonly source_id: string;
  /** The statement as a reader sees it: for quoted claims the quote without markup and line breaks. */
  readonly text: string;
  /** Verbatim: `storedText.slice(start, end)`. */
  readonly quote: string;
  readonly start: number;
  readonly end: number;
  readonly label: SupportLabel;
  /** Where the quote stands, for people: `notes/wal.md:12`. */
  readonly location: string;
  /** The heading path above it, or ''. */
  readonly heading: string;
  /** Relevance to the agent's objective, above 0; comparable only within one agent. */
  readonly score: number;
  /** Which of the plan's objectives it answers. */
  readonly objective: string;
}

/** A passage an agent retrieved and drew claims from: a row of `passages`, the trail of what was read. */
export interface PassageRead {
  readonly passage_id: string;
  readonly agent_id: string;
  readonly source_id: string;
  readonly start: number;
  readonly end: number;
  readonly heading: string;
  readonly location: string;
  readonly score: number;
}

/** Two claims about the same thing that do not agree; `newer` is null when neither source is known to be later. */
export interface Conflict {
  readonly claim_ids: readonly [string, string];
  readonly newer: string | null;
  /** One sentence for the report, built by code: which values differ. */
  readonly about: string;
}
