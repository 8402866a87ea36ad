/** The block of `key: value` lines with which many Markdown files open. */

import { parseDate } from '../dates.ts';

export interface FrontMatter {
  /** Length of the block, with its fences and the line end after them; 0 when there is none. */
  readonly length: number;
  readonly title: string | null;
  readonly date: string | null;
}

const BLOCK = /^(---|\+\+\+)[ \t]*\r?\n(?:([\s\S]{0,20000}?)\r?\n)?(?:\1|\.\.\.)[ \t]*(?:\r?\n|$)/u;
const ENTRY = /^([A-Za-z][\w -]{0,40}?)\s*[:=]\s*(.+)$/u;
const DATES = ['updated', 'last_updated', 'lastmod', 'last_modified', 'modified', 'date', 'published', 'created'];

/** Reads the title and the date out of YAML or TOML front matter: only simple entries, which is where they stand. */
export function readFrontMatter(text: string): FrontMatter {
  const block = BLOCK.exec(text);
  if (block === null || (block[2] ?? '').split('\n').some((line) => /^#{1,6} /u.test(line))) {
    return { length: 0, title: null, date: null };
  }
  const entries = new Map<string, string>();
  for (const line of (block[2] ?? '').split(/\r?\n/u)) {
    const entry = ENTRY.exec(line);
    if (entry === null) continue;
    const key = (entry[1] ?? '').toLowerCase().replaceAll(/[ -]/gu, '_');
    if (!entries.has(key)) entries.set(key, unquote(entry[2] ?? ''));
  }
  const dated = DATES.map((key) => parseDate(entries.get(key) ?? '')).find((date) => date !== null);
  return { length: block[0].length, title: entries.get('title') ?? null, date: dated ?? null };
}

function unquote(value: string): string {
  const trimmed = value.trim();
  const quoted = /^(["'])(.*)\1$/u.exec(trimmed);
  return quoted?.[2] ?? trimmed;
}
