/** From the blocks a parser finds (paragraphs, rows, stretches of code) to the passages of a `Layout`. */

import type { Layout, LayoutPassage, PlaceKind } from '../../../core/source.ts';
import { cutsBetween, type CutAt } from './split.ts';

/** A stretch of text that belongs together, before it is cut or merged to the size of a passage. */
export interface Block {
  readonly start: number;
  readonly end: number;
  /** Index into the headings, or -1. */
  readonly heading: number;
  /** Below this many characters the block takes in the next one under its heading; 0 keeps it alone (rows, code). */
  readonly grow: number;
  readonly cut: CutAt;
}

export type Span = readonly [start: number, end: number];

/** How eagerly small neighbours merge, in characters. */
export const GROW = { prose: 300, item: 200, alone: 0 } as const;

/** Merging stops before a passage would exceed this. */
const FULL = 900;

const HEADING_LENGTH = 200;
export const HEADING_JOIN = ' › ';

export interface LayoutParts {
  readonly text: string;
  readonly place: PlaceKind;
  readonly placeStarts: readonly number[];
  readonly headings: readonly string[];
  /** Disjoint and in reading order. */
  readonly blocks: readonly Block[];
  /** In any order; may overlap. */
  readonly blanks: readonly Span[];
}

/** Builds the layout: merges small blocks, cuts long ones, drops those without a visible letter or digit. */
export function buildLayout(parts: LayoutParts): Layout {
  const blanks = tidyBlanks(parts.blanks);
  const passages: LayoutPassage[] = [];
  let place = 1;
  let blank = 0;
  const emit = (start: number, end: number, heading: number): void => {
    const [from, to] = trim(parts.text, start, end);
    while ((blanks[blank]?.[1] ?? Infinity) <= from) blank += 1;
    if (from >= to || !hasWords(parts.text, [from, to], { blanks, first: blank })) return;
    while ((parts.placeStarts[place] ?? Infinity) <= from) place += 1;
    passages.push({ start: from, end: to, place, heading });
  };
  for (const block of merge(parts.text, parts.blocks)) {
    let from = block.start;
    for (const cut of cutsBetween(parts.text, block, block.cut)) {
      emit(from, cut, block.heading);
      from = cut;
    }
    emit(from, block.end, block.heading);
  }
  return { place: parts.place, headings: parts.headings, passages, blanks, placeStarts: parts.placeStarts };
}

function* merge(text: string, blocks: readonly Block[]): Generator<Block> {
  let held: Block | null = null;
  for (const block of blocks) {
    const [start, end] = trim(text, block.start, block.end);
    if (start >= end) continue;
    const next: Block = { ...block, start, end };
    if (held !== null && belongs(held, next)) {
      held = grown(held, next);
      continue;
    }
    if (held !== null) yield held;
    held = next;
  }
  if (held !== null) yield held;
}

function grown(held: Block, next: Block): Block {
  return { ...held, end: next.end, grow: Math.min(held.grow, next.grow) };
}

function belongs(held: Block, next: Block): boolean {
  return (
    held.heading === next.heading &&
    held.cut === next.cut &&
    held.end - held.start < Math.min(held.grow, next.grow) &&
    next.end - held.start <= FULL
  );
}

const WHITE = /\s/u;

function trim(text: string, start: number, end: number): Span {
  let from = start;
  let to = end;
  while (from < to && WHITE.test(text.charAt(from))) from += 1;
  while (to > from && WHITE.test(text.charAt(to - 1))) to -= 1;
  return [from, to];
}

const WORD = /[\p{L}\p{N}]/u;

/** A passage that is all markup or punctuation would be a hit that says nothing. */
function hasWords(
  text: string,
  [start, end]: Span,
  { blanks, first }: { blanks: readonly Span[]; first: number },
): boolean {
  let at = start;
  for (let index = first; at < end; index += 1) {
    const [from, to] = blanks[index] ?? [end, end];
    if (WORD.test(text.slice(at, Math.min(from, end)))) return true;
    at = Math.max(at, to);
    if (from >= end) break;
  }
  return false;
}

/** Sorted, overlaps joined, empty ones dropped: what `Layout.blanks` promises. */
function tidyBlanks(blanks: readonly Span[]): Span[] {
  const out: [number, number][] = [];
  for (const [start, end] of blanks.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (end <= start) continue;
    const last = out.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else out.push([start, end]);
  }
  return out;
}

/** Offset of each line's first character. Ends of lines are LF, CRLF or a lone CR, as editors count them. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  if (!text.includes('\r')) {
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    return starts;
  }
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1);
  }
  return starts;
}

/** One line of a text: its span without the line end. */
export interface Line {
  readonly start: number;
  readonly end: number;
}

/** The lines of a text one by one, so that a text of a million lines is never held as a million strings. */
export function* linesOf(text: string, starts: readonly number[]): Generator<Line> {
  for (const [index, start] of starts.entries()) {
    let end = starts[index + 1] ?? text.length;
    while (end > start && (text.charCodeAt(end - 1) === 10 || text.charCodeAt(end - 1) === 13)) end -= 1;
    yield { start, end };
  }
}

/** The headings met so far and the path to where reading stands. */
export interface HeadingTrail {
  readonly headings: readonly string[];
  /** Index of the current path, or -1 above the first heading. */
  readonly current: () => number;
  /** Enters a heading; level 1 is the outermost. Returns the index of its path. */
  readonly enter: (level: number, title: string) => number;
  /** Adds a path below the current one (a table's columns) without entering it. */
  readonly below: (title: string) => number;
}

export function headingTrail(): HeadingTrail {
  const headings: string[] = [];
  const open: { level: number; title: string }[] = [];
  let current = -1;
  const add = (titles: readonly string[]): number => headings.push(titles.join(HEADING_JOIN)) - 1;
  return {
    headings,
    current: () => current,
    enter: (level, title) => {
      const clean = tidyHeading(title);
      if (clean === '') return current;
      while ((open.at(-1)?.level ?? 0) >= level) open.pop();
      open.push({ level, title: clean });
      current = add(open.map((heading) => heading.title));
      return current;
    },
    below: (title) => {
      const clean = tidyHeading(title);
      return clean === '' ? current : add([...open.map((heading) => heading.title), clean]);
    },
  };
}

/** One line, no runs of spaces, of bounded length: a path is shown beside every hit. */
export function tidyHeading(title: string): string {
  const clean = title
    .slice(0, 4 * HEADING_LENGTH)
    .replaceAll(/\s+/gu, ' ')
    .trim();
  return clean.length <= HEADING_LENGTH ? clean : `${clean.slice(0, HEADING_LENGTH - 1).trimEnd()}…`;
}
