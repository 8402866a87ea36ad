/** Source code: stretches between blank lines, under the declaration they belong to; comments read as prose. */

import { buildLayout, GROW, lineStarts, linesOf, tidyHeading, type Block, type Line, type Span } from '../layout.ts';
import { UNSTATED, type ParsedBody } from './parsed.ts';

const DECLARATION =
  /^\s{0,8}(?:@\w+\s+)*(?:(?:export|default|declare|public|private|protected|internal|static|final|abstract|async|unsafe|pub(?:\([^)]*\))?|inline|virtual|override|sealed|open|data|extern|local)\s+)*(?:function\*?|class|interface|enum|struct|trait|impl|module|namespace|package|def|fn|func|fun|sub|proc|type|record|object|protocol|union|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TABLE|VIEW|INDEX|FUNCTION|TRIGGER))\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:\([^)]{0,80}\)\s*)?([\p{L}_$][\p{L}\p{N}_$.:-]*)/iu;
const CONSTANT = /^(?:export\s+)?(?:const|let|var|val)\s+([\p{L}_$][\p{L}\p{N}_$]*)\s*[:=]/u;
const C_FUNCTION = /^(?:[A-Za-z_][\w*&<>:]*\s+)+[*&]*([A-Za-z_]\w*)\s*\([^;]*$/u;
const C_KEYWORD = /^(?:return|else|case|if|for|while|switch|throw|new|await|yield|goto|delete|typedef|using|import)\b/u;
const SECTION = /^\[\[?([^\]]{1,80})\]\]?\s*$/u;

/** A comment line: its marker, which is blanked, and what follows it. */
const COMMENT = /^\s*(?:\/\/[/!]?|\/\*[*!]?|\*\/|\*(?=\s|$)|#+(?=\s|$)|--(?!-)|;+|%+|<!--|"""|''')\s?/u;
const COMMENT_END = /\s*(?:\*\/|-->|"""|''')\s*$/u;

/** Small neighbouring stretches of one declaration merge up to this. */
const GROW_CODE = 400;
/** A comment of this length says enough to stand by itself; a shorter one stays with its code. */
const LONG_COMMENT = 160;

interface Reading {
  readonly text: string;
  readonly headings: string[];
  readonly known: Map<string, number>;
  readonly blocks: Block[];
  readonly blanks: Span[];
  heading: number;
}

/** Lines that are all comment or all code, between blank lines. */
interface Run {
  readonly comment: boolean;
  readonly lines: Line[];
}

/** Parses source code of any language; never fails. */
export function parseCode(text: string): ParsedBody {
  const placeStarts = lineStarts(text);
  const reading: Reading = { text, headings: [], known: new Map(), blocks: [], blanks: [], heading: -1 };
  let runs: Run[] = [];
  for (const line of linesOf(text, placeStarts)) {
    const words = text.slice(line.start, Math.min(line.end, line.start + 400));
    if (words.trim() === '') {
      takeStretch(reading, runs);
      runs = [];
      continue;
    }
    const marker = COMMENT.exec(words);
    if (marker !== null) blankComment(reading, line, marker[0].length);
    const comment = marker !== null;
    const last = runs.at(-1);
    if (last?.comment === comment) last.lines.push(line);
    else runs.push({ comment, lines: [line] });
  }
  takeStretch(reading, runs);
  const { headings, blocks, blanks } = reading;
  const layout = buildLayout({ text, place: 'line', placeStarts, headings, blocks, blanks });
  return { ...UNSTATED, text, layout, format: 'code' };
}

function blankComment(reading: Reading, line: Line, markerLength: number): void {
  const from = line.start + markerLength;
  reading.blanks.push([line.start, from]);
  const tail = reading.text.slice(Math.max(from, line.end - 20), line.end);
  const end = COMMENT_END.exec(tail);
  if (end !== null && end[0].trim() !== '') reading.blanks.push([line.end - end[0].length, line.end]);
}

/**
 * A declaration begins a block of its own, with the short comment above it, so that a passage carries the name it
 * belongs to. A long comment becomes a passage of prose under the name of what it describes.
 */
function takeStretch(reading: Reading, runs: readonly Run[]): void {
  let start: number | null = null;
  for (const [index, run] of runs.entries()) {
    const [first, last] = [run.lines[0], run.lines.at(-1)];
    if (first === undefined || last === undefined) continue;
    const long = run.comment && last.end - first.start >= LONG_COMMENT;
    const below = run.comment ? declaredName(reading, runs[index + 1]?.lines[0]) : null;
    if (start !== null && (long || below !== null)) {
      addCode(reading, start, first.start);
      start = null;
    }
    if (below !== null) reading.heading = headingIndex(reading, below);
    if (long) addProse(reading, first.start, last.end);
    else start = run.comment ? (start ?? first.start) : takeCode(reading, run, start);
  }
  const end = runs.at(-1)?.lines.at(-1)?.end;
  if (start !== null && end !== undefined) addCode(reading, start, end);
}

/** Reads a run of code; returns where its last, still open block begins. */
function takeCode(reading: Reading, run: Run, open: number | null): number {
  let start = open ?? run.lines[0]?.start ?? 0;
  for (const [index, line] of run.lines.entries()) {
    const name = declaredName(reading, line);
    if (name === null) continue;
    // The comment that opened the block belongs to the declaration it stands above.
    if (index > 0) {
      addCode(reading, start, line.start);
      start = line.start;
    }
    reading.heading = headingIndex(reading, name);
  }
  return start;
}

function addCode(reading: Reading, start: number, end: number): void {
  if (end > start) reading.blocks.push({ start, end, heading: reading.heading, grow: GROW_CODE, cut: 'line' });
}

function addProse(reading: Reading, start: number, end: number): void {
  reading.blocks.push({ start, end, heading: reading.heading, grow: GROW.alone, cut: 'sentence' });
}

function declaredName(reading: Reading, line: Line | undefined): string | null {
  if (line === undefined) return null;
  const words = reading.text.slice(line.start, Math.min(line.end, line.start + 300));
  if (C_KEYWORD.test(words)) return null;
  const match = DECLARATION.exec(words) ?? CONSTANT.exec(words) ?? SECTION.exec(words) ?? C_FUNCTION.exec(words);
  return match?.[1]?.replace(/[.:-]+$/u, '') ?? null;
}

function headingIndex(reading: Reading, name: string): number {
  const title = tidyHeading(name);
  const known = reading.known.get(title);
  if (known !== undefined) return known;
  reading.headings.push(title);
  reading.known.set(title, reading.headings.length - 1);
  return reading.headings.length - 1;
}
