import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Subtask } from '../../../../../src/core/plan.ts';
import { extractiveModel } from '../../../../../src/providers/models/extractive/extractive.ts';
import { planRequest, type Shelf, shelves } from './corpus.ts';

const shelve = shelves();

const QUESTION = 'How can a city stay cool in summer heat?';

const BODIES: Readonly<Record<string, string>> = {
  'Street trees': 'Street trees cool a city because leaves give shade. A street with trees is cooler in summer heat.',
  'Reflective roofs': 'Reflective roofs keep a city cooler in summer heat, because bright surfaces send sunlight back.',
  'Parks and water': 'Parks cool the city around them during summer heat. Ponds in parks cool the air by evaporation.',
  'Wind corridors': 'Wind corridors bring cool air into a city at night and carry the summer heat away.',
  'Green walls': 'Green walls shade houses and cool a city street in summer heat, although they need care.',
};

let shelf: Shelf;

beforeAll(async () => {
  const costs = 'The measure is paid for by the town council over many years. '.repeat(24);
  const files = Object.entries(BODIES).map(([title, body]) => [
    `${title}.md`,
    `# ${title}\n\n${body}\n\n${body}\n\n## Costs\n\n${costs}\n`,
  ]);
  shelf = await shelve(Object.fromEntries(files) as Record<string, string>);
});

afterAll(() => shelf.close());

const plan = (over: Parameters<typeof planRequest>[2]) => extractiveModel().plan(planRequest(shelf, QUESTION, over));

test('more agents keep the subtasks there were, and new ones look for something else', async () => {
  const first = await plan({ agents: 2 });
  const more = await plan({ agents: 4, earlier: first.subtasks });
  expect(more.subtasks.slice(0, 2)).toEqual(first.subtasks);
  expect(more.subtasks).toHaveLength(4);
  const objectives = more.subtasks.map(({ objective }) => objective);
  expect(new Set(objectives).size).toBe(4);
  expect(more.subtasks.map(({ agent_id }) => agent_id)).toEqual(['belter-1', 'belter-2', 'belter-3', 'belter-4']);
});

test('new agents take no id that an earlier one has', async () => {
  const earlier: Subtask[] = [{ agent_id: 'belter-2', objective: 'Who pays?', queries: ['pay'], domain: null }];
  const { subtasks } = await plan({ agents: 3, earlier });
  expect(subtasks.map(({ agent_id }) => agent_id)).toEqual(['belter-2', 'belter-1', 'belter-3']);
});

test('where the material offers nothing new, nobody is added', async () => {
  const all = await plan({ agents: 32 });
  const more = await plan({ agents: 32, earlier: all.subtasks });
  expect(more.subtasks).toEqual(all.subtasks);
});

test('a swarm is extended by domain', async () => {
  const first = await plan({ agents: 1, by_domain: true });
  const more = await plan({ agents: 3, by_domain: true, earlier: first.subtasks });
  expect(more.subtasks[0]).toEqual(first.subtasks[0]);
  expect(more.subtasks.length).toBeGreaterThan(1);
  expect(new Set(more.subtasks.map(({ agent_id }) => agent_id)).size).toBe(more.subtasks.length);
});

test('a plan that the budget kept small is the question’s own once there is more', async () => {
  const whole = await plan({});
  const small = await plan({ most: 2 });
  expect(whole.subtasks.length).toBeGreaterThan(3);
  expect(small.subtasks).toHaveLength(2);
  const some = await plan({ most: 3, earlier: small.subtasks });
  expect(some.subtasks.slice(0, 2)).toEqual(small.subtasks);
  expect(some.subtasks).toHaveLength(3);
  const all = await plan({ earlier: small.subtasks });
  expect(all.subtasks.slice(0, 2)).toEqual(small.subtasks);
  expect(all.subtasks.length).toBeGreaterThanOrEqual(whole.subtasks.length);
});
