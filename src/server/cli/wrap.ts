/** Lines no wider than the window, from text of several looks. */

import type { Look, Paint } from './style.ts';
import { breaksAnywhere, chop, graphemes, width } from './width.ts';

/** A stretch of text of one look; null is plain. A line feed in it ends the line. */
export interface Span {
  readonly text: string;
  readonly look: Look | null;
}

interface WrapOptions {
  /** Cells a line may take, prefix included. */
  readonly width: number;
  /** What the first line begins with (a bullet), already painted where it should be, and its cells. */
  readonly first?: string;
  /** What every further line begins with: the hanging indent. */
  readonly rest?: string;
  /** Cells of both prefixes; they are equally wide. */
  readonly indent?: number;
  readonly paint: Paint;
}

/** What may not be torn apart: the pieces of one word, which can change its look half way. */
type Word = readonly Span[];

/** Greedy filling. Words wider than a line are cut; empty text gives one line with the first prefix. */
export function wrap(spans: readonly Span[], options: WrapOptions): string[] {
  const { first = '', rest = first, indent = width(rest), paint } = options;
  const room = Math.max(8, options.width - indent);
  const lines: Span[][] = [];
  for (const paragraph of paragraphs(spans)) lines.push(...fill(words(paragraph, room), room));
  return lines.map((line, index) => (index === 0 ? first : rest) + paintLine(line, paint));
}

function paragraphs(spans: readonly Span[]): Span[][] {
  const all: Span[][] = [[]];
  for (const { text, look } of spans) {
    for (const [index, line] of text.split('\n').entries()) {
      if (index > 0) all.push([]);
      all.at(-1)?.push({ text: line, look });
    }
  }
  return all;
}

/** Words and the single spaces between them, in order; no word is wider than `room`. */
function words(spans: readonly Span[], room: number): Word[] {
  const all: Word[] = [];
  let word: Span[] = [];
  const close = (): void => {
    if (word.length > 0) all.push(word);
    word = [];
  };
  for (const { text, look } of spans) {
    for (const piece of text.split(/( +)/)) {
      if (piece === '') continue;
      if (piece.trim() === '') {
        close();
        all.push([{ text: ' ', look }]);
        continue;
      }
      for (const part of parts(piece, room)) {
        if (part.loose || measure(word) + width(part.text) > room) close();
        word.push({ text: part.text, look });
        if (part.loose) close();
      }
    }
  }
  close();
  return all;
}

/** A word as typed, divided where a line may break inside it: around wide characters, and where it is too long. */
function parts(piece: string, room: number): { readonly text: string; readonly loose: boolean }[] {
  const divided: { text: string; loose: boolean }[] = [];
  for (const grapheme of graphemes(piece)) {
    const loose = breaksAnywhere(grapheme);
    const last = divided.at(-1);
    if (loose || last === undefined || last.loose) divided.push({ text: grapheme, loose });
    else last.text += grapheme;
  }
  return divided.flatMap((part) => chop(part.text, room).map((text) => ({ text, loose: part.loose })));
}

function measure(word: Word): number {
  return word.reduce((sum, span) => sum + width(span.text), 0);
}

function isSpace(word: Word): boolean {
  return word.length === 1 && word[0]?.text === ' ';
}

function fill(all: readonly Word[], room: number): Span[][] {
  const lines: Span[][] = [];
  let line: Span[] = [];
  let used = 0;
  let gap: Word | null = null;
  for (const word of all) {
    if (isSpace(word)) {
      gap = word;
      continue;
    }
    const size = measure(word);
    const between: Word = gap === null || line.length === 0 ? [] : gap;
    if (line.length > 0 && used + between.length + size > room) {
      lines.push(line);
      line = [...word];
      used = size;
    } else {
      line.push(...between, ...word);
      used += between.length + size;
    }
    gap = null;
  }
  lines.push(line);
  return lines;
}

/** Neighbours of one look are painted together, so that a line holds few escape codes. */
function paintLine(line: readonly Span[], paint: Paint): string {
  let painted = '';
  for (let at = 0; at < line.length;) {
    const look = line[at]?.look ?? null;
    let text = '';
    while (at < line.length && (line[at]?.look ?? null) === look) {
      text += line[at]?.text ?? '';
      at += 1;
    }
    painted += look === null ? text : paint(look, text);
  }
  return painted;
}
