import { execFile } from 'node:child_process';
import { chmod, open, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

import { describe, expect, it, onTestFinished } from 'vitest';

import { openLibrary, type LibraryOptions } from '../../../../../src/providers/tools/documents/documents.ts';
import type { CollectedText, Library } from '../../../../../src/providers/providers.ts';
import { temporaryFolder, writeFiles } from '../../../../support/folder.ts';
import { corpusOf, filler } from './corpora.ts';

const never = new AbortController().signal;
const silent = (): void => undefined;

function library(cacheDirectory: string, options: Partial<LibraryOptions> = {}): Library {
  const opened = openLibrary({ cacheDirectory, log: silent, ...options });
  onTestFinished(() => opened.close());
  return opened;
}

const TEXTS: Record<string, string> = {
  ...Object.fromEntries(filler(40).map((text, at) => [`notes/filler-${at}.md`, text])),
  'notes/wal.md': [
    '# Write-ahead log',
    'Every change goes to the **write-ahead log** before it reaches the database file.',
    'A checkpoint copies the pages of the log back into the database.',
  ].join('\n\n'),
  'notes/shadow.md': '# Shadow paging\n\nShadow paging writes changed pages of the database to new places.',
};

function search(from: Library, query: string, source_ids?: readonly string[]): ReturnType<Library['search']> {
  const { corpus } = corpusOf(TEXTS);
  return from.search(corpus, { query, limit: 5, signal: never, ...(source_ids && { source_ids }) });
}

/** A page whose tree is many times its size: what a hostile or generated file does to a parser. */
function hugePage(elements: number): string {
  return `<!doctype html><title>Huge</title><body>${'<p>word <b>bold</b> <i>more</i></p>\n'.repeat(elements)}`;
}

async function collectAround(
  options: Partial<LibraryOptions>,
  page: string,
): Promise<{ seen: string[]; skipped: unknown }> {
  const folder = await temporaryFolder();
  await writeFiles(folder, { 'a.txt': 'before', 'b.html': page, 'c.txt': 'after', 'd.html': '<p>small page</p>' });
  const opened = library(await temporaryFolder(), options);
  const { corpus, read } = corpusOf(TEXTS);
  const seen: string[] = [];
  const store = (text: CollectedText): Promise<void> => {
    seen.push(text.location);
    return Promise.resolve();
  };
  const [end] = await Promise.all([
    opened.collect({ roots: [{ path: folder, label: 'd' }], signal: never, progress: silent }, store),
    opened.prepare(corpus, read, never),
  ]);
  const hits = await opened.search(corpus, { query: 'shadow paging', limit: 1, signal: never });
  expect(hits).toHaveLength(1);
  return { seen, skipped: end.skipped };
}

describe('a corpus to be forgotten', () => {
  it('has no index any more, in use or not, until somebody asks again', async () => {
    const { corpus, read } = corpusOf(TEXTS);
    const cache = await temporaryFolder();
    const opened = library(cache);
    await opened.prepare(corpus, read, never);
    expect(await readdir(cache)).not.toEqual([]);
    await opened.forget(corpus.corpus_id);
    expect(await readdir(cache)).toEqual([]);
    expect(await search(opened, 'shadow paging')).not.toEqual([]);
    expect(await readdir(cache)).not.toEqual([]);
  });

  it('leaves nothing of an index whose builder died, and spares one that is being built', async () => {
    const { corpus, read } = corpusOf(TEXTS);
    const cache = await temporaryFolder();
    const opened = library(cache);
    await opened.prepare(corpus, read, never);
    const [file = ''] = await readdir(cache);
    const gone = await promisify(execFile)(process.execPath, ['-p', 'process.pid']);
    const living = `${file}.${process.ppid}-0-9.building`;
    // One that had the number of this process is as dead.
    for (const pid of [gone.stdout.trim(), process.pid]) {
      await writeFile(join(cache, `${file}.${pid}-0-1.building`), 'words');
    }
    await writeFile(join(cache, living), 'words');
    await opened.forget(corpus.corpus_id);
    expect(await readdir(cache)).toEqual([living]);
  });

  it('may never have been known', async () => {
    await expect(library(await temporaryFolder()).forget('unknown')).resolves.toBeUndefined();
  });
});

describe('a prepared corpus', () => {
  it('answers with verbatim passages, masked text of the same length and the place to look', async () => {
    const { corpus, read } = corpusOf(TEXTS);
    const opened = library(await temporaryFolder());
    await opened.prepare(corpus, read, never);
    const [hit] = await search(opened, 'write-ahead log change before database file');
    const source = corpus.sources.find(({ location }) => location === 'notes/wal.md');
    expect(hit).toMatchObject({ source_id: source?.source_id, location: 'notes/wal.md:3', heading: 'Write-ahead log' });
    const text = TEXTS['notes/wal.md'] ?? '';
    expect(hit?.raw).toBe(text.slice(hit?.start, hit?.end));
    expect(hit?.text).toBe(hit?.raw.replaceAll('**', '  '));
    expect(hit?.score).toBeGreaterThan(0);
  });

  it('gives a passage without a heading none, whatever the source before it ended with', async () => {
    const { corpus, read } = corpusOf({
      'a.md': '# Trains\n\nAlways book early.',
      'b.txt': 'The minutes mention a quokka.',
    });
    const opened = library(await temporaryFolder());
    await opened.prepare(corpus, read, never);
    const [hit] = await opened.search(corpus, { query: 'quokka', limit: 1, signal: never });
    expect(hit).toMatchObject({ source_id: corpus.sources[1]?.source_id, heading: '' });
  });

  it('is searched within the sources asked for', async () => {
    const { corpus, read } = corpusOf(TEXTS);
    const opened = library(await temporaryFolder());
    await opened.prepare(corpus, read, never);
    const shadow = corpus.sources.find(({ location }) => location === 'notes/shadow.md')?.source_id ?? '';
    const hits = await search(opened, 'pages of the database', [shadow]);
    expect(hits.map(({ source_id }) => source_id)).toEqual([shadow]);
    expect(await search(opened, 'pages of the database', [])).toEqual([]);
  });

  it('names its themes', async () => {
    const { corpus, read } = corpusOf(TEXTS);
    const opened = library(await temporaryFolder());
    await opened.prepare(corpus, read, never);
    const themes = await opened.themes(corpus, 'How is the database kept safe?', 3);
    expect(themes.map(({ term }) => term)).toContain('pages');
  });

  it('is indexed once: a second library reads no text again, and answers the same', async () => {
    const { corpus, read, reads } = corpusOf(TEXTS);
    const cache = await temporaryFolder();
    const first = library(cache);
    await first.prepare(corpus, read, never);
    const before = await search(first, 'checkpoint pages');
    expect(reads()).toBe(corpus.sources.length);
    const second = library(cache);
    await second.prepare(corpus, read, never);
    expect(reads()).toBe(corpus.sources.length);
    expect(await search(second, 'checkpoint pages')).toEqual(before);
  });

  it('must be prepared: a search before says so', async () => {
    await expect(search(library(await temporaryFolder()), 'log')).rejects.toThrow('prepare it first');
  });

  it.each([
    ['deleted', (file: string) => rm(file)],
    ['overwritten with rubbish', (file: string) => writeFile(file, 'not a database at all'.repeat(500))],
    ['emptied', (file: string) => truncate(file, 0)],
    ['cut short', async (file: string) => truncate(file, (await stat(file)).size - 4096)],
  ])('is rebuilt to the same answers when its index was %s', async (_what, damage) => {
    const { corpus, read, reads } = corpusOf(TEXTS);
    const cache = await temporaryFolder();
    const first = library(cache);
    await first.prepare(corpus, read, never);
    const before = await search(first, 'checkpoint pages');
    await first.close();
    await damage(join(cache, `${corpus.corpus_id}.db`));
    const second = library(cache);
    await second.prepare(corpus, read, never);
    expect(reads()).toBe(2 * corpus.sources.length);
    expect(await search(second, 'checkpoint pages')).toEqual(before);
  });

  it('is repaired in the middle of a search when pages of its index were overwritten', async () => {
    const { corpus, read, reads } = corpusOf(TEXTS);
    const cache = await temporaryFolder();
    const first = library(cache);
    await first.prepare(corpus, read, never);
    const before = await search(first, 'checkpoint pages');
    const file = join(cache, `${corpus.corpus_id}.db`);
    const { size } = await stat(file);
    const second = library(cache);
    await second.prepare(corpus, read, never);
    expect(reads()).toBe(corpus.sources.length);
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(size - 4096, 0xee), 0, size - 4096, 4096);
    await handle.close();
    expect(await search(second, 'checkpoint pages')).toEqual(before);
    expect(reads()).toBe(2 * corpus.sources.length);
  });

  it('is kept in memory, and the user told, where the cache folder cannot be written', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    const { corpus, read } = corpusOf(TEXTS);
    const logged: string[] = [];
    const opened = library(join(file, 'cache'), { log: (message) => logged.push(message) });
    await opened.prepare(corpus, read, never);
    expect((await search(opened, 'checkpoint pages')).length).toBeGreaterThan(0);
    expect(logged.join()).toContain('in memory only');
  });

  it('is built by two libraries at once, and both succeed and leave one file', async () => {
    const cache = await temporaryFolder();
    const { corpus, read } = corpusOf(TEXTS);
    const [one, two] = [library(cache), library(cache)];
    await Promise.all([
      one.prepare(corpus, read, never),
      two.prepare(corpus, read, never),
      two.prepare(corpus, read, never),
    ]);
    expect(await search(one, 'shadow paging')).toEqual(await search(two, 'shadow paging'));
    expect(await readdir(cache)).toEqual([`${corpus.corpus_id}.db`]);
  });

  it('is left unprepared, without a file, when a text cannot be read or the caller gives up', async () => {
    const cache = await temporaryFolder();
    const { corpus, read } = corpusOf(TEXTS);
    const opened = library(cache);
    await expect(opened.prepare(corpus, () => Promise.reject(new Error('store is gone')), never)).rejects.toThrow(
      'store is gone',
    );
    const giving = new AbortController();
    const stuck = opened.prepare(corpus, () => new Promise(() => undefined), giving.signal);
    const reason = new Error('given up');
    giving.abort(reason);
    await expect(stuck).rejects.toBe(reason);
    await opened.prepare(corpus, read, never);
    expect(await readdir(cache)).toEqual([`${corpus.corpus_id}.db`]);
  });

  it('gives up a search at once when aborted, and refuses after closing', async () => {
    const { corpus, read } = corpusOf(TEXTS);
    const opened = library(await temporaryFolder());
    await opened.prepare(corpus, read, never);
    const giving = new AbortController();
    const searching = opened.search(corpus, { query: 'log', limit: 3, signal: giving.signal });
    giving.abort(new Error('enough'));
    await expect(searching).rejects.toThrow('enough');
    await opened.close();
    await expect(search(opened, 'log')).rejects.toThrow('closed');
  });
});

describe('a collection', () => {
  it('hands over every text in order, one at a time, and what was skipped', async () => {
    const folder = await temporaryFolder();
    const names = Array.from({ length: 30 }, (_, at) => `n${String(at).padStart(2, '0')}.txt`);
    await writeFiles(folder, Object.fromEntries(names.map((name) => [name, `This is the text of ${name}.`])));
    await writeFile(join(folder, 'broken.pdf'), '%PDF-1.4 nothing more');
    const opened = library(await temporaryFolder());
    const seen: string[] = [];
    let inside = 0;
    const totals: number[] = [];
    const end = await opened.collect(
      { roots: [{ path: folder, label: 'docs' }], signal: never, progress: ({ files }) => totals.push(files) },
      async (text) => {
        inside += 1;
        expect(inside).toBe(1);
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        seen.push(text.location);
        inside -= 1;
      },
    );
    expect(seen).toEqual(names.map((name) => `docs/${name}`));
    expect(end.skipped.map(({ location }) => location)).toEqual(['docs/broken.pdf']);
    expect(totals.at(-1)).toBe(30);
  });

  it('reads only a few texts ahead of the one being stored', async () => {
    const folder = await temporaryFolder();
    const names = Array.from({ length: 12 }, (_, at) => `n${String(at).padStart(2, '0')}.txt`);
    await writeFiles(folder, Object.fromEntries(names.map((name) => [name, `text ${name}`])));
    const opened = library(await temporaryFolder());
    const first = Promise.withResolvers<void>();
    const stored = Promise.withResolvers<void>();
    const seen: string[] = [];
    const collecting = opened.collect(
      { roots: [{ path: folder, label: 'd' }], signal: never, progress: silent },
      (text) => {
        seen.push(text.location);
        first.resolve();
        return stored.promise;
      },
    );
    await first.promise;
    // Meanwhile the thread serves others, which also gives it time to read on if it wrongly would.
    const { corpus, read } = corpusOf(TEXTS);
    await opened.prepare(corpus, read, never);
    await Promise.all(names.slice(6).map((name) => rm(join(folder, name))));
    stored.resolve();
    const { skipped } = await collecting;
    expect(seen).toEqual(
      names
        .slice(0, 6)
        .map((name) => `d/${name}`)
        .slice(0, seen.length),
    );
    expect(skipped.map(({ location }) => location)).toEqual(names.slice(6).map((name) => `d/${name}`));
  });

  it('stops at once when aborted and hands over nothing more', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`n${at}.txt`, `text ${at}`])));
    const opened = library(await temporaryFolder());
    const giving = new AbortController();
    const stored = Promise.withResolvers<void>();
    let handed = 0;
    const collecting = opened.collect(
      { roots: [{ path: folder, label: 'd' }], signal: giving.signal, progress: silent },
      () => {
        handed += 1;
        giving.abort(new Error('stop reading'));
        return stored.promise;
      },
    );
    await expect(collecting).rejects.toThrow('stop reading');
    stored.resolve();
    const { corpus, read } = corpusOf(TEXTS);
    await opened.prepare(corpus, read, never);
    expect(handed).toBe(1);
  });

  it('ends with the error of the one who stores', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'a.txt': 'one', 'b.txt': 'two' });
    const opened = library(await temporaryFolder());
    const collecting = opened.collect({ roots: [{ path: folder, label: 'd' }], signal: never, progress: silent }, () =>
      Promise.reject(new Error('disk full')),
    );
    await expect(collecting).rejects.toThrow('disk full');
  });

  it('skips a file that exhausts the memory of its reader, and goes on', async () => {
    const { seen, skipped } = await collectAround({ memoryMb: 48 }, hugePage(400_000));
    expect(skipped).toEqual([{ location: 'd/b.html', reason: 'parsing it exhausted memory' }]);
    expect(seen).toEqual(['d/a.txt', 'd/c.txt', 'd/d.html']);
  });

  it('skips a file that hangs its reader, and goes on', async () => {
    const { seen, skipped } = await collectAround({ stallMs: 1_000 }, hugePage(600_000));
    expect(skipped).toEqual([{ location: 'd/b.html', reason: 'parsing it took longer than 1 s' }]);
    expect(seen).toEqual(['d/a.txt', 'd/c.txt', 'd/d.html']);
  });
});

describe('an open library', () => {
  it('does not keep its process from ending when it was used and never closed', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'a.txt': 'one' });
    const module = new URL('../../../../../src/providers/tools/documents/documents.ts', import.meta.url).href;
    const script = `
      const { openLibrary } = await import(${JSON.stringify(module)});
      const library = openLibrary({ cacheDirectory: ${JSON.stringify(join(folder, 'cache'))}, log: () => undefined });
      const { signal } = new AbortController();
      const roots = [{ path: ${JSON.stringify(folder)}, label: 'd' }];
      await library.collect({ roots, signal, progress: () => undefined }, async ({ location }) => console.log(location));`;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 });
    expect(stdout).toBe('d/a.txt\n');
  });

  it('never writes beside its cache folder and starts nothing until used', async () => {
    const cache = join(await temporaryFolder(), 'not-made-yet');
    await library(cache).close();
    await expect(stat(cache)).rejects.toThrow('ENOENT');
  });

  it('searches a cache folder it may only read', async () => {
    const cache = await temporaryFolder();
    const { corpus, read, reads } = corpusOf(TEXTS);
    const first = library(cache);
    await first.prepare(corpus, read, never);
    await first.close();
    await chmod(cache, 0o500);
    onTestFinished(() => chmod(cache, 0o700));
    const second = library(cache);
    await second.prepare(corpus, read, never);
    expect(reads()).toBe(corpus.sources.length);
    expect((await search(second, 'checkpoint')).length).toBeGreaterThan(0);
  });
});
