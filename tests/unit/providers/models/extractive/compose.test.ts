import { describe, expect, it } from 'vitest';
import type { Claim, Conflict } from '../../../../../src/core/claim.ts';
import type { Composition } from '../../../../../src/core/report.ts';
import type { Source } from '../../../../../src/core/source.ts';
import { compose, titleOf } from '../../../../../src/providers/models/extractive/compose.ts';
import type { Shape } from '../../../../../src/core/plan.ts';
import type { ComposeRequest } from '../../../../../src/providers/providers.ts';
import { claim, source } from './claims.ts';

const SOURCES: readonly Source[] = ['s1', 's2', 's3', 's4'].map((id) => source(id));

function composed(claims: readonly Claim[], over: Partial<ComposeRequest> = {}): Promise<Composition> {
  const objectives = [...new Set(claims.map(({ objective }) => objective))].map((objective) => ({
    objective,
    agent_id: 'a',
  }));
  return compose({
    task: 'How do embedded databases survive a crash?',
    shape: 'survey',
    claims,
    conflicts: [],
    sources: SOURCES,
    objectives,
    signal: new AbortController().signal,
    ...over,
  });
}

const SENTENCES = [
  'A write-ahead log survives a crash because it is flushed first.',
  'Checkpoints copy frames into the main file.',
  'Torn pages are found by checksums after a power failure.',
  'Group commit lets many transactions share one flush.',
  'Hot journals are rolled back when the file is next opened.',
  'Battery-backed caches may acknowledge writes early.',
  'File systems reorder metadata updates unless barriers are used.',
  'Shadow paging never overwrites live pages in place.',
  'Recovery scans stop at the first invalid frame.',
  'Replicas protect against the loss of a whole disk.',
  'Compaction rewrites sorted runs in the background.',
  'Snapshots keep readers away from half-written state.',
];

function survey(): readonly Claim[] {
  return SENTENCES.map((text, index) =>
    claim([`belter-${(index % 3) + 1}.${Math.floor(index / 3) + 1}`, `s${(index % 4) + 1}`], text, {
      objective:
        ['database durability: checkpoints', 'database durability: torn pages', 'database durability: recovery'][
          index % 3
        ] ?? '',
      score: 1 - index / 20,
      start: index * 100,
      end: index * 100 + text.length,
    }),
  );
}

function at(id: string, where: readonly [source_id: string, start: number], score: number): Claim {
  const text = SENTENCES[Number(id.split('.')[1])] ?? '';
  return claim([id, where[0]], text, { start: where[1], end: where[1] + 9, score });
}

describe('compose', () => {
  it('cites every claim once, in the summary or in one section', async () => {
    const result = await composed(survey());
    const cited = [...result.summary, ...result.sections.flatMap(({ claims }) => claims)];
    expect([...cited].sort()).toEqual(
      survey()
        .map(({ claim_id }) => claim_id)
        .sort(),
    );
    expect(result.summary).toHaveLength(5);
  });

  it('starts the summary with claims of different sections and sources', async () => {
    const claims = new Map(survey().map((entry) => [entry.claim_id, entry]));
    const first = (await composed(survey())).summary.slice(0, 3).map((id) => claims.get(id));
    expect(new Set(first.map((entry) => entry?.objective)).size).toBe(3);
    expect(new Set(first.map((entry) => entry?.source_id)).size).toBe(3);
  });

  it('heads sections by theme, in plan order, without the topic they share', async () => {
    expect((await composed(survey())).sections.map(({ heading }) => heading)).toEqual([
      'Checkpoints',
      'Torn pages',
      'Recovery',
    ]);
  });

  it('leaves out sections without claims and adds objectives the plan does not know', async () => {
    const result = await composed(
      survey()
        .slice(0, 6)
        .map((entry) => ({ ...entry, objective: 'a new matter' })),
      {
        objectives: [{ objective: 'nothing found here', agent_id: 'belter-1' }],
      },
    );
    expect(result.sections.map(({ heading }) => heading)).toEqual(['A new matter']);
  });

  it('merges sections whose objectives mean the same', async () => {
    const claims = survey()
      .slice(0, 8)
      .map((entry, index) => ({
        ...entry,
        objective: index % 2 === 0 ? 'causes of urban heat islands' : 'the causes of heat islands in urban areas',
      }));
    expect((await composed(claims)).sections).toHaveLength(1);
  });

  it('keeps the domains of a swarm apart', async () => {
    const claims = survey()
      .slice(0, 8)
      .map((entry, index) => ({
        ...entry,
        objective: `How do databases survive a crash? (${index % 2 === 0 ? 'academic' : 'technical'} sources)`,
      }));
    expect((await composed(claims)).sections.map(({ heading }) => heading)).toEqual([
      'Academic sources',
      'Technical sources',
    ]);
  });

  it('groups the claims of a section by source, best source first, each in reading order', async () => {
    const claims = [
      at('b.1', ['s2', 900], 0.5),
      at('b.2', ['s1', 500], 0.4),
      at('b.3', ['s2', 100], 0.9),
      at('b.4', ['s3', 0], 1),
    ];
    const [section] = (await composed(claims, { shape: 'fact' })).sections;
    expect(section?.claims).toEqual(['b.3', 'b.1', 'b.2']);
  });

  it('answers a fact with its single best claim and needs no section for it', async () => {
    const result = await composed([claim(['b.1', 's1'], 'The default page size is 4096 bytes.')], {
      shape: 'fact',
      task: 'What is the page size?',
    });
    expect(result.summary).toEqual(['b.1']);
    expect(result.sections).toEqual([]);
  });

  it('merges duplicates across groups and moves their conflicts to the claim kept', async () => {
    const claims = [
      claim(['belter-1.1', 's1'], 'Backups are kept for 30 days in the vault.', { score: 0.9 }),
      claim(['belter-2.1', 's2'], 'In the vault, backups are kept for 30 days.', { score: 0.5 }),
      claim(['belter-3.1', 's3'], 'Audits of suppliers take place in spring.', { score: 0.5 }),
      claim(['belter-3.2', 's4'], 'The vault lies in another building, far from the servers.', { score: 0.4 }),
    ];
    const conflict: Conflict = { claim_ids: ['belter-2.1', 'belter-3.1'], newer: null, about: 'by hand' };
    const result = await composed(claims, { conflicts: [conflict] });
    expect(result.conflicts).toEqual([{ about: 'by hand', claims: ['belter-1.1', 'belter-3.1'], newer: null }]);
    expect([...result.summary, ...result.sections.flatMap((section) => section.claims)]).not.toContain('belter-2.1');
  });

  it('keeps two disagreements on one subject apart, and the sides of one however alike they are', async () => {
    const about = 'two sources disagree on how commits work';
    const pairs: readonly (readonly [string, string])[] = [
      ['belter-1.1', 'belter-2.2'],
      ['belter-1.3', 'belter-2.4'],
      ['belter-1.5', 'belter-2.5'],
    ];
    const claims = pairs.flat().map((id, n) => at(id, [`s${(n % 4) + 1}`, n * 100], 1));
    const conflicts = pairs.map((claim_ids): Conflict => ({ about, claim_ids, newer: null }));
    const result = await composed(claims, { conflicts });
    expect(result.conflicts.map((one) => one.claims)).toEqual(pairs);
  });

  it('finds conflicts across groups and cites the older side only there', async () => {
    const claims = [
      claim(['belter-1.1', 's1'], 'Backups are kept for 30 days.'),
      claim(['belter-2.1', 's2'], 'Backups are kept for 90 days.'),
    ];
    const result = await composed(claims, {
      sources: [source('s1', { date: '2020' }), source('s2', { date: '2024' })],
    });
    expect(result.conflicts.map(({ claims: ids, newer }) => [ids, newer])).toEqual([
      [['belter-2.1', 'belter-1.1'], 'belter-2.1'],
    ]);
    expect(result.summary).toEqual(['belter-2.1']);
    expect(result.sections).toEqual([]);
  });

  it('tells one contradiction once, however many sources repeat it', async () => {
    const claims = [
      claim(['belter-1.1', 's1'], 'Backups are kept for 30 days by the archive team.'),
      claim(['belter-1.2', 's2'], 'Backups are kept for 90 days by the archive team.'),
      claim(['belter-2.1', 's3'], 'Backups of the mail server are kept for 90 days by the archive team on tape.'),
    ];
    expect((await composed(claims)).conflicts).toHaveLength(1);
  });

  it('gathers sections of a single sentence at the end of a report of many sections', async () => {
    const objectives = ['topic: alpha', 'topic: beta', 'topic: gamma', 'topic: delta', 'topic: omega'];
    const claims = survey().map((entry, index) => ({
      ...entry,
      objective: objectives[index < 9 ? index % 3 : index - 6] ?? objectives[0] ?? '',
    }));
    const result = await composed(claims.slice(0, 11), {
      objectives: objectives.map((objective) => ({ objective, agent_id: 'a' })),
    });
    expect(result.sections.map(({ heading }) => heading)).toEqual(['Alpha', 'Beta', 'Gamma', 'Further findings']);
    const told = [...result.summary, ...(result.sections.at(-1)?.claims ?? [])];
    expect(told).toEqual(expect.arrayContaining(['belter-1.4', 'belter-2.4']));
  });

  it('does not head a section with the title itself', async () => {
    const task = 'How do embedded databases survive a crash?';
    const one = await composed(survey().map((entry) => ({ ...entry, objective: task })));
    expect(one.sections.map(({ heading }) => heading)).toEqual(['Findings']);
    const two = await composed(
      survey().map((entry, index) => ({ ...entry, objective: index < 6 ? task : 'torn pages' })),
    );
    expect(two.sections.map(({ heading }) => heading)).toEqual(['Overview', 'Torn pages']);
  });

  it('answers each of several questions before it answers one twice', async () => {
    const questions = ['What is a checkpoint?', 'When are torn pages found?', 'What do replicas protect against?'];
    const texts = [
      ['A checkpoint is a copy of frames into the main file.', 'Replicas may copy a checkpoint, too, in the night.'],
      ['Torn pages are found by checksums after a power failure.', 'Paper pages of old printed books are often torn.'],
      ['Replicas protect against the loss of a whole disk.', 'Insurance protects against the loss of a warehouse.'],
    ];
    const claims = questions.flatMap((objective, at) =>
      (texts[at] ?? []).map((text, n) =>
        claim([`belter-${at + 1}.${n + 1}`, `s${n + 1}`], text, {
          objective,
          score: 1 - n / 10,
          start: at * 99,
          end: at * 99 + 60,
        }),
      ),
    );
    const { summary } = await composed(claims, { task: questions.join(' ') });
    expect(summary).toEqual(['belter-1.1', 'belter-2.1', 'belter-3.1']);
  });

  it('does not sum up by what only an older version says, nor by a remark to the reader', async () => {
    const claims = [
      claim(['b.1', 's1'], 'Embedded databases survive a crash by luck, as the old handbook says.', { score: 1 }),
      claim(['b.2', 's2'], 'Embedded databases survive a crash by a log that is flushed first.', { score: 0.6 }),
      claim(['b.3', 's2'], 'See the chapter on embedded databases that survive a crash for more.', {
        score: 0.9,
        start: 90,
        end: 99,
      }),
    ];
    const sources = [
      source('s1', { title: 'Handbook', location: 'docs/handbook-2020.md', date: '2020' }),
      source('s2', { title: 'Handbook', location: 'docs/handbook-2024.md', date: '2024' }),
    ];
    expect((await composed(claims, { sources })).summary[0]).toBe('b.2');
  });

  it('heads a section with what an order to the writer is about', async () => {
    const objectives = [
      'Cover logs and checkpoints.',
      'Do not forget to say what replicas do',
      'Write an overview of disks',
    ];
    const claims = survey().map((entry, at) => ({ ...entry, objective: objectives[at % 3] ?? '' }));
    expect((await composed(claims)).sections.map(({ heading }) => heading)).toEqual([
      'Logs and checkpoints',
      'What replicas do',
      'Disks',
    ]);
  });

  it('keeps table rows out of a summary of sentences', async () => {
    const row = claim(['belter-9.1', 's4'], 'engine: SQLite; mode: WAL; survives: a crash', {
      score: 9,
      objective: 'database durability: recovery',
    });
    expect((await composed([...survey(), row])).summary).not.toContain('belter-9.1');
  });

  it('composes nothing from nothing', async () => {
    for (const shape of ['fact', 'comparison', 'survey'] satisfies Shape[]) {
      const { summary, sections, conflicts } = await composed([], { shape });
      expect({ summary, sections, conflicts }).toEqual({ summary: [], sections: [], conflicts: [] });
    }
  });
});

describe('titleOf', () => {
  it.each([
    ['what is a log?', 'What is a log?'],
    ['  urban heat islands.  ', 'Urban heat islands'],
    ['First line\nsecond line', 'First line'],
    [`How do cities cool down? ${'And what else is there to say about it? '.repeat(5)}`, 'How do cities cool down?'],
  ])('makes a title of %j', (task, title) => {
    expect(titleOf(task)).toBe(title);
  });

  it('cuts a long task at a word', () => {
    const title = titleOf('compare '.repeat(40));
    expect(title.length).toBeLessThanOrEqual(101);
    expect(title).toMatch(/compare…$/);
  });
});
