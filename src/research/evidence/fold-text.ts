/** A text as quotes are looked for in it: its characters without spaces, in one form each, with where every one of them stands. */

import type { Layout } from '../../core/source.ts';

/** What stands before a character of the folded text. */
export const SPACE = { none: 0, markup: 1, white: 2 } as const;

export interface Folded {
  readonly length: number;
  /** UTF-16 units without spaces. Longer than `length`: only so many count. */
  readonly units: Uint16Array;
  readonly gaps: Uint8Array;
  /** The character of the text that each unit was made of. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** How one character may be set in place of another. */
const FORMS: ReadonlyMap<string, string> = new Map([
  ...pairs('‘’‚‛′', "'"),
  ...pairs('“”„‟″«»', '"'),
  ...pairs('‹›', "'"),
  ...pairs('‐‑‒–—―−﹘﹣－', '-'),
  ['…', '...'],
  ['ﬀ', 'ff'],
  ['ﬁ', 'fi'],
  ['ﬂ', 'fl'],
  ['ﬃ', 'ffi'],
  ['ﬄ', 'ffl'],
  ['ﬅ', 'st'],
  ['ﬆ', 'st'],
]);

function pairs(characters: string, as: string): readonly (readonly [string, string])[] {
  return Array.from(characters, (character) => [character, as] as const);
}

const WHITE = /^\s/u;
/** Soft hyphen, zero-width space, word joiner, byte order mark. */
const UNSEEN = new Set(['\u00AD', '\u200B', '\u2060', '\uFEFF']);

/** Columns that grow as they are filled: few characters become more than one. */
class Growth implements Folded {
  length = 0;
  units: Uint16Array;
  gaps: Uint8Array;
  starts: Uint32Array;
  ends: Uint32Array;

  constructor(room: number) {
    this.units = new Uint16Array(room);
    this.gaps = new Uint8Array(room);
    this.starts = new Uint32Array(room);
    this.ends = new Uint32Array(room);
  }

  add(unit: number, gap: number, { start, end }: { readonly start: number; readonly end: number }): void {
    if (this.length === this.units.length) this.#grow();
    this.units[this.length] = unit;
    this.gaps[this.length] = gap;
    this.starts[this.length] = start;
    this.ends[this.length] = end;
    this.length += 1;
  }

  #grow(): void {
    const room = 2 * this.length + 16;
    const { units, gaps, starts, ends } = this;
    this.units = new Uint16Array(room);
    this.units.set(units);
    this.gaps = new Uint8Array(room);
    this.gaps.set(gaps);
    this.starts = new Uint32Array(room);
    this.starts.set(starts);
    this.ends = new Uint32Array(room);
    this.ends.set(ends);
  }
}

/** Linear in the text. `blanks`: spans of markup that a reader does not see. */
export function foldText(text: string, blanks: Layout['blanks']): Folded {
  const folded = new Growth(text.length);
  let blank = 0;
  let gap: number = SPACE.none;
  for (let at = 0; at < text.length;) {
    const span = blanks[blank];
    if (span !== undefined && at >= span[0]) {
      gap = Math.max(gap, SPACE.markup);
      at = Math.max(at, span[1]);
      blank += 1;
      continue;
    }
    const code = text.charCodeAt(at);
    if (code > 0x20 && code < 0x7f) {
      folded.add(code, gap, { start: at, end: at + 1 });
      gap = SPACE.none;
      at += 1;
      continue;
    }
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    const end = at + character.length;
    if (WHITE.test(character)) gap = SPACE.white;
    else if (!UNSEEN.has(character)) {
      for (const unit of (FORMS.get(character) ?? character.normalize('NFD')).split('')) {
        folded.add(unit.charCodeAt(0), gap, { start: at, end });
        gap = SPACE.none;
      }
    }
    at = end;
  }
  return folded;
}

const DIGIT = /\p{Nd}/u;

/**
 * Whether what stands before this character parts two numbers, unless it is nothing: markup between digits is a power or the mark
 * of a note (`15<sup>3</sup>`) as often as type, and `153` is neither.
 */
export function partsNumbers({ units, gaps, length }: Folded, at: number): boolean {
  const isDigit = (place: number): boolean =>
    place >= 0 && place < length && DIGIT.test(String.fromCharCode(units[place] ?? 0));
  const isSigned = gaps[at + 1] === SPACE.none && /[+-]/.test(String.fromCharCode(units[at] ?? 0));
  return isDigit(at - 1) && isDigit(isSigned ? at + 1 : at);
}
