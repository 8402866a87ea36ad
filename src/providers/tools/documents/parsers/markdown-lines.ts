/** Markdown too large for a syntax tree, read line by line: headings, fences, tables, items and paragraphs. */

import {
  buildLayout,
  GROW,
  headingTrail,
  lineStarts,
  linesOf,
  type Block,
  type HeadingTrail,
  type Line,
  type Span,
} from '../layout.ts';
import type { FrontMatter } from './front-matter.ts';
import { UNSTATED, type ParsedBody } from './parsed.ts';

interface Reading {
  readonly text: string;
  readonly trail: HeadingTrail;
  readonly blocks: Block[];
  readonly blanks: Span[];
  /** The block being read, of the kind its first line has. */
  open: { kind: Kind; start: number; end: number } | null;
  /** The fence that ends the open code block. */
  fence: string | null;
  /** Heading of the open table's rows, or null outside a table. */
  columns: number | null;
  title: string | null;
}

type Kind = 'paragraph' | 'item' | 'code';

const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$/u;
const FENCE = /^ {0,3}(`{3,}|~{3,})/u;
const ITEM = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?/u;
const TABLE_RULE = /^[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*$/u;
const MARKUP =
  /\*{1,3}|(?<![\p{L}\p{N}])_{1,2}|_{1,2}(?![\p{L}\p{N}])|`+|!\[[^\]\n]{0,300}\]\([^)\n]{0,500}\)|\]\([^)\n]{0,500}\)|\[(?=[^\]\n]{0,300}\]\()|<\/?[a-zA-Z][^<>\n]{0,500}>/gu;

/** Only so many characters of a line can hold markup worth hiding: longer lines are data, not prose. */
const MARKUP_LINE = 20_000;

/** Parses Markdown of any size in one pass; never fails. */
export function parseMarkdownLines(text: string, front: FrontMatter): ParsedBody {
  const placeStarts = lineStarts(text);
  const reading: Reading = {
    text,
    trail: headingTrail(),
    blocks: [],
    blanks: [[0, front.length]],
    open: null,
    fence: null,
    columns: null,
    title: null,
  };
  for (const line of linesOf(text, placeStarts)) if (line.start >= front.length) readLine(reading, line);
  close(reading);
  const { trail, blocks, blanks } = reading;
  return {
    ...UNSTATED,
    text,
    layout: buildLayout({ text, place: 'line', placeStarts, headings: trail.headings, blocks, blanks }),
    format: 'markdown',
    title: front.title ?? reading.title,
    date: front.date,
  };
}

function readLine(reading: Reading, line: Line): void {
  const { text } = reading;
  const head = text.slice(line.start, Math.min(line.end, line.start + 400));
  if (reading.fence !== null) {
    if (head.trim().startsWith(reading.fence) && /^[`~]+$/u.test(head.trim())) closeFence(reading);
    else extend(reading, 'code', line);
    return;
  }
  if (head.trim() === '') {
    close(reading);
    return;
  }
  const heading = HEADING.exec(head);
  if (heading !== null) {
    close(reading);
    enterHeading(reading, heading[1]?.length ?? 1, (heading[2] ?? '').replaceAll(/[*_`]/gu, ''));
    return;
  }
  const fence = FENCE.exec(head);
  if (fence !== null) {
    close(reading);
    reading.fence = fence[1] ?? '```';
    return;
  }
  if (!readTableLine(reading, line, head)) readProse(reading, line, head);
}

function enterHeading(reading: Reading, level: number, title: string): void {
  reading.trail.enter(level, title);
  if (title !== '' && (level === 1 || reading.blocks.length === 0)) reading.title ??= title;
}

/** A rule of dashes turns the line before it into column names and the lines after it into rows. */
function readTableLine(reading: Reading, line: Line, head: string): boolean {
  const { text, open } = reading;
  if (reading.columns !== null && head.includes('|')) {
    blankMarkup(reading, line);
    reading.blocks.push({
      start: line.start,
      end: line.end,
      heading: reading.columns,
      grow: GROW.alone,
      cut: 'sentence',
    });
    return true;
  }
  if (open?.kind !== 'paragraph' || !head.includes('|') || !TABLE_RULE.test(head)) return false;
  const columns = text
    .slice(open.start, open.end)
    .split('|')
    .map((name) => name.trim());
  reading.open = null;
  reading.columns = reading.trail.below(columns.filter((name) => name !== '').join(', '));
  return true;
}

function readProse(reading: Reading, line: Line, head: string): void {
  const item = ITEM.exec(head);
  if (item !== null) {
    close(reading);
    reading.blanks.push([line.start, line.start + item[0].length]);
  }
  extend(reading, item === null ? (reading.open?.kind ?? 'paragraph') : 'item', line);
  blankMarkup(reading, line);
}

function blankMarkup(reading: Reading, line: Line): void {
  if (line.end - line.start > MARKUP_LINE) return;
  for (const match of reading.text.slice(line.start, line.end).matchAll(MARKUP)) {
    reading.blanks.push([line.start + match.index, line.start + match.index + match[0].length]);
  }
}

function extend(reading: Reading, kind: Kind, line: Line): void {
  if (reading.open === null) reading.open = { kind, start: line.start, end: line.end };
  else reading.open.end = line.end;
}

function closeFence(reading: Reading): void {
  close(reading);
  reading.fence = null;
}

const GROWTH: Readonly<Record<Kind, number>> = { paragraph: GROW.prose, item: GROW.item, code: GROW.alone };

function close(reading: Reading): void {
  reading.columns = null;
  if (reading.open === null) return;
  const { kind, start, end } = reading.open;
  reading.open = null;
  const cut = kind === 'code' ? 'line' : 'sentence';
  reading.blocks.push({ start, end, heading: reading.trail.current(), grow: GROWTH[kind], cut });
}
