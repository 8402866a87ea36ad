/**
 * What research reads. A *source* is one file as it stood when a workflow collected it; its *text* is stored once,
 * by content hash, and every offset in the system (passages, quotes) counts UTF-16 code units in that stored text.
 */

/** What a number in a location counts: lines of a text file, pages of a PDF, paragraphs where a format has neither. */
export type PlaceKind = 'line' | 'page' | 'paragraph';

/** Where a span stands, 1-based, as a person would look it up. */
export interface Place {
  readonly kind: PlaceKind;
  readonly number: number;
}

/** How a stored text is read: sentences of prose, rows of delimited cells, records of keys and values, lines of a program. */
export type Reading = 'prose' | 'rows' | 'records' | 'code';

/** Every format there is. What is done with a text follows from how it reads wherever the format itself does not matter. */
export const READS = {
  markdown: 'prose',
  text: 'prose',
  html: 'prose',
  pdf: 'prose',
  docx: 'prose',
  csv: 'rows',
  json: 'records',
  code: 'code',
} as const satisfies Record<string, Reading>;
export type SourceFormat = keyof typeof READS;

/** The kinds of material a swarm agent can specialise in; `general` takes what fits no other. */
export const DOMAINS = [
  'academic',
  'news',
  'technical',
  'social',
  'product',
  'image',
  'video',
  'text',
  'general',
] as const;
export type Domain = (typeof DOMAINS)[number];

/**
 * One retrievable span of a stored text: a paragraph, list, table row or stretch of code, at most about 1,200
 * characters. Passages of a text do not overlap and come in reading order.
 */
export interface LayoutPassage {
  readonly start: number;
  readonly end: number;
  /** Number in the layout's `place` unit at which the passage begins. */
  readonly place: number;
  /** Index into `Layout.headings`, or -1 above the first heading. */
  readonly heading: number;
}

/** How a stored text divides; derived once by the parser and stored beside the text, so no parser runs again. */
export interface Layout {
  readonly place: PlaceKind;
  /** Heading paths, outermost first, joined by ` › `. For a table: the column names, joined by `, `. */
  readonly headings: readonly string[];
  readonly passages: readonly LayoutPassage[];
  /**
   * Sorted, disjoint spans of markup (`**`, link targets, tags) that a reader does not see. Masking them by spaces
   * keeps every offset, so a sentence found in the masked text is a verbatim span of the stored one.
   */
  readonly blanks: readonly (readonly [start: number, end: number])[];
  /** Offset at which each place begins: `placeStarts[n - 1]` is where line, page or paragraph n starts. */
  readonly placeStarts: readonly number[];
}

/** A text to store, as a parser made it. */
export interface ParsedText {
  readonly text: string;
  readonly layout: Layout;
  readonly title: string;
  readonly format: SourceFormat;
  readonly domain: Domain;
  /** ISO date (`YYYY`, `YYYY-MM` or `YYYY-MM-DD`) the document states of itself (front matter, metadata, name), else null. */
  readonly date: string | null;
}

/** What is read for a workflow: an absolute path that was allowed, and the name to show it by. */
export interface SourceRoot {
  readonly path: string;
  /** Shown in locations instead of the absolute path: the root's own name. */
  readonly label: string;
}

/** A text as it was stored, with how it divides. */
export type StoredText = Pick<ParsedText, 'text' | 'layout'>;

/** A row of `sources`: one collected file of one workflow, or a text that an agent's tool brought and a claim quotes. */
export interface Source {
  /** Short id, unique in its workflow: `s1`, `s2`, … in the order of their locations; `belter-2.s1` where an agent's tool brought it. */
  readonly source_id: string;
  /** SHA-256 of the stored text (UTF-8), hex; with `format` the key of the stored text. */
  readonly sha256: string;
  readonly format: SourceFormat;
  readonly title: string;
  /** Path as the user would recognise it: the named root's own name, then the path below it, `/`-separated. */
  readonly location: string;
  /** Absolute `file:` URL. */
  readonly uri: string;
  readonly domain: Domain;
  readonly date: string | null;
  /** File modification time, ISO 8601 UTC. Ranks versions of a document when `date` is null. */
  readonly modified_at: string;
  /** When the file was read, ISO 8601 UTC. */
  readonly accessed_at: string;
  readonly characters: number;
  /** Other locations that held the very same text. */
  readonly also_at: readonly string[];
}

/** A file that was met and not used, or used only in part, and why, in words for the user. */
export interface SkippedFile {
  readonly location: string;
  readonly reason: string;
}

/** Whether an agent's tool brought it; one that was collected has an id without its agent's. */
export function isBrought({ source_id }: Pick<Source, 'source_id'>): boolean {
  return source_id.includes('.');
}

const SPACE = ' ';

/** A span of the text with its markup blanked out: same length, same offsets, only what a reader sees. */
export function mask(
  text: string,
  blanks: Layout['blanks'],
  span: { readonly start: number; readonly end: number } = { start: 0, end: text.length },
): string {
  let out = '';
  let at = span.start;
  // A long Markdown file has hundreds of thousands of blanks and is masked passage by passage: look only where it matters.
  const first = countLeading(blanks, ([, to]) => to <= span.start);
  const beyond = countLeading(blanks, ([from]) => from < span.end);
  for (const [from, to] of blanks.slice(first, beyond)) {
    const cut = Math.max(from, at);
    const resume = Math.min(to, span.end);
    out += text.slice(at, cut) + SPACE.repeat(resume - cut);
    at = resume;
  }
  return (out + text.slice(at, span.end)).replaceAll(/[\n\r\t\f]/g, SPACE);
}

/** How many items at the beginning fulfil a condition that no item after them fulfils: binary search. */
export function countLeading<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items.slice(middle, middle + 1).every(holds)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Whether a swarm agent of a domain may search a source: `text` takes every document in prose, whatever it is about; each
 * other domain what was recognised as its own.
 */
export function inDomain(source: Pick<Source, 'format' | 'domain'>, domain: Domain): boolean {
  return domain === 'text' ? READS[source.format] === 'prose' : source.domain === domain;
}

/** The place (line, page, paragraph) at which an offset lies. */
export function placeAt(layout: Layout, offset: number): Place {
  const begun = countLeading(layout.placeStarts, (start) => start <= offset);
  return { kind: layout.place, number: Math.max(1, begun) };
}

/** `notes/wal.md:12`, `paper.pdf, page 3`, `memo.docx, paragraph 4`. */
export function locate(location: string, place: Place): string {
  return place.kind === 'line' ? `${location}:${place.number}` : `${location}, ${place.kind} ${place.number}`;
}
