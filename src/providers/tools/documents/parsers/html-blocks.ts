/** Walks a page and gives its blocks in reading order. Keeps its own stack: pages nest deeper than calls may. */

import type { ExtractedBlock } from './extracted.ts';
import { firstElement, isElement, isFrame, textOf, type HtmlElement, type HtmlNode } from './html-content.ts';

const BLOCKS = new Set(
  (
    'address article blockquote body center dd details div dl dt fieldset figcaption figure footer h1 h2 h3 h4 h5 h6 ' +
    'header hgroup hr html li main ol p pre section summary table tbody tfoot thead tr td th ul caption legend option'
  ).split(' '),
);

type Kind = ExtractedBlock['kind'];

interface Open {
  text: string;
  lines: { offset: number; line: number }[];
}

interface TableState {
  columns: readonly string[];
  cells: string[];
  line: number;
}

interface Walk {
  readonly blocks: ExtractedBlock[];
  /** Kinds of the block elements around the current position; the last decides. */
  readonly kinds: { readonly kind: Kind; readonly level: number }[];
  readonly tables: TableState[];
  open: Open;
  lastLine: number;
  contentDepth: number;
}

/** The blocks below `root`. */
export function htmlBlocks(root: HtmlNode): ExtractedBlock[] {
  const walk: Walk = {
    blocks: [],
    kinds: [],
    tables: [],
    open: { text: '', lines: [] },
    lastLine: 1,
    contentDepth: isElement(root) && isContent(root) ? 1 : 0,
  };
  const stack: { node: HtmlNode; leaving: boolean }[] = [{ node: root, leaving: false }];
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const { node, leaving } = entry;
    if (leaving) {
      if (isElement(node)) leave(walk, node);
      continue;
    }
    if (node.nodeName === '#text' && 'value' in node) addText(walk, node.value, node.sourceCodeLocation?.startLine);
    if (isElement(node)) {
      if (node !== root && isFrame(node, walk.contentDepth > 0)) continue;
      enter(walk, node);
    }
    if (!('childNodes' in node)) continue;
    stack.push({ node, leaving: true });
    for (let index = node.childNodes.length - 1; index >= 0; index -= 1) {
      const child = node.childNodes[index];
      if (child !== undefined) stack.push({ node: child, leaving: false });
    }
  }
  flush(walk);
  return walk.blocks;
}

function isContent(element: HtmlElement): boolean {
  return element.tagName === 'main' || element.tagName === 'article';
}

function enter(walk: Walk, element: HtmlElement): void {
  const { tagName } = element;
  if (isContent(element)) walk.contentDepth += 1;
  if (tagName === 'br') addBreak(walk);
  if (!BLOCKS.has(tagName)) return;
  if (tagName === 'td' || tagName === 'th') {
    closeText(walk);
    return;
  }
  flush(walk);
  if (/^h[1-6]$/u.test(tagName)) walk.kinds.push({ kind: 'heading', level: Number(tagName.slice(1)) });
  else if (tagName === 'pre') walk.kinds.push({ kind: 'code', level: 0 });
  else if (tagName === 'li' || tagName === 'dd' || tagName === 'dt') walk.kinds.push({ kind: 'item', level: 0 });
  else if (tagName === 'table') enterTable(walk, element);
}

/** A table used to lay out a page (it holds tables or headings) is read as the blocks in it. */
function enterTable(walk: Walk, table: HtmlElement): void {
  const layout = firstElement(
    table,
    (below) => below !== table && /^(?:table|h[1-6]|article|section)$/u.test(below.tagName),
  );
  const line = table.sourceCodeLocation?.startLine ?? walk.lastLine;
  walk.kinds.push({ kind: layout === undefined ? 'row' : 'prose', level: 0 });
  if (layout === undefined) walk.tables.push({ columns: columnNames(table), cells: [], line });
}

function columnNames(table: HtmlElement): readonly string[] {
  const row = firstElement(table, (element) => element.tagName === 'tr');
  if (row === undefined) return [];
  const cells = row.childNodes.filter(isElement);
  const inHead = row.parentNode !== null && isElement(row.parentNode) && row.parentNode.tagName === 'thead';
  const header = cells.length > 1 && (inHead || cells.every((cell) => cell.tagName === 'th' || isBold(cell)));
  return header ? cells.map((cell) => textOf(cell)).filter((name) => name !== '') : [];
}

/** Where a table marks its column names by type alone. */
function isBold(cell: HtmlElement): boolean {
  const bold = firstElement(cell, (element) => element.tagName === 'strong' || element.tagName === 'b');
  return bold !== undefined && textOf(bold) === textOf(cell);
}

function leave(walk: Walk, element: HtmlElement): void {
  const { tagName } = element;
  if (isContent(element)) walk.contentDepth -= 1;
  if (!BLOCKS.has(tagName)) return;
  const table = walk.kinds.at(-1)?.kind === 'row' ? walk.tables.at(-1) : undefined;
  if (table !== undefined && (tagName === 'td' || tagName === 'th')) {
    const cell = takeText(walk).text;
    if (cell !== '') table.cells.push(cell);
    return;
  }
  if (table !== undefined && tagName === 'tr') {
    emitRow(walk, table, element);
    return;
  }
  flush(walk);
  if (/^(?:h[1-6]|pre|li|dd|dt|table)$/u.test(tagName)) walk.kinds.pop();
  if (table !== undefined && tagName === 'table') walk.tables.pop();
}

function emitRow(walk: Walk, table: TableState, row: HtmlElement): void {
  const { cells, columns } = table;
  table.cells = [];
  const text = cells.join(' | ');
  const isHeader =
    columns.length > 0 && cells.length === columns.length && cells.every((cell, index) => cell === columns[index]);
  if (text === '' || isHeader) return;
  const line = Math.max(walk.lastLine, row.sourceCodeLocation?.startLine ?? 1);
  walk.lastLine = line;
  walk.blocks.push({ kind: 'row', text, level: 0, columns, lines: [{ offset: 0, line }] });
}

function addText(walk: Walk, value: string, startLine: number | undefined): void {
  const { open } = walk;
  const verbatim = walk.kinds.at(-1)?.kind === 'code';
  let line = startLine ?? walk.lastLine;
  for (const [index, part] of value.split('\n').entries()) {
    if (index > 0) {
      line += 1;
      open.text += verbatim ? '\n' : ' ';
    }
    const words = verbatim ? part : part.replaceAll(/\s+/gu, ' ');
    if (words.trim() === '') {
      if (words !== '') open.text += verbatim ? words : ' ';
      continue;
    }
    walk.lastLine = Math.max(walk.lastLine, line);
    open.lines.push({ offset: open.text.length, line: walk.lastLine });
    open.text += words;
  }
}

function addBreak(walk: Walk): void {
  walk.open.text += walk.kinds.at(-1)?.kind === 'row' ? ' ' : '\n';
}

/** Inside a table blocks do not end the cell they stand in: they only part its words. */
function flush(walk: Walk): void {
  if (walk.kinds.at(-1)?.kind === 'row') closeText(walk);
  else emit(walk);
}

function closeText(walk: Walk): void {
  if (walk.open.text.trim() !== '') walk.open.text += ' ';
}

function emit(walk: Walk): void {
  const { kind, level } = walk.kinds.at(-1) ?? { kind: 'prose' as const, level: 0 };
  const { text, lines } = takeText(walk);
  if (text !== '') walk.blocks.push({ kind, text, level, columns: [], lines });
}

/** Takes what was gathered, puts its spaces in order and moves the line marks along. */
function takeText(walk: Walk): Open {
  const { text, lines } = walk.open;
  walk.open = { text: '', lines: [] };
  if (walk.kinds.at(-1)?.kind === 'code') {
    const lead = /^(?:[ \t]*\n)*/u.exec(text)?.[0].length ?? 0;
    return {
      text: text.slice(lead).trimEnd(),
      lines: lines.map(({ offset, line }) => ({ offset: Math.max(0, offset - lead), line })),
    };
  }
  let out = '';
  // Kept aside: to look at the end of what grows would copy all of it each time.
  let isSpaced = true;
  const moved: Open['lines'] = [];
  for (const [index, { offset, line }] of lines.entries()) {
    const part = text
      .slice(offset, lines[index + 1]?.offset ?? text.length)
      .replaceAll(/[^\S\n]+/gu, ' ')
      .replaceAll(/\s*\n\s*/gu, '\n');
    const joined = isSpaced ? part.trimStart() : part;
    moved.push({ offset: out.length, line });
    out += joined;
    if (joined !== '') isSpaced = /\s$/u.test(joined);
  }
  return { text: out.trimEnd(), lines: moved };
}
