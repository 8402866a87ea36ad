import { readdir, readFile } from 'node:fs/promises';
import SqliteDatabase from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../../../src/store/store.ts';
import {
  claim,
  end,
  ERASURE,
  ERROR,
  idOf,
  intent,
  outcome,
  passage,
  query,
  reportOf,
  ROOM,
  source,
  spec,
  submission,
  take,
  textOf,
} from '../../../contract/rows.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { Random } from '../../../support/random.ts';

/** Some letters, so that no word is another's beginning and no stemmer knows its ending. */
function secret(name: string, n: number): string {
  return `qz${name}${(n * 2_654_435_761).toString(36)}kx`;
}

const PLACES = ['task', 'title', 'key', 'trace', 'root', 'intent', 'activity', 'output', 'stop'];
const EVIDENCE = ['location', 'text', 'heading', 'passage', 'claim', 'quote', 'objective', 'report', 'error', 'event'];

/** A workflow with a word of its own in every place that holds content. Its steps grow and shrink, its rows move. */
async function secretive(store: Store, n: number): Promise<readonly string[]> {
  const word = (name: string): string => secret(name, n);
  const trace = { traceparent: word('trace') };
  const config = { ...submission(n).config, roots: [{ path: word('root'), label: 'documents' }] };
  const asked = { task: word('task'), title: word('title'), config, idempotency_key: word('key'), trace };
  await store.workflows.create(submission(n, asked), ROOM);
  const { hold } = await take(store, { task_id: idOf(n) });
  const text = textOf(`${word('text')} and more`, { stored_by: idOf(n) });
  await store.texts.put(text);
  await store.steps.begin(hold, intent('a', { spec: spec('a', { input: word('intent') }) }));
  await store.events.append(hold, [{ event_type: 'agent_progress', data: { activity: word('activity') } }]);
  const retried = { ...ERROR, message: `${word('failure')} `.repeat(50) };
  await store.steps.fail(hold, { step_id: 'a', error: retried, available_at: '2026-01-01T00:00:00.000Z', events: [] });
  await store.steps.begin(hold, intent('a'));
  const evidence = {
    sources: [source('s1', text, { location: word('location') })],
    passages: [passage(word('passage'), { heading: word('heading') })],
    claims: [claim('c1', { text: word('claim'), quote: word('quote'), objective: word('objective') })],
  };
  await store.steps.settle(hold, outcome('a', { output: word('output'), evidence }));
  await store.workflows.requestStop(idOf(n), { kind: 'cancel', reason: word('stop'), finalize: false });
  const error = { ...ERROR, message: word('error') };
  const event = { reason: word('event') };
  await store.workflows.finish(hold, end({ status: 'failed', error, event, result: reportOf(word('report')) }));
  return [...PLACES, ...EVIDENCE].map(word);
}

/** Those of the words that stand in any file of the folder. */
async function left(folder: string, words: readonly string[]): Promise<readonly string[]> {
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(`${folder}/${name}`)));
  return words.filter((word) => files.some((bytes) => bytes.includes(word)));
}

interface Bench {
  readonly folder: string;
  readonly file: string;
  readonly store: Store;
}

async function bench(): Promise<Bench> {
  const folder = await temporaryFolder();
  const file = `${folder}/a.db`;
  return { folder, file, store: await openSqliteStore({ file, clock: new FakeClock() }) };
}

describe('erased is erased', () => {
  test('no word of it is left in the file or in the log, while the store goes on', async () => {
    const { folder, store } = await bench();
    const [gone, kept] = [await secretive(store, 1), await secretive(store, 2)];
    // Where a row was changed, what it said before goes too.
    const before = [...gone, secret('failure', 1)];
    expect(await left(folder, before)).toEqual(before);
    await store.workflows.erase(idOf(1), ERASURE);
    expect(await left(folder, before)).toEqual([]);
    expect(await left(folder, kept)).toEqual(kept);
    await store.close();
    expect(await left(folder, gone)).toEqual([]);
  });

  test('of many, in any order, and the index stays whole', async () => {
    const { folder, file, store } = await bench();
    const words = new Map<number, readonly string[]>();
    for (let n = 1; n <= 60; n += 1) words.set(n, await secretive(store, n));
    const gone = new Random(1).shuffled([...words.keys()]).slice(0, 40);
    for (const n of gone) await store.workflows.erase(idOf(n), ERASURE);
    for (const [n, own] of words) {
      expect(await left(folder, own)).toEqual(gone.includes(n) ? [] : own);
      const found = await store.workflows.list(query({ words: [secret('report', n)] }));
      expect(found.length).toBe(gone.includes(n) ? 0 : 1);
    }
    await store.close();
    const db = new SqliteDatabase(file);
    db.exec("INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)");
    db.close();
  }, 60_000);

  test('while another process reads it is gone for every reader at once, and from the log when that one has done', async () => {
    const { folder, file, store } = await bench();
    const words = await secretive(store, 1);
    const reader = new SqliteDatabase(file, { readonly: true });
    reader.exec('BEGIN');
    expect(reader.prepare('SELECT count(*) FROM claims').pluck().get()).toBe(1);
    await store.workflows.erase(idOf(1), ERASURE);
    expect(await store.workflows.get(idOf(1))).toBeNull();
    expect(reader.prepare('SELECT count(*) FROM claims').pluck().get()).toBe(1);
    expect(await left(folder, words)).not.toEqual([]);
    reader.exec('COMMIT');
    reader.close();
    await store.close();
    expect(await left(folder, words)).toEqual([]);
  });

  test('and a copy holds nothing of it either', async () => {
    const { folder, file, store } = await bench();
    const words = await secretive(store, 1);
    await store.workflows.erase(idOf(1), ERASURE);
    await store.close();
    const db = new SqliteDatabase(file);
    db.prepare('VACUUM INTO ?').run(`${folder}/b.db`);
    db.close();
    expect(await left(folder, words)).toEqual([]);
  });
});
