/**
 * What tests of the parsers share: real files, and passages as a reader sees them. The PDF and DOCX files were made with
 * LibreOffice from small HTML pages; `broken.*` are their first bytes, `partly-scanned.pdf` adds a page that is an image.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mask, placeAt } from '../../../../../src/core/source.ts';
import { MAX_PASSAGE } from '../../../../../src/providers/tools/documents/split.ts';
import type { ParsedBody } from '../../../../../src/providers/tools/documents/parsers/parsed.ts';

export const FIXTURES: string = fileURLToPath(new URL('../../../../fixtures/documents/', import.meta.url));

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(`${FIXTURES}${name}`));
}

export function fixtureText(name: string): string {
  return readFileSync(`${FIXTURES}${name}`, 'utf8');
}

export interface Seen {
  readonly place: number;
  readonly heading: string | null;
  readonly words: string;
}

type Body = Pick<ParsedBody, 'text' | 'layout'>;

/** The passages with their place, heading and visible words, spaces collapsed. */
export function seen({ text, layout }: Body): Seen[] {
  return layout.passages.map((passage) => ({
    place: passage.place,
    heading: layout.headings[passage.heading] ?? null,
    words: mask(text, layout.blanks, passage).replaceAll(/\s+/gu, ' ').trim(),
  }));
}

/** Everything a `Layout` promises; returns the broken promises, so that a test names them. */
export function brokenPromises({ text, layout }: Body): string[] {
  const broken: string[] = [];
  let end = 0;
  for (const passage of layout.passages) {
    const where = `passage at ${passage.start}`;
    if (passage.start < end) broken.push(`${where} overlaps the one before`);
    if (passage.end <= passage.start || passage.end > text.length) broken.push(`${where} has no extent`);
    if (passage.end - passage.start > MAX_PASSAGE) broken.push(`${where} is too long`);
    if (placeAt(layout, passage.start).number !== passage.place) broken.push(`${where} has the wrong place`);
    if (passage.heading >= layout.headings.length) broken.push(`${where} has no such heading`);
    if (!/[\p{L}\p{N}]/u.test(mask(text, layout.blanks, passage))) broken.push(`${where} shows no words`);
    end = passage.end;
  }
  let blank = 0;
  for (const [from, to] of layout.blanks) {
    if (from < blank || to <= from || to > text.length) broken.push(`blank at ${from} is out of order`);
    blank = to;
  }
  if (layout.placeStarts.some((start, index) => start < (layout.placeStarts[index - 1] ?? 0)))
    broken.push('places descend');
  return broken;
}
