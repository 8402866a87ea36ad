/** Where a stretch of text that is too long for one passage may be cut, so that sentences and lines stay whole. */

/** The most characters a passage may hold. */
export const MAX_PASSAGE = 1200;

/** Length aimed for when a long stretch is cut. */
const TARGET = 900;

/** Prose is cut after a sentence; code, logs and data after a line. Each falls back on the other, then on any space. */
export type CutAt = 'sentence' | 'line';

const SENTENCE_END = /[.!?]["'”’)\]]*\s+(?=["'“‘([]?[\p{Lu}\p{N}])|[。！？]/gu;
const LINE_END = /\n/gu;
const SPACE = /\s+/gu;

/** A full stop after these ends no sentence. */
const ABBREVIATION = /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|al|Fig|Figs|Eq|No|Nos|Dr|Mr|Mrs|Ms|Prof|St|Sec|Vol|pp|[A-Z])$/u;

/**
 * Offsets at which to cut `text` between `start` and `end`, ascending, so that no piece exceeds `MAX_PASSAGE`. Empty
 * when the stretch already fits. Linear in the length of the stretch, whatever it holds.
 */
export function cutsBetween(text: string, span: { readonly start: number; readonly end: number }, at: CutAt): number[] {
  const cuts: number[] = [];
  let from = span.start;
  while (span.end - from > MAX_PASSAGE) {
    from = nextCut(text, { start: from, end: span.end }, at);
    cuts.push(from);
  }
  return cuts;
}

/** Whether the full stop (or other end mark) at `offset` of `text` belongs to an abbreviation or an initial. */
function endsAbbreviation(text: string, offset: number): boolean {
  return text[offset] === '.' && ABBREVIATION.test(text.slice(Math.max(0, offset - 8), offset));
}

function nextCut(text: string, span: { readonly start: number; readonly end: number }, at: CutAt): number {
  const left = span.end - span.start;
  // Two pieces left: halve them, or the last would be a crumb that says nothing by itself.
  const ideal = left < 2 * TARGET ? Math.ceil(left / 2) : TARGET;
  const from = span.start + Math.floor(ideal / 2);
  const window = text.slice(from, span.start + MAX_PASSAGE);
  const order = at === 'sentence' ? [SENTENCE_END, LINE_END, SPACE] : [LINE_END, SENTENCE_END, SPACE];
  for (const pattern of order) {
    const cut = nearest(window, pattern, span.start + ideal - from);
    if (cut !== null) return from + cut;
  }
  return wholeCharacter(text, span.start + MAX_PASSAGE);
}

/** End of the match nearest to `ideal`. */
function nearest(window: string, pattern: RegExp, ideal: number): number | null {
  let best: number | null = null;
  for (const match of window.matchAll(pattern)) {
    if (pattern === SENTENCE_END && endsAbbreviation(window, match.index)) continue;
    const end = match.index + match[0].length;
    if (best !== null && Math.abs(end - ideal) >= Math.abs(best - ideal)) break;
    best = end;
  }
  return best;
}

/** Cutting between the halves of a surrogate pair would leave two broken characters. */
function wholeCharacter(text: string, offset: number): number {
  const code = text.charCodeAt(offset);
  return code >= 0xdc00 && code <= 0xdfff ? offset - 1 : offset;
}
