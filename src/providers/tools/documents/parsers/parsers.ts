/** One file's bytes to its parsed body: picks the parser. */

import { decodeText, holdsSignature } from '../decode.ts';
import { extensionOf, recognise, sniffText, type TextFormat } from '../formats.ts';
import { parseCode } from './code.ts';
import { parseCsv } from './csv.ts';
import { isWordDocument, parseDocx } from './docx.ts';
import { parseHtml } from './html.ts';
import { parseJson } from './json.ts';
import { parseMarkdown } from './markdown.ts';
import { UnreadableDocument, type ParsedBody } from './parsed.ts';
import { parsePdf } from './pdf.ts';
import { parseText } from './text.ts';

export { UnreadableDocument, type ParsedBody } from './parsed.ts';

const PARSERS: Readonly<Record<TextFormat, (text: string, extension: string) => ParsedBody>> = {
  markdown: (text) => parseMarkdown(text),
  text: (text, extension) => parseText(text, { cut: extension === 'log' ? 'line' : 'sentence' }),
  html: (text) => parseHtml(text),
  csv: parseCsv,
  json: (text) => parseJson(text),
  code: (text) => parseCode(text),
};

/** Parses a file by its name, else by how it begins. Throws `UnreadableDocument` when it cannot be read. */
export async function parseFile(name: string, bytes: Uint8Array): Promise<ParsedBody> {
  const recognised = recognise(name);
  if (recognised.kind === 'unread') throw new UnreadableDocument(recognised.reason);
  const format = recognised.kind === 'format' ? recognised.format : null;
  if (format === 'pdf' || (format === null && holdsSignature(bytes, '%PDF-', 8))) return parsePdf(bytes);
  const isZip = holdsSignature(bytes, 'PK\u0003\u0004', 4);
  if (format === 'docx' || (format === null && isZip && isWordDocument(bytes))) return parseDocx(bytes);
  const text = decodeText(bytes);
  if (typeof text !== 'string') throw new UnreadableDocument(text.reason);
  if (text.trim() === '') throw new UnreadableDocument('empty file');
  const body = PARSERS[format ?? sniffText(text)](text, extensionOf(name));
  if (body.layout.passages.length === 0) throw new UnreadableDocument('no readable text');
  return body;
}
