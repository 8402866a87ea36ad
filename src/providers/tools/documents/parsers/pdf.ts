/** PDF: the text layer, page by page. */

import { getDocumentProxy } from 'unpdf';
import { dateInMetadata } from '../dates.ts';
import { buildLayout, GROW, headingTrail, type Block } from '../layout.ts';
import { UnreadableDocument, UNSTATED, type ParsedBody } from './parsed.ts';
import {
  linesOfPage,
  paragraphsOfPage,
  styleOf,
  withoutRunningLines,
  type DrawnString,
  type PdfLine,
  type PdfParagraph,
} from './pdf-lines.ts';

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>;

/** Between two pages: a form feed on a line of its own, as text tools write it. */
const BETWEEN_PAGES = '\n\f\n';
const BETWEEN_PARAGRAPHS = '\n\n';

/** Parses a PDF. Throws `UnreadableDocument` when it is broken, needs a password or has no text layer. */
export async function parsePdf(bytes: Uint8Array): Promise<ParsedBody> {
  const pdf = await open(bytes);
  try {
    const pages: PdfLine[][] = [];
    const failed: number[] = [];
    for (let number = 1; number <= pdf.numPages; number += 1) {
      const lines = await readPage(pdf, number);
      if (lines === null) failed.push(number);
      pages.push(lines ?? []);
    }
    return { ...read(pages, failed), ...(await properties(pdf)) };
  } finally {
    await pdf.loadingTask.destroy();
  }
}

async function open(bytes: Uint8Array): Promise<Pdf> {
  try {
    // Copied, because the reader takes the buffer for itself. Verbosity 0: its warnings go to stdout, which is the protocol's.
    return await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'PasswordException') throw new UnreadableDocument('encrypted PDF: needs a password', { cause: error });
    const why = error instanceof Error ? error.message : String(error);
    throw new UnreadableDocument(`broken PDF: ${why}`, { cause: error });
  }
}

/** The lines of a page; null when the page is broken, which the others need not be. */
async function readPage(pdf: Pdf, number: number): Promise<PdfLine[] | null> {
  try {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    const strings: DrawnString[] = [];
    for (const item of items) if ('str' in item) strings.push(drawnString(item));
    page.cleanup();
    return linesOfPage(strings);
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

function drawnString(item: {
  str: string;
  transform: unknown[];
  width: number;
  height: number;
  hasEOL: boolean;
}): DrawnString {
  const at = (index: number): number => Number(item.transform[index] ?? 0);
  const size = Math.hypot(at(2), at(3)) || item.height || 10;
  return { text: item.str, x: at(4), y: at(5), width: item.width, size, endsLine: item.hasEOL };
}

function read(pages: readonly PdfLine[][], failed: readonly number[]): ParsedBody {
  const content = withoutRunningLines(pages);
  const style = styleOf(content);
  const trail = headingTrail();
  const blocks: Block[] = [];
  const placeStarts: number[] = [];
  let text = '';
  let largest: PdfParagraph | null = null;
  for (const [index, lines] of content.entries()) {
    if (index > 0) text += BETWEEN_PAGES;
    placeStarts.push(text.length);
    for (const [nth, paragraph] of paragraphsOfPage(lines, style).entries()) {
      if (nth > 0) text += BETWEEN_PARAGRAPHS;
      const start = text.length;
      text += paragraph.text;
      if (paragraph.kind === 'heading') {
        trail.enter(paragraph.level, paragraph.text);
        if (index === 0 && (largest === null || paragraph.level < largest.level)) largest = paragraph;
        continue;
      }
      const before = nth === 0 ? blocks.at(-1) : undefined;
      if (before?.heading === trail.current() && goesOn(text.slice(before.start, before.end), paragraph.text)) {
        blocks[blocks.length - 1] = { ...before, end: text.length };
        continue;
      }
      const grow = paragraph.kind === 'item' ? GROW.item : GROW.prose;
      blocks.push({ start, end: text.length, heading: trail.current(), grow, cut: 'sentence' });
    }
  }
  const layout = buildLayout({ text, place: 'page', placeStarts, headings: trail.headings, blocks, blanks: [] });
  if (layout.passages.length === 0) {
    throw new UnreadableDocument(
      failed.length > 0 ? 'broken PDF: no page could be read' : 'no text layer: scanned pages need OCR',
    );
  }
  const partial = unreadPages(pages, failed);
  return { ...UNSTATED, text, layout, format: 'pdf', title: largest?.text ?? null, partial };
}

/** Whether a page begins in the middle of the sentence with which the one before it ended. */
function goesOn(before: string, after: string): boolean {
  return /[\p{L}\p{N},;]$/u.test(before) && /^\p{Ll}/u.test(after);
}

function unreadPages(pages: readonly PdfLine[][], failed: readonly number[]): string | null {
  const empty = pages.flatMap((lines, index) => (lines.length === 0 && !failed.includes(index + 1) ? [index + 1] : []));
  const said: string[] = [];
  if (failed.length > 0) said.push(`broken and not read: ${pageList(failed)}`);
  if (empty.length > 0) said.push(`no text layer on ${pageList(empty)}: blank, or scanned and in need of OCR`);
  return said.length === 0 ? null : said.join('; ');
}

function pageList(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 10).join(', ');
  const more = numbers.length > 10 ? ` and ${numbers.length - 10} more` : '';
  return `${numbers.length === 1 ? 'page' : 'pages'} ${shown}${more}`;
}

/** Titles that programs put there, not authors. */
const EMPTY_TITLE =
  /^(?:untitled.*|microsoft word\b.*|.*\.(?:docx?|odt|tex|indd|dvi|pdf|qxd|rtf|txt|html?)|slide 1|document\d*)$/iu;

async function properties(pdf: Pdf): Promise<Partial<Pick<ParsedBody, 'title' | 'metadataDate'>>> {
  let info: object;
  try {
    ({ info } = await pdf.getMetadata());
  } catch (error) {
    if (error instanceof Error) return {};
    throw error;
  }
  const entry = (name: string): unknown => Object.entries(info).find(([key]) => key === name)?.[1];
  const stated = entry('Title');
  const title = typeof stated === 'string' ? stated.trim() : '';
  return {
    metadataDate: dateInMetadata(entry('ModDate')) ?? dateInMetadata(entry('CreationDate')),
    ...(title === '' || EMPTY_TITLE.test(title) ? {} : { title }),
  };
}
