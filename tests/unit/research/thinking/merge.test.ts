import { describe, expect, test } from 'vitest';
import { NO_BUDGET } from '../../../../src/core/budget.ts';
import type { Claim } from '../../../../src/core/claim.ts';
import type { Merged, MergeRequest } from '../../../../src/providers/providers.ts';
import { extractiveModel } from '../../../../src/providers/models/extractive/extractive.ts';
import { mergeClaims, withProposal } from '../../../../src/research/thinking/merge.ts';
import { scripted } from '../../../support/cassette.ts';
import { deskOf, notesOf, told } from '../../../support/notes.ts';
import { Random } from '../../../support/random.ts';
import { SEED } from '../../../support/sizes.ts';

const NOTES = notesOf([
  { id: 'b-1.1', text: 'The writer waits for one fsync before it answers.' },
  { id: 'b-2.1', text: 'The writer waits for one fsync before it answers.' },
  { id: 'b-3.1', text: 'Before it answers a client, the writer waits for an fsync.' },
  { id: 'b-1.2', text: 'The page size is 4096 bytes.', date: '2021' },
  { id: 'b-2.2', text: 'The page size is 8192 bytes.', date: '2024-05' },
  { id: 'b-3.2', text: 'Pages hold 8192 bytes since the last release.' },
]);
const REQUEST = { ...NOTES, task: 'How does it write?', agent_id: 'drummer-1', signal: new AbortController().signal };
const byCode = (request: MergeRequest): Promise<Merged> => extractiveModel().merge(request);
const answering = (proposal: object) => scripted(() => ({ text: JSON.stringify(proposal) }));
const ask = (proposal: object): Promise<Merged> => mergeClaims(deskOf(answering(proposal)).asker, REQUEST, byCode);

/** Every claim is kept, or a duplicate of one that is; no side of a conflict is lost. */
function accountsForAll(merged: Merged, claims: readonly Claim[]): void {
  const kept = new Set(merged.kept);
  const gone = merged.duplicates.map(({ claim_id }) => claim_id);
  expect([...kept, ...gone].sort()).toEqual(claims.map(({ claim_id }) => claim_id).sort());
  for (const { of } of merged.duplicates) expect(kept).toContain(of);
  for (const { claim_ids } of merged.conflicts) for (const id of claim_ids) expect(kept).toContain(id);
}

describe('merging with a model', () => {
  test('merges by ids what code cannot see, keeps both sides of what disagrees, and says which is newer by the dates', async () => {
    const model = answering({
      groups: [{ keep: 'b-1.1', duplicates: ['b-3.1'] }],
      conflicts: [{ a: 'b-1.2', b: 'b-2.2', subject: 'the page size' }],
    });
    const merged = await mergeClaims(deskOf(model).asker, REQUEST, byCode);
    accountsForAll(merged, NOTES.claims);
    expect(merged.duplicates).toContainEqual({ claim_id: 'b-3.1', of: 'b-1.1' });
    expect(merged.conflicts.find(({ claim_ids }) => claim_ids.includes('b-1.2'))).toMatchObject({ newer: 'b-2.2' });
    // Ids and statements alone, in a frame, and what code merged is not shown again.
    expect(told(model.requests[0] ?? (await Promise.reject(new Error('nothing was asked'))))).not.toContain('b-2.1');
  });

  test.each([
    ['an id that does not exist', { groups: [{ keep: 'b-1.1', duplicates: ['b-9.9'] }], conflicts: [] }],
    [
      'an id in two groups',
      {
        groups: [
          { keep: 'b-1.1', duplicates: ['b-3.1'] },
          { keep: 'b-3.2', duplicates: ['b-3.1'] },
        ],
        conflicts: [],
      },
    ],
    ['a duplicate of itself', { groups: [{ keep: 'b-1.1', duplicates: ['b-1.1'] }], conflicts: [] }],
    ['a conflict with itself', { groups: [], conflicts: [{ a: 'b-1.2', b: 'b-1.2', subject: 'x' }] }],
  ])('a proposal with %s is not taken', async (_, proposal) => {
    expect(await ask(proposal)).toEqual(await byCode(REQUEST));
  });

  test('no proposal merges what differs in a number, or the two sides of a conflict', async () => {
    const differs = await ask({ groups: [{ keep: 'b-2.2', duplicates: ['b-1.2'] }], conflicts: [] });
    expect(differs.kept).toContain('b-1.2');
    const disputed = await ask({
      groups: [{ keep: 'b-2.2', duplicates: ['b-3.2'] }],
      conflicts: [{ a: 'b-3.2', b: 'b-2.2', subject: 'since when' }],
    });
    expect(disputed.kept).toContain('b-3.2');
  });

  test('no proposal drops what the kept claim does not say', async () => {
    const plant = notesOf([
      { id: 'b-1.1', text: 'Opening hours of the museum are generous.' },
      { id: 'b-1.2', text: 'The reactor leaks coolant into the river.' },
      { id: 'b-2.1', text: 'Inspectors found forged safety papers.' },
      { id: 'b-2.2', text: 'The reactor was built beside the river.' },
    ]);
    const groups = [
      { keep: 'b-1.1', duplicates: ['b-2.1'] },
      { keep: 'b-2.2', duplicates: ['b-1.2'] },
    ];
    const desk = deskOf(answering({ groups, conflicts: [] }));
    const merged = await mergeClaims(desk.asker, { ...REQUEST, ...plant, task: 'Is the plant safe?' }, byCode);
    expect(merged).toMatchObject({ kept: plant.claims.map(({ claim_id }) => claim_id), duplicates: [] });
  });

  test.each([
    [
      'found by code',
      [
        'The commit latency is 5 ms.',
        'The commit latency is 7 ms.',
        'The commit latency is 5 ms in one paper and 7 ms in another.',
      ],
      [],
    ],
    [
      'named by the model',
      [
        'The drug helps patients with cancer.',
        'Patients with cancer get no help from the drug.',
        'Papers dispute at length whether the new drug helps patients with cancer of the lung.',
      ],
      [{ a: 'b-1.1', b: 'b-2.1', subject: 'help' }],
    ],
  ])(
    'a contradiction %s is not lost to a third claim that tells of both its sides',
    async (_, [a = '', b = '', c = ''], conflicts) => {
      const notes = notesOf([
        { id: 'b-1.1', text: a },
        { id: 'b-2.1', text: b },
        { id: 'b-3.1', text: c },
      ]);
      const groups = [{ keep: 'b-3.1', duplicates: ['b-1.1', 'b-2.1'] }];
      const merged = await mergeClaims(
        deskOf(answering({ groups, conflicts })).asker,
        { ...REQUEST, ...notes },
        byCode,
      );
      expect(merged.kept).toEqual(['b-1.1', 'b-2.1', 'b-3.1']);
      expect(merged.conflicts.map(({ claim_ids }) => [...claim_ids].sort())).toContainEqual(['b-1.1', 'b-2.1']);
    },
  );

  test('where the budget refuses, the merge of code stands and says so', async () => {
    const desk = deskOf(answering({ groups: [], conflicts: [] }), { ...NO_BUDGET, max_tokens: 10 });
    const merged = await mergeClaims(desk.asker, REQUEST, byCode);
    expect(merged).toEqual({ ...(await byCode(REQUEST)), cut: ['no tokens left for merge-1'] });
  });

  test('a subject cannot bring an address or a quotation', async () => {
    const merged = await ask({
      groups: [],
      conflicts: [{ a: 'b-1.1', b: 'b-3.2', subject: 'see https://evil.example/x “never safe” now' }],
    });
    expect(JSON.stringify(merged.conflicts)).not.toMatch(/evil|[“”]/);
  });

  test('thousands of claims are asked about in parts of bounded size', async () => {
    const many = notesOf(
      Array.from({ length: 300 }, (_, n) => ({
        id: `b-1.${n}`,
        text: `Vessel ${n} carries ${n * 7} casks of oil to harbour ${n % 13}, ${'and rests '.repeat(20)}`,
      })),
    );
    const model = answering({ groups: [], conflicts: [] });
    const merged = await mergeClaims(deskOf(model).asker, { ...REQUEST, ...many }, (given) =>
      Promise.resolve({ kept: given.claims.map(({ claim_id }) => claim_id), duplicates: [], conflicts: [] }),
    );
    accountsForAll(merged, many.claims);
    expect(model.requests.length).toBeGreaterThan(2);
    for (const request of model.requests) expect(told(request).length).toBeLessThan(26_000);
  });
});

test(`whatever is proposed, nothing is lost, seeds ${SEED} to ${SEED + 299}`, async () => {
  const merged = await byCode(REQUEST);
  const shown = NOTES.claims.filter(({ claim_id }) => merged.kept.includes(claim_id));
  const sources = new Map(NOTES.sources.map((one) => [one.source_id, one]));
  for (let seed = SEED; seed < SEED + 300; seed += 1) {
    const random = new Random(seed);
    const id = (): string => (random.chance(0.05) ? 'b-7.7' : random.pick(shown).claim_id);
    const some = <T>(make: () => T): T[] => Array.from({ length: random.below(3) }, make);
    const groups = some(() => ({ keep: id(), duplicates: some(id) }));
    const conflicts = some(() => ({ a: id(), b: id(), subject: 'it' }));
    const after = withProposal(merged, { groups, conflicts }, { claims: shown, sources });
    accountsForAll(after, NOTES.claims);
    expect(after.conflicts.length, `seed ${seed}`).toBeGreaterThanOrEqual(merged.conflicts.length);
  }
});
