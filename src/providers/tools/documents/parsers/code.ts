/** Source code: stretches between blank lines, under the declaration they belong to; comments read as prose. */

import { buildLayout, lineStarts, linesOf, tidyHeading, type Block, type Line, type Span } from '../layout.ts';
import { UNSTATED, type ParsedBody } from './parsed.ts';

const DECLARATION =
  /^\s{0,8}(?:@\w+\s+)*(?:(?:export|default|declare|public|private|protected|internal|static|final|abstract|async|unsafe|pub(?:\([^)]*\))?|inline|virtual|override|sealed|open|data|extern|local)\s+)*(?:function\*?|class|interface|enum|struct|trait|impl|module|namespace|package|def|fn|func|fun|sub|proc|type|record|object|protocol|union|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TABLE|VIEW|INDEX|FUNCTION|TRIGGER))\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:\([^)]{0,80}\)\s*)?([\p{L}_$][\p{L}\p{N}_$.:-]*)/iu;
const CONSTANT = /^(?:export\s+)?(?:const|let|var|static|val)\s+([\p{L}_$][\p{L}\p{N}_$]*)/u;
const C_FUNCTION = /^(?:[A-Za-z_][\w*&<>:]*\s+)+[*&]*([A-Za-z_]\w*)\s*\([^;]*$/u;
const C_KEYWORD = /^(?:return|else|case|if|for|while|switch|throw|new|await|yield|goto|delete|typedef|using|import)\b/u;
const SECTION = /^\[\[?([^\]]{1,80})\]\]?\s*$/u;

/** A comment line: its marker, which is blanked, and what follows it. */
const COMMENT = /^\s*(?:\/\/[/!]?|\/\*[*!]?|\*\/|\*(?=\s|$)|#(?![!{[]|include|define|if|endif|else|pragma|ifdef|ifndef|undef)+|--(?!-)|;+|%+|<!--|"""|''')\s?/u;
const COMMENT_END = /\s*(?:\*\/|-->)\s*$/u;

/** Small neighbouring stretches of one declaration merge up to this. */
const GROW_CODE = 400;
/** A comment of this length says enough to stand by itself. */
const GROW_COMMENT = 160;

interface Reading {
  readonly text: string;
  readonly headings: string[];
  readonly known: Map<string, number>;
  readonly blocks: Block[];
  readonly blanks: Span[];
  heading: number;
}

interface Stretch {
  readonly comment: boolean;
  readonly lines: Line[];
}

/** Parses source code of any language; never fails. */
export function parseCode(text: string): ParsedBody {
  const placeStarts = lineStarts(text);
  const reading: Reading = { text, headings: [], known: new Map(), blocks: [], blanks: [], heading: -1 };
  let held: Stretch | null = null;
  for (const line of linesOf(text, placeStarts)) {
    const words = text.slice(line.start, Math.min(line.end, line.start + 400));
    if (words.trim() === '') {
      take(reading, held);
      held = null;
      continue;
    }
    const marker = COMMENT.exec(words);
    const comment = marker !== null;
    if (comment) blankComment(reading, line, marker[0].length);
    if (held !== null && held.comment !== comment) {
      take(reading, held);
      held = null;
    }
    held ??= { comment, lines: [] };
    held.lines.push(line);
  }
  take(reading, held);
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

/** A declaration inside a stretch begins a block of its own, so that a passage carries the name it belongs to. */
function take(reading: Reading, stretch: Stretch | null): void {
  const first = stretch?.lines[0];
  const last = stretch?.lines.at(-1);
  if (stretch === null || first === undefined || last === undefined) return;
  if (stretch.comment) {
    const { heading } = reading;
    reading.blocks.push({ start: first.start, end: last.end, heading, grow: GROW_COMMENT, cut: 'sentence' });
    return;
  }
  let start = first.start;
  for (const line of stretch.lines) {
    const name = declaredName(reading.text.slice(line.start, Math.min(line.end, line.start + 300)));
    if (name === null) continue;
    push(reading, start, line.start);
    start = line.start;
    reading.heading = headingIndex(reading, name);
  }
  push(reading, start, last.end);
}

function push(reading: Reading, start: number, end: number): void {
  if (end > start) reading.blocks.push({ start, end, heading: reading.heading, grow: GROW_CODE, cut: 'line' });
}

function declaredName(line: string): string | null {
  if (C_KEYWORD.test(line)) return null;
  const match = DECLARATION.exec(line) ?? CONSTANT.exec(line) ?? SECTION.exec(line) ?? C_FUNCTION.exec(line);
  return match?.[1] ?? null;
}

function headingIndex(reading: Reading, name: string): number {
  const title = tidyHeading(name);
  const known = reading.known.get(title);
  if (known !== undefined) return known;
  reading.headings.push(title);
  reading.known.set(title, reading.headings.length - 1);
  return reading.headings.length - 1;
}
