/**
 * The full-text index of one corpus: one SQLite file, a cache that can always be rebuilt from the stored texts. Passages
 * and whole sources are indexed side by side, because a passage is ranked by its own words and by its document's.
 */

import type Database from 'better-sqlite3';

import { mask, type PlaceKind } from '../../../core/source.ts';
import { spread } from './spread.ts';

/** Part of every index file; one of another version is rebuilt. Raise it whenever the schema, stemming or masking changes. */
export const INDEX_VERSION = 2;

/** A passage as the index keeps it. `text` is masked and as long as `raw`. */
export interface IndexedPassage {
  readonly id: number;
  /** Id of its source in this index. */
  readonly source: number;
  readonly start: number;
  readonly end: number;
  readonly place: number;
  readonly heading: string;
  readonly title: string;
  readonly raw: string;
  readonly text: string;
}

/** Sizes of a corpus; lengths are averages over passages, in words. */
export interface Totals {
  readonly passages: number;
  readonly sources: number;
  readonly body: number;
  readonly heading: number;
  readonly title: number;
}

/** A source of an open index: where its passages lie. */
export interface SourceRange extends Range {
  readonly id: number;
  readonly key: string;
  readonly place: PlaceKind;
}

/** Which column weighs how much in FTS5's own ranking, in the order body, heading, title. */
export type FieldWeights = readonly [body: number, heading: number, title: number];

/** An open index. All methods are synchronous; a damaged file makes them throw SQLite's error. */
export class CorpusIndex {
  readonly totals: Totals;
  readonly sources: readonly SourceRange[];
  readonly #db: Database.Database;
  readonly #passage: Database.Statement<[number]>;
  readonly #frequency: Database.Statement<[string], { passages: number }>;

  constructor(db: Database.Database) {
    this.#db = db;
    db.pragma('temp_store = MEMORY');
    db.exec('CREATE TEMP TABLE IF NOT EXISTS chosen (first INTEGER PRIMARY KEY, last INTEGER NOT NULL)');
    this.totals =
      db.prepare<[], Totals>('SELECT passages, sources, body, heading, title FROM totals').get() ?? emptyTotals();
    this.sources = db.prepare<[], SourceRange>('SELECT id, key, place, first, last FROM sources ORDER BY id').all();
    this.#passage = db.prepare(
      `SELECT p.id, p.source, p.start, p.finish AS end, p.place, coalesce(h.text, '') AS heading, t.text AS title, p.raw, p.blanks
       FROM passages p JOIN titles t ON t.id = p.source LEFT JOIN headings h ON h.id = p.heading WHERE p.id = ?`,
    );
    this.#frequency = db.prepare('SELECT passages FROM dictionary WHERE term = ?');
  }

  /** In how many passages the stem occurs, in any field. */
  frequency(stem: string): number {
    return this.#frequency.get(stem)?.passages ?? 0;
  }

  passage(id: number): IndexedPassage | null {
    const row = this.#passage.get(id) as (Omit<IndexedPassage, 'raw' | 'text'> & Stored) | undefined;
    if (row === undefined) return null;
    const { blanks, raw: stored, ...rest } = row;
    const raw = typeof stored === 'string' ? stored : stored.toString('utf16le');
    const cut = blanks === null ? [] : (JSON.parse(blanks) as [number, number][]);
    const local = cut.map(([from, to]): [number, number] => [from - rest.start, to - rest.start]);
    return { ...rest, raw, text: mask(raw, local) };
  }

  /**
   * Ids of passages that hold the words, best first by FTS5's BM25 over the fields; ties by id. Spread over the sources
   * where more match than `limit`: a log that repeats the words on each line would otherwise be all there is.
   */
  match(words: readonly string[], options: MatchOptions): Match[] {
    if (words.length === 0) return [];
    const { ranges, limit } = options;
    if (ranges !== undefined) this.#choose(ranges);
    // One seek per row whatever the number of ranges, where a chain of BETWEENs would meet SQLite's expression depth.
    const chosen =
      'AND passage_words.rowid <= (SELECT last FROM chosen WHERE first <= passage_words.rowid ORDER BY first DESC LIMIT 1)';
    const rows = this.#db
      .prepare<unknown[], Match>(
        `SELECT rowid AS id, -bm25(passage_words, ?, ?, ?) AS score FROM passage_words
         WHERE passage_words MATCH ? ${ranges === undefined ? '' : chosen} ORDER BY score DESC, id`,
      )
      .iterate(...options.weights, options.hold === 'all' ? conjunction(words) : disjunction(words));
    return spread(rows, { limit, sourceOf: ({ id }) => this.#sourceOf(id) });
  }

  /** Index of the source whose range the passage lies in; ranges ascend. */
  #sourceOf(passage: number): number {
    let low = 0;
    let high = this.sources.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.sources[middle]?.first ?? 0) <= passage) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #choose(ranges: readonly Range[]): void {
    this.#db.exec('DELETE FROM temp.chosen');
    const insert = this.#db.prepare('INSERT INTO temp.chosen VALUES (?, ?)');
    for (const { first, last } of ranges) if (first <= last) insert.run(first, last);
  }

  /** BM25 of whole sources, by source id. */
  matchSources(words: readonly string[]): Map<number, number> {
    if (words.length === 0) return new Map();
    const rows = this.#db
      .prepare<[string], { id: number; score: number }>(
        'SELECT rowid AS id, -bm25(source_words) AS score FROM source_words WHERE source_words MATCH ?',
      )
      .all(disjunction(words));
    return new Map(rows.map((row) => [row.id, row.score]));
  }

  /** Which of these sources hold the word. */
  sourcesHolding(word: string, sources: readonly number[]): ReadonlySet<number> {
    const rows = this.#db
      .prepare<[string, string], { id: number }>(
        `SELECT rowid AS id FROM source_words
         WHERE source_words MATCH ? AND rowid IN (SELECT value FROM json_each(?))`,
      )
      .all(disjunction([word]), JSON.stringify(sources));
    return new Set(rows.map((row) => row.id));
  }

  /** How many sources hold any of the words and, if given, the phrase. */
  countSources(words: readonly string[], phrase: string | null): number {
    const any = words.length === 0 ? [] : [`(${disjunction(words)})`];
    const parts = phrase === null ? any : [...any, `"${phrase}"`];
    if (parts.length === 0) return 0;
    const row = this.#db
      .prepare<[string], { n: number }>('SELECT count(*) AS n FROM source_words WHERE source_words MATCH ?')
      .get(parts.join(' AND '));
    return row?.n ?? 0;
  }

  close(): void {
    this.#db.close();
  }
}

interface Stored {
  readonly raw: string | Buffer;
  readonly blanks: string | null;
}

export interface Match {
  readonly id: number;
  readonly score: number;
}

/** What FTS5 may return: how many, and from which passages. */
export interface MatchOptions {
  readonly limit: number;
  readonly weights: FieldWeights;
  /** Whether a passage must hold all the words; any of them when absent. */
  readonly hold?: 'all';
  /** Only passages in these ranges of ids; all when absent. */
  readonly ranges?: readonly Range[];
}

/** Ids of passages, both ends included. A source's passages are one range. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

function emptyTotals(): Totals {
  return { passages: 0, sources: 0, body: 0, heading: 0, title: 0 };
}

/** Words come from a tokenizer, so none holds a quote. */
function disjunction(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(' OR ');
}

function conjunction(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(' AND ');
}
