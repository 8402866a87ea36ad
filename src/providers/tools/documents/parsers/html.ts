/** HTML: the content of the page without its frame, and the line of the file each part stands on. */

import { parse } from 'parse5';
import { parseDate } from '../dates.ts';
import { assemble } from './extracted.ts';
import { htmlBlocks } from './html-blocks.ts';
import { attribute, contentRoot, elementsOf, firstElement, textOf, type HtmlNode } from './html-content.ts';
import { writeMarks } from './html-marks.ts';
import { UnreadableDocument, UNSTATED, type ParsedBody } from './parsed.ts';

/** The tree of a page takes forty times its size in memory: larger ones would end the process, not the file. */
const LONGEST = 24_000_000;

/** Parses a page. Throws `UnreadableDocument` when it is too large for a tree or shows no text. */
export function parseHtml(html: string): ParsedBody {
  if (html.length > LONGEST)
    throw new UnreadableDocument(`HTML page too large: at most ${LONGEST} characters are read`);
  const document = parse(html, { sourceCodeLocationInfo: true });
  const root = contentRoot(document);
  writeMarks(root);
  const blocks = htmlBlocks(root);
  const { text, layout } = assemble(blocks, 'line');
  if (layout.passages.length === 0) throw new UnreadableDocument('no readable text in the page');
  const heading = blocks.find((block) => block.kind === 'heading' && block.level === 1)?.text ?? null;
  return {
    ...UNSTATED,
    text,
    layout,
    format: 'html',
    title: titleOfPage(pageTitle(document), heading),
    date: pageDate(document, root),
  };
}

/** "Checkpoints | Storage notes" over the heading "Checkpoints": the rest is the site's name. */
function titleOfPage(stated: string | null, heading: string | null): string | null {
  return stated === null || (heading !== null && stated.includes(heading)) ? heading : stated;
}

function pageTitle(document: HtmlNode): string | null {
  const title = firstElement(document, (element) => element.tagName === 'title');
  const text = title === undefined ? '' : textOf(title);
  return text === '' ? null : text;
}

const DATE_NAMES = [
  'article:modified_time',
  'last-modified',
  'dcterms.modified',
  'datemodified',
  'article:published_time',
  'datepublished',
  'dcterms.issued',
  'dc.date',
  'citation_publication_date',
  'pubdate',
  'date',
];

/** The date in the page's `<meta>`, else in the first `<time>` of its content. */
function pageDate(document: HtmlNode, root: HtmlNode): string | null {
  const stated = new Map<string, string>();
  for (const meta of elementsOf(document, (element) => element.tagName === 'meta')) {
    const name = attribute(meta, 'name') ?? attribute(meta, 'property') ?? attribute(meta, 'itemprop') ?? '';
    stated.set(name.toLowerCase(), attribute(meta, 'content') ?? '');
  }
  for (const name of DATE_NAMES) {
    const date = parseDate(stated.get(name) ?? '');
    if (date !== null) return date;
  }
  const time = firstElement(root, (element) => element.tagName === 'time');
  return time === undefined ? null : parseDate(attribute(time, 'datetime') ?? textOf(time));
}
