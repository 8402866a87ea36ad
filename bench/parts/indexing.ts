/**
 * From a folder of documents to answers, by the size of the folder: reading and storing, indexing, asking. Beside it one FTS5 table
 * over the very same passages. Each measurement has a process of its own, so that its peak of memory is its own.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../tests/support/random.ts';
import type { Indexed } from '../apart/index-library.ts';
import { measuredApart } from '../child.ts';
import { type Figure, figure, median, quantile } from '../figures.ts';
import type { Part, PartOptions } from '../part.ts';
import { document, wordOf } from '../words.ts';

const DOCUMENT_CHARACTERS = 40_000;
/** Megabytes above which one round has to do: it takes minutes, and what goes on beside it evens out. */
const MOST_REPEATED = 50;
const QUERY_WORDS = 4;
/** Words a question is made of: neither the commonest, which say nothing, nor those that may be in no document. */
const ASKED_RANKS = { from: 20, below: 2000 };

interface Corpus {
  readonly folder: string;
  readonly queries: string;
  readonly passages: string;
}

function generate(parent: string, megabytes: number, questions: number): Corpus {
  const random = new Random(megabytes * 1000);
  const folder = join(parent, 'documents');
  mkdirSync(folder, { recursive: true });
  let written = 0;
  for (let n = 1; written < megabytes * 1e6; n += 1) {
    const text = document(random, Math.min(DOCUMENT_CHARACTERS, megabytes * 1e6 - written));
    writeFileSync(join(folder, `document-${n}.md`), text);
    written += text.length;
  }
  const { from, below } = ASKED_RANKS;
  const word = (): string => wordOf(from + random.below(below - from));
  const queries = Array.from({ length: questions }, () => Array.from({ length: QUERY_WORDS }, word).join(' '));
  const file = join(parent, 'queries.json');
  writeFileSync(file, JSON.stringify(queries));
  return { folder, queries: file, passages: join(parent, 'passages.jsonl') };
}

interface Taken {
  readonly ours: Indexed[];
  readonly plain: Indexed[];
}

async function bySize(megabytes: number, options: PartOptions): Promise<readonly Figure[]> {
  const parent = join(options.folder, `${megabytes}`);
  mkdirSync(parent);
  const corpus = generate(parent, megabytes, options.quick ? 3 : 100);
  const taken: Taken = { ours: [], plain: [] };
  const rounds = megabytes > MOST_REPEATED ? 1 : options.rounds;
  for (let round = 0; round < rounds; round += 1) {
    const own = join(parent, `round-${round}`);
    mkdirSync(own);
    const ours = [corpus.folder, own, corpus.queries, corpus.passages];
    taken.ours.push(await measuredApart<Indexed>('bench/apart/index-library.ts', ours));
    const plain = [corpus.passages, join(own, 'plain.db'), corpus.queries];
    taken.plain.push(await measuredApart<Indexed>('bench/apart/index-plain.ts', plain));
    const [last, beside] = [taken.ours.at(-1), taken.plain.at(-1)];
    if (last?.passages !== beside?.passages) throw new Error('ours and the baseline indexed different passages');
    options.say(`${megabytes} MB: ${last?.passages} passages indexed in ${last?.index.toFixed(2)} s`);
  }
  return figures(`${megabytes} MB`, taken);
}

function figures(size: string, { ours, plain }: Taken): readonly Figure[] {
  const told = (what: string, unit: string, value: (one: Indexed) => number): Figure =>
    figure({ what: `${size}: ${what}`, unit, ours: ours.map(value), baseline: plain.map(value), target: null });
  return [
    figure({
      what: `${size}: read, parse and store`,
      unit: 's',
      ours: ours.map(({ collect }) => collect ?? Number.NaN),
      baseline: null,
      target: null,
    }),
    told('index, against one FTS5 table', 's', ({ index }) => index),
    told('query p50, against FTS5', 'ms', ({ queries }) => median(queries)),
    told('query p99, against FTS5', 'ms', ({ queries }) => quantile(queries, 0.99)),
    told('peak of memory', 'MiB', ({ peak }) => peak),
  ];
}

export const indexing: Part = {
  name: 'indexing',
  about: 'reading, indexing and asking 1, 10 and 100 MB of documents, against one FTS5 table',
  rounds: 3,
  run: async (options) => {
    const sizes = options.quick ? [0.02] : [1, 10, 100];
    const all: Figure[] = [];
    for (const megabytes of sizes) all.push(...(await bySize(megabytes, options)));
    return all;
  },
};
