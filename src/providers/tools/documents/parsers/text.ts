/** Plain text: paragraphs between blank lines, headings by the conventions people type. */

import type { SourceFormat } from '../../../../core/source.ts';
import {
  buildLayout,
  GROW,
  headingTrail,
  lineStarts,
  linesOf,
  type Block,
  type HeadingTrail,
  type Line,
} from '../layout.ts';
import type { CutAt } from '../split.ts';
import { UNSTATED, type ParsedBody } from './parsed.ts';

export interface TextOptions {
  /** Logs and data are cut after lines, prose after sentences. */
  readonly cut: CutAt;
  readonly format?: SourceFormat;
}

interface Reading {
  readonly text: string;
  readonly cut: CutAt;
  readonly trail: HeadingTrail;
  readonly blocks: Block[];
}

/** Parses any text; never fails. Linear in its length. */
export function parseText(text: string, options: TextOptions): ParsedBody {
  const placeStarts = lineStarts(text);
  const reading: Reading = { text, cut: options.cut, trail: headingTrail(), blocks: [] };
  let held: Line[] = [];
  for (const line of linesOf(text, placeStarts)) {
    if (!isBlank(text, line)) {
      held.push(line);
      continue;
    }
    takeParagraph(reading, held);
    held = [];
  }
  takeParagraph(reading, held);
  const { trail, blocks } = reading;
  const layout = buildLayout({ text, place: 'line', placeStarts, headings: trail.headings, blocks, blanks: [] });
  return { ...UNSTATED, text, layout, format: options.format ?? 'text', title: openingTitle(text, trail) };
}

function isBlank(text: string, line: Line): boolean {
  return line.end - line.start < 512 && text.slice(line.start, line.end).trim() === '';
}

/** A paragraph may open with a heading: alone between blank lines, underlined, or marked as LaTeX and Org mark theirs. */
function takeParagraph(reading: Reading, lines: readonly Line[]): void {
  const { text, trail } = reading;
  let bodyFrom = 0;
  let from = 0;
  while (from < lines.length) {
    const heading = headingAt(text, lines, from);
    if (heading === null) {
      from += 1;
      continue;
    }
    takeBody(reading, lines.slice(bodyFrom, from));
    trail.enter(heading.level, heading.title);
    from += heading.lines;
    bodyFrom = from;
  }
  takeBody(reading, lines.slice(bodyFrom));
}

function takeBody(reading: Reading, lines: readonly Line[]): void {
  const first = lines[0];
  const last = lines.at(-1);
  if (first === undefined || last === undefined) return;
  reading.blocks.push({
    start: first.start,
    end: last.end,
    heading: reading.trail.current(),
    grow: GROW.prose,
    cut: reading.cut,
  });
}

interface FoundHeading {
  readonly level: number;
  readonly title: string;
  readonly lines: number;
}

const LONGEST_HEADING = 100;
const UNDERLINE = /^\s*([=\-~^"*+#])\1{2,}\s*$/u;
const UNDERLINE_LEVELS = '=-~^"*+#';
const LATEX = /^\s*\\(chapter|section|subsection|subsubsection)\*?\{([^}]+)\}/u;
const LATEX_LEVELS = ['chapter', 'section', 'subsection', 'subsubsection'];
const ORG = /^(\*{1,6}) (\S.*)$/u;
const NUMBERED = /^(?:(\d{1,2}(?:\.\d{1,2}){0,3})\.?|[IVX]{1,5}\.)\s+(\p{Lu}[^.!?;]*)$/u;
const CAPITALS = /^[^\p{Ll}]*\p{Lu}[^\p{Ll}]*\p{Lu}[^\p{Ll}]*$/u;

function headingAt(text: string, lines: readonly Line[], index: number): FoundHeading | null {
  const line = lines[index];
  if (line === undefined || line.end - line.start > LONGEST_HEADING) return null;
  const words = text.slice(line.start, line.end).trim();
  const below = lines[index + 1];
  if (below !== undefined && below.end - below.start <= LONGEST_HEADING) {
    const underline = UNDERLINE.exec(text.slice(below.start, below.end));
    if (underline !== null && /[\p{L}\p{N}]/u.test(words) && below.end - below.start >= words.length / 2) {
      return { level: UNDERLINE_LEVELS.indexOf(underline[1] ?? '=') + 1, title: words, lines: 2 };
    }
  }
  const latex = LATEX.exec(words);
  if (latex !== null) return { level: LATEX_LEVELS.indexOf(latex[1] ?? '') + 1, title: latex[2] ?? words, lines: 1 };
  const org = ORG.exec(words);
  if (org !== null && index === 0) return { level: org[1]?.length ?? 1, title: org[2] ?? words, lines: 1 };
  return lines.length === 1 ? aloneHeading(words) : null;
}

/** A line by itself: numbered like a section, or short and in capitals. */
function aloneHeading(words: string): FoundHeading | null {
  const numbered = NUMBERED.exec(words);
  if (numbered !== null) {
    return { level: (numbered[1] ?? '').split('.').length, title: words, lines: 1 };
  }
  if (words.length <= 60 && CAPITALS.test(words) && !/[.;,]$/u.test(words) && /\p{Lu}{3}/u.test(words)) {
    return { level: 1, title: words, lines: 1 };
  }
  return null;
}

/** The first heading, when nothing but it stands at the top; else a short first line without a full stop. */
function openingTitle(text: string, trail: HeadingTrail): string | null {
  const first = /\S[^\r\n]{0,200}/u.exec(text.slice(0, 2000))?.[0].trim() ?? '';
  const heading = trail.headings[0];
  if (heading !== undefined && first.includes(heading)) return heading;
  const latex = /\\title\{([^}]+)\}/u.exec(text.slice(0, 4000));
  if (latex !== null) return latex[1] ?? null;
  const plain = first.length >= 8 && first.length <= 90 && /^\p{Lu}/u.test(first) && !/[.:;,{}()=]$/u.test(first);
  return plain && /^\S[^\r\n]*\r?\n\s*\r?\n/u.test(text.slice(0, 400).trimStart()) ? first : null;
}
