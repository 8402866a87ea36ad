/** What a report cites, as its text comes to cite it: sources get their numbers, and every claim the form it stands in. */

import type { Claim } from '../../core/claim.ts';
import type { ReportSource } from '../../core/report.ts';
import type { Source } from '../../core/source.ts';
import { escapeLine, escapeMarkdown, withoutAddresses } from './markdown.ts';
import { withoutCitations } from './marks.ts';
import type { Evidence } from './prose.ts';
import { apostrophesOf, withTrueMarks, wordsOf } from './quotations.ts';
import { type Prose, renderProse, UNSUPPORTED } from './render-prose.ts';

export interface NumberingParts {
  readonly claims: ReadonlyMap<string, Claim>;
  readonly sources: ReadonlyMap<string, Source>;
  /** Whether a claim is its source's own words. A table row made readable is not, and stands without quotation marks. */
  readonly verbatim: (claim: Claim) => boolean;
  /** What prose is held against, by claim; empty where none was written. */
  readonly evidence: Evidence;
}

/** Numbers sources as the text comes to cite them. */
export class Numbering {
  readonly #sources: ReadonlyMap<string, Source>;
  readonly #cited = new Map<string, { readonly source: Source; readonly places: string[] }>();
  readonly #claims = new Map<string, Claim>();
  readonly #request: NumberingParts;
  readonly #inMarks = new Set<string>();
  /** Sentences of prose that are not borne out by what they cite. */
  unsupported = 0;

  constructor(request: NumberingParts) {
    this.#sources = request.sources;
    this.#request = request;
  }

  /** Its number, and its claim and place on the list. Two agents that fetched the same text of the same place share one. */
  number(claim: Claim): number {
    const source = this.#sources.get(claim.source_id);
    if (source === undefined)
      throw new RangeError(`claim ${claim.claim_id} cites ${claim.source_id}, which is not a source`);
    const key = `${source.sha256}/${source.format} ${source.uri}`;
    const entry = this.#cited.get(key) ?? { source, places: [] };
    this.#cited.set(key, entry);
    if (!entry.places.includes(claim.location)) entry.places.push(claim.location);
    this.#claims.set(claim.claim_id, { ...claim, source_id: entry.source.source_id });
    return [...this.#cited.keys()].indexOf(key) + 1;
  }

  prose(text: string): Prose {
    const { claims, evidence } = this.#request;
    const written = renderProse(text, { claims, evidence, number: (claim) => this.number(claim) });
    this.unsupported += written.unsupported;
    return written;
  }

  /** `“…” [n]`, or without the quotation marks. */
  cite(claim: Claim): string {
    const number = this.number(claim);
    const mark = claim.label === 'unsupported' ? `[${number}] ${UNSUPPORTED}` : `[${number}]`;
    if (this.#request.verbatim(claim)) {
      this.#inMarks.add(claim.claim_id);
      return `“${escapeMarkdown(claim.text)}” ${mark}`;
    }
    return `${escapeLine(this.#worded(claim))} ${mark}`;
  }

  /** A statement in a model's words brings no address, no citation and no quotation that its source does not hold. */
  #worded({ claim_id, text, quote }: Claim): string {
    const span = this.#request.evidence.get(claim_id)?.span ?? quote;
    const said = withTrueMarks(text, wordsOf([span]), apostrophesOf([span])).text;
    return withoutAddresses(withoutCitations(said, quote), quote);
  }

  get in_marks(): ReadonlySet<string> {
    return this.#inMarks;
  }

  get claims(): readonly Claim[] {
    return [...this.#claims.values()];
  }

  get sources(): readonly ReportSource[] {
    return [...this.#cited.values()].map(({ source, places }, index) => ({
      number: index + 1,
      source_id: source.source_id,
      title: source.title,
      location: places[0] ?? source.location,
      places,
      uri: source.uri,
      accessed_at: source.accessed_at,
      sha256: source.sha256,
    }));
  }
}
