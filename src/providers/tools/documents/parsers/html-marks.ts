/** Signs for what a page says by type alone: without them 10<sup>5</sup> reads as 105, and what was struck out as said. */

import { attribute, isElement, isFrame, type HtmlElement, type HtmlNode } from './html-content.ts';
import { FRACTION_SIGN, isNotePlace, TEN } from './note-places.ts';

const SIGNS: Readonly<Record<string, string>> = { sup: '^', sub: '_' };
const STRUCK = new Set(['del', 's', 'strike']);
const INLINE = new Set(
  'a abbr b bdi bdo cite code em font i ins kbd mark q samp small span strong sub sup time tt u var del s strike'.split(
    ' ',
  ),
);
/** Numbers of notes, each no longer than that, and what parts them. */
const NOTES = /^\s*(?:\d{1,3}(?!\d)|[\s,;–-])+$/u;
/** Several numbers: of notes, and a power only behind a ten. */
const SEVERAL = /^\s*\d+\s*[,;–-]/u;
/** What is raised and longer names no notes. */
const LONGEST_NOTES = 80;
/** Notes stand further down on a page. A link to a page as such may be about what it raises: the 2 of km² is none to lose. */
const TO_NOTE = /#|^\s*javascript:/iu;
/** What may stand beside notes within a link to them. */
const BETWEEN = /^[\s,;]*$/u;

const ANY = /^/u;
const DIGIT = /^\s*\d/u;
const DIGIT_LAST = /\d$/u;
/** Characters kept of the line so far. */
const LINE_KEPT = 40;
/** Nodes looked at for the text that follows. */
const LOOKED_AT = 12;
const NUMBER = /^\s*[-−–+]?\d/u;

interface Text {
  value: string;
}

/** An open `sup` or `sub`. */
interface Raised {
  readonly sign: string;
  readonly before: string;
  readonly last: Text | null;
  readonly isBehindTen: boolean;
  /** Links that are open around it. */
  readonly links: number;
  readonly nodes: Text[];
  value: string;
  /** Whether all its digits are linked, all to notes by their address, and some by the link around it. */
  isLink: boolean;
  isSure: boolean;
  isWithin: boolean;
}

/** An open link. */
interface Link {
  readonly isToNote: boolean;
  /** What is raised in it and is a note unless the link holds more: the 14 of a linked ¹⁴C is none. */
  readonly notes: Raised[];
  holdsMore: boolean;
}

interface Pending {
  readonly sign: string;
  readonly before: RegExp;
}

/** A node yet to be entered or left: the last is the next. */
interface Step {
  readonly node: HtmlNode;
  readonly leaving: boolean;
}

interface Walk {
  readonly stack: Step[];
  /** Last characters of the line so far, signs and all. */
  tail: string;
  last: Text | null;
  /** To be written before the next text, where it begins so. */
  pending: Pending | null;
  /** What was to be written before words were struck out. */
  unstruck: Pending | null;
  readonly raised: Raised[];
  struck: number;
  readonly links: Link[];
  /** Nothing was read since a note that went. */
  isBehindNote: boolean;
}

/**
 * Writes them into the tree: `^` and `_` between a number and one set higher or lower behind it, `~~` round what is struck out, as in
 * Markdown. Raised numbers that link to notes go: a reader follows it and does not read it. One pass, without a call stack.
 */
export function writeMarks(root: HtmlNode): void {
  const stack: Step[] = [{ node: root, leaving: false }];
  const walk: Walk = {
    stack,
    tail: '',
    last: null,
    pending: null,
    unstruck: null,
    raised: [],
    struck: 0,
    links: [],
    isBehindNote: false,
  };
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const { node } = entry;
    if (entry.leaving) {
      if (isElement(node)) leave(walk, node);
      continue;
    }
    if (node.nodeName === '#text' && 'value' in node) read(walk, node);
    if (isElement(node)) {
      if (node !== root && isFrame(node, true)) continue;
      enter(walk, node);
    }
    if (!('childNodes' in node)) continue;
    stack.push({ node, leaving: true });
    for (let at = node.childNodes.length - 1; at >= 0; at -= 1) {
      const child = node.childNodes[at];
      if (child !== undefined) stack.push({ node: child, leaving: false });
    }
  }
}

function enter(walk: Walk, element: HtmlElement): void {
  const { tagName } = element;
  if (!INLINE.has(tagName)) endLine(walk);
  const sign = SIGNS[tagName];
  if (sign !== undefined) {
    walk.raised.push(raisedAt(walk, sign));
    if (DIGIT_LAST.test(walk.tail)) walk.pending = { sign, before: NUMBER };
  }
  const href = hrefOf(element);
  if (href !== null) walk.links.push({ isToNote: TO_NOTE.test(href), notes: [], holdsMore: false });
  if (!STRUCK.has(tagName)) return;
  walk.struck += 1;
  if (walk.struck === 1) {
    walk.last = null;
    walk.unstruck = walk.pending;
    walk.pending = { sign: '~~', before: ANY };
  }
}

function raisedAt({ tail, last, links }: Walk, sign: string): Raised {
  return {
    sign,
    before: tail,
    last,
    isBehindTen: TEN.test(tail),
    links: links.length,
    nodes: [],
    value: '',
    isLink: true,
    isSure: true,
    isWithin: false,
  };
}

function read(walk: Walk, node: Text): void {
  const { pending } = walk;
  const written = node.value;
  if (written.trim() === '') {
    if (written !== '') walk.tail = `${walk.tail} `.slice(-LINE_KEPT);
    return;
  }
  if (pending?.before.test(written) === true)
    node.value = written.replace(/^\s*/u, (space) => (pending.before === ANY ? space : '') + pending.sign);
  walk.pending = null;
  walk.tail = (walk.tail + node.value.slice(-LINE_KEPT)).slice(-LINE_KEPT);
  walk.last = node;
  const raised = walk.raised.at(-1);
  const link = walk.links.at(-1);
  const isWithin = walk.links.length === raised?.links;
  if (link !== undefined && !isWithin) link.holdsMore ||= !BETWEEN.test(written);
  walk.isBehindNote &&= raised !== undefined;
  if (raised === undefined || raised.value.length > LONGEST_NOTES) return;
  raised.value += written.slice(0, LONGEST_NOTES + 1);
  raised.nodes.push(node);
  if (!/\d/u.test(written)) return;
  raised.isLink &&= link !== undefined;
  raised.isSure &&= link?.isToNote === true;
  raised.isWithin ||= isWithin;
}

function hrefOf(element: HtmlElement): string | null {
  return element.tagName === 'a' ? attribute(element, 'href') : null;
}

function leave(walk: Walk, element: HtmlElement): void {
  const { tagName } = element;
  if (hrefOf(element) !== null) closeLink(walk);
  if (!INLINE.has(tagName)) endLine(walk);
  if (tagName in SIGNS) lower(walk);
  if (!STRUCK.has(tagName)) return;
  walk.struck -= 1;
  if (walk.struck > 0) return;
  if (walk.last !== null) {
    const { value } = walk.last;
    const { length } = value.trimEnd();
    walk.last.value = `${value.slice(0, length)}~~${value.slice(length)}`;
  }
  if (walk.last !== null) walk.pending = null;
  else walk.pending = walk.isBehindNote && DIGIT_LAST.test(walk.tail) ? { sign: ' ', before: DIGIT } : walk.unstruck;
}

/** The text that comes next in the line, '' where none does or it is far. */
function following({ stack }: Walk): string {
  for (let at = stack.length - 1, left = LOOKED_AT; at >= 0 && left > 0; at -= 1, left -= 1) {
    const { node, leaving } = stack[at] ?? { leaving: true };
    if (node === undefined || (isElement(node) && !INLINE.has(node.tagName))) return '';
    const text = leaving ? '' : firstText(node);
    if (text.trim() !== '') return text;
  }
  return '';
}

function firstText(node: HtmlNode): string {
  let first: HtmlNode | undefined = node;
  for (let left = LOOKED_AT; first !== undefined && left > 0; left -= 1) {
    if ('value' in first) return first.value;
    first = 'childNodes' in first ? first.childNodes[0] : undefined;
  }
  return '';
}

/** Only now it is known whether the link held more than what it raised. */
function closeLink(walk: Walk): void {
  const link = walk.links.pop();
  const around = walk.links.at(-1);
  if (link === undefined) return;
  if (around !== undefined) around.holdsMore ||= link.holdsMore;
  if (!link.holdsMore) for (const note of link.notes.toReversed()) takeOut(walk, note);
}

function takeOut(walk: Walk, { nodes, before, last }: Raised): void {
  for (const node of nodes) node.value = '';
  walk.tail = before;
  walk.last = last;
  const isBegun = walk.struck > 0 && last === null;
  walk.pending = isBegun ? { sign: '~~', before: ANY } : DIGIT_LAST.test(before) ? { sign: ' ', before: DIGIT } : null;
  walk.isBehindNote = true;
}

function lower(walk: Walk): void {
  const raised = walk.raised.pop();
  walk.pending = null;
  if (raised === undefined) return;
  const { sign, value, nodes } = raised;
  const link = walk.links.at(-1);
  const isNumbers = sign === '^' && value.length <= LONGEST_NOTES && NOTES.test(value);
  const isOpen = raised.isWithin || (link?.notes.length ?? 0) > 0;
  const isNote =
    isNumbers && isLinkToNote(raised, following(walk)) && (isOpen || walk.isBehindNote || DIGIT.test(value));
  if (isNote && !isOpen) {
    takeOut(walk, raised);
    return;
  }
  if (isNote) link?.notes.push(raised);
  else if (link !== undefined) link.holdsMore ||= !BETWEEN.test(value);
  const [first] = nodes;
  // Unlinked, several are no power all the same, and no part of the number before them.
  if (isNumbers && !raised.isBehindTen && SEVERAL.test(value) && first !== undefined)
    first.value = first.value.replace('^', ' ');
  if (DIGIT_LAST.test(walk.tail)) walk.pending = { sign: ' ', before: DIGIT };
}

function isLinkToNote({ isLink, isSure, before, value }: Raised, after: string): boolean {
  if (!isLink) return false;
  return isSure ? !FRACTION_SIGN.test(after) : isNotePlace(before, value, after);
}

/** A number in the next line or cell is another. */
function endLine(walk: Walk): void {
  walk.tail = '';
  if (walk.pending?.before !== ANY) walk.pending = null;
}
