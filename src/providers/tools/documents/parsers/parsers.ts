/** One file's bytes to its parsed body: picks the parser. */

import type { SourceFormat } from '../../../../core/source.ts';
import { decodeText, holdsSignature } from '../decode.ts';
import { extensionOf, recognise, sniffText } from '../formats.ts';
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
  const body = parseTextual(text, format ?? sniffText(text), extensionOf(name));
  if (body.layout.passages.length === 0) throw new UnreadableDocument('no readable text');
  return body;
}

function parseTextual(text: string, format: SourceFormat, extension: string): ParsedBody {
  if (format === 'markdown') return parseMarkdown(text);
  if (format === 'html') return parseHtml(text);
  if (format === 'csv') return parseCsv(text, extension);
  if (format === 'json') return parseJson(text);
  if (format === 'code') return parseCode(text);
  return parseText(text, { cut: extension === 'log' ? 'line' : 'sentence' });
}
