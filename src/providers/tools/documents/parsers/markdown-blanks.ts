/** The markup of a Markdown document: every span a reader of the rendered page does not see. */

import type { Nodes } from 'mdast';
import type { Span } from '../layout.ts';

/** Start and end offset of a node; every node that came from text has both. */
export function spanOf(node: Nodes): Span {
  return [node.position?.start.offset ?? 0, node.position?.end.offset ?? 0];
}

/** Seen as something other than text, or not at all. */
const UNSEEN = new Set(['image', 'imageReference', 'footnoteReference', 'break']);
/** Seen as their children only. Not what is struck out, which is not said any more: its marks stay to tell so. */
const WRAPPED = new Set(['emphasis', 'strong', 'link', 'linkReference']);

/** Adds the markup of a block's inline content to `blanks`. */
export function blankInline(text: string, node: Nodes, blanks: Span[]): void {
  const [start, end] = spanOf(node);
  if (node.type === 'html') blankTags(text, [start, end], blanks);
  else if (node.type === 'inlineCode') blankFence(text, [start, end], blanks);
  else if (node.type === 'text') {
    if (node.value.length !== end - start) blankEscapes(text, [start, end], blanks);
  } else if (UNSEEN.has(node.type)) blanks.push([start, end]);
  else if ('children' in node && WRAPPED.has(node.type)) blankAround(node, blanks);
  if ('children' in node) for (const child of node.children) blankInline(text, child, blanks);
}

/** Blanks what surrounds the children of a node: `**` and `**`, `[` and `](target)`. */
function blankAround(node: Extract<Nodes, { children: unknown }>, blanks: Span[]): void {
  const [start, end] = spanOf(node);
  const first = node.children[0];
  const last = node.children.at(-1);
  if (first === undefined || last === undefined) {
    blanks.push([start, end]);
    return;
  }
  blanks.push([start, spanOf(first)[0]], [spanOf(last)[1], end]);
}

function blankFence(text: string, [start, end]: Span, blanks: Span[]): void {
  let ticks = 0;
  while (start + ticks < end && text[start + ticks] === '`') ticks += 1;
  blanks.push([start, start + ticks], [end - ticks, end]);
}

const ESCAPE = /\\(?=[!-/:-@[-`{-~])/gu;

function blankEscapes(text: string, [start, end]: Span, blanks: Span[]): void {
  for (const match of text.slice(start, end).matchAll(ESCAPE)) {
    blanks.push([start + match.index, start + match.index + 1]);
  }
}

const TAG = /<!--[\s\S]*?-->|<\/?[a-z][^<>]*>|<[!?][^<>]*>/giu;
const HIDDEN = /<(script|style)\b[\s\S]*?<\/\1\s*>/giu;

/** Blanks tags and comments in a stretch of raw HTML, and whatever a browser would not show. */
export function blankTags(text: string, [start, end]: Span, blanks: Span[]): void {
  const html = text.slice(start, end);
  for (const pattern of [HIDDEN, TAG]) {
    for (const match of html.matchAll(pattern)) {
      blanks.push([start + match.index, start + match.index + match[0].length]);
    }
  }
}

const CONTAINER_MARK = /(?:\r\n|\n|\r)([ \t]*(?:>[ \t]?)+)/gu;

/** Blanks the `>` that each further line of a quoted paragraph begins with. */
export function blankQuoteMarks(text: string, [start, end]: Span, blanks: Span[]): void {
  for (const match of text.slice(start, end).matchAll(CONTAINER_MARK)) {
    const to = start + match.index + match[0].length;
    blanks.push([to - (match[1]?.length ?? 0), to]);
  }
}
