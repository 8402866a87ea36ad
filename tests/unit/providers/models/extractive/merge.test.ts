import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../../../src/core/claim.ts';
import type { Source } from '../../../../../src/core/source.ts';
import { merge } from '../../../../../src/providers/models/extractive/merge.ts';
import type { Merged } from '../../../../../src/providers/providers.ts';
import { claim, source } from './claims.ts';

const LOG = 'The write-ahead log is flushed to disk before a commit returns to the caller.';

function merged(
  claims: readonly Claim[],
  sources: readonly Source[] = [source('s1'), source('s2'), source('s3')],
): Promise<Merged> {
  return merge({ task: 'how', agent_id: 'drummer-1', claims, sources, signal: new AbortController().signal });
}

describe('merge', () => {
  it('keeps the better scored of two claims that say the same and names the other its duplicate', async () => {
    const result = await merged([
      claim(['belter-1.1', 's1'], LOG, { score: 0.5 }),
      claim(['belter-2.1', 's2'], 'Before a commit returns to the caller, the write-ahead log is flushed to disk.', {
        score: 0.9,
      }),
    ]);
    expect(result.kept).toEqual(['belter-2.1']);
    expect(result.duplicates).toEqual([{ claim_id: 'belter-1.1', of: 'belter-2.1' }]);
  });

  it('prefers the newer source whatever the score', async () => {
    const result = await merged(
      [claim(['belter-1.1', 's1'], LOG, { score: 0.9 }), claim(['belter-2.1', 's2'], LOG, { score: 0.1 })],
      [source('s1', { date: '2019' }), source('s2', { date: '2024-02-01' })],
    );
    expect(result.kept).toEqual(['belter-2.1']);
  });

  it('keeps the lower id, counted not spelled, when nothing else decides', async () => {
    expect((await merged([claim(['belter-1.10', 's1'], LOG), claim(['belter-1.9', 's2'], LOG)])).kept).toEqual([
      'belter-1.9',
    ]);
  });

  it('takes overlapping spans of one source for one claim', async () => {
    const result = await merged([
      claim(['belter-1.1', 's1'], 'Pages are written later.', { start: 100, end: 124, score: 2 }),
      claim(['belter-2.1', 's1'], 'The log comes first. Pages are written later.', { start: 79, end: 124 }),
    ]);
    expect(result.duplicates).toEqual([{ claim_id: 'belter-2.1', of: 'belter-1.1' }]);
  });

  it.each([
    [
      'another number',
      'The log is truncated after 1000 pages of changes.',
      'The log is truncated after 2000 pages of changes.',
    ],
    ['a negation', 'The log is truncated after a clean shutdown.', 'The log is not truncated after a clean shutdown.'],
    [
      'another name',
      'On startup SQLite replays committed frames found in its write-ahead log after an unclean shutdown.',
      'On startup Postgres replays committed frames found in its write-ahead log after an unclean shutdown.',
    ],
    [
      'much more to say',
      'The log is truncated.',
      'The log is truncated by a checkpoint once every reader has released its snapshot.',
    ],
  ])('keeps two claims that differ in %s', async (_, a, b) => {
    expect((await merged([claim(['belter-1.1', 's1'], a), claim(['belter-2.1', 's2'], b)])).kept).toHaveLength(2);
  });

  it('accounts for every id exactly once, in any order of the input', async () => {
    const claims = [
      claim(['belter-1.1', 's1'], LOG),
      claim(['belter-1.2', 's2'], LOG),
      claim(['belter-2.1', 's3'], 'Checkpoints copy pages from the log into the database file.'),
      claim(['belter-2.2', 's1'], LOG, { start: 3, end: 9 }),
    ];
    const result = await merged(claims);
    const ids = [...result.kept, ...result.duplicates.map(({ claim_id }) => claim_id)].sort();
    expect(ids).toEqual(claims.map(({ claim_id }) => claim_id).sort());
    const reversed = await merged([...claims].reverse());
    expect([...reversed.kept].sort()).toEqual([...result.kept].sort());
    for (const { of } of result.duplicates) expect(result.kept).toContain(of);
  });

  it('reports what the kept claims contradict', async () => {
    const result = await merged([
      claim(['belter-1.1', 's1'], 'Backups are kept for 30 days.'),
      claim(['belter-2.1', 's2'], 'Backups are kept for 90 days.'),
    ]);
    expect(result.conflicts).toHaveLength(1);
  });

  it('copes with an empty group and with claims without words', async () => {
    expect(await merged([])).toEqual({ kept: [], duplicates: [], conflicts: [] });
    expect((await merged([claim(['a.1', 's1'], '...'), claim(['a.2', 's2'], '!!!')])).kept).toHaveLength(2);
  });

  it('stops when it is aborted', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(merge({ task: 't', agent_id: 'd', claims: [], sources: [], signal })).rejects.toThrow('cancelled');
  });

  it('lets others run, and a cancel through, while it compares many claims', async () => {
    const claims = Array.from({ length: 320 }, (_, index) =>
      claim([`b.${index}`, `s${index % 3}`], `Pump ${index} of hall ${index % 7} was built in row ${index * 3}.`, {
        start: index * 100,
        end: index * 100 + 50,
      }),
    );
    const sources = ['s0', 's1', 's2'].map((id) => source(id));
    const controller = new AbortController();
    let turns = 0;
    const other = setInterval(() => {
      turns += 1;
      if (turns === 3) controller.abort(new Error('cancelled'));
    }, 0);
    const work = merge({ task: 't', agent_id: 'd', claims, sources, signal: controller.signal });
    await expect(work).rejects.toThrow('cancelled');
    clearInterval(other);
    expect(turns).toBe(3);
  });
});
