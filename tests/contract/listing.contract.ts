import { describe, expect, test } from 'vitest';
import type { Store, Submission, WorkflowQuery } from '../../src/store/store.ts';
import { fresh, type OpenStore } from './opened.ts';
import { end, ended, ERROR, idOf, query, reportOf, ROOM, running, submission } from './rows.ts';

async function listed(store: Store, change: Partial<WorkflowQuery> = {}): Promise<readonly string[]> {
  return (await store.workflows.list(query(change))).map(({ workflow }) => workflow.task_id);
}

async function created(store: Store, n: number, change: Partial<Submission> = {}): Promise<void> {
  await store.workflows.create(submission(n, change), ROOM);
}

const ids = (...numbers: readonly number[]): readonly string[] => numbers.map((n) => idOf(n));

export function listingContract(open: OpenStore): void {
  test('one’s own workflows are listed as they are, the newest first, those of the same moment by id', async () => {
    const at = await fresh(open);
    for (const n of [2, 1]) await created(at.store, n);
    at.clock.jump(1);
    await created(at.store, 3);
    await created(at.store, 4, { owner: 'another' });
    const found = await at.store.workflows.list(query());
    expect(found.map(({ workflow }) => workflow.task_id)).toEqual(ids(3, 2, 1));
    expect(await at.store.workflows.get(idOf(3))).toMatchObject({ ...found[0]?.workflow });
    expect(found[0]).toMatchObject({ completeness: null, match: null });
    expect(await listed(at.store, { owner: 'another' })).toEqual(ids(4));
    expect(await listed(at.store, { owner: 'nobody' })).toEqual([]);
  });

  test('pages meet without a gap or a repetition, also while others are added', async () => {
    const at = await fresh(open);
    for (let n = 1; n <= 7; n += 1) {
      await created(at.store, n);
      if (n % 3 === 0) at.clock.jump(1);
    }
    const seen: string[] = [];
    let before: WorkflowQuery['before'] = null;
    for (let page = 0; page < 4; page += 1) {
      const found = await at.store.workflows.list(query({ limit: 2, before }));
      seen.push(...found.map(({ workflow }) => workflow.task_id));
      const last = found.at(-1)?.workflow;
      if (last !== undefined) before = { created_at: last.created_at, task_id: last.task_id };
      at.clock.jump(1);
      await created(at.store, 10 + page);
    }
    expect(seen).toEqual(ids(7, 6, 5, 4, 3, 2, 1));
  });

  test('filters: status, pattern and time of creation, its end exclusive', async () => {
    const at = await fresh(open);
    await running(at.store, 1);
    await at.store.workflows.finish(await running(at.store, 2), end({ status: 'failed', error: ERROR }));
    const since = new Date(at.clock.now() + 5).toISOString();
    at.clock.jump(5);
    await created(at.store, 3, { orchestrator_type: 'swarm' });
    const until = new Date(at.clock.now() + 5).toISOString();
    at.clock.jump(5);
    await created(at.store, 4);
    expect(await listed(at.store, { status: 'running' })).toEqual(ids(1));
    expect(await listed(at.store, { status: 'failed' })).toEqual(ids(2));
    expect(await listed(at.store, { status: 'pending' })).toEqual(ids(4, 3));
    expect(await listed(at.store, { orchestrator_type: 'swarm' })).toEqual(ids(3));
    expect(await listed(at.store, { since })).toEqual(ids(4, 3));
    expect(await listed(at.store, { until })).toEqual(ids(3, 2, 1));
    expect(await listed(at.store, { since, until })).toEqual(ids(3));
    expect(await listed(at.store, { since, status: 'running' })).toEqual([]);
  });

  test('completeness is what the end said, and null before it', async () => {
    const { store } = await fresh(open);
    await running(store, 1);
    await ended(store, 2, { finish: { event: { completeness: 'partial' } } });
    await ended(store, 3, { finish: { status: 'failed', error: ERROR, result: null, event: {} } });
    const found = await store.workflows.list(query());
    expect(found.map(({ completeness }) => completeness)).toEqual([null, 'partial', null]);
  });

  describe('search', () => {
    const TASK = 'How does the write-ahead log survive power loss?';
    const REPORT = 'Checkpoints copy **pages** back.\nA café owner wrote the durability chapter.';

    async function library(store: Store): Promise<void> {
      await ended(store, 1, { submission: { task: TASK, title: 'Journals' }, finish: { result: reportOf(REPORT) } });
      await created(store, 2, { task: 'Which log is the fastest?' });
      await created(store, 3, { task: TASK, owner: 'another' });
    }

    test('finds words in task, title and report, of open workflows as well', async () => {
      const { store } = await fresh(open);
      await library(store);
      expect(await listed(store, { words: ['log'] })).toEqual(ids(2, 1));
      expect(await listed(store, { words: ['journals'] })).toEqual(ids(1));
      expect(await listed(store, { words: ['checkpoints'] })).toEqual(ids(1));
      expect(await listed(store, { words: ['fastest'] })).toEqual(ids(2));
      expect(await listed(store, { words: ['lever'] })).toEqual([]);
      expect(await listed(store, { words: ['log'], owner: 'another' })).toEqual(ids(3));
    });

    test('wants every word, wherever it stands, in any form, with or without its accents', async () => {
      const { store } = await fresh(open);
      await library(store);
      expect(await listed(store, { words: ['log', 'journals', 'durability'] })).toEqual(ids(1));
      expect(await listed(store, { words: ['log', 'fastest', 'durability'] })).toEqual([]);
      expect(await listed(store, { words: ['LOGS', 'Checkpoint', 'cafe', 'wróte'] })).toEqual(ids(1));
    });

    test('shows the place that matched, the words marked, in one line', async () => {
      const { store } = await fresh(open);
      await library(store);
      const [found] = await store.workflows.list(query({ words: ['durability', 'café'] }));
      expect(found?.match).toContain('A **café** owner wrote the **durability** chapter.');
      expect(found?.match).not.toContain('\n');
    });

    test('pages and filters as every list', async () => {
      const { store } = await fresh(open);
      await library(store);
      const [first] = await store.workflows.list(query({ words: ['log'], limit: 1 }));
      const before = { created_at: first?.workflow.created_at ?? '', task_id: idOf(2) };
      expect(await listed(store, { words: ['log'], before })).toEqual(ids(1));
      expect(await listed(store, { words: ['log'], status: 'completed' })).toEqual(ids(1));
    });

    const HOSTILE = [
      '"',
      '*',
      'NEAR(',
      'AND',
      'OR',
      'NOT',
      '(',
      'task:',
      '^log',
      'a"b',
      '-',
      '{task}',
      '\0',
      'log\0x',
      '+',
    ];
    test.each(HOSTILE)('no word is read as an operator: %j', async (word) => {
      const { store } = await fresh(open);
      await library(store);
      await created(store, 4, { task: `said ${word.replaceAll('\0', ' ')} aloud` });
      const found = await listed(store, { words: [word, 'aloud'] });
      expect(found).toEqual(ids(4));
    });

    test('a word that no text can hold finds nothing', async () => {
      const { store } = await fresh(open);
      await library(store);
      expect(await listed(store, { words: ['?!'] })).toEqual([]);
    });

    test('another process finds what this one wrote', async () => {
      const at = await fresh(open);
      const second = await at.second();
      await library(at.store);
      expect(await listed(second, { words: ['checkpoints'] })).toEqual(ids(1));
    });
  });

  describe('ids', () => {
    test('are one’s own that begin so, the newest first, at most so many', async () => {
      const at = await fresh(open);
      for (const n of [1, 2, 3]) {
        await created(at.store, n, n === 2 ? { owner: 'another' } : {});
        at.clock.jump(1);
      }
      const own = (prefix: string, limit = 9): Promise<readonly string[]> =>
        at.store.workflows.ids('local', prefix, limit);
      expect(await own('')).toEqual(ids(3, 1));
      expect(await own('wf_', 1)).toEqual(ids(3));
      expect(await own(idOf(1))).toEqual(ids(1));
      expect(await own(idOf(2))).toEqual([]);
      for (const odd of ['%', '_', 'WF_', 'wf%', "'", '\0', `${idOf(1)}x`]) expect(await own(odd)).toEqual([]);
    });
  });
}
