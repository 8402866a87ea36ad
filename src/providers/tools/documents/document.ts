/** Bytes to a text that can be stored and quoted, wherever they come from. */

import { createHash } from 'node:crypto';
import { type ParsedText, READS } from '../../../core/source.ts';
import { dateInName, dateInOpening } from './dates.ts';
import { domainOf } from './domain.ts';
import { parseFile, type ParsedBody } from './parsers/parsers.ts';
import { titleOf } from './title.ts';

export interface DocumentBytes {
  /** A file name: its ending says the format, its stem is the title where the document states none. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly location: string;
}

export interface ParsedDocument {
  readonly text: ParsedText & { readonly sha256: string };
  /** What of it could not be read, in words for the user; null when all was. */
  readonly partial: string | null;
}

/** Throws `UnreadableDocument` when it cannot be read. */
export async function documentOf({ name, bytes, location }: DocumentBytes): Promise<ParsedDocument> {
  const body = await parseFile(name, bytes);
  const { text, layout, format, partial } = body;
  return {
    partial,
    text: {
      text,
      layout,
      format,
      title: titleOf(body.title, name),
      domain: domainOf({ format, text, location }),
      date: body.date ?? statedDate(body, name),
      sha256: createHash('sha256').update(text, 'utf8').digest('hex'),
    },
  };
}

/** Code and data open with dates of other things, so there only the name counts. */
function statedDate(body: ParsedBody, name: string): string | null {
  const reads = READS[body.format];
  const opening = reads === 'code' || reads === 'records' ? null : dateInOpening(body.text);
  return opening ?? dateInName(name) ?? body.metadataDate;
}
