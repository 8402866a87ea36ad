/**
 * `node bench/apart/index-library.ts FOLDER OWN QUERIES [PASSAGES]`: reads a folder of documents as a workflow does, stores their
 * texts, indexes them and asks the queries, with OWN for its files. Prints times and the peak of memory as JSON. With PASSAGES, writes
 * the passages there at the end, a line of JSON for each document, for the baseline to index.
 */

import { createHash } from 'node:crypto';
import { createWriteStream, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import type { Source } from '../../src/core/source.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import type { CollectedText, Library } from '../../src/providers/providers.ts';
import { openLibrary } from '../../src/providers/tools/documents/documents.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../src/store/store.ts';

export interface Indexed {
  /** Seconds to read, parse and store all documents; null where that is not part of it. */
  readonly collect: number | null;
  /** Seconds to index what is stored. */
  readonly index: number;
  /** Milliseconds of each query. */
  readonly queries: readonly number[];
  readonly passages: number;
  /** Most memory the process ever had, MiB. */
  readonly peak: number;
}

const LIMIT = 20;

function sourceOf(text: CollectedText, number: number): Source {
  const { text: body, layout: _layout, ...rest } = text;
  return {
    ...rest,
    source_id: `s${number}`,
    accessed_at: '2026-01-01T00:00:00.000Z',
    characters: body.length,
    also_at: [],
  };
}

async function collect(library: Library, store: Store, folder: string): Promise<readonly Source[]> {
  const sources: Source[] = [];
  const { signal } = new AbortController();
  const roots = [{ path: folder, label: basename(folder) }];
  const { skipped } = await library.collect({ roots, signal, progress: () => {} }, async (text) => {
    sources.push(sourceOf(text, sources.length + 1));
    await store.texts.put({ ...text, stored_by: 'bench' });
  });
  if (skipped.length > 0) throw new Error(`${skipped.length} documents were skipped`);
  return sources;
}

async function seconds<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly taken: number }> {
  const begin = performance.now();
  const value = await work();
  return { value, taken: (performance.now() - begin) / 1000 };
}

interface Asked {
  readonly folder: string;
  readonly own: string;
  readonly queries: readonly string[];
  readonly passages: string | undefined;
}

async function measure({ folder, own, queries, passages }: Asked): Promise<Indexed> {
  const store = await openSqliteStore({ file: join(own, 'texts.db'), clock: systemClock });
  const library = openLibrary({ cacheDirectory: join(own, 'cache'), log: (message) => console.error(message) });
  const { signal } = new AbortController();
  const read = (source: Source) => store.texts.get(source.sha256, source.format);
  try {
    const collected = await seconds(() => collect(library, store, folder));
    const sources = collected.value;
    const corpus = { corpus_id: createHash('sha256').update(folder).digest('hex').slice(0, 32), sources };
    const indexed = await seconds(() => library.prepare(corpus, read, signal));
    const asked: number[] = [];
    for (const query of queries) {
      const { value, taken } = await seconds(() => library.search(corpus, { query, limit: LIMIT, signal }));
      if (value.length === 0) throw new Error(`nothing found for ${query}`);
      asked.push(taken * 1000);
    }
    const peak = process.resourceUsage().maxRSS / 1024;
    const count = await passagesOf(sources, read, passages);
    return { collect: collected.taken, index: indexed.taken, queries: asked, passages: count, peak };
  } finally {
    await library.close();
    await store.close();
  }
}

/** Counts the passages, and writes them down where a file is named. */
async function passagesOf(
  sources: readonly Source[],
  read: (source: Source) => ReturnType<Store['texts']['get']>,
  file: string | undefined,
): Promise<number> {
  let count = 0;
  async function* lines(): AsyncGenerator<string> {
    for (const source of sources) {
      const { text, layout } = await read(source);
      count += layout.passages.length;
      yield `${JSON.stringify(layout.passages.map(({ start, end }) => text.slice(start, end)))}\n`;
    }
  }
  if (file !== undefined) await pipeline(lines, createWriteStream(file));
  return count;
}

const [folder, own, queries, passages] = process.argv.slice(2);
if (folder === undefined || own === undefined || queries === undefined)
  throw new Error('usage: index-library.ts FOLDER OWN QUERIES [PASSAGES]');
const asked = JSON.parse(readFileSync(queries, 'utf8')) as readonly string[];
process.stdout.write(`${JSON.stringify(await measure({ folder, own, queries: asked, passages }))}\n`);
