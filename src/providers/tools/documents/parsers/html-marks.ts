/** Signs for what a page says by type alone: without them 10<sup>5</sup> reads as 105, and what was struck out as said. */

import { isElement, isFrame, type HtmlElement, type HtmlNode } from './html-content.ts';

const SIGNS: Readonly<Record<string, string>> = { sup: '^', sub: '_' };
const STRUCK = new Set(['del', 's', 'strike']);
const INLINE = new Set(
  'a abbr b bdi bdo cite code em font i ins kbd mark q samp small span strong sub sup time tt u var del s strike'.split(
    ' ',
  ),
);
/** The number of a note is no longer. */
const LONGEST_NOTE = 3;

const ANY = /^/u;
const DIGIT = /^\s*\d/u;
const NUMBER = /^\s*[-−–+]?\d/u;

interface Text {
  value: string;
}

/** An open `sup` or `sub`. */
interface Raised {
  readonly sign: string;
  readonly before: string;
  readonly texts: { readonly node: Text; readonly value: string }[];
  length: number;
  isLink: boolean;
}

interface Walk {
  /** Last character of the line so far. */
  tail: string;
  last: Text | null;
  /** To be written before the next text, where it begins so. */
  pending: { readonly sign: string; readonly before: RegExp } | null;
  readonly raised: Raised[];
  struck: number;
}

/**
 * Writes them into the tree: `^` and `_` between a number and one set higher or lower behind it, `~~` round what is struck out, as in
 * Markdown. A raised number that links to a note goes: a reader follows it and does not read it. One pass, without a call stack.
 */
export function writeMarks(root: HtmlNode): void {
  const walk: Walk = { tail: '', last: null, pending: null, raised: [], struck: 0 };
  const stack: { readonly node: HtmlNode; readonly leaving: boolean }[] = [{ node: root, leaving: false }];
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

function enter(walk: Walk, { tagName }: HtmlElement): void {
  if (!INLINE.has(tagName)) endLine(walk);
  const sign = SIGNS[tagName];
  if (sign !== undefined) {
    walk.raised.push({ sign, before: walk.tail, texts: [], length: 0, isLink: false });
    if (/\d/u.test(walk.tail)) walk.pending = { sign, before: NUMBER };
  }
  const raised = walk.raised.at(-1);
  if (tagName === 'a' && raised !== undefined) raised.isLink = true;
  if (!STRUCK.has(tagName)) return;
  walk.struck += 1;
  if (walk.struck === 1) {
    walk.last = null;
    walk.pending = { sign: '~~', before: ANY };
  }
}

function read(walk: Walk, node: Text): void {
  const { pending } = walk;
  const written = node.value;
  if (written.trim() === '') {
    if (written !== '') walk.tail = ' ';
    return;
  }
  if (pending?.before.test(written) === true)
    node.value = written.replace(/^\s*/u, (space) => (pending.before === ANY ? space : '') + pending.sign);
  walk.pending = null;
  walk.tail = written.slice(-1);
  walk.last = node;
  const raised = walk.raised.at(-1);
  if (raised === undefined) return;
  raised.length += written.trim().length;
  if (raised.length <= LONGEST_NOTE) raised.texts.push({ node, value: written.trim() });
}

function leave(walk: Walk, { tagName }: HtmlElement): void {
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
  walk.pending = null;
}

function lower(walk: Walk): void {
  const raised = walk.raised.pop();
  walk.pending = null;
  if (raised === undefined) return;
  const isShort = raised.length > 0 && raised.length <= LONGEST_NOTE;
  const isNote =
    isShort && raised.sign === '^' && raised.isLink && raised.texts.every(({ value }) => /^\d+$/u.test(value));
  if (isNote) {
    for (const { node } of raised.texts) node.value = '';
    walk.tail = raised.before;
  } else if (/\d/u.test(walk.tail)) walk.pending = { sign: ' ', before: DIGIT };
}

/** A number in the next line or cell is another. */
function endLine(walk: Walk): void {
  walk.tail = '';
  if (walk.pending?.before !== ANY) walk.pending = null;
}
