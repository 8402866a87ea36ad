import { describe, expect, it } from 'vitest';
import type { Claim, Conflict } from '../../../../../src/core/claim.ts';
import type { Composition } from '../../../../../src/core/report.ts';
import { extractiveModel } from '../../../../../src/providers/models/extractive/extractive.ts';
import { readableName } from '../../../../../src/providers/models/extractive/headings.ts';
import { compareIds, shortened, stemSet } from '../../../../../src/providers/models/extractive/text.ts';
import { planRequest, shelves, type Shelf } from './corpus.ts';

const shelve = shelves();

/** The whole way from a question to a composition, as both patterns walk it. */
async function reported(
  shelf: Shelf,
  task: string,
): Promise<{ readonly claims: readonly Claim[]; readonly composition: Composition }> {
  const model = extractiveModel();
  const request = planRequest(shelf, task);
  const { signal } = request;
  const { shape, subtasks } = await model.plan(request);
  const found: Claim[] = [];
  for (const subtask of subtasks) {
    const { claims } = await model.research({ ...request, shape, subtask, progress: () => undefined });
    found.push(...claims);
  }
  const { sources } = shelf.corpus;
  const { kept, conflicts } = await model.merge({ task, agent_id: 'drummer-1', claims: found, sources, signal });
  const claims = found.filter(({ claim_id }) => kept.includes(claim_id));
  const objectives = subtasks.map(({ objective, agent_id }) => ({ objective, agent_id }));
  const all: readonly Conflict[] = conflicts;
  return {
    claims,
    composition: await model.compose({ task, shape, claims, conflicts: all, sources, objectives, signal }),
  };
}

function policy(euros: number, year: number): string {
  return `---\ntitle: Travel policy\ndate: ${year}-02-01\n---\n\n# Travel policy\n\nHotel costs are refunded up to ${euros} euros per night. Receipts for hotel costs must be handed in by the traveller.\n`;
}

describe('extractiveModel', () => {
  it('says honestly what it is', () => {
    expect(extractiveModel().name).toBe('extractive');
    expect(extractiveModel().stamp).toBe('extractive: no language model was used');
  });

  it('reports only what it claimed, each claim once, and the older value only as a conflict', async () => {
    const shelf = await shelve({
      'policy-2022.md': policy(120, 2022),
      'policy-2024.md': policy(150, 2024),
      'minutes.txt':
        'Minutes of the meeting\n\nTom Berger explained that hotel costs in Berlin rose by 18 percent. Clara Weiss asked for hotel costs to be reported monthly.\n',
    });
    const { claims, composition } = await reported(shelf, 'How are hotel costs refunded?');
    const cited = [...composition.summary, ...composition.sections.flatMap((section) => section.claims)];
    const texts = new Map(claims.map(({ claim_id, text }) => [claim_id, text]));
    expect(new Set(cited).size).toBe(cited.length);
    expect(cited.every((id) => texts.has(id))).toBe(true);
    expect(cited.map((id) => texts.get(id))).toContain('Hotel costs are refunded up to 150 euros per night.');
    expect(cited.map((id) => texts.get(id))).not.toContain('Hotel costs are refunded up to 120 euros per night.');
    expect(composition.conflicts.map(({ about }) => about)).toEqual([
      'hotel costs are refunded: at most 150 euros in the newer source, at most 120 euros in the older one',
    ]);
    expect(composition.title).toBe('How are hotel costs refunded?');
    expect(await reported(shelf, 'How are hotel costs refunded?')).toEqual({ claims, composition });
    await shelf.close();
  });
});

describe('readableName', () => {
  const asked = stemSet('embedded databases keep data safe');

  it.each([
    ['The rollback journal', 'Rollback journal'],
    ['Checkpointing: moving the log into the file', 'Checkpointing'],
    ['Write-ahead logging in an embedded database', 'Write-ahead logging'],
    ['FSYNC AND THE DISK', 'Fsync and the disk'],
    ['3.2 Torn pages', 'Torn pages'],
  ])('makes a heading of %s', (title, name) => {
    expect(readableName(title, asked)).toBe(name);
  });

  it.each([
    'Embedded databases',
    'Introduction',
    'notes/wal.md',
    'name, size, owner, colour and a very long list of many columns',
    'Is it safe?',
    '2024',
  ])('finds no heading in %s', (title) => {
    expect(readableName(title, asked)).toBeNull();
  });
});

describe('text', () => {
  it('counts ids instead of spelling them', () => {
    expect(['s10', 's9', 'a-2.10', 'a-2.9', 'a', 's9x'].sort(compareIds)).toEqual([
      'a',
      'a-2.9',
      'a-2.10',
      's9',
      's9x',
      's10',
    ]);
  });

  it('shortens at a word', () => {
    expect(shortened('one two three four', 12)).toBe('one two…');
    expect(shortened('one', 12)).toBe('one');
  });
});
