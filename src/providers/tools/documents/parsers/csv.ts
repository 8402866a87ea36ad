/** CSV and TSV: one passage per row, under the column names. */

import { Buffer } from 'node:buffer';
import { CsvError, parse } from 'csv-parse/sync';
import { buildLayout, GROW, lineStarts, tidyHeading, type Block, type Span } from '../layout.ts';
import { UNSTATED, type ParsedBody } from './parsed.ts';
import { parseText } from './text.ts';

/** Parses comma, semicolon, tab or bar separated values. What cannot be read as rows is read as plain text. */
export function parseCsv(text: string, extension: string): ParsedBody {
  const top =
    /^(?:[ \t]*(?:#(?:[ \t][^\r\n]*)?(?=[\r\n]))?(?:\r\n|\n|\r))*/u.exec(text.slice(0, 20_000))?.[0].length ?? 0;
  const rows = readRows(text, top, extension === 'tsv' ? '\t' : commonest(text.slice(top, top + 4000)));
  if (rows === null) return parseText(text, { cut: 'line', format: 'csv' });
  const { spans, names } = rows;
  const blocks: Block[] = [{ start: 0, end: top, heading: -1, grow: GROW.prose, cut: 'sentence' }];
  const heading = names === null ? -1 : 0;
  for (const [start, end] of names === null ? spans : spans.slice(1)) {
    blocks.push({ start, end, heading, grow: GROW.alone, cut: 'sentence' });
  }
  const headings = names === null ? [] : [tidyHeading(names.join(', '))];
  const blanks = commentMarks(text.slice(0, top));
  const layout = buildLayout({ text, place: 'line', placeStarts: lineStarts(text), headings, blocks, blanks });
  const title = /^#\s*(?:title:\s*)?(\S[^\r\n]{3,100}?)\.?\s*$/imu.exec(text.slice(0, top))?.[1] ?? null;
  return { ...UNSTATED, text, layout, format: 'csv', title };
}

interface Rows {
  readonly spans: Span[];
  /** Column names, or null when the first row is data. */
  readonly names: readonly string[] | null;
}

function readRows(text: string, top: number, delimiter: string): Rows | null {
  const spans: Span[] = [];
  let first: readonly string[] = [];
  let start = top;
  // Counting positions needs fixed-width characters: in UTF-16 a byte offset is twice an offset in the text.
  try {
    parse(Buffer.from(text.slice(top), 'utf16le'), {
      encoding: 'utf16le',
      delimiter,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (record: readonly string[], info) => {
        if (spans.length === 0) first = record;
        const end = top + info.bytes / 2;
        spans.push([start, end]);
        start = end;
        return null;
      },
    });
  } catch (error) {
    if (error instanceof CsvError) return null;
    throw error;
  }
  if (spans.length === 0) return null;
  return { spans, names: isHeader(first) && spans.length > 1 ? first.map((name) => name.trim()) : null };
}

/** Names, not values: every cell filled, none a number, none twice. */
function isHeader(cells: readonly string[]): boolean {
  const names = cells.map((cell) => cell.trim());
  return (
    new Set(names).size === names.length &&
    names.every((name) => name !== '' && name.length <= 100 && !/^[\d.,:+\-/%\s€$£]+$/u.test(name))
  );
}

function commonest(sample: string): string {
  const line = sample.slice(0, sample.search(/[\r\n]|$/u)).replaceAll(/"[^"]*"/gu, '');
  let best = ',';
  let most = 0;
  for (const delimiter of [',', ';', '\t', '|']) {
    const count = line.split(delimiter).length - 1;
    if (count > most) [best, most] = [delimiter, count];
  }
  return best;
}

function commentMarks(top: string): Span[] {
  return [...top.matchAll(/^[ \t]*#+/gmu)].map((match): Span => [match.index, match.index + match[0].length]);
}
