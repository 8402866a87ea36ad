import { describe, expect, test } from 'vitest';
import type { ListRequest } from '../../../src/core/listing.ts';
import { databaseFile } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { finished, ME, type Orchestra, orchestra, OTHER } from '../../support/orchestra.ts';

async function several(tasks: readonly string[]): Promise<Orchestra> {
  const on = await orchestra({ deeds: ['find'] });
  for (const task of tasks) await finished(on, { task });
  return on;
}

async function tasks(on: Orchestra, request: ListRequest): Promise<readonly string[]> {
  return (await on.orchestrator.list(ME, request)).workflows.map(({ task }) => task);
}

test('the list shows the newest first, one’s own alone', async () => {
  const on = await several(['one', 'two', 'three']);
  expect(await tasks(on, {})).toEqual(['three', 'two', 'one']);
  expect((await on.orchestrator.list(OTHER)).workflows).toEqual([]);
  const [newest] = (await on.orchestrator.list(ME)).workflows;
  expect(newest).toMatchObject({ status: 'completed', completeness: 'full', orchestrator_type: 'beltalowda' });
});

test('a workflow whose process is gone is listed as interrupted until somebody takes it up', async () => {
  const shared = { file: await databaseFile(), clock: new FakeClock(), deeds: ['hang'] as const };
  const first = await orchestra(shared);
  await first.orchestrator.start({ task: 'How?' }, ME);
  await first.clock.settle();
  expect((await first.orchestrator.list(ME)).workflows[0]).not.toHaveProperty('interrupted');
  await first.orchestrator.close();
  const second = await orchestra({ ...shared, serve: false });
  expect((await second.orchestrator.list(ME)).workflows[0]).toMatchObject({ status: 'running', interrupted: true });
  second.orchestrator.recover();
  await shared.clock.settle();
  expect((await second.orchestrator.list(ME)).workflows[0]).not.toHaveProperty('interrupted');
});

test('a long task is shown by its beginning', async () => {
  const on = await several([`Why ${'very '.repeat(100)}long?`]);
  const [shown] = await tasks(on, {});
  expect(shown).toHaveLength(201);
});

test('words are looked for in task and report, whatever else is typed', async () => {
  const on = await several(['How do logs work?', 'What about pages?']);
  expect(await tasks(on, { query: 'WORKING' })).toEqual(['How do logs work?']);
  expect(await tasks(on, { query: 'log written' })).toEqual(['What about pages?', 'How do logs work?']);
  expect(await tasks(on, { query: '"logs AND (NEAR* -work:' })).toEqual([]);
  const [found] = (await on.orchestrator.list(ME, { query: 'pages about' })).workflows;
  expect(found?.match).toContain('**pages**');
});

test('pages follow one another without a gap, and filters hold on each', async () => {
  const on = await several(['1', '2', '3', '4', '5']);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await on.orchestrator.list(ME, { limit: 2, status: 'completed', cursor });
    seen.push(...page.workflows.map(({ task }) => task));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  expect(seen).toEqual(['5', '4', '3', '2', '1']);
  expect(await tasks(on, { status: 'failed' })).toEqual([]);
  expect(await tasks(on, { orchestrator_type: 'swarm' })).toEqual([]);
});

test('since and until cut by the time of creation, until not included', async () => {
  const on = await several(['one']);
  const [one] = (await on.orchestrator.list(ME)).workflows;
  const at = one?.created_at ?? '';
  expect(await tasks(on, { since: at })).toEqual(['one']);
  expect(await tasks(on, { until: at })).toEqual([]);
  expect(await tasks(on, { since: '2026-01-01', until: '2026-01-02' })).toEqual(['one']);
  expect(await tasks(on, { since: '2026-01-01T02:00+02:00', until: '2026-01-01T01:00' })).toEqual(['one']);
});

describe('what cannot be listed is refused with the way out', () => {
  const REFUSED: readonly (readonly [string, ListRequest, RegExp])[] = [
    ['a limit of none', { limit: 0 }, /limit must be/],
    ['a limit too large', { limit: 101 }, /limit must be/],
    ['a query without a word', { query: '?! --' }, /holds no word/],
    ['a time that is none', { since: 'yesterday' }, /since must be a date/],
    ['a day that is none', { until: '2026-02-30' }, /until must be a date/],
    ['a time of a day that is none', { until: '2026-02-29T10:00+02:00' }, /until must be a date/],
    ['a day after which none can be written', { since: '9999-12-31T12:00:00Z' }, /since must lie in a year from 0 to/],
    ['a year that its offset leaves', { since: '0000-01-01T00:00+02:00' }, /since must lie in a year from 0 to/],
    ['a range the wrong way round', { since: '2026-02-02', until: '2026-02-01' }, /must lie before/],
    ['a cursor that is none', { cursor: 'garbage' }, /not one that list_workflows returned/],
    ['a cursor of another kind', { cursor: Buffer.from('["x"]').toString('base64url') }, /not one that/],
  ];
  test.each(REFUSED)('%s', async (_what, request, message) => {
    const on = await orchestra();
    await expect(on.orchestrator.list(ME, request)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(message) as unknown,
    });
  });

  test('a cursor of another query', async () => {
    const on = await several(['1', '2', '3']);
    const { next_cursor } = await on.orchestrator.list(ME, { limit: 1 });
    expect(await tasks(on, { limit: 2, cursor: next_cursor })).toEqual(['2', '1']);
    await expect(on.orchestrator.list(ME, { query: 'log', cursor: next_cursor })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'cursor belongs to another query',
    });
  });
});

test('analytics count what was created in their range', async () => {
  const on = await several(['one', 'two']);
  const figures = await on.orchestrator.analytics(ME);
  expect(figures).toMatchObject({ since: null, until: null, totals: { total_workflows: 2, success_rate: 1 } });
  expect(figures.by_pattern).toMatchObject([{ orchestrator_type: 'beltalowda', total_workflows: 2 }]);
  expect(figures.slowest).toHaveLength(2);
  const later = await on.orchestrator.analytics(ME, { since: '2026-06-01' });
  expect(later).toMatchObject({
    since: '2026-06-01T00:00:00.000Z',
    totals: { total_workflows: 0, success_rate: null },
  });
  await expect(on.orchestrator.analytics(ME, { since: 'x' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});

test('ids are completed from their beginning', async () => {
  const on = await several(['one', 'two']);
  const all = await on.orchestrator.taskIds(ME, 'wf_', 10);
  expect(all).toHaveLength(2);
  expect(await on.orchestrator.taskIds(ME, all[0]?.slice(0, 12) ?? '', 10)).toEqual([all[0]]);
  expect(await on.orchestrator.taskIds(ME, '%', 10)).toEqual([]);
  expect(await on.orchestrator.taskIds(OTHER, 'wf_', 10)).toEqual([]);
});
