/** A report and what it is made of. The text is rendered from claims by code, so no mark can dangle. */

import type { Claim, SupportLabel } from './claim.ts';
import type { Course } from './pattern-inputs.ts';
import type { SkippedFile } from './source.ts';

/** The report as a file, wherever it is written, linked or asked for. */
export const REPORT_NAME = 'report.md';

/** Where a file of a result can be read as a resource. */
export function documentUri(task_id: string, name: string): string {
  return `orchestrator://${task_id}/documents/${encodeURIComponent(name)}`;
}

export interface Missing {
  /** What is missing: an agent's objective, a domain, a file. */
  readonly what: string;
  readonly why: string;
}

/**
 * Order and grouping of claims, as a synthesis decided it. Prose is paragraphs in which a claim is named where it carries a
 * sentence, as `[[belter-1.2]]`; code makes the marks a reader sees from it.
 */
export interface Composition {
  readonly title: string;
  /** Claims of the short summary, best first. */
  readonly summary: readonly string[];
  /** The summary in prose; absent where its claims stand as they are. */
  readonly summary_prose?: string;
  readonly sections: readonly {
    readonly heading: string;
    /** All claims of the section, those its prose names too. */
    readonly claims: readonly string[];
    readonly prose?: string;
  }[];
  readonly conflicts: readonly {
    readonly about: string;
    readonly claims: readonly [string, string];
    readonly newer: string | null;
  }[];
  /** What a language model said of claims, held against their quotes: it labels those that code cannot be sure of. */
  readonly judged?: readonly { readonly claim_id: string; readonly supported: boolean }[];
  /** What was to be written and stands as plain claims, and why. */
  readonly missing?: readonly Missing[];
  /** Why less was written than could have been (budget, time, providers): a workflow that goes on writes it anew. */
  readonly cut?: readonly string[];
}

export interface ReportSource {
  readonly number: number;
  readonly source_id: string;
  readonly title: string;
  /** `path:line`, `path, page n` of the first place cited. */
  readonly location: string;
  /** Every place cited, in the order of first use. */
  readonly places: readonly string[];
  readonly uri: string;
  readonly accessed_at: string;
  readonly sha256: string;
}

export interface ReportSection {
  readonly id: string;
  readonly heading: string;
  readonly text: string;
}

export interface Citations {
  readonly total: number;
  readonly quoted: number;
  /** Claims whose label is anything but `unsupported`. */
  readonly supported: number;
  readonly unsupported: number;
  readonly by_label: Readonly<Record<SupportLabel, number>>;
}

export interface Report {
  readonly title: string;
  readonly summary: string;
  readonly sections: readonly ReportSection[];
  /** Whole report as Markdown. Holds no clock, id or cost: the same journal gives the same bytes. */
  readonly text: string;
  readonly sources: readonly ReportSource[];
  /** The claims the text cites, in the order of first use. */
  readonly claims: readonly Claim[];
  readonly citations: Citations;
  readonly completeness: 'full' | 'partial';
  readonly missing: readonly Missing[];
  /** What was searched, for the header and the honest "nothing found". */
  readonly searched: { readonly sources: number; readonly skipped: number };
  /** Files that could not be used, the first 200 by name. */
  readonly skipped: readonly SkippedFile[];
  readonly model: string;
  /** How a pattern went that had to decide something. */
  readonly course?: Course;
}
