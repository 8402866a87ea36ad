/**
 * Ranking quality on a judged collection, beside plain BM25 (FTS5's own) over the same index in the same run:
 * `node bench/retrieval.ts FOLDER`. The folder holds `*docs.json` (`id`, `body`, `title?`), `*queries.json` (`query number`,
 * `query`) and `*qrels.json` (`query_num`, `id`), the shape in which the Cranfield collection is commonly shared. Every judged
 * document counts as relevant. Measures ranking alone: duplicates are kept and sources are not spread.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';

import { isStopword } from '../src/core/stopwords.ts';
import { fold, words } from '../src/core/words.ts';
import { CorpusIndex } from '../src/providers/tools/documents/corpus-index.ts';
import { IndexBuild } from '../src/providers/tools/documents/index-build.ts';
import { Searcher } from '../src/providers/tools/documents/search.ts';

interface Document {
  readonly id: number | string;
  readonly body: string;
  readonly title?: string;
}

interface Question {
  readonly 'query number': number | string;
  readonly query: string;
}

interface Judgement {
  readonly query_num: number | string;
  readonly id: number | string;
}

interface Figures {
  readonly MAP: number;
  readonly 'P@10': number;
  readonly 'nDCG@10': number;
  readonly 'R@100': number;
  readonly ms_per_query: number;
}

function load<T>(folder: string, ending: string): T[] {
  const name = readdirSync(folder).find((entry) => entry.endsWith(ending));
  if (name === undefined) throw new Error(`${folder} holds no file ending in ${ending}`);
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as T[];
}

function gain(rank: number): number {
  return 1 / Math.log2(rank + 2);
}

function judge(ranking: readonly string[], relevant: ReadonlySet<string>): Omit<Figures, 'ms_per_query'> {
  let found = 0;
  let precision = 0;
  let gained = 0;
  let early = 0;
  let wide = 0;
  for (const [rank, id] of ranking.entries()) {
    if (!relevant.has(id)) continue;
    found += 1;
    precision += found / (rank + 1);
    if (rank < 10) early += 1;
    if (rank < 10) gained += gain(rank);
    if (rank < 100) wide += 1;
  }
  const ideal = Array.from({ length: Math.min(10, relevant.size) }, (_, rank) => gain(rank)).reduce((a, b) => a + b, 0);
  return {
    MAP: precision / relevant.size,
    'P@10': early / 10,
    'nDCG@10': gained / ideal,
    'R@100': wide / relevant.size,
  };
}

async function buildIndex(documents: readonly Document[]): Promise<CorpusIndex> {
  const build = new IndexBuild(':memory:');
  for (const { id, body, title = '' } of documents) {
    // One passage a document, as the collection is judged; documents of several paragraphs are joined.
    const text = body.trim();
    const passages = text === '' ? [] : [{ start: 0, end: text.length, place: 1, heading: -1 }];
    const layout = { place: 'line', headings: [], passages, blanks: [], placeStarts: [0] } as const;
    await build.add({ key: String(id), title }, { text, layout });
  }
  return new CorpusIndex(build.finish());
}

const folder = process.argv[2];
if (folder === undefined) {
  console.error('usage: node bench/retrieval.ts FOLDER');
  process.exit(2);
}
const index = await buildIndex(load<Document>(folder, 'docs.json'));
const questions = load<Question>(folder, 'queries.json');
const relevant = Map.groupBy(load<Judgement>(folder, 'qrels.json'), (row) => String(row.query_num));

/** The document of a passage: sources come in ascending ranges of passages. */
const documentOf = new Map<number, string>();
for (const source of index.sources)
  for (let id = source.first; id <= source.last; id += 1) documentOf.set(id, source.key);

function plain(query: string): number[] {
  const wanted = words(query).map((word) => query.slice(word.start, word.end));
  const content = wanted.filter((word) => !isStopword(fold(word)));
  return index.match(content, { limit: index.totals.passages, weights: [1, 1, 1] }).map(({ id }) => id);
}

const searcher = new Searcher(index);

function measure(rank: (query: string) => number[]): Figures {
  const sums = { MAP: 0, 'P@10': 0, 'nDCG@10': 0, 'R@100': 0 };
  let judged = 0;
  const start = performance.now();
  for (const question of questions) {
    const wanted = new Set((relevant.get(String(question['query number'])) ?? []).map((row) => String(row.id)));
    if (wanted.size === 0) continue;
    judged += 1;
    const ranking = rank(question.query).map((id) => documentOf.get(id) ?? '');
    const figures = judge(ranking, wanted);
    sums.MAP += figures.MAP;
    sums['P@10'] += figures['P@10'];
    sums['nDCG@10'] += figures['nDCG@10'];
    sums['R@100'] += figures['R@100'];
  }
  const mean = (sum: number): number => Number((sum / judged).toFixed(4));
  return {
    MAP: mean(sums.MAP),
    'P@10': mean(sums['P@10']),
    'nDCG@10': mean(sums['nDCG@10']),
    'R@100': mean(sums['R@100']),
    ms_per_query: Number(((performance.now() - start) / judged).toFixed(1)),
  };
}

const baseline = measure(plain);
const ours = measure((query) => searcher.rank({ query }).map(({ terms }) => terms.id));
const ratio = {
  MAP: Number((ours.MAP / baseline.MAP).toFixed(3)),
  'P@10': Number((ours['P@10'] / baseline['P@10']).toFixed(3)),
  'nDCG@10': Number((ours['nDCG@10'] / baseline['nDCG@10']).toFixed(3)),
  'R@100': Number((ours['R@100'] / baseline['R@100']).toFixed(3)),
};
console.table({ 'plain BM25 (FTS5)': baseline, 'this library': ours, ratio });
console.log(JSON.stringify({ documents: index.totals.sources, questions: questions.length, baseline, ours, ratio }));
