/** Text measured in terminal cells: wide characters take two, combining ones none. */

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
// eslint-disable-next-line no-control-regex
const ASCII = /^[\u0020-\u007E]*$/;
/** East Asian wide and fullwidth blocks (Unicode's EastAsianWidth W and F), and pictures shown as emoji. */
const WIDE =
  /^(?:[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{1F300}-\u{1F64F}\u{1F900}-\u{1F9FF}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation})/u;
const ZERO = /^(?:\p{Mark}|\p{Default_Ignorable_Code_Point}|\p{Cc})+$/u;
/** Asks for the picture form of the character before it. */
const PICTURE = '\uFE0F';

/** What a person sees as one character each. */
export function graphemes(text: string): string[] {
  if (ASCII.test(text)) return text.split('');
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

function cells(grapheme: string): number {
  if (ZERO.test(grapheme)) return 0;
  return WIDE.test(grapheme) || grapheme.includes(PICTURE) ? 2 : 1;
}

/** Cells a text takes in one line. Expects no control characters: see `printable`. */
export function width(text: string): number {
  if (ASCII.test(text)) return text.length;
  return graphemes(text).reduce((sum, grapheme) => sum + cells(grapheme), 0);
}

/** Whether a line may break before and after this character, as in Chinese and Japanese text. */
export function breaksAnywhere(grapheme: string): boolean {
  return WIDE.test(grapheme);
}

/** Cuts to at most `limit` cells, the last of them an ellipsis when something was cut. */
export function truncate(text: string, limit: number, ellipsis = '…'): string {
  if (width(text) <= limit) return text;
  const room = limit - width(ellipsis);
  if (room < 0) return '';
  let head = '';
  let used = 0;
  for (const grapheme of graphemes(text)) {
    used += cells(grapheme);
    if (used > room) break;
    head += grapheme;
  }
  return head.trimEnd() + ellipsis;
}

/** Cuts or fills with spaces to exactly `cellCount` cells. */
export function fit(text: string, cellCount: number, ellipsis = '…'): string {
  const cut = truncate(text, cellCount, ellipsis);
  return cut + ' '.repeat(Math.max(0, cellCount - width(cut)));
}

/** Pieces of at most `limit` cells each; a character wider than that still gets a piece. */
export function chop(text: string, limit: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  let used = 0;
  for (const grapheme of graphemes(text)) {
    const size = cells(grapheme);
    if (used + size > limit && piece !== '') {
      pieces.push(piece);
      piece = '';
      used = 0;
    }
    piece += grapheme;
    used += size;
  }
  if (piece !== '') pieces.push(piece);
  return pieces;
}

// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069\uFFF9-\uFFFB]/g;

/**
 * The text without characters that move the cursor, recolour or reverse what follows. Titles, quotes and file names
 * come from documents; printed raw, they could rewrite a person's screen. Line feeds stay.
 */
export function printable(text: string): string {
  return text.replaceAll('\t', ' ').replaceAll(CONTROLS, '');
}

/** As `printable`, in one line. */
export function oneLine(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' ')).trim();
}
