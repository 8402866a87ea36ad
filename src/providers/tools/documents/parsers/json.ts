/** JSON and JSON Lines: one passage per record, verbatim, under the path of keys that leads to it. */

import { buildLayout, GROW, lineStarts } from '../layout.ts';
import { UNSTATED, type ParsedBody } from './parsed.ts';
import { scanJson } from './json-scan.ts';
import { parseText } from './text.ts';

/** Parses JSON, JSON Lines or JSON with comments. What is not valid is read as plain text. */
export function parseJson(text: string): ParsedBody {
  const scan = scanJson(text);
  if (scan === null) return parseText(text, { cut: 'line' });
  const blocks = scan.units.map(({ start, end, heading, record }) => ({
    start,
    end,
    heading,
    grow: record ? GROW.alone : GROW.prose,
    cut: 'line' as const,
  }));
  const { headings, blanks } = scan;
  const layout = buildLayout({ text, place: 'line', placeStarts: lineStarts(text), headings, blocks, blanks });
  return { ...UNSTATED, text, layout, format: 'json', title: scan.title, date: scan.date };
}
