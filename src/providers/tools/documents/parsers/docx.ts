/** Word documents: by mammoth to simple HTML, then the blocks of that; paragraphs are numbered as they come. */

import { Buffer } from 'node:buffer';
import mammoth from 'mammoth';
import { parse } from 'parse5';
import { dateInMetadata } from '../dates.ts';
import { assemble } from './extracted.ts';
import { htmlBlocks } from './html-blocks.ts';
import { UnreadableDocument, UNSTATED, type ParsedBody } from './parsed.ts';
import { readZip } from './zip.ts';

/** A thousand pages are some 15 MiB of XML; the reader's tree takes about ninety times that in memory. */
const UNPACKED_LIMIT = 32 * 1024 * 1024;
const MAIN_PART = 'word/document.xml';
const PROPERTIES = 'docProps/core.xml';

/** Whether a ZIP file holds a Word document. Throws `UnreadableDocument` when it is broken or a bomb. */
export function isWordDocument(bytes: Uint8Array): boolean {
  return readZip(bytes, { wanted: (name) => name === MAIN_PART, limit: UNPACKED_LIMIT }).size > 0;
}

/** Parses a Word document. Throws `UnreadableDocument` when it is broken, encrypted, too large or holds no text. */
export async function parseDocx(bytes: Uint8Array): Promise<ParsedBody> {
  if (bytes[0] === 0xd0 && bytes[1] === 0xcf) {
    throw new UnreadableDocument('encrypted, or an old Word file: save it as .docx without a password');
  }
  const parts = readZip(bytes, { wanted: (name) => /\.(?:xml|rels)$/iu.test(name), limit: UNPACKED_LIMIT });
  if (!parts.has(MAIN_PART)) throw new UnreadableDocument('broken document: it has no Word text inside');
  const html = await toHtml(bytes);
  const blocks = htmlBlocks(parse(html));
  const { text, layout } = assemble(blocks, 'paragraph');
  if (layout.passages.length === 0) throw new UnreadableDocument('no text in the document');
  const properties = parts.get(PROPERTIES)?.toString('utf8') ?? '';
  const heading = blocks.find((block) => block.kind === 'heading')?.text ?? null;
  return {
    ...UNSTATED,
    text,
    layout,
    format: 'docx',
    title: property(properties, 'dc:title') ?? heading,
    metadataDate: dateInMetadata(property(properties, 'dcterms:modified') ?? property(properties, 'dcterms:created')),
  };
}

/** LibreOffice marks a table's column names by a paragraph style, Word by bold type. */
const STYLES = [
  "p[style-name='Table Heading'] => p > strong",
  "p[style-name='Title'] => h1:fresh",
  "p[style-name='Subtitle'] => p:fresh",
];

async function toHtml(bytes: Uint8Array): Promise<string> {
  try {
    const { value } = await mammoth.convertToHtml(
      { buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) },
      { styleMap: STYLES, convertImage: mammoth.images.imgElement(() => Promise.resolve({ src: '' })) },
    );
    return value;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UnreadableDocument(`broken document: ${why}`, { cause: error });
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function property(xml: string, name: string): string | null {
  const value = new RegExp(`<${name}\\b[^>]*>([^<]*)</${name}>`, 'u').exec(xml)?.[1]?.trim() ?? '';
  return value === ''
    ? null
    : value.replaceAll(/&(amp|lt|gt|quot|apos);/gu, (_, entity: string) => ENTITIES[entity] ?? '');
}
