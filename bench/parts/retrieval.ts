/**
 * Ranking quality on a judged collection, beside plain BM25 (FTS5's own) over the same index in the same run. The folder holds
 * `*docs.json` (`id`, `body`, `title?`), `*queries.json` (`query number`, `query`) and `*qrels.json` (`query_num`, `id`), the shape
 * in which the Cranfield collection is commonly shared. Every judged document counts as relevant. Measures ranking alone: duplicates
 * are kept and sources are not spread.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { isStopword } from '../../src/core/stopwords.ts';
import { fold, words } from '../../src/core/words.ts';
import { CorpusIndex } from '../../src/providers/tools/documents/corpus-index.ts';
import { IndexBuild } from '../../src/providers/tools/documents/index-build.ts';
import { Searcher } from '../../src/providers/tools/documents/search.ts';
import { type Figure, figure } from '../figures.ts';
import type { Part } from '../part.ts';

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

const MEASURES = ['MAP', 'P@10', 'nDCG@10', 'R@100'] as const;
type Measures = Readonly<Record<(typeof MEASURES)[number], number>>;

function load<T>(folder: string, ending: string): T[] {
  const name = readdirSync(folder).find((entry) => entry.endsWith(ending));
  if (name === undefined) throw new Error(`${folder} holds no file ending in ${ending}`);
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as T[];
}

function gain(rank: number): number {
  return 1 / Math.log2(rank + 2);
}

function judge(ranking: readonly string[], relevant: ReadonlySet<string>): Measures {
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

function plain(index: CorpusIndex, query: string): number[] {
  const wanted = words(query).map((word) => query.slice(word.start, word.end));
  const content = wanted.filter((word) => !isStopword(fold(word)));
  return index.match(content, { limit: index.totals.passages, weights: [1, 1, 1] }).map(({ id }) => id);
}

/** The documents' ids in the order of their passages, of which each has one. */
type Rank = (query: string) => readonly string[];

interface Taken extends Measures {
  readonly ms_per_query: number;
}

function measure(folder: string, rank: Rank): Taken {
  const questions = load<Question>(folder, 'queries.json');
  const relevant = Map.groupBy(load<Judgement>(folder, 'qrels.json'), (row) => String(row.query_num));
  const judged: Measures[] = [];
  const begin = performance.now();
  for (const question of questions) {
    const wanted = new Set((relevant.get(String(question['query number'])) ?? []).map((row) => String(row.id)));
    if (wanted.size > 0) judged.push(judge(rank(question.query), wanted));
  }
  const ms_per_query = (performance.now() - begin) / judged.length;
  const mean = (name: keyof Measures): number => judged.reduce((sum, one) => sum + one[name], 0) / judged.length;
  return { MAP: mean('MAP'), 'P@10': mean('P@10'), 'nDCG@10': mean('nDCG@10'), 'R@100': mean('R@100'), ms_per_query };
}

async function compare(folder: string): Promise<readonly Figure[]> {
  const index = await buildIndex(load<Document>(folder, 'docs.json'));
  /** The document of a passage: sources come in ascending ranges of passages. */
  const documentOf = new Map<number, string>();
  for (const source of index.sources)
    for (let id = source.first; id <= source.last; id += 1) documentOf.set(id, source.key);
  const named = (ids: readonly number[]): readonly string[] => ids.map((id) => documentOf.get(id) ?? '');
  const searcher = new Searcher(index);
  const baseline = measure(folder, (query) => named(plain(index, query)));
  const ours = measure(folder, (query) => named(searcher.rank({ query }).map(({ terms }) => terms.id)));
  const quality = MEASURES.map((name) =>
    figure({
      what: `retrieval, ${name}, against FTS5's own BM25`,
      unit: '',
      ours: [ours[name]],
      baseline: [baseline[name]],
      target: name === 'MAP' ? { of: 'ratio', at: 'least', value: 1 } : null,
    }),
  );
  const time = figure({
    what: `retrieval, a query among ${index.totals.passages} passages`,
    unit: 'ms',
    ours: [ours.ms_per_query],
    baseline: [baseline.ms_per_query],
    target: null,
  });
  return [...quality, time];
}

export const retrieval: Part = {
  name: 'retrieval',
  about: "ranking on a judged collection (--collection), against FTS5's own BM25",
  rounds: 1,
  run: async ({ collection, say }) => {
    if (collection !== null) return compare(collection);
    say('no --collection, so there is nothing to rank');
    return [];
  },
};
