/** A Markdown report for reading in a terminal: wrapped to the window, quotes indented, marks and headings set off. */

import type { List, ListItem, Nodes, PhrasingContent, RootContent, Table } from 'mdast';
import type { Look, Paint, Signs } from './style.ts';
import { paints, signs } from './style.ts';
import { printable, width } from './width.ts';
import type { Span } from './wrap.ts';
import { wrap } from './wrap.ts';

interface ReportOptions {
  /** Cells of the window. */
  readonly width: number;
  readonly color: boolean;
  readonly unicode: boolean;
}

interface Page {
  /** Cells left for text at this depth. */
  readonly width: number;
  readonly paint: Paint;
  readonly signs: Signs;
}

/** Longer lines are hard to read, however wide the window is. */
const READABLE = 96;

/** The report as lines for a terminal, ending with a line feed. Loads the Markdown parser on first use. */
export async function renderReport(markdown: string, options: ReportOptions): Promise<string> {
  const [{ fromMarkdown }, { gfmFromMarkdown }, { gfm }] = await Promise.all([
    import('mdast-util-from-markdown'),
    import('mdast-util-gfm'),
    import('micromark-extension-gfm'),
  ]);
  const tree = fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const page: Page = {
    width: Math.max(20, Math.min(READABLE, options.width - 1)),
    paint: paints(options.color),
    signs: signs(options.unicode),
  };
  return `${blocks(tree.children, page).join('\n')}\n`;
}

/** Blocks with an empty line between them. */
function blocks(nodes: readonly RootContent[], page: Page): string[] {
  const lines: string[] = [];
  for (const node of nodes) {
    const block = blockLines(node, page);
    if (block.length === 0) continue;
    if (lines.length > 0) lines.push('');
    lines.push(...block);
  }
  return lines;
}

function blockLines(node: RootContent, page: Page): string[] {
  const { paint } = page;
  if (node.type === 'heading') {
    return wrap([{ text: plainText(node), look: node.depth === 1 ? 'title' : 'heading' }], page);
  }
  if (node.type === 'paragraph') return wrap(spans(node.children, null), page);
  if (node.type === 'blockquote') {
    const bar = `  ${paint('faint', page.signs.bar)} `;
    return blocks(node.children, { ...page, width: page.width - 4 }).map((line) => bar + line);
  }
  if (node.type === 'list') return listLines(node, page);
  if (node.type === 'code') {
    return printable(node.value)
      .split('\n')
      .map((line) => `    ${paint('code', line)}`);
  }
  if (node.type === 'thematicBreak') return [paint('faint', page.signs.rule.repeat(page.width))];
  if (node.type === 'table') return tableLines(node, page);
  return wrap([{ text: plainText(node), look: null }], page);
}

/** Numbers stand right-aligned below each other, text behind them in one column. A list of sources has its marks for numbers. */
function listLines(list: List, page: Page): string[] {
  const start = list.start ?? 1;
  const marks = list.ordered === true ? [] : list.children.map((item) => leadingMark(item));
  const marked = marks.length > 0 && marks.every((mark) => mark !== null);
  const marker = (index: number): string => {
    if (marked) return marks[index] ?? '';
    return list.ordered === true ? `${start + index}.` : page.signs.bullet;
  };
  const cells = Math.max(0, ...list.children.map((_item, index) => width(marker(index))));
  return list.children.flatMap((item, index) => {
    const shown = marked ? withoutMark(item, marker(index)) : item;
    const lines = itemLines(shown, list.spread === true, { ...page, width: page.width - cells - 3 });
    const first = `  ${page.paint(marked ? 'mark' : 'faint', marker(index).padStart(cells))} `;
    const rest = ' '.repeat(cells + 3);
    const apart = list.spread === true && index > 0 ? [''] : [];
    return [...apart, ...lines.map((line, at) => (at === 0 ? first : rest) + line)];
  });
}

/** `[3]` of an item that begins with it, as the entries of a source list do. */
function leadingMark(item: ListItem): string | null {
  return /^(\[\d+\]) /.exec(plainText(item))?.[1] ?? null;
}

function withoutMark(item: ListItem, mark: string): ListItem {
  const [paragraph, ...blocksBelow] = item.children;
  if (paragraph?.type !== 'paragraph') return item;
  const [first, ...words] = paragraph.children;
  if (first?.type !== 'text' || !first.value.startsWith(mark)) return item;
  const rest = { ...first, value: first.value.slice(mark.length).trimStart() };
  return { ...item, children: [{ ...paragraph, children: [rest, ...words] }, ...blocksBelow] };
}

function itemLines(item: ListItem, spread: boolean, page: Page): string[] {
  const parts = item.children.map((child) => blockLines(child, page)).filter((part) => part.length > 0);
  const lines = parts.flatMap((part, index) => (spread && index > 0 ? ['', ...part] : part));
  return lines.length === 0 ? [''] : lines;
}

/** Every column as wide as its widest cell; where that does not fit, one row a paragraph. */
function tableLines(table: Table, page: Page): string[] {
  const rows = table.children.map((row) => row.children.map((cell) => plainText(cell).replaceAll('\n', ' ')));
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map((row) => width(row[at] ?? ''))));
  const between = ` ${page.signs.bar} `;
  const total = widths.reduce((sum, cells) => sum + cells, 0) + between.length * (columns - 1);
  return rows.flatMap((row, index) => {
    const look: Look | null = index === 0 ? 'strong' : null;
    if (total > page.width) return wrap([{ text: row.join(between), look }], page);
    const line = row.map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - width(cell))).join(between);
    return [look === null ? line : page.paint(look, line)];
  });
}

/** Text of several looks; a look inside another wins over it. */
function spans(nodes: readonly PhrasingContent[], look: Look | null): Span[] {
  return nodes.flatMap((node) => {
    if (node.type === 'text') return marks(printable(node.value).replaceAll('\n', ' '), look);
    if (node.type === 'strong' || node.type === 'emphasis') return spans(node.children, node.type);
    if (node.type === 'inlineCode') return [{ text: printable(node.value), look: 'code' as const }];
    if (node.type === 'break') return [{ text: '\n', look }];
    if (node.type !== 'link') return [{ text: plainText(node), look }];
    const words = spans(node.children, look);
    const shown = words.map((span) => span.text).join('');
    return shown === node.url ? words : [...words, { text: ` (${printable(node.url)})`, look: 'faint' as const }];
  });
}

/** Citation marks `[1]` step back behind the text they belong to. */
function marks(text: string, look: Look | null): Span[] {
  return text
    .split(/(\[\d+\])/)
    .filter((part) => part !== '')
    .map((part) => ({ text: part, look: /^\[\d+\]$/.test(part) ? 'mark' : look }));
}

function plainText(node: Nodes): string {
  if ('value' in node) return printable(node.value);
  if ('alt' in node) return printable(node.alt ?? '');
  return 'children' in node ? node.children.map((child) => plainText(child)).join('') : '';
}
