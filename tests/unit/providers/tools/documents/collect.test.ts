import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  collectFiles,
  DEFAULT_COLLECT_LIMITS,
  type CollectFilesOptions,
  type CollectStep,
} from '../../../../../src/providers/tools/documents/collect.ts';
import type { SourceRoot } from '../../../../../src/core/source.ts';
import type { CollectedText } from '../../../../../src/providers/providers.ts';
import { brokenPromises, FIXTURES } from './reading.ts';

const COLLECTOR = fileURLToPath(new URL('collector.ts', import.meta.url));
const NOBODY = 65_534;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'collect-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function put(path: string, content: string | Uint8Array = 'Some words.'): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

async function collect(options: Partial<CollectFilesOptions> = {}): Promise<CollectStep[]> {
  const steps: CollectStep[] = [];
  for await (const step of collectFiles({ roots: [{ path: folder, label: 'docs' }], ...options })) steps.push(step);
  return steps;
}

/** In a process of a user without privileges where this one has them: to the superuser no file is closed. */
async function collectAsNobody(root: SourceRoot): Promise<CollectStep[]> {
  const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const { stdout } = await promisify(execFile)(process.execPath, [COLLECTOR, root.path, root.label], asNobody);
  return JSON.parse(stdout) as CollectStep[];
}

const texts = (steps: readonly CollectStep[]): CollectedText[] =>
  steps.flatMap((step) => (step.kind === 'text' ? [step.text] : []));
const locations = (steps: readonly CollectStep[]): string[] => texts(steps).map(({ location }) => location);
const skips = (steps: readonly CollectStep[]): string[] =>
  steps.flatMap((step) => (step.kind === 'skipped' ? [`${step.skipped.location}: ${step.skipped.reason}`] : []));

describe('collecting the real files of every format', () => {
  it('reads what can be read, names what cannot, and keeps every promise', async () => {
    const steps = await collect({ roots: [{ path: FIXTURES, label: 'fixtures' }] });
    expect(texts(steps).map(({ location, format }) => `${location} ${format}`)).toEqual([
      'fixtures/bom.txt text',
      'fixtures/broken.json text',
      'fixtures/everything.md markdown',
      'fixtures/latin1.txt text',
      'fixtures/manual.txt text',
      'fixtures/memo.docx docx',
      'fixtures/page.html html',
      'fixtures/paper.pdf pdf',
      'fixtures/partly-scanned.pdf pdf',
      'fixtures/records.jsonl json',
      'fixtures/rows.csv csv',
      'fixtures/settings.json json',
      'fixtures/store.py code',
      'fixtures/utf16.txt text',
    ]);
    expect(skips(steps).map((line) => line.split(':')[0])).toEqual([
      'fixtures/blob.xyz',
      'fixtures/broken.docx',
      'fixtures/broken.pdf',
      'fixtures/encrypted.pdf',
      'fixtures/partly-scanned.pdf',
      'fixtures/scanned.pdf',
    ]);
    for (const text of texts(steps)) expect([text.location, brokenPromises(text)]).toEqual([text.location, []]);
  });

  it('gives the same steps twice', async () => {
    const roots = [{ path: FIXTURES, label: 'fixtures' }];
    expect(await collect({ roots })).toEqual(await collect({ roots }));
  });

  it('decodes byte order marks, UTF-16 and old encodings', async () => {
    const byName = new Map(
      texts(await collect({ roots: [{ path: FIXTURES, label: 'f' }] })).map(({ location, text }) => [location, text]),
    );
    expect(byName.get('f/bom.txt')).toBe('Text after a byte order mark.\n');
    expect(byName.get('f/utf16.txt')).toBe('Die Größe zählt.\r\nZweite Zeile.\r\n');
    expect(byName.get('f/latin1.txt')).toBe('Café au lait kostet 3 € in der Straße.\n');
  });
});

describe('what is said of a file', () => {
  it('is its hash, address, time, title, date and domain', async () => {
    put('sub dir/report-2024-03.txt', 'Just größer words.\n');
    utimesSync(join(folder, 'sub dir/report-2024-03.txt'), 1_600_000_000, 1_600_000_000);
    const [text] = texts(await collect());
    expect(text).toMatchObject({
      location: 'docs/sub dir/report-2024-03.txt',
      sha256: createHash('sha256').update('Just größer words.\n').digest('hex'),
      modified_at: '2020-09-13T12:26:40.000Z',
      title: 'Report 2024-03',
      date: '2024-03',
      domain: 'general',
      format: 'text',
    });
    expect(fileURLToPath(text?.uri ?? '')).toBe(join(folder, 'sub dir/report-2024-03.txt'));
    expect(text?.uri).toContain('sub%20dir');
  });

  it('dates a document by what it states before its name before its metadata', async () => {
    put('a-2020.md', '---\ndate: 2021-05-01\n---\nWords.');
    put('b-2020.md', 'Last updated: 2022-06\n\nWords.');
    put('c-2020.md', 'Words.');
    put('d-2020.json', '{"note":"Date: 1999"}');
    expect(texts(await collect()).map(({ date }) => date)).toEqual(['2021-05-01', '2022-06', '2020', '2020']);
    const [pdf] = texts(await collect({ roots: [{ path: join(FIXTURES, 'paper.pdf'), label: 'paper.pdf' }] }));
    expect(pdf).toMatchObject({ location: 'paper.pdf', date: '2024-05-03' });
  });

  it('finds the format of a file without a telling name', async () => {
    put('README', '# Title\n\nWords.');
    put('page', '<!doctype html><p>Words on a page.');
    put('data', '{"a": "words"}');
    put('run', '#!/bin/sh\necho words\n');
    put('notes.unknown', 'Plain words.');
    put('Makefile', 'all:\n\techo words\n');
    expect(texts(await collect()).map(({ location, format }) => `${location} ${format}`)).toEqual([
      'docs/Makefile code',
      'docs/README markdown',
      'docs/data json',
      'docs/notes.unknown text',
      'docs/page html',
      'docs/run code',
    ]);
  });
});

describe('the order and the announcements', () => {
  it('follows locations in code-unit order over folders and roots', async () => {
    for (const path of ['b.txt', 'a/z.txt', 'a.txt', 'a-b.txt', 'B.txt', 'a/é.txt', 'a/b/c.txt']) put(path, path);
    const steps = await collect();
    expect(locations(steps)).toEqual([...locations(steps)].sort());
    expect(locations(steps)).toHaveLength(7);
    const roots = ['b', 'a'].map((label) => ({ path: folder, label }));
    expect(
      locations(await collect({ roots }))
        .map((location) => location.charAt(0))
        .join(''),
    ).toBe('aaaaaaabbbbbbb');
  });

  it('announces each file before it is read, and does not open those to skip', async () => {
    put('a.txt');
    put('b.txt');
    const steps = await collect({ skip: new Set(['docs/a.txt']) });
    expect(steps.map((step) => step.kind)).toEqual(['skipped', 'opening', 'text']);
    expect(skips(steps)).toEqual(['docs/a.txt: reading it did not end: passed over']);
    expect(steps[1]).toEqual({ kind: 'opening', location: 'docs/b.txt' });
  });
});

describe('what is passed over', () => {
  it('is one line for each kind, not one for each file', async () => {
    put('.git/config');
    put('.env');
    put('node_modules/x/readme.md');
    put('lib/node_modules/y/readme.md');
    for (let n = 0; n < 30; n += 1) put(`photo${n}.png`);
    put('keep.txt');
    const steps = await collect();
    expect(locations(steps)).toEqual(['docs/keep.txt']);
    expect(skips(steps)).toEqual([
      'docs: 30 .png files passed over: not text',
      'docs: 2 folders named node_modules passed over',
      'docs: 2 hidden or temporary files or folders passed over (.env, .git)',
    ]);
  });

  it('includes formats that hold text we cannot read, with what to do about it', async () => {
    put('slides.pptx');
    put('old.doc');
    put('note.rtf', '{rtf1 words}');
    expect(skips(await collect())).toEqual([
      'docs/note.rtf: RTF is not read: save it as .docx or PDF',
      'docs/old.doc: old Word format: save it as .docx or PDF',
      'docs/slides.pptx: slides are not read: export as PDF',
    ]);
    const roots = [{ path: join(folder, 'note.rtf'), label: 'note.rtf' }];
    expect(skips(await collect({ roots }))).toEqual(['note.rtf: RTF is not read: save it as .docx or PDF']);
  });

  it('never ends the collection: missing, empty, unreadable, vanished and strange files', async () => {
    put('empty.txt', '');
    put('blank.txt', ' \n \n');
    put('dots.txt', '... --- ...');
    put('good.txt');
    symlinkSync(join(folder, 'gone'), join(folder, 'vanished.txt'));
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(join(folder, 'socket.txt'), resolve);
    });
    const roots = [
      { path: folder, label: 'docs' },
      { path: join(folder, 'missing'), label: 'nowhere' },
      { path: join(folder, 'socket.txt'), label: 'socket' },
    ];
    const steps = await collect({ roots });
    server.close();
    expect(locations(steps)).toEqual(['docs/good.txt']);
    expect(skips(steps).sort()).toEqual([
      'docs/blank.txt: empty file',
      'docs/dots.txt: no readable text',
      'docs/empty.txt: empty file',
      'docs/socket.txt: not a regular file',
      'docs/vanished.txt: not found',
      'nowhere: not found',
      'socket: not a regular file',
    ]);
  });

  it('says when a file or folder may not be read', async () => {
    put('locked.txt');
    put('closed/a.txt');
    chmodSync(folder, 0o755);
    chmodSync(join(folder, 'locked.txt'), 0);
    chmodSync(join(folder, 'closed'), 0);
    const steps = await collectAsNobody({ path: folder, label: 'docs' });
    chmodSync(join(folder, 'closed'), 0o700);
    expect(skips(steps)).toEqual([
      'docs/closed: no permission to read it',
      'docs/locked.txt: no permission to read it',
    ]);
  });
});

describe('a root that was swapped for a link after the user had named it', () => {
  const leads = 'it is a link now and leads elsewhere; name the folder it leads to, if that is meant';

  it('is not read, whether folder or file, nor when a folder above it was swapped', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    mkdirSync(join(outside, 'docs'));
    writeFileSync(join(outside, 'docs/notes.txt'), 'Secret words.');
    put('above/docs/notes.txt');
    put('file.txt');
    const roots = [
      { path: join(folder, 'above/docs'), label: 'below' },
      { path: join(folder, 'file.txt'), label: 'file.txt' },
      { path: join(folder, 'above'), label: 'itself' },
    ];
    expect(locations(await collect({ roots }))).toHaveLength(3);
    rmSync(join(folder, 'above'), { recursive: true });
    rmSync(join(folder, 'file.txt'));
    symlinkSync(outside, join(folder, 'above'));
    symlinkSync(join(outside, 'docs/notes.txt'), join(folder, 'file.txt'));
    const steps = await collect({ roots });
    rmSync(outside, { recursive: true });
    expect(locations(steps)).toEqual([]);
    expect(skips(steps)).toEqual([`below: ${leads}`, `file.txt: ${leads}`, `itself: ${leads}`]);
  });

  it('is told from a root whose path merely ends in a slash or is spelt roundabout', async () => {
    put('docs/a.txt');
    const roots = ['docs/', 'docs/../docs', './docs'].map((path) => ({ path: `${folder}/${path}`, label: 'docs' }));
    expect(locations(await collect({ roots }))).toEqual(['docs/a.txt', 'docs/a.txt', 'docs/a.txt']);
  });
});

describe('symbolic links', () => {
  it('are followed inside the root and refused when they lead out of it', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    writeFileSync(join(outside, 'secret.txt'), 'Secret words.');
    put('inside/a.txt');
    symlinkSync(join(folder, 'inside/a.txt'), join(folder, 'link.txt'));
    symlinkSync(join(folder, 'inside'), join(folder, 'linked'));
    symlinkSync(join(folder, 'inside'), join(folder, 'linked-again'));
    symlinkSync(join(outside, 'secret.txt'), join(folder, 'out.txt'));
    symlinkSync(outside, join(folder, 'out'));
    const steps = await collect();
    rmSync(outside, { recursive: true });
    expect(locations(steps)).toEqual(['docs/inside/a.txt', 'docs/link.txt', 'docs/linked/a.txt']);
    expect(skips(steps)).toEqual([
      'docs/linked-again: symbolic link to a folder already read',
      'docs/out: symbolic link that leads out of the folder',
      'docs/out.txt: symbolic link that leads out of the folder',
    ]);
  });

  it('that run in circles end', async () => {
    put('a/words.txt');
    put('b/words.txt');
    symlinkSync(folder, join(folder, 'a/up'));
    symlinkSync(join(folder, 'b'), join(folder, 'a/to-b'));
    symlinkSync(join(folder, 'a'), join(folder, 'b/to-a'));
    symlinkSync(join(folder, 'self'), join(folder, 'self'));
    const steps = await collect();
    expect(locations(steps).slice(0, 2)).toEqual(['docs/a/to-b/to-a/words.txt', 'docs/a/to-b/words.txt']);
    expect(skips(steps)).toContain('docs/a/up: symbolic link to a folder it stands in');
    expect(skips(steps)).toContain('docs/self: symbolic link that leads back to itself');
  });
});

describe('the limits', () => {
  it('on the size of a file', async () => {
    put('large.txt', 'x'.repeat(3 * 1024 * 1024));
    const limits = { ...DEFAULT_COLLECT_LIMITS, maxFileBytes: 1024 * 1024 };
    expect(skips(await collect({ limits }))).toEqual(['docs/large.txt: too large: 3.0 MiB, at most 1.0 are read']);
  });

  it('on the number of files: the rest is one line', async () => {
    for (const name of ['a', 'b', 'c', 'd']) put(`${name}.txt`, name.repeat(20));
    const steps = await collect({ limits: { ...DEFAULT_COLLECT_LIMITS, maxFiles: 2 } });
    expect(locations(steps)).toEqual(['docs/a.txt', 'docs/b.txt']);
    expect(skips(steps)).toEqual(['docs/c.txt: limit of 2 files reached: this file and 1 after it were not read']);
  });

  it('on all characters: the file that would exceed it is left out whole', async () => {
    for (const name of ['a', 'b', 'c']) put(`${name}.txt`, 'words '.repeat(10));
    const steps = await collect({ limits: { ...DEFAULT_COLLECT_LIMITS, maxTotalCharacters: 100 } });
    expect(locations(steps)).toEqual(['docs/a.txt']);
    expect(skips(steps)).toEqual([
      'docs/b.txt: limit of 100 characters reached',
      'docs/c.txt: limit of 100 characters reached: this file was not read',
    ]);
  });
});

describe('the demo corpus', () => {
  it('is read whole, in every format, with two versions of one document that differ in their date', async () => {
    const path = fileURLToPath(new URL('../../../../../examples/documents/durability/', import.meta.url));
    const steps = await collect({ roots: [{ path, label: 'documents' }] });
    expect(skips(steps)).toEqual([]);
    expect(texts(steps)).toHaveLength(15);
    expect(new Set(texts(steps).map(({ format }) => format)).size).toBe(8);
    expect(
      texts(steps)
        .filter(({ title }) => title === 'Durability checklist for the local store')
        .map(({ date }) => date),
    ).toEqual(['2023-03-14', '2025-02-20']);
  });
});
