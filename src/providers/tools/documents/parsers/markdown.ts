/** Markdown with GitHub's extensions, by its syntax tree. */

import type { Code, List, ListItem, Nodes, Root, Table } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { buildLayout, GROW, headingTrail, lineStarts, type Block, type HeadingTrail, type Span } from '../layout.ts';
import { readFrontMatter } from './front-matter.ts';
import { blankInline, blankQuoteMarks, blankTags, spanOf } from './markdown-blanks.ts';
import { parseMarkdownLines } from './markdown-lines.ts';
import { UNSTATED, type ParsedBody } from './parsed.ts';

/** Above this many characters, or on a longer line, the line reader takes over: the syntax tree costs seconds per megabyte. */
const LONGEST = 400_000;
const LONGEST_LINE = 20_000;
/** Quotes in quotes cost the tree time that grows with the square of their depth. */
const DEEP_QUOTE = /^[ \t]*(?:>[ \t]?){100}/mu;

interface Reading {
  readonly text: string;
  readonly trail: HeadingTrail;
  readonly blocks: Block[];
  readonly blanks: Span[];
  title: string | null;
}

/** Parses Markdown; never fails. Very large files are read line by line, with the same conventions. */
export function parseMarkdown(text: string): ParsedBody {
  const front = readFrontMatter(text);
  const tree = syntaxTree(text, front.length);
  if (tree === null) return parseMarkdownLines(text, front);
  const reading: Reading = { text, trail: headingTrail(), blocks: [], blanks: [[0, front.length]], title: null };
  for (const node of tree.children) readBlock(reading, node);
  const { trail, blocks, blanks } = reading;
  return {
    ...UNSTATED,
    text,
    layout: buildLayout({
      text,
      place: 'line',
      placeStarts: lineStarts(text),
      headings: trail.headings,
      blocks,
      blanks,
    }),
    format: 'markdown',
    title: front.title ?? reading.title,
    date: front.date,
  };
}

/** Null when the text is too large or nested too deeply for a tree. */
function syntaxTree(text: string, frontLength: number): Root | null {
  if (text.length > LONGEST || hasLineAbove(text, LONGEST_LINE) || DEEP_QUOTE.test(text)) return null;
  // Front matter would read as a rule and a heading: spaces of the same length keep every offset.
  const body = text.slice(0, frontLength).replaceAll(/[^\r\n]/gu, ' ') + text.slice(frontLength);
  try {
    return fromMarkdown(body, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function hasLineAbove(text: string, length: number): boolean {
  let start = 0;
  while (text.length - start > length) {
    const end = text.lastIndexOf('\n', start + length);
    if (end < start) return true;
    start = end + 1;
  }
  return false;
}

function readBlock(reading: Reading, node: Nodes): void {
  if (node.type === 'heading') enterHeading(reading, node);
  else if (node.type === 'paragraph') readParagraph(reading, node);
  else if (node.type === 'list') readList(reading, node);
  else if (node.type === 'table') readTable(reading, node);
  else if (node.type === 'code') readCode(reading, node);
  else if (node.type === 'definition' || node.type === 'thematicBreak') reading.blanks.push(spanOf(node));
  else if (node.type === 'html') {
    blankTags(reading.text, spanOf(node), reading.blanks);
    add(reading, spanOf(node), GROW.prose);
  } else if (node.type === 'blockquote' || node.type === 'footnoteDefinition') {
    blankMarker(node, reading);
    for (const child of node.children) readBlock(reading, child);
  }
}

function add(reading: Reading, [start, end]: Span, grow: number): void {
  reading.blocks.push({ start, end, heading: reading.trail.current(), grow, cut: 'sentence' });
}

function enterHeading(reading: Reading, node: Extract<Nodes, { type: 'heading' }>): void {
  const title = visibleText(node);
  reading.trail.enter(node.depth, title);
  if (node.depth === 1 || reading.blocks.length === 0) reading.title ??= title.trim() === '' ? null : title.trim();
}

function visibleText(node: Nodes): string {
  if (node.type === 'text' || node.type === 'inlineCode') return node.value;
  return 'children' in node ? node.children.map(visibleText).join('') : '';
}

const MODULE_LINE = /^(?:import\b.*\bfrom\b.*|import ['"].*|export (?:const|default|function)\b[\s\S]*)$/u;

function readParagraph(reading: Reading, node: Extract<Nodes, { type: 'paragraph' }>): void {
  const span = spanOf(node);
  if (MODULE_LINE.test(reading.text.slice(span[0], Math.min(span[1], span[0] + 500)))) {
    reading.blanks.push(span);
    return;
  }
  blankInline(reading.text, node, reading.blanks);
  blankQuoteMarks(reading.text, span, reading.blanks);
  add(reading, span, GROW.prose);
}

/** Blanks what stands before a node's first child: the bullet, the number, the footnote's label. */
function blankMarker(node: Extract<Nodes, { children: unknown }>, reading: Reading): void {
  const first = node.children[0];
  reading.blanks.push([spanOf(node)[0], first === undefined ? spanOf(node)[1] : spanOf(first)[0]]);
}

function readList(reading: Reading, list: List): void {
  for (const item of list.children) {
    blankMarker(item, reading);
    if (item.children.every(isSimple)) readSimpleItem(reading, item);
    else for (const child of item.children) readBlock(reading, child);
  }
}

/** Whether a list item's child can stand in one passage with its siblings: paragraphs, and lists of such. */
function isSimple(node: Nodes): boolean {
  return (
    node.type === 'paragraph' || (node.type === 'list' && node.children.every((item) => item.children.every(isSimple)))
  );
}

/** An item with its nested items: what a person would quote together. */
function readSimpleItem(reading: Reading, item: ListItem): void {
  const span = spanOf(item);
  const blank = (node: Nodes): void => {
    if (node.type === 'listItem') blankMarker(node, reading);
    if (node.type === 'paragraph') {
      blankInline(reading.text, node, reading.blanks);
      blankQuoteMarks(reading.text, spanOf(node), reading.blanks);
    } else if ('children' in node) node.children.forEach(blank);
  };
  item.children.forEach(blank);
  add(reading, span, GROW.item);
}

/** Each row below the column names is a passage of its own, under those names. */
function readTable(reading: Reading, table: Table): void {
  const [header, ...rows] = table.children;
  if (header === undefined) return;
  const columns = header.children.map((cell) => visibleText(cell).trim()).filter((name) => name !== '');
  const heading = reading.trail.below(columns.join(', '));
  for (const row of rows) {
    const [start, end] = spanOf(row);
    row.children.forEach((cell) => blankInline(reading.text, cell, reading.blanks));
    const edge = reading.text.slice(start, end);
    if (edge.startsWith('|')) reading.blanks.push([start, start + 1]);
    if (edge.endsWith('|')) reading.blanks.push([end - 1, end]);
    reading.blocks.push({ start, end, heading, grow: GROW.alone, cut: 'sentence' });
  }
}

/** The lines between the fences; an indented block has none. */
function readCode(reading: Reading, code: Code): void {
  const [start, end] = spanOf(code);
  let [from, to] = [start, end];
  if (/^[`~]{3}/u.test(reading.text.slice(start, start + 3))) {
    const body = reading.text.slice(start, end);
    from = start + lineEnd(body, 0);
    const closing = /(?:^|\n)[ \t>]*[`~]{3,}[ \t]*$/u.exec(body.slice(-200));
    to = closing === null ? end : end - closing[0].length;
    reading.blanks.push([start, from], [Math.max(from, to), end]);
  }
  if (to > from) {
    reading.blocks.push({ start: from, end: to, heading: reading.trail.current(), grow: GROW.alone, cut: 'line' });
  }
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end + 1;
}
