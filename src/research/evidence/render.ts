/**
 * A report from claims. Marks are numbered by first use and the source list is built from the marks, so that no mark
 * dangles and no source is listed that is not cited. Nothing here depends on a clock, an id or a cost.
 */

import { type Claim, SUPPORT_LABELS, type SupportLabel } from '../../core/claim.ts';
import type { Course } from '../../core/pattern-inputs.ts';
import type { Citations, Composition, Missing, Report, ReportSection, ReportSource } from '../../core/report.ts';
import type { SkippedFile } from '../../core/source.ts';
import { escapeLine, escapeMarkdown, withoutAddresses } from './markdown.ts';
import { Numbering, type NumberingParts } from './numbering.ts';
import { known, UNSUPPORTED } from './render-prose.ts';

export interface RenderRequest extends NumberingParts {
  readonly composition: Composition;
  /** What the user wrote: an address of theirs may be said again, one that an agent brought may not. */
  readonly asked: string;
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

export interface Rendered {
  readonly report: Report;
  /** Ids of the claims that stand in quotation marks: the check holds each of them against its source, word for word. */
  readonly in_marks: ReadonlySet<string>;
}

export function renderReport(request: RenderRequest): Rendered {
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
  const report: Report = {
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
  return { report, in_marks: numbering.in_marks };
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
    const told = new Set(written?.told);
    const left = ids.filter((id) => !told.has(id)).map((id) => `- ${numbering.cite(known(request.claims, id))}`);
    return [...(written === null ? [] : [written.text]), ...(left.length === 0 ? [] : [left.join('\n')])].join('\n\n');
  };
  const sections: ReportSection[] = [];
  if (composition.summary.length > 0) {
    sections.push({ id: 'summary', heading: 'Summary', text: text(composition.summary, composition.summary_prose) });
  }
  for (const [n, { heading, claims, prose }] of composition.sections.entries()) {
    sections.push({
      id: `section-${n + 1}`,
      heading: escapeMarkdown(withoutAddresses(heading, request.asked)),
      text: text(claims, prose),
    });
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
    ...request.missing.map(
      ({ what, why }) => `- ${escapeLine(withoutAddresses(what, request.asked))}: ${escapeMarkdown(why)}`,
    ),
    ...request.gaps.map((gap) => `- ${escapeLine(withoutAddresses(gap, request.asked))}`),
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
