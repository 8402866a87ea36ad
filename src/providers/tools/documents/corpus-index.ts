/**
 * The full-text index of one corpus: one SQLite file, a cache that can always be rebuilt from the stored texts. Passages
 * and whole sources are indexed side by side, because a passage is ranked by its own words and by its document's.
 */

import Database from 'better-sqlite3';

import { mask, type Layout, type LayoutPassage, type PlaceKind } from '../../../core/source.ts';
import type { StoredText } from '../../providers.ts';
import { FTS5_TOKENIZER, indexable } from '../../../core/words.ts';

/** Part of every index file; one of another version is rebuilt. Raise it whenever the schema, stemming or masking changes. */
export const INDEX_VERSION = 1;

const SCHEMA = `
  CREATE TABLE sources (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, place TEXT NOT NULL, first INTEGER NOT NULL,
    last INTEGER NOT NULL);
  CREATE TABLE headings (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
  CREATE TABLE titles (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
  CREATE TABLE passages (id INTEGER PRIMARY KEY, source INTEGER NOT NULL, start INTEGER NOT NULL, finish INTEGER NOT NULL,
    place INTEGER NOT NULL, heading INTEGER, raw NOT NULL, blanks TEXT);
  CREATE VIRTUAL TABLE passage_words USING fts5(body, heading, title, content='', tokenize="${FTS5_TOKENIZER}");
  CREATE VIRTUAL TABLE source_words USING fts5(body, content='', tokenize="${FTS5_TOKENIZER}");
  CREATE VIRTUAL TABLE passage_vocabulary USING fts5vocab(passage_words, 'row');
  CREATE VIRTUAL TABLE passage_columns USING fts5vocab(passage_words, 'col');
  CREATE VIRTUAL TABLE source_vocabulary USING fts5vocab(source_words, 'row');
  CREATE TABLE dictionary (term TEXT PRIMARY KEY, passages INTEGER NOT NULL, sources INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE totals (id INTEGER PRIMARY KEY CHECK (id = 1), passages INTEGER NOT NULL, sources INTEGER NOT NULL,
    body REAL NOT NULL, heading REAL NOT NULL, title REAL NOT NULL);
`;

/** Adds up lengths per field and document frequencies once, so that no query has to walk the vocabulary. */
const FINISH = `
  INSERT INTO passage_words(passage_words) VALUES ('optimize');
  INSERT INTO source_words(source_words) VALUES ('optimize');
  INSERT INTO dictionary SELECT term, doc, 0 FROM passage_vocabulary;
  UPDATE dictionary SET sources = s.doc FROM source_vocabulary AS s WHERE s.term = dictionary.term;
`;

/** How many passages go in before the thread looks up: cancelled builds stop and searches of other corpora run. */
const BATCH = 1_000;

/** One source to index. `key` names its stored text. */
export interface IndexedSource {
  readonly key: string;
  readonly title: string;
}

/** Builds one index file. Nothing reads the file before `finish`; a crash leaves a file that nobody opens. */
export class IndexBuild {
  readonly #db: Database.Database;
  readonly #insertPassage: Database.Statement;
  readonly #insertWords: Database.Statement;
  #sources = 0;
  #passages = 0;
  #headings = 0;

  /** `file` is a path that does not exist yet, or `:memory:`. Throws where it cannot be written. */
  constructor(file: string) {
    this.#db = new Database(file);
    try {
      // A build is thrown away unless it completes, so neither a journal nor fsync would protect anything.
      this.#db.pragma('journal_mode = OFF');
      this.#db.pragma('synchronous = OFF');
      this.#db.pragma('locking_mode = EXCLUSIVE');
      this.#db.pragma('cache_size = -65536');
      this.#db.exec(SCHEMA);
      for (const table of ['passage_words', 'source_words']) {
        // Large segments merged once at the end: about twice as fast as merging while inserting.
        this.#db.exec(`INSERT INTO ${table}(${table}, rank) VALUES ('hashsize', 67108864), ('automerge', 0)`);
      }
      this.#db.exec('BEGIN');
    } catch (error) {
      this.#db.close();
      throw error;
    }
    this.#insertPassage = this.#db.prepare('INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    this.#insertWords = this.#db.prepare('INSERT INTO passage_words (rowid, body, heading, title) VALUES (?, ?, ?, ?)');
  }

  /** Adds one source. Sources must come in an order that depends on their content alone, or equal corpora would rank ties differently. */
  async add(source: IndexedSource, stored: StoredText): Promise<void> {
    const { text, layout } = stored;
    this.#sources += 1;
    const first = this.#passages + 1;
    const headings = this.#addHeadings(layout);
    const title = indexable(source.title);
    const bodies: string[] = [];
    const blanksOf = blanksByPassage(layout);
    for (const [at, passage] of layout.passages.entries()) {
      this.#passages += 1;
      const heading = layout.headings[passage.heading] ?? '';
      const blanks = blanksOf(passage);
      const body = indexable(mask(text, blanks, passage));
      bodies.push(body);
      this.#insertPassage.run(
        this.#passages,
        this.#sources,
        passage.start,
        passage.end,
        passage.place,
        headings + passage.heading,
        storable(text.slice(passage.start, passage.end)),
        blanks.length === 0 ? null : JSON.stringify(blanks),
      );
      this.#insertWords.run(this.#passages, body, indexable(heading), title);
      if (at % BATCH === BATCH - 1) await breathe();
    }
    const whole = [title, ...layout.headings.map(indexable), ...bodies].join('\n');
    this.#db.prepare('INSERT INTO source_words (rowid, body) VALUES (?, ?)').run(this.#sources, whole);
    this.#db.prepare('INSERT INTO titles VALUES (?, ?)').run(this.#sources, source.title);
    this.#db
      .prepare('INSERT INTO sources VALUES (?, ?, ?, ?, ?)')
      .run(this.#sources, source.key, layout.place, first, this.#passages);
  }

  #addHeadings(layout: Layout): number {
    const first = this.#headings;
    const insert = this.#db.prepare('INSERT INTO headings VALUES (?, ?)');
    for (const heading of layout.headings) {
      insert.run(this.#headings, heading);
      this.#headings += 1;
    }
    return first;
  }

  /** Completes the index and hands over its database, still open: it is valid from here on. */
  finish(): Database.Database {
    this.#db.exec(FINISH);
    const lengths = this.#db.prepare('SELECT col, SUM(cnt) AS words FROM passage_columns GROUP BY col').all() as {
      readonly col: string;
      readonly words: number;
    }[];
    const average = (field: string): number =>
      (lengths.find((row) => row.col === field)?.words ?? 0) / Math.max(1, this.#passages);
    this.#db
      .prepare('INSERT INTO totals VALUES (1, ?, ?, ?, ?, ?)')
      .run(this.#passages, this.#sources, average('body'), average('heading'), average('title'));
    this.#db.exec('COMMIT');
    // Last: a file without this number is one whose build did not complete.
    this.#db.pragma(`user_version = ${INDEX_VERSION}`);
    return this.#db;
  }

  discard(): void {
    this.#db.close();
  }
}

function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** UTF-8 cannot hold half a surrogate pair; such a slice is kept as UTF-16 so that `raw` stays verbatim. */
function storable(raw: string): string | Buffer {
  return raw.isWellFormed() ? raw : Buffer.from(raw, 'utf16le');
}

/** Passages and blanks both come in reading order, so one walk pairs them. */
function blanksByPassage(layout: Layout): (passage: LayoutPassage) => [number, number][] {
  let next = 0;
  return (passage) => {
    const inside: [number, number][] = [];
    while ((layout.blanks[next]?.[1] ?? Infinity) <= passage.start) next += 1;
    for (let at = next; at < layout.blanks.length; at += 1) {
      const [from, to] = layout.blanks[at] ?? [0, 0];
      if (from >= passage.end) break;
      inside.push([from, to]);
    }
    return inside;
  };
}

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

/** In how many passages and sources a stem occurs. */
export interface Frequency {
  readonly passages: number;
  readonly sources: number;
}

const ABSENT: Frequency = { passages: 0, sources: 0 };

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
  readonly #frequency: Database.Statement<[string], Frequency>;

  constructor(db: Database.Database) {
    this.#db = db;
    db.pragma('temp_store = MEMORY');
    db.exec('CREATE TEMP TABLE IF NOT EXISTS chosen (first INTEGER PRIMARY KEY, last INTEGER NOT NULL)');
    this.totals = db.prepare<[], Totals>('SELECT passages, sources, body, heading, title FROM totals').get() ?? emptyTotals();
    this.sources = db.prepare<[], SourceRange>('SELECT id, key, place, first, last FROM sources ORDER BY id').all();
    this.#passage = db.prepare(
      `SELECT p.id, p.source, p.start, p.finish AS end, p.place, coalesce(h.text, '') AS heading, t.text AS title, p.raw, p.blanks
       FROM passages p JOIN titles t ON t.id = p.source LEFT JOIN headings h ON h.id = p.heading WHERE p.id = ?`,
    );
    this.#frequency = db.prepare('SELECT passages, sources FROM dictionary WHERE term = ?');
  }

  frequency(stem: string): Frequency {
    return this.#frequency.get(stem) ?? ABSENT;
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

  /** Ids of the passages that hold any of the words, best first by FTS5's BM25 over the fields; ties by id. */
  match(words: readonly string[], options: MatchOptions): { readonly id: number; readonly score: number }[] {
    if (words.length === 0) return [];
    const { ranges } = options;
    if (ranges !== undefined) this.#choose(ranges);
    // One seek per row whatever the number of ranges, where a chain of BETWEENs would meet SQLite's expression depth.
    const chosen = 'AND rowid <= (SELECT last FROM chosen WHERE first <= rowid ORDER BY first DESC LIMIT 1)';
    return this.#db
      .prepare<unknown[], { id: number; score: number }>(
        `SELECT rowid AS id, -bm25(passage_words, ?, ?, ?) AS score FROM passage_words
         WHERE passage_words MATCH ? ${ranges === undefined ? '' : chosen} ORDER BY score DESC, id LIMIT ?`,
      )
      .all(...options.weights, disjunction(words), options.limit);
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

/** What FTS5 may return: how many, and from which passages. */
export interface MatchOptions {
  readonly limit: number;
  readonly weights: FieldWeights;
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
