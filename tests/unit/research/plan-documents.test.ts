import { expect, test } from 'vitest';
import type { Plan, Subtask } from '../../../src/core/plan.ts';
import { atDocuments, withDocuments } from '../../../src/research/plan-documents.ts';

function read(...locations: readonly string[]) {
  return locations.map((location, at) => ({
    source_id: `s${at + 1}`,
    location,
    sha256: `text of ${location}`,
    also_at: [],
  }));
}

function subtask(agent_id: string, source_ids?: readonly string[]): Subtask {
  const limited = source_ids === undefined ? {} : { source_ids };
  return { agent_id, objective: `of ${agent_id}`, queries: [], domain: null, ...limited };
}

const BEFORE = read('a', 'b', 'c');
const FREE = subtask('belter-9');

function plan(...subtasks: readonly Subtask[]): Plan {
  return { shape: 'survey', subtasks: withDocuments(subtasks, BEFORE), missing: [] };
}

const never = () => Promise.reject(new Error('nothing is to be read'));
const idsOf = ({ subtasks }: Plan) => subtasks.map(({ source_ids }) => source_ids);

test('documents have the ids of the reading there is, whatever they had before', async () => {
  const made = plan(subtask('belter-1', ['s3', 's1']), FREE);
  expect(await atDocuments(made, async () => read('c', 'a'))).toEqual({
    ...made,
    subtasks: [subtask('belter-1', ['s1', 's2']), FREE],
  });
});

test('an edited document is found by its place, a moved one by its text, a twin by either', async () => {
  const edited = read('a').map((source) => ({ ...source, sha256: 'another text' }));
  expect(idsOf(await atDocuments(plan(subtask('belter-1', ['s1'])), async () => edited))).toEqual([['s1']]);
  const moved = read('x', 'y').map((source) => ({ ...source, sha256: source.location === 'y' ? 'text of b' : 'new' }));
  expect(idsOf(await atDocuments(plan(subtask('belter-1', ['s2'])), async () => moved))).toEqual([['s2']]);
  const twins = read('z').map((source) => ({ ...source, also_at: ['b', 'c'] }));
  expect(idsOf(await atDocuments(plan(subtask('belter-1', ['s2', 's3'])), async () => twins))).toEqual([['s1']]);
});

test('what is gone is told, and an agent that has nothing left is left out', async () => {
  const made = plan(subtask('belter-1', ['s1', 's2']), subtask('belter-2', ['s2']), FREE);
  const placed = await atDocuments(made, async () => read('a'));
  expect(placed.subtasks).toEqual([subtask('belter-1', ['s1']), FREE]);
  expect(placed.missing).toEqual([
    { what: 'of belter-1', why: 'not among the documents read: b' },
    { what: 'of belter-2', why: 'not among the documents read: b' },
  ]);
});

test('a plan nobody of which has a document left is refused, by name', async () => {
  const made = plan(subtask('belter-1', ['s2']));
  const refused = { code: 'PLAN_INVALID', message: expect.stringContaining('"of belter-1": not among the documents') };
  await expect(atDocuments(made, async () => read('a'))).rejects.toMatchObject(refused);
});

test('an id that stood for nothing is no document that has it now', async () => {
  const made = plan(subtask('belter-1', ['s7', 's1']));
  const placed = await atDocuments(made, async () => read('a', 'b', 'c', 'd', 'e', 'f', 'g'));
  expect(idsOf(placed)).toEqual([['s1']]);
  expect(placed.missing).toEqual([{ what: 'of belter-1', why: 'not among the documents read: s7' }]);
});

test('what was named once stays what it was, and a plan without limits is as it stands', async () => {
  const [named] = withDocuments([subtask('belter-1', ['s1'])], BEFORE);
  expect(withDocuments(named === undefined ? [] : [named], read('other'))).toEqual([named]);
  const free = plan(FREE);
  expect(await atDocuments(free, never)).toBe(free);
});

test('a plan whose documents nobody read keeps its ids, and they are those of the reading it is made for', async () => {
  const subtasks = withDocuments([subtask('belter-1', ['s2'])], null);
  expect(subtasks).toEqual([subtask('belter-1', ['s2'])]);
  const unnamed: Plan = { shape: 'survey', subtasks, missing: [] };
  expect(await atDocuments(unnamed, never)).toBe(unnamed);
});
