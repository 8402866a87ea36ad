import { describe, expect, it } from 'vitest';
import type { Conflict } from '../../../../../src/core/claim.ts';
import type { Source } from '../../../../../src/core/source.ts';
import { findConflicts } from '../../../../../src/providers/models/extractive/conflicts.ts';
import { pace } from '../../../../../src/providers/models/extractive/pacing.ts';
import { claim, source } from './claims.ts';

const unhurried = pace(new AbortController().signal);

function between(
  a: string,
  b: string,
  sources: readonly Source[] = [source('s1'), source('s2')],
): Promise<readonly Conflict[]> {
  return findConflicts([claim(['belter-1.1', 's1'], a), claim(['belter-1.2', 's2'], b)], sources, unhurried);
}

const CONTRADICTIONS: readonly (readonly [string, string, string])[] = [
  [
    'The default page size is 4096 bytes.',
    'The page size is 1024 bytes by default.',
    'default page size: 4096 bytes in one source, 1024 bytes in another',
  ],
  [
    'Backups are kept for 30 days.',
    'Backups are kept for 90 days.',
    'backups are kept: 30 days in one source, 90 days in another',
  ],
  [
    'SQLite 3 was first released in 2004.',
    'SQLite 3 was first released in 2005.',
    'SQLite first released: 2004 in one source, 2005 in another',
  ],
  [
    'The population of Berlin is 3.7 million people.',
    'Berlin has a population of 3.2 million people.',
    'population of Berlin: 3.7 million people in one source, 3.2 million people in another',
  ],
  [
    'Compression saves 40% of disk space.',
    'Compression saves 15% of the disk space.',
    'compression saves: 40% in one source, 15% in another',
  ],
  [
    'The checkpoint runs when the log reaches 1000 pages.',
    'The checkpoint runs when the log reaches 2000 pages.',
    'checkpoint runs when the log reaches: 1000 pages in one source, 2000 pages in another',
  ],
  [
    'The request timeout is 30 seconds.',
    'The request timeout is 2 minutes.',
    'request timeout: 30 seconds in one source, 2 minutes in another',
  ],
  [
    'The treaty was signed on 12 March 1999.',
    'The treaty was signed on 14 March 1999.',
    'treaty was signed: 12 March 1999 in one source, 14 March 1999 in another',
  ],
  [
    'The licence costs $499 per year.',
    'The licence costs $299 per year.',
    'licence costs: $499 in one source, $299 in another',
  ],
  [
    'Write-ahead logging was added in version 3.7.0.',
    'Write-ahead logging was added in version 3.6.2.',
    'write-ahead logging was added: version 3.7.0 in one source, version 3.6.2 in another',
  ],
  [
    'WAL mode supports several concurrent readers.',
    'WAL mode does not support several concurrent readers.',
    'WAL mode concurrent readers: supports in one source, does not support in another',
  ],
  [
    'Checksums are enabled by default in the storage layer.',
    'Checksums are disabled by default in the storage layer.',
    'checksums default storage layer: enabled in one source, disabled in another',
  ],
  [
    'A signature is required for refunds.',
    'A signature is optional for refunds.',
    'signature refunds: required in one source, optional in another',
  ],
  [
    'The committee approved the merger proposal.',
    'The committee rejected the merger proposal.',
    'committee merger proposal: approved in one source, rejected in another',
  ],
  [
    'The log file is never truncated automatically.',
    'The log file is always truncated automatically.',
    'log file automatically: is never truncated in one source, is always truncated in another',
  ],
];

const AGREEMENTS: readonly (readonly [string, string])[] = [
  ['The population of Berlin is 3.7 million people.', 'The population of Hamburg is 1.8 million people.'],
  ['Read latency is 5 ms on the test machine.', 'Write latency is 9 ms on the test machine.'],
  ['The page size is 4096 bytes.', 'The page size is 4 KB.'],
  ['The population of Berlin is about 3.7 million.', 'The population of Berlin is 3.66 million.'],
  ['In 2010 the population was 3.4 million people.', 'In 2020 the population was 3.7 million people.'],
  ['Backups are kept for at least 30 days.', 'Backups are kept for 90 days.'],
  ['SQLite was released in 2000.', 'SQLite was released on 17 August 2000.'],
  ['The cache holds 2000 pages.', 'The database holds 100000 pages.'],
  ['SQLite stores a page in 4096 bytes.', 'LevelDB stores a block in 8192 bytes.'],
  ['WAL mode supports concurrent readers.', 'Rollback journal mode does not support concurrent readers.'],
  ['Writers do not block readers.', 'Readers do not block writers in this mode.'],
  ['If the battery fails, the cache is not safe.', 'The cache is safe.'],
  ['Section 4 describes the log format.', 'Section 7 describes the log format.'],
  ['Figure 3 shows the write path of the log.', 'Figure 5 shows the write path of the log.'],
  ['Version 3.7 made the log 10% faster.', 'Version 3.8 made the log 25% faster.'],
  ['The log is not only fast but durable.', 'The log is fast and durable.'],
  ['The timeout is 30 seconds when idle.', 'The timeout is 60 seconds.'],
  ['Each shard has two replicas and 64 partitions.', 'Each shard has 64 partitions.'],
  ['The survey asked 1200 adults in France.', 'The survey asked 900 adults in Spain.'],
  ['Use fsync to flush the log to disk.', 'Do not use fsync on network file systems to flush the log to disk.'],
];

const APPROVALS = [
  'Business class requires the approval of the managing director.',
  'Business class requires the approval of the department head.',
] as const;

describe('findConflicts', () => {
  it.each(CONTRADICTIONS)('reports a contradiction: %s / %s', async (a, b, about) => {
    expect((await between(a, b)).map((conflict) => conflict.about)).toEqual([about]);
  });

  it.each(AGREEMENTS)('stays silent: %s / %s', async (a, b) => {
    expect(await between(a, b)).toEqual([]);
    expect(await between(b, a)).toEqual([]);
  });

  it('stays silent about one source, which may name two values of its own', async () => {
    const claims = [
      claim(['belter-1.1', 's1'], 'Backups are kept for 30 days.'),
      claim(['belter-1.2', 's1'], 'Backups are kept for 90 days.', { start: 50, end: 80 }),
    ];
    expect(await findConflicts(claims, [source('s1')], unhurried)).toEqual([]);
  });

  it('takes equal sentences in documents about two products for two facts', async () => {
    const sources = [source('s1', { title: 'SQLite file format' }), source('s2', { title: 'LevelDB notes' })];
    expect(
      await between('The default page size is 4096 bytes.', 'The default page size is 8192 bytes.', sources),
    ).toEqual([]);
  });

  it('names the newer side first when the sources state their dates', async () => {
    const sources = [source('s1', { date: '2021-03' }), source('s2', { date: '2024' })];
    const [conflict] = await between('Backups are kept for 30 days.', 'Backups are kept for 90 days.', sources);
    expect(conflict).toEqual({
      claim_ids: ['belter-1.2', 'belter-1.1'],
      newer: 'belter-1.2',
      about: 'backups are kept: 90 days in the newer source, 30 days in the older one',
    });
  });

  it('takes two editions of one handbook for versions, by the year in their names', async () => {
    const sources = [
      source('s1', { title: 'Security handbook 2022', location: 'docs/handbook-2022.md' }),
      source('s2', { title: 'Security handbook 2024', location: 'docs/handbook-2024.md' }),
    ];
    const [conflict] = await between(
      'Passwords must be changed every 90 days and hold 8 characters.',
      'Passwords must be changed every 365 days and hold 14 characters.',
      sources,
    );
    expect(conflict?.newer).toBe('belter-1.2');
  });

  it('compares rows of two versions of a table by their key', async () => {
    const sources = [
      source('s1', { title: 'cities', location: 'data/cities-2020.csv', format: 'csv' }),
      source('s2', { title: 'cities', location: 'data/cities-2023.csv', format: 'csv' }),
    ];
    const conflicts = await between(
      'city: Berlin; population: 3.6 million',
      'city: Berlin; population: 3.9 million',
      sources,
    );
    expect(conflicts.map(({ about }) => about)).toEqual([
      'Berlin, population: 3.9 million in the newer source, 3.6 million in the older one',
    ]);
    expect(
      await between('city: Berlin; population: 3.6 million', 'city: Hamburg; population: 1.9 million', sources),
    ).toEqual([]);
    expect(await between('city: Berlin; population: 3.6 million', 'city: Berlin; population: 3.9 million')).toEqual([]);
  });

  it('sees one word replaced in a sentence of two versions, and only there', async () => {
    const sources = [
      source('s1', { title: 'Checklist', location: 'docs/checklist-2023.md', date: '2023' }),
      source('s2', { title: 'Checklist', location: 'docs/checklist-2025.md', date: '2025' }),
    ];
    const pair = ['The synchronous setting should be NORMAL.', 'The synchronous setting should be FULL.'] as const;
    expect((await between(...pair, sources)).map(({ about }) => about)).toEqual([
      'synchronous setting: FULL in the newer source, NORMAL in the older one',
    ]);
    expect(await between(...pair)).toEqual([]);
    expect((await between(...APPROVALS, sources)).map(({ about }) => about)).toEqual([
      'business class requires the approval: department head in the newer source, managing director in the older one',
    ]);
    expect(await between('The setting should be NORMAL today.', 'The log should be FULL today.', sources)).toEqual([]);
  });

  it('shows how each side says what only one denies', async () => {
    const conflicts = await between(
      'A committed transaction is never lost after a power failure.',
      'A committed transaction may be lost after a power failure.',
    );
    expect(conflicts.map(({ about }) => about)).toEqual([
      'committed transaction power failure: is never lost in one source, may be lost in another',
    ]);
  });
});
