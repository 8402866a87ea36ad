/** Cuts a passage into the spans a claim may quote: sentences, list items, table rows and lines of code. */

import { READS, type SourceFormat } from '../../../core/source.ts';
import { csvRecords, isTableLine, isTableRule } from './tables.ts';

/** A `note` is a comment that stands above a table of data. */
export type UnitKind = 'sentence' | 'item' | 'row' | 'code' | 'note';

/** Offsets count from the start of the passage. Units of one block follow each other in one paragraph or list item. */
export interface Unit {
  readonly start: number;
  readonly end: number;
  readonly kind: UnitKind;
  readonly block: number;
}

interface PassageText {
  /** The stored slice. */
  readonly raw: string;
  /** The same slice with markup and line breaks as spaces, same length. */
  readonly masked: string;
  readonly format: SourceFormat;
}

interface Block {
  start: number;
  end: number;
  readonly kind: UnitKind;
}

const LIST_MARK = /^\s*(?:[-*+•‣◦–]|\d{1,3}[.)]|[a-z][.)])\s+(?=\S)/;
const HEADING = /^\s{0,3}#{1,6}\s/;
const UNDERLINE = /^\s{0,3}(?:={3,}|-{3,}|\*{3,}|_{3,})\s*$/;
const FENCE = /^\s*(?:```|~~~)/;
const COMMENT_MARK = /^\s*(?:\/\/[/!]?|\/\*+|\*+\/?|#+!?|--|;+|"""|''')\s?/;
/** Formats whose tables are stored as cells parted by ` | `. */
const TABLE_FORMATS: ReadonlySet<SourceFormat> = new Set(['html', 'docx']);
/** A list item at most this long is quoted whole; a longer one is cut into its sentences. */
const WHOLE_ITEM = 200;
/** A wrapped line is longer than this. */
const LONGEST_HEADING = 50;

/** Abbreviations after which a full stop does not end a sentence, in the languages whose writers use them most. */
const ABBREVIATION =
  /(?:^|[\s("'[])(?:dr|mr|mrs|ms|prof|st|vs|e\.g|i\.e|cf|fig|figs|eq|eqs|sec|sect|no|nos|vol|pp|p|al|approx|ca|resp|ref|refs|tab|ch|art|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec|z\.\s?b|d\.\s?h|bzw|nr|abb|min|max|incl|viz)\.\s*$/i;
/** A single letter: an initial, or half of an abbreviation written with a space. */
const INITIAL = /(?:^|[\s(.])\p{L}\.\s*$/u;
const ORDINAL = /^\s*\d{1,3}\.\s*$/;
const CONTINUES = /^\s*(?:\p{Ll}|[,;:)\]])/u;
const ENDED_BY_MARK = /[.!?…。！？]["'”’)\]]*\s*$/u;

/** A key with a single value or a list of plain strings; objects and other lists are the fields inside them. */
const JSON_FIELD =
  /"(?:[^"\\]|\\.)*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|\[\s*"(?:[^"\\]|\\.)*"(?:\s*,\s*"(?:[^"\\]|\\.)*")*\s*\]|-?\d[\d.eE+-]*|true|false)/g;

const SEGMENTER = new Intl.Segmenter('en', { granularity: 'sentence' });

/** The units of a passage in reading order, trimmed, without list marks, headings and table heads. */
export function units(passage: PassageText): readonly Unit[] {
  if (READS[passage.format] === 'rows' && !passage.raw.startsWith('#')) {
    return csvRecords(passage.raw).map(({ start, end }, block) => ({ start, end, kind: 'row', block }));
  }
  if (READS[passage.format] === 'records') {
    return [...passage.raw.matchAll(JSON_FIELD)].map(({ index, 0: field }, block) => ({
      start: index,
      end: index + field.length,
      kind: 'row',
      block,
    }));
  }
  const blocks = READS[passage.format] === 'code' ? codeBlocks(passage) : proseBlocks(passage);
  return blocks.flatMap((block, index) => unitsOf(passage, block, index));
}

function unitsOf({ raw, masked }: PassageText, block: Block, index: number): readonly Unit[] {
  // A row keeps its outer pipes, which are masked: they tell its first cell from a missing one.
  const whole = trimmed(block.kind === 'row' ? raw : masked, block.start, block.end);
  if (whole === null) return [];
  const isWhole =
    block.kind === 'row' || block.kind === 'code' || (block.kind === 'item' && whole.end - whole.start <= WHOLE_ITEM);
  if (isWhole) return [{ ...whole, kind: block.kind, block: index }];
  return sentenceSpans(masked.slice(block.start, block.end))
    .map(([start, end]) => trimmed(masked, block.start + start, block.start + end))
    .filter((span) => span !== null)
    .map((span) => ({ ...span, kind: block.kind, block: index }));
}

/** Sentence boundaries of a running text by Unicode's rules, rejoined where an abbreviation or initial misled them. */
export function sentenceSpans(text: string): readonly (readonly [start: number, end: number])[] {
  const spans: [number, number][] = [];
  for (const { index, segment } of SEGMENTER.segment(text)) {
    const last = spans.at(-1);
    if (last !== undefined && staysOpen(text.slice(last[0], last[1]), segment)) last[1] = index + segment.length;
    else spans.push([index, index + segment.length]);
  }
  return spans;
}

function staysOpen(before: string, after: string): boolean {
  if (ABBREVIATION.test(before) || INITIAL.test(before) || ORDINAL.test(before)) return true;
  return CONTINUES.test(after) || !ENDED_BY_MARK.test(before);
}

function trimmed(text: string, start: number, end: number): { readonly start: number; readonly end: number } | null {
  const slice = text.slice(start, end);
  const body = slice.trim();
  if (body === '') return null;
  const from = start + slice.indexOf(body);
  return { start: from, end: from + body.length };
}

/** Lines of a text with their offsets, line break excluded. */
function* lines(text: string): Generator<{ readonly start: number; readonly end: number; readonly line: string }> {
  let start = 0;
  while (start <= text.length) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found;
    yield { start, end, line: text.slice(start, end) };
    start = end + 1;
  }
}

function proseBlocks({ raw, masked, format }: PassageText): readonly Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  let fenced = opensFenced(raw);
  for (const { start, end, line } of lines(raw)) {
    const fence = FENCE.test(line);
    if (fence) fenced = !fenced;
    if (fence || masked.slice(start, end).trim() === '' || (READS[format] !== 'rows' && HEADING.test(line))) {
      open = null;
      continue;
    }
    if (UNDERLINE.test(line)) {
      // A line of dashes under a single line of text makes that line a heading, not a sentence.
      if (open?.kind === 'sentence' && !raw.slice(open.start, open.end).includes('\n')) blocks.pop();
      open = null;
      continue;
    }
    if (isTableRule(line)) {
      if (blocks.at(-1)?.kind === 'row') blocks.pop();
      continue;
    }
    const mark = LIST_MARK.exec(line);
    const kind = kindOf(line, { fenced, format, isItem: mark !== null });
    const continues = open !== null && kind === 'sentence' && (open.kind === 'sentence' || open.kind === 'item');
    if (continues && open !== null && !(format === 'text' && isHeadingLine(raw.slice(open.start, open.end), line))) {
      open.end = end;
      continue;
    }
    // A numbered or short line directly above running text is its heading, which no sentence should begin with.
    if (continues) blocks.pop();
    open = { start: start + (kind === 'item' ? (mark?.[0].length ?? 0) : 0), end, kind };
    blocks.push(open);
  }
  return blocks;
}

/** A passage may begin inside a block of code: then its first fence, which names no language, closes that block. */
function opensFenced(raw: string): boolean {
  const fences = [...raw.matchAll(/^[ \t]*(?:```|~~~)[ \t]*(?<language>\S*)/gmu)];
  const [first] = fences;
  return fences.length % 2 === 1 && first !== undefined && first.groups?.['language'] === '' && !endsOpen(fences);
}

/** An odd number of fences with the last one naming a language leaves that one open instead. */
function endsOpen(fences: readonly RegExpExecArray[]): boolean {
  return (fences.at(-1)?.groups?.['language'] ?? '') !== '';
}

/** In plain text a short line without closing punctuation, above a line that starts afresh, is a heading. */
function isHeadingLine(before: string, line: string): boolean {
  return (
    before.length <= LONGEST_HEADING &&
    !before.includes('\n') &&
    !/[.!?:;,–-]\s*$/u.test(before) &&
    /^\p{Lu}/u.test(line)
  );
}

function kindOf(
  line: string,
  { fenced, format, isItem }: { readonly fenced: boolean; readonly format: SourceFormat; readonly isItem: boolean },
): UnitKind {
  if (fenced) return 'code';
  if (isTableLine(line) || (TABLE_FORMATS.has(format) && line.includes(' | '))) return 'row';
  if (READS[format] === 'rows') return 'note';
  return isItem ? 'item' : 'sentence';
}

/** Comments of a program are prose, one block for each run of comment lines; every other line stands for itself. */
function codeBlocks({ raw }: PassageText): readonly Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  for (const { start, end, line } of lines(raw)) {
    const mark = COMMENT_MARK.exec(line);
    const body = line.slice(mark?.[0].length ?? 0);
    if (!/[\p{L}\p{N}]/u.test(body)) {
      open = null;
      continue;
    }
    if (mark === null) {
      open = null;
      blocks.push({ start, end, kind: 'code' });
    } else if (open === null) {
      open = { start: start + mark[0].length, end, kind: 'sentence' };
      blocks.push(open);
    } else {
      open.end = end;
    }
  }
  return blocks;
}

const LINE_MARKS = /^[ \t]*(?:\/\/[/!]?|\/\*+|\*+\/?|#+!?|[•‣◦]|(?:--|[-+]|>+)(?![ \t]+[$€£¥]?\p{Nd}))[ \t]/gmu;

/**
 * What a reader sees of a span: white space collapsed, markup gone without leaving gaps, list and comment marks at the
 * start of later lines removed, but for what may be the sign of a number. Words and their order are those of the quote.
 */
export function legible(raw: string, masked: string): string {
  let out = '';
  let at = 0;
  const bare = withoutLineMarks(raw, masked);
  while (at < bare.length) {
    if (bare[at] !== ' ') {
      out += bare[at];
      at += 1;
      continue;
    }
    let to = at;
    while (to < bare.length && bare[to] === ' ') to += 1;
    const hidden = raw.slice(at, to);
    // Markup such as ** or a link target leaves no gap between its neighbours; tags and real white space do.
    out += /[\s<|]/.test(hidden) ? ' ' : '';
    at = to;
  }
  return out
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ([,.;:!?)\]])(?=\s|$)/g, '$1')
    .trim();
}

function withoutLineMarks(raw: string, masked: string): string {
  let out = masked.replaceAll(/\s/g, ' ');
  for (const mark of raw.matchAll(LINE_MARKS)) {
    if (mark.index === 0) continue;
    out = out.slice(0, mark.index) + ' '.repeat(mark[0].length) + out.slice(mark.index + mark[0].length);
  }
  return out;
}
