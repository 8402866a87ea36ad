import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extractiveModel } from '../../../../../src/providers/models/extractive/extractive.ts';
import type { Domain } from '../../../../../src/core/source.ts';
import type { Plan } from '../../../../../src/core/plan.ts';
import type { PlanRequest } from '../../../../../src/providers/providers.ts';
import { planRequest, shelves, type Shelf } from './corpus.ts';

const shelve = shelves();

const SUBJECTS: readonly (readonly [file: string, title: string, body: string])[] = [
  [
    'trees.md',
    'Street trees',
    'Street trees cool a city because leaves give shade and release water. A city street with trees is cooler in summer heat by several degrees.',
  ],
  [
    'roofs.md',
    'Reflective roofs',
    'Reflective roofs keep a city cooler in summer heat, because bright surfaces send sunlight back. A white roof stays far cooler than a black one.',
  ],
  [
    'parks.md',
    'Parks and water',
    'Parks cool the city around them during summer heat. Ponds and fountains in parks cool the air as their water evaporates.',
  ],
  [
    'wind.md',
    'Wind corridors',
    'Wind corridors bring cool air into a city at night. A city that builds across them traps the summer heat between its blocks.',
  ],
  [
    'walls.md',
    'Green walls',
    'Green walls shade houses and cool a city street in summer heat, although they need water and care.',
  ],
];

const FILES: Readonly<Record<string, string>> = Object.fromEntries(
  SUBJECTS.map(([file, title, body]) => [
    file,
    `# ${title}\n\n${`${body}\n\n`.repeat(2)}## Costs\n\n${'The measure is paid for by the town council over many years. '.repeat(24)}\n`,
  ]),
);

function chapter(name: string, body: string): string {
  return `## ${name}\n\n${`${body} `.repeat(20)}\n\n`;
}

async function planned(shelf: Shelf, task: string, over: Partial<PlanRequest> = {}): Promise<Plan> {
  return extractiveModel().plan(planRequest(shelf, task, over));
}

const QUESTION = 'How can a city stay cool in summer heat?';

describe('plan', () => {
  let shelf: Shelf;
  beforeAll(async () => {
    shelf = await shelve(FILES);
  });
  afterAll(async () => {
    await shelf.close();
  });

  it('gives a fact one agent with the question itself', async () => {
    const { shape, subtasks, missing } = await planned(shelf, 'When was the first park opened?');
    expect(shape).toBe('fact');
    expect(subtasks).toEqual([
      {
        agent_id: 'belter-1',
        objective: 'When was the first park opened?',
        queries: ['When was the first park opened?'],
        domain: null,
      },
    ]);
    expect(missing).toEqual([]);
  });

  it('gives a comparison an agent for each thing and one for the differences', async () => {
    const { shape, subtasks } = await planned(shelf, 'Compare street trees and reflective roofs in terms of cost');
    expect(shape).toBe('comparison');
    expect(subtasks.map(({ objective }) => objective)).toEqual([
      'street trees',
      'reflective roofs',
      'differences between street trees and reflective roofs',
    ]);
    expect(subtasks[0]?.queries).toEqual(['street trees cost', 'street trees']);
  });

  it('keeps what stands behind a colon out of the names of the things', async () => {
    const { subtasks } = await planned(shelf, 'Compare street trees and reflective roofs: what are the trade-offs?');
    expect(subtasks.map(({ objective }) => objective)).toEqual([
      'street trees',
      'reflective roofs',
      'differences between street trees and reflective roofs',
    ]);
  });

  it('compares four things with four agents', async () => {
    const { subtasks } = await planned(shelf, 'trees vs roofs vs parks vs walls');
    expect(subtasks.map(({ objective }) => objective)).toEqual(['trees', 'roofs', 'parks', 'walls']);
  });

  it('gives a survey the question and what the material calls its parts, each once', async () => {
    const { shape, subtasks } = await planned(shelf, QUESTION);
    const objectives = subtasks.map(({ objective }) => objective);
    expect(shape).toBe('survey');
    expect(objectives[0]).toBe(QUESTION);
    expect(subtasks.length).toBeGreaterThanOrEqual(4);
    expect(subtasks.length).toBeLessThanOrEqual(8);
    expect(new Set(objectives).size).toBe(objectives.length);
    expect(objectives.filter((objective) => objective.endsWith(': Street trees'))).toHaveLength(1);
    expect(subtasks.every(({ queries }) => queries.length > 0)).toBe(true);
  });

  it('takes the sub-questions of the task, and its subject along where one points back', async () => {
    const { subtasks } = await planned(
      shelf,
      'How do street trees cool a city? What do they cost? Who pays for the measures?',
    );
    expect(subtasks.map(({ objective }) => objective)).toEqual([
      'How do street trees cool a city?',
      'What do they cost?',
      'Who pays for the measures?',
    ]);
    expect(subtasks[1]?.queries[0]).toBe('What do they cost? street trees cool city');
  });

  it.each([1, 2, 3, 5])('uses up to %i agents when so many are asked for', async (agents) => {
    const { subtasks } = await planned(shelf, QUESTION, { agents });
    expect(subtasks).toHaveLength(agents);
    expect(new Set(subtasks.map(({ objective }) => objective)).size).toBe(agents);
    expect(subtasks.map(({ agent_id }) => agent_id)).toEqual(subtasks.map((_, index) => `belter-${index + 1}`));
  });

  it('never pads: thirty-two agents are not found in five documents', async () => {
    const { subtasks } = await planned(shelf, QUESTION, { agents: 32 });
    expect(subtasks.length).toBeLessThan(32);
    expect(new Set(subtasks.map(({ objective }) => objective)).size).toBe(subtasks.length);
  });

  it('lets neighbouring sub-questions share an agent when fewer are wished', async () => {
    const task = 'How do trees cool a city? What do roofs do? Who pays for parks?';
    const two = await planned(shelf, task, { agents: 2 });
    expect(two.subtasks.map(({ objective }) => objective)).toEqual([
      'How do trees cool a city?',
      'What do roofs do?; Who pays for parks?',
    ]);
    const one = await planned(shelf, task, { agents: 1 });
    expect(one.subtasks[0]?.queries).toEqual([
      task,
      'How do trees cool a city?',
      'What do roofs do?',
      'Who pays for parks?',
    ]);
  });

  it('plans one agent when the material is a note or two', async () => {
    const small = await shelve({
      'a.md': '# Trees\n\nTrees cool a city in summer heat.\n',
      'b.md': '# Roofs\n\nRoofs heat a city.\n',
    });
    expect((await planned(small, QUESTION)).subtasks).toHaveLength(1);
    await small.close();
  });

  it('takes chapters for aspects when there are few documents', async () => {
    const book = await shelve({
      'book.md': `# Cool cities\n\n${chapter('Street trees', 'Street trees cool a city in summer heat by their shade.')}${chapter('Bright roofs', 'Bright roofs keep a city cool in summer heat.')}${chapter('Wind at night', 'Wind at night takes the summer heat out of a city.')}`,
      'annex.md': `# Costs\n\n${'The council pays for it over many years and reports each spring. '.repeat(60)}`,
    });
    const { subtasks } = await planned(book, QUESTION);
    expect(subtasks).toHaveLength(3);
    for (const { objective } of subtasks.slice(1))
      expect(objective).toMatch(/: (?:Street trees|Bright roofs|Wind at night)$/);
    await book.close();
  });

  it('gives the same plan every time', async () => {
    expect(await planned(shelf, QUESTION)).toEqual(await planned(shelf, QUESTION));
  });

  it('stops when it is aborted', async () => {
    await expect(planned(shelf, QUESTION, { signal: AbortSignal.abort(new Error('cancelled')) })).rejects.toThrow(
      'cancelled',
    );
  });
});

describe('plan for a swarm', () => {
  let shelf: Shelf;
  beforeAll(async () => {
    const plain = await shelve(FILES);
    const domains: readonly Domain[] = ['academic', 'academic', 'academic', 'academic', 'news'];
    const sources = plain.corpus.sources.map((source, index) => ({ ...source, domain: domains[index] ?? 'general' }));
    shelf = { ...plain, corpus: { ...plain.corpus, sources } };
  });
  afterAll(async () => {
    await shelf.close();
  });

  it('sends agents to the domains that hold sources, named after them', async () => {
    const { subtasks, missing } = await planned(shelf, QUESTION, { by_domain: true });
    expect(new Set(subtasks.map(({ domain }) => domain))).toEqual(new Set(['academic', 'news']));
    for (const { agent_id, domain } of subtasks) expect(agent_id).toMatch(new RegExp(`^${domain ?? ''}-\\d+$`));
    expect(subtasks.find(({ domain }) => domain === 'news')?.objective).toBe(`${QUESTION} (news sources)`);
    expect(missing).toEqual([]);
  });

  it('reports a domain asked for that has no sources instead of pretending', async () => {
    const { subtasks, missing } = await planned(shelf, QUESTION, { by_domain: true, domains: ['news', 'video'] });
    expect(subtasks.map(({ domain }) => domain)).toEqual(['news']);
    expect(subtasks[0]?.objective).toBe(QUESTION);
    expect(missing).toEqual([{ what: 'video sources', why: 'no video sources among the 5 collected' }]);
  });

  it('gives a fact one agent a domain', async () => {
    const { subtasks } = await planned(shelf, 'When was the first park opened?', { by_domain: true });
    expect(subtasks.map(({ agent_id }) => agent_id)).toEqual(['academic-1', 'news-1']);
  });

  it('serves the largest domain first when agents are scarce, and reports the rest', async () => {
    const { subtasks, missing } = await planned(shelf, QUESTION, { by_domain: true, agents: 1 });
    expect(subtasks.map(({ agent_id }) => agent_id)).toEqual(['academic-1']);
    expect(missing).toEqual([
      { what: 'news sources', why: 'only 1 agent was asked for, and other domains hold more sources' },
    ]);
    const paid = await planned(shelf, QUESTION, { by_domain: true, most: 1 });
    expect(paid.subtasks).toEqual(subtasks);
    expect(paid.missing).toEqual([
      { what: 'news sources', why: 'only 1 agent was within the budget, and other domains hold more sources' },
    ]);
  });

  it('gives the largest domain the agents that are left', async () => {
    const { subtasks } = await planned(shelf, QUESTION, { by_domain: true, agents: 4 });
    expect(subtasks.map(({ agent_id }) => agent_id)).toEqual(['academic-1', 'academic-2', 'academic-3', 'news-1']);
  });
});
