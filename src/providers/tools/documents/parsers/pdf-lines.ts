/** From the positioned strings of a PDF page back to lines, paragraphs and headings. */

/** A string as the page draws it. Units are points; y grows upwards. */
export interface DrawnString {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly size: number;
  readonly endsLine: boolean;
}

export interface PdfLine {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly right: number;
  readonly size: number;
}

export interface PdfParagraph {
  readonly text: string;
  readonly kind: 'heading' | 'prose' | 'item';
  /** Of a heading: 1 is the largest type. */
  readonly level: number;
}

/** What must be known of the whole document before one page can be read. */
export interface PdfStyle {
  readonly bodySize: number;
  /** Distance between the lines of a paragraph, in type sizes. */
  readonly leading: number;
  /** Type sizes of headings, largest first. */
  readonly headingSizes: readonly number[];
  /** Every word of the document, to tell a hyphen that divides a line from one that belongs to the word. */
  readonly words: ReadonlySet<string>;
}

/** Joins the strings of a page to lines, in the order the page draws them. */
export function linesOfPage(strings: readonly DrawnString[]): PdfLine[] {
  const lines: PdfLine[] = [];
  let open: { text: string; x: number; y: number; right: number; size: number } | null = null;
  const close = (): void => {
    const text = (open?.text ?? '').replaceAll(/\s+/gu, ' ').trim();
    if (open !== null && text !== '') lines.push({ ...open, text });
    open = null;
  };
  for (const drawn of strings) {
    if (drawn.text !== '') {
      if (open !== null && Math.abs(drawn.y - open.y) > 0.6 * Math.max(open.size, drawn.size)) close();
      if (open === null) open = { text: '', x: drawn.x, y: drawn.y, right: drawn.x, size: drawn.size };
      if (drawn.x - open.right > 0.25 * open.size) open.text += ' ';
      open.text += drawn.text;
      open.right = Math.max(open.right, drawn.x + drawn.width);
      // A superscript or a space must not make the line look smaller than it is.
      if (drawn.text.trim() !== '') open.size = Math.max(open.size, drawn.size);
    }
    if (drawn.endsLine) close();
  }
  close();
  return lines;
}

/** Drops what stands at the same height at the top or bottom of several pages: running heads and page numbers. */
export function withoutRunningLines(pages: readonly (readonly PdfLine[])[]): PdfLine[][] {
  const seen = new Map<string, number>();
  for (const page of pages)
    for (const key of new Set(edges(page).map(edgeKey))) seen.set(key, (seen.get(key) ?? 0) + 1);
  return pages.map((page) => {
    const running = new Set(
      edges(page).filter((line) => {
        const pageNumber = pages.length > 1 && /^(?:page )?[\divxlc]{1,5}(?: ?(?:of|\/) ?\d{1,5})?$/iu.test(line.text);
        return pageNumber || (seen.get(edgeKey(line)) ?? 0) > 2;
      }),
    );
    return page.filter((line) => !running.has(line));
  });
}

function edges(page: readonly PdfLine[]): PdfLine[] {
  const byHeight = [...page].sort((a, b) => b.y - a.y);
  return [...new Set([...byHeight.slice(0, 2), ...byHeight.slice(-2)])];
}

function edgeKey(line: PdfLine): string {
  return `${Math.round(line.y / 4)} ${line.text.replaceAll(/\d+/gu, '#')}`;
}

/** Measures the document's type. */
export function styleOf(pages: readonly (readonly PdfLine[])[]): PdfStyle {
  const bySize = new Map<number, number>();
  const gaps = new Map<number, number>();
  const words = new Set<string>();
  for (const page of pages) {
    for (const [index, line] of page.entries()) {
      bySize.set(roundSize(line.size), (bySize.get(roundSize(line.size)) ?? 0) + line.text.length);
      for (const word of line.text.toLowerCase().matchAll(/[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*/gu)) words.add(word[0]);
      const gap = ((page[index - 1]?.y ?? line.y) - line.y) / line.size;
      if (gap > 0.8 && gap < 2.5) gaps.set(Math.round(gap * 20) / 20, (gaps.get(Math.round(gap * 20) / 20) ?? 0) + 1);
    }
  }
  const bodySize = commonest(bySize, 10);
  const headingSizes = [...bySize.keys()].filter((size) => size > bodySize * 1.12).sort((a, b) => b - a);
  return { bodySize, leading: commonest(gaps, 1.2), headingSizes, words };
}

function roundSize(size: number): number {
  return Math.round(size * 2) / 2;
}

function commonest(counts: ReadonlyMap<number, number>, otherwise: number): number {
  let best = otherwise;
  let most = 0;
  for (const [value, count] of counts) {
    if (count > most || (count === most && value < best)) [best, most] = [value, count];
  }
  return best;
}

const BULLET = /^(?:[•◦▪‣●○■–—*-]|\(?\d{1,2}[.)]|[a-z]\))\s+\S/u;
const SENTENCE_END = /[.!?:]["'”’)\]]*$/u;
const SECTION = /^(\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+\p{Lu}[^.!?]{2,80}$/u;
/** "2 Pump risk of fire, call the yard within 24 hours": no section, but the row of a table that begins with a number. */
const NUMBERED_ROW = /^\d{1,2}\s[^.]*[\s,]\d+\s|^\d{1,2}\s[^.]*,.*,/u;
const LONGEST_HEADING = 200;

/** Groups the lines of a page to paragraphs and headings. */
export function paragraphsOfPage(lines: readonly PdfLine[], style: PdfStyle): PdfParagraph[] {
  const right = Math.max(0, ...lines.map((line) => line.right));
  const groups: PdfLine[][] = [];
  for (const line of lines) {
    const group = groups.at(-1);
    const before = group?.at(-1);
    if (group === undefined || before === undefined || startsAnew(before, line, { style, right })) groups.push([line]);
    else group.push(line);
  }
  return groups.map((group) => paragraphOf(group, style));
}

function startsAnew(before: PdfLine, line: PdfLine, page: { style: PdfStyle; right: number }): boolean {
  const { leading } = page.style;
  if (Math.abs(before.size - line.size) > 0.12 * before.size) return true;
  const gap = (before.y - line.y) / line.size;
  // Upwards: the next column, which goes on with the sentence or begins a new one.
  if (gap < 0) return SENTENCE_END.test(before.text) || /^\p{Lu}/u.test(line.text);
  if (gap > leading * 1.3 + 0.05) return true;
  if (BULLET.test(line.text)) return true;
  const short = before.right < page.right - 0.15 * (page.right - before.x);
  return short && SENTENCE_END.test(before.text) && /^["'“‘(]?[\p{Lu}\p{N}]/u.test(line.text);
}

function paragraphOf(group: readonly PdfLine[], style: PdfStyle): PdfParagraph {
  const text = joinLines(group, style.words);
  const size = roundSize(group[0]?.size ?? style.bodySize);
  const rank = style.headingSizes.indexOf(size);
  if (rank !== -1 && text.length <= LONGEST_HEADING && /\p{L}/u.test(text))
    return { text, kind: 'heading', level: rank + 1 };
  const section = group.length === 1 && !NUMBERED_ROW.test(text) ? SECTION.exec(text) : null;
  if (section !== null) {
    const depth = (section[1] ?? '').split('.').length;
    return { text, kind: 'heading', level: style.headingSizes.length + depth };
  }
  return { text, kind: BULLET.test(text) ? 'item' : 'prose', level: 0 };
}

/** Lines to one line of prose. A word divided at the line's end is made whole. */
function joinLines(group: readonly PdfLine[], words: ReadonlySet<string>): string {
  let out = '';
  for (const { text } of group) {
    const head = /([\p{L}\p{N}-]*\p{L})[-\u00AD\u2010]$/u.exec(out);
    const tail = /^\p{Ll}[\p{L}\p{N}-]*/u.exec(text);
    if (out === '') out = text;
    else if (head === null || tail === null) out += ` ${text}`;
    else out = (keepsHyphen(head[1] ?? '', tail[0], words) ? out : out.slice(0, -1)) + text;
  }
  return out;
}

/** The hyphen belongs to the word when the document writes it so elsewhere, and nowhere without it. */
function keepsHyphen(head: string, tail: string, words: ReadonlySet<string>): boolean {
  const [left, right] = [head.toLowerCase(), tail.toLowerCase()];
  return !words.has(left + right) && (words.has(`${left}-${right}`) || left.includes('-') || right.includes('-'));
}
