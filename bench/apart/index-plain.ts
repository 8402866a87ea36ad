/**
 * `node bench/apart/index-plain.ts PASSAGES DATABASE QUERIES`: the baseline. The passages that index-library.ts wrote go into one
 * FTS5 table with Porter's stemming, in one transaction that protects nothing, as ours does; then come the queries, ranked by FTS5's
 * own BM25. Reading the passages is not timed. Prints times and the peak of memory as JSON.
 */

import { createReadStream, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { createInterface } from 'node:readline';
import SqliteDatabase from 'better-sqlite3';
import type { Indexed } from './index-library.ts';

const LIMIT = 20;

async function measure(passages: string, file: string, queries: readonly string[]): Promise<Indexed> {
  const db = new SqliteDatabase(file);
  db.pragma('journal_mode = OFF');
  db.pragma('synchronous = OFF');
  db.exec(`CREATE VIRTUAL TABLE plain USING fts5(body, tokenize = 'porter unicode61 remove_diacritics 2')`);
  const insert = db.prepare<[string]>('INSERT INTO plain (body) VALUES (?)');
  let spent = 0;
  let count = 0;
  const timed = (work: () => void): void => {
    const begin = performance.now();
    work();
    spent += performance.now() - begin;
  };
  db.exec('BEGIN');
  for await (const line of createInterface({ input: createReadStream(passages), crlfDelay: Infinity })) {
    const bodies = JSON.parse(line) as readonly string[];
    count += bodies.length;
    timed(() => {
      for (const body of bodies) insert.run(body);
    });
  }
  timed(() => {
    db.exec('COMMIT');
  });
  const search = db.prepare<[string]>(
    `SELECT rowid, body, rank FROM plain WHERE plain MATCH ? ORDER BY rank LIMIT ${LIMIT}`,
  );
  const asked = queries.map((query) => {
    const begin = performance.now();
    const found = search.all(
      query
        .split(' ')
        .map((word) => `"${word}"`)
        .join(' OR '),
    );
    const taken = performance.now() - begin;
    if (found.length === 0) throw new Error(`nothing found for ${query}`);
    return taken;
  });
  const peak = process.resourceUsage().maxRSS / 1024;
  db.close();
  return { collect: null, index: spent / 1000, queries: asked, passages: count, peak };
}

const [passages, file, queries] = process.argv.slice(2);
if (passages === undefined || file === undefined || queries === undefined)
  throw new Error('usage: index-plain.ts PASSAGES DATABASE QUERIES');
const asked = JSON.parse(readFileSync(queries, 'utf8')) as readonly string[];
process.stdout.write(`${JSON.stringify(await measure(passages, file, asked))}\n`);
