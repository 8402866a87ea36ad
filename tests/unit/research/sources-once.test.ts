import { expect, it } from 'vitest';
import type { Source } from '../../../src/core/source.ts';
import { sourcesOnce } from '../../../src/research/evidence/sources-once.ts';

/** Lists that many sources for each workflow and counts how often it was asked. */
function lists(sizes: Readonly<Record<string, number>>) {
  const asked: string[] = [];
  const list = async (task_id: string): Promise<readonly Source[]> => {
    asked.push(task_id);
    return Array.from({ length: sizes[task_id] ?? 0 }, (_, n): Source => ({ ...ANY, source_id: `s${n + 1}` }));
  };
  return { list, asked };
}

const ANY: Source = {
  source_id: 's1',
  sha256: 'a',
  format: 'text',
  title: 'a',
  location: 'a.txt',
  uri: 'file:///a.txt',
  domain: 'general',
  date: null,
  modified_at: '2026-01-01T00:00:00.000Z',
  accessed_at: '2026-01-01T00:00:00.000Z',
  characters: 1,
  also_at: [],
};

it('reads the sources of a workflow once, however many agents ask', async () => {
  const from = lists({ a: 2 });
  const list = sourcesOnce(from);
  expect(await list('a')).toHaveLength(2);
  expect(await list('a')).toHaveLength(2);
  expect(from.asked).toEqual(['a']);
});

it('asks again for a workflow that had none: it may have been collecting', async () => {
  const from = lists({});
  const list = sourcesOnce(from);
  await list('a');
  await list('a');
  expect(from.asked).toEqual(['a', 'a']);
});

it('keeps no more than told, those asked for last', async () => {
  const from = lists({ a: 4, b: 4, c: 4 });
  const list = sourcesOnce(from, 10);
  for (const task_id of ['a', 'b', 'a', 'c', 'a', 'b']) await list(task_id);
  expect(from.asked).toEqual(['a', 'b', 'c', 'b']);
});
