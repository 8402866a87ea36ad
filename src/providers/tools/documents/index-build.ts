/** Builds the index of a corpus: one SQLite file with FTS5 tables of its passages and of its whole sources. */

import Database from 'better-sqlite3';

import { mask, type Layout, type LayoutPassage, type StoredText } from '../../../core/source.ts';
import { FTS5_TOKENIZER, indexable } from '../../../core/words.ts';
import { INDEX_VERSION } from './corpus-index.ts';

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
  CREATE TABLE dictionary (term TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE totals (id INTEGER PRIMARY KEY CHECK (id = 1), passages INTEGER NOT NULL, sources INTEGER NOT NULL,
    body REAL NOT NULL, heading REAL NOT NULL, title REAL NOT NULL);
`;

/** Adds up lengths per field and document frequencies once, so that no query has to walk the vocabulary. */
const FINISH = `
  INSERT INTO passage_words(passage_words) VALUES ('optimize');
  INSERT INTO source_words(source_words) VALUES ('optimize');
  INSERT INTO dictionary SELECT term, doc FROM passage_vocabulary;
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
        passage.heading < 0 ? null : headings + passage.heading,
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
