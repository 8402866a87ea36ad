/**
 * A report from claims. Marks are numbered by first use and the source list is built from the marks, so that no mark
 * dangles and no source is listed that is not cited. Nothing here depends on a clock, an id or a cost.
 */

import { type Claim, SUPPORT_LABELS, type SupportLabel } from '../../core/claim.ts';
import type { Course } from '../../core/pattern-inputs.ts';
import type { Citations, Composition, Missing, Report, ReportSection, ReportSource } from '../../core/report.ts';
import type { SkippedFile, Source } from '../../core/source.ts';
import { escapeLine, escapeMarkdown, withoutAddresses } from './markdown.ts';
import type { Evidence } from './prose.ts';
import { known, type Prose, renderProse, UNSUPPORTED } from './render-prose.ts';

export interface RenderRequest {
  readonly composition: Composition;
  readonly claims: ReadonlyMap<string, Claim>;
  readonly sources: ReadonlyMap<string, Source>;
  /** Whether a claim is its source's own words. A table row made readable is not, and stands without quotation marks. */
  readonly verbatim: (claim: Claim) => boolean;
  /** What prose is held against, by claim; empty where none was written. */
  readonly evidence: Evidence;
  readonly missing: readonly Missing[];
  /** Objectives that were researched and had nothing to find. */
  readonly gaps: readonly string[];
  readonly skipped: readonly SkippedFile[];
  readonly skipped_total: number;
  /** Documents collected; null where it never came to that. */
  readonly collected: number | null;
  readonly model: string;
  readonly stamp: string;
  /** Null or absent where the pattern had nothing to decide. */
  readonly course?: CourseText | null;
}

/** What a pattern decided, for the report: a line at its top, and a section with what decided it. */
export interface CourseText {
  readonly course: Course;
  readonly line: string;
  readonly section: {
    readonly id: string;
    readonly heading: string;
    readonly items: readonly { readonly text: string; readonly claims: readonly string[] }[];
  };
  /** What stands instead of "nothing found" where that is not what happened. */
  readonly nothing: string | null;
}

/** Most skipped files that are named one by one. */
const SKIPPED_SHOWN = 10;

/** Numbers sources as the text comes to cite them. */
class Numbering {
  readonly #sources: ReadonlyMap<string, Source>;
  readonly #cited = new Map<string, { readonly source: Source; readonly places: string[] }>();
  readonly #claims = new Map<string, Claim>();
  readonly #request: Pick<RenderRequest, 'claims' | 'evidence' | 'verbatim'>;
  /** Sentences of prose that are not borne out by what they cite. */
  unsupported = 0;

  constructor(request: RenderRequest) {
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
    return this.#request.verbatim(claim)
      ? `“${escapeMarkdown(claim.text)}” ${mark}`
      : // Words of a model bring no address that the source does not hold.
        `${escapeLine(withoutAddresses(claim.text, claim.quote))} ${mark}`;
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

export function renderReport(request: RenderRequest): Report {
  const { composition, missing } = request;
  const numbering = new Numbering(request);
  const body = composition.summary.length > 0 || composition.sections.length > 0;
  const written = body ? bodySections(request, numbering) : [nothingFound(request)];
  const { course = null } = request;
  const decided = course === null ? [] : [courseSection(request, { course, numbering })];
  const sections = [...written, ...decided, ...closingSections(request, numbering)];
  const completeness = missing.length === 0 ? 'full' : 'partial';
  const head = [`# ${escapeMarkdown(composition.title)}`, `> ${request.stamp}`];
  if (course !== null) head.push(`> ${escapeLine(course.line)}`);
  if (completeness === 'partial')
    head.push('> partial report: what is missing, and why, stands under “What is missing”');
  if (numbering.unsupported > 0) head.push(unsupportedNote(numbering.unsupported));
  const text = [head[0], head.slice(1).join('\n>\n'), ...sections.map((s) => `## ${s.heading}\n\n${s.text}`)].join(
    '\n\n',
  );
  return {
    title: composition.title,
    summary: written[0]?.text ?? '',
    sections,
    text: `${text}\n`,
    sources: numbering.sources,
    claims: numbering.claims,
    citations: count(numbering.claims),
    completeness,
    missing,
    searched: { sources: request.collected ?? 0, skipped: request.skipped_total },
    skipped: request.skipped,
    model: request.model,
    ...(course === null ? {} : { course: course.course }),
  };
}

function courseSection(
  request: RenderRequest,
  { course, numbering }: { readonly course: CourseText; readonly numbering: Numbering },
): ReportSection {
  const { id, heading, items } = course.section;
  const text = items.map((item) => {
    const quotes = item.claims.map((claim_id) => `  - ${numbering.cite(known(request.claims, claim_id))}`);
    return [`- ${escapeLine(item.text)}`, ...quotes].join('\n');
  });
  return { id, heading, text: text.join('\n') };
}

function unsupportedNote(sentences: number): string {
  const are = sentences === 1 ? '1 sentence is' : `${sentences} sentences are`;
  return `> ${are} not borne out by what is cited, and marked ${UNSUPPORTED}`;
}

function count(claims: readonly Claim[]): Citations {
  const zero = Object.fromEntries(SUPPORT_LABELS.map((label) => [label, 0])) as Record<SupportLabel, number>;
  const by_label = claims.reduce((sum, { label }) => ({ ...sum, [label]: sum[label] + 1 }), zero);
  const { unsupported, quoted } = by_label;
  return { total: claims.length, quoted, supported: claims.length - unsupported, unsupported, by_label };
}

function bodySections(request: RenderRequest, numbering: Numbering): ReportSection[] {
  const { composition } = request;
  const text = (ids: readonly string[], prose: string | undefined): string => {
    if (ids.length === 0) return 'Nothing further was found.';
    const written = prose === undefined || prose === '' ? null : numbering.prose(prose);
    const cited = new Set(written?.cited);
    const left = ids.filter((id) => !cited.has(id)).map((id) => `- ${numbering.cite(known(request.claims, id))}`);
    return [...(written === null ? [] : [written.text]), ...(left.length === 0 ? [] : [left.join('\n')])].join('\n\n');
  };
  const sections: ReportSection[] = [];
  if (composition.summary.length > 0) {
    sections.push({ id: 'summary', heading: 'Summary', text: text(composition.summary, composition.summary_prose) });
  }
  for (const [n, { heading, claims, prose }] of composition.sections.entries()) {
    sections.push({ id: `section-${n + 1}`, heading: escapeMarkdown(heading), text: text(claims, prose) });
  }
  if (composition.conflicts.length > 0) {
    const sides = composition.conflicts.map((conflict) => conflictText(request, { conflict, numbering })).join('\n');
    sections.push({ id: 'conflicts', heading: 'Where sources disagree', text: sides });
  }
  return sections;
}

function conflictText(
  request: RenderRequest,
  item: { readonly conflict: Composition['conflicts'][number]; readonly numbering: Numbering },
): string {
  const { conflict, numbering } = item;
  const sides = conflict.claims.map((id) => {
    const name = conflict.newer === null ? '' : id === conflict.newer ? 'newer: ' : 'older: ';
    return `  - ${name}${numbering.cite(known(request.claims, id))}`;
  });
  return [`- ${escapeLine(conflict.about)}`, ...sides].join('\n');
}

function nothingFound(request: RenderRequest): ReportSection {
  const { collected, missing } = request;
  const documents = `none of the ${collected} ${collected === 1 ? 'document' : 'documents'} searched`;
  const where = collected === 0 ? 'there were no documents, and nothing that was searched beside them' : documents;
  const found =
    missing.length === 0
      ? `Nothing found: ${where} holds a passage that answers this.`
      : 'Nothing was found, and the search was not complete: see what is missing.';
  const text = request.course?.nothing ?? (collected === null ? 'The work ended before any document was read.' : found);
  return { id: 'summary', heading: 'Summary', text };
}

function closingSections(request: RenderRequest, numbering: Numbering): ReportSection[] {
  const sections: ReportSection[] = [];
  const gaps = [
    ...request.missing.map(({ what, why }) => `- ${escapeLine(what)}: ${escapeMarkdown(why)}`),
    ...request.gaps.map((gap) => `- ${escapeLine(withoutAddresses(gap))}`),
  ];
  if (gaps.length > 0) sections.push({ id: 'missing', heading: 'What is missing', text: gaps.join('\n') });
  if (request.skipped_total > 0) {
    sections.push({ id: 'not-read', heading: 'What was not read', text: skippedText(request) });
  }
  const { sources } = numbering;
  if (sources.length > 0) {
    const text = sources.map((s) => `- [${s.number}] ${escapeMarkdown(s.title)}: ${placesText(s)}`).join('\n');
    sections.push({ id: 'sources', heading: 'Sources', text });
  }
  return sections;
}

function skippedText(request: RenderRequest): string {
  const shown = request.skipped.slice(0, SKIPPED_SHOWN);
  const more = request.skipped_total - shown.length;
  const lines = shown.map(({ location, reason }) => `- ${escapeLine(location)}: ${escapeMarkdown(reason)}`);
  if (more > 0) lines.push(`- and ${more} more`);
  return lines.join('\n');
}

/** `notes/wal.md:12, 40`: the path once, then the places in it. */
function placesText(source: ReportSource): string {
  const [first = source.location, ...rest] = source.places;
  const stem = /^(.*(?::|, (?:page|paragraph) ))\d+$/.exec(first)?.[1];
  const further = rest.map((place) =>
    stem !== undefined && place.startsWith(stem) ? place.slice(stem.length) : place,
  );
  return [escapeMarkdown(first), ...further.map(escapeMarkdown)].join(', ');
}
