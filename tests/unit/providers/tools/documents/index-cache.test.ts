import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';

import { Corpora } from '../../../../../src/providers/tools/documents/corpora.ts';
import { INDEX_VERSION } from '../../../../../src/providers/tools/documents/corpus-index.ts';
import { FileBuild, fileOf, openFile, prune } from '../../../../../src/providers/tools/documents/index-cache.ts';
import { temporaryFolder } from '../../../../support/folder.ts';
import { parsed } from './corpora.ts';

const DAY = 24 * 60 * 60 * 1000;

async function indexed(folder: string, corpusId: string): Promise<string> {
  const build = new FileBuild(folder, corpusId);
  await build.build.add(
    { key: 'k', title: 'A title' },
    parsed('One paragraph about tides.\n\nAnother about the moon.'),
  );
  build.finish().close();
  return fileOf(folder, corpusId);
}

async function aged(file: string, days: number): Promise<void> {
  const then = new Date(Date.UTC(2025, 0, 30) - days * DAY);
  await utimes(file, then, then);
}

describe('an index file', () => {
  it('has its final name only once it is complete, and leaves nothing when discarded', async () => {
    const folder = await temporaryFolder();
    const build = new FileBuild(folder, 'abc');
    await build.build.add({ key: 'k', title: '' }, parsed('text'));
    expect(await readdir(folder)).not.toContain('abc.db');
    build.discard();
    expect(await readdir(folder)).toEqual([]);
  });

  it('of another version, without a version, or with other tables is removed', async () => {
    const folder = await temporaryFolder();
    for (const version of [INDEX_VERSION + 1, 0]) {
      const file = await indexed(folder, `v${version}`);
      const db = new Database(file);
      db.pragma(`user_version = ${version}`);
      db.close();
      expect(openFile(file)).toBeNull();
    }
    const foreign = new Database(fileOf(folder, 'foreign'));
    foreign.exec(`CREATE TABLE t (x); PRAGMA user_version = ${INDEX_VERSION}`);
    foreign.close();
    expect(openFile(fileOf(folder, 'foreign'))).toBeNull();
    expect(await readdir(folder)).toEqual([]);
  });

  it('never lies outside its folder, whatever the corpus is called', () => {
    expect(fileOf('/cache', 'abc_1-2')).toBe('/cache/abc_1-2.db');
    for (const id of ['../../etc/passwd', 'a/b', '', 'x'.repeat(500), 'nul\u0000']) {
      expect(fileOf('/cache', id)).toMatch(/^\/cache\/[0-9a-f]{64}\.db$/);
    }
  });

  it('counts as used when it is opened', async () => {
    const file = await indexed(await temporaryFolder(), 'abc');
    await aged(file, 20);
    const before = (await stat(file)).mtimeMs;
    openFile(file)?.close();
    expect((await stat(file)).mtimeMs).toBeGreaterThan(before);
  });

  it('gives back what was put in, half a surrogate pair too', async () => {
    const folder = await temporaryFolder();
    const build = new FileBuild(folder, 'abc');
    const text = 'broken \uD83D here **bold** and\nmore';
    await build.build.add({ key: 'k', title: 'T' }, parsed(text));
    const index = build.finish();
    expect(index.passage(1)).toMatchObject({
      raw: text,
      text: 'broken \uD83D here   bold   and more',
      title: 'T',
      place: 1,
    });
    expect(index.passage(2)).toBeNull();
    index.close();
  });
});

describe('pruning', () => {
  it('keeps the most recently used files, within the bytes allowed, and those in use', async () => {
    const folder = await temporaryFolder();
    for (const [at, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
      const file = join(folder, `${name}.db`);
      await writeFile(file, Buffer.alloc(1_000));
      await aged(file, at);
    }
    await writeFile(join(folder, 'notes.txt'), 'not ours');
    const now = Date.UTC(2025, 0, 30);
    prune(folder, { keep: new Set([join(folder, 'e.db')]), now, files: 3 });
    expect((await readdir(folder)).toSorted()).toEqual(['a.db', 'b.db', 'c.db', 'e.db', 'notes.txt']);
    prune(folder, { keep: new Set(), now, files: 3, bytes: 2_500 });
    expect((await readdir(folder)).toSorted()).toEqual(['a.db', 'b.db', 'notes.txt']);
  });

  it('removes what a dead builder left after a day, not what is being built', async () => {
    const folder = await temporaryFolder();
    const [old, fresh] = [join(folder, 'a.db.1-0-1.building'), join(folder, 'b.db.2-0-1.building')];
    await writeFile(old, '');
    await aged(old, 2);
    await writeFile(fresh, '');
    await aged(fresh, 0);
    await mkdir(join(folder, 'folder.db'));
    prune(folder, { keep: new Set([join(folder, 'folder.db')]), now: Date.UTC(2025, 0, 30) + 1_000 });
    expect((await readdir(folder)).toSorted()).toEqual(['b.db.2-0-1.building', 'folder.db']);
  });
});

describe('the corpora of a thread', () => {
  it('close the index used longest ago and open it again when asked', async () => {
    const folder = await temporaryFolder();
    const corpora = new Corpora(folder);
    for (let at = 0; at < 10; at += 1) {
      corpora.begin(at, `c${at}`, false);
      await corpora.add(at, { key: `k${at}`, title: '' }, parsed(`about tides, number ${at}`));
      corpora.finish(at);
    }
    for (const at of [0, 9, 1]) {
      const hits = corpora.search({ kind: 'search', corpus_id: `c${at}`, query: 'tides', limit: 3 });
      expect(hits.map(({ key }) => key)).toEqual([`k${at}`]);
    }
  });

  it('keep an index in memory when told to, and no file of it', async () => {
    const folder = await temporaryFolder();
    const corpora = new Corpora(folder);
    corpora.begin(1, 'c', true);
    await corpora.add(1, { key: 'k', title: '' }, parsed('about tides'));
    corpora.finish(1);
    expect(corpora.open('c')).toBe(true);
    expect(corpora.themes('c', 'moon', 3)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('know a build that ended with an earlier thread from one of theirs', async () => {
    const corpora = new Corpora(await temporaryFolder());
    await expect(corpora.add(7, { key: 'k', title: '' }, parsed('x'))).rejects.toMatchObject({ code: 'no_build' });
    expect(() => corpora.finish(7)).toThrow('ended with the thread');
    expect(corpora.discard(7)).toBeNull();
    expect(() => corpora.themes('none', 'x', 1)).toThrow('prepare it first');
  });
});
