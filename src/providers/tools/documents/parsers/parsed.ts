/** What every parser takes and gives. */

import type { Layout, SourceFormat } from '../../../../core/source.ts';

export interface ParsedBody {
  readonly text: string;
  readonly layout: Layout;
  readonly format: SourceFormat;
  /** What the document calls itself, or null. */
  readonly title: string | null;
  /** A date the document states openly (front matter, `<meta>`), or null. */
  readonly date: string | null;
  /** A date from metadata a program wrote: used only when nothing better is known. */
  readonly metadataDate: string | null;
  /** What of the file could not be read, in words for the user; null when all was. */
  readonly partial: string | null;
}

/** A document that cannot be read. The message says why, in words for the user, and what to do where there is a way. */
export class UnreadableDocument extends Error {
  override readonly name = 'UnreadableDocument';
}

/** The fields most parsers have nothing to say about. */
export const UNSTATED: Pick<ParsedBody, 'title' | 'date' | 'metadataDate' | 'partial'> = {
  title: null,
  date: null,
  metadataDate: null,
  partial: null,
};
