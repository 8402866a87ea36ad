import { describe, expect, test } from 'vitest';
import type { Claim } from '../../../../../src/core/claim.ts';
import { bearsOut, notIn, tellingWords } from '../../../../../src/providers/models/extractive/conditions.ts';
import { critique } from '../../../../../src/providers/models/extractive/critique.ts';

test('a condition is about its own words, not about the research', () => {
  expect(tellingWords('the documents name the battery and at least one satellite modem')).toEqual([
    'battery',
    'satellite',
    'modem',
  ]);
  expect(tellingWords('every question is answered')).toEqual([]);
  expect(notIn(['battery', 'modem'], ['Batteries are replaced.'])).toEqual(['modem']);
});

test.each([
  ['the ships run on batteries', 'Both ships run on batteries.', true],
  ['the ships run on batteries', 'The ships do not run on batteries.', false],
  ['the ships do not run on diesel', 'The ships do not run on diesel.', true],
  ['the promise is 99.9 %', 'Our promise is 99.95 %.', false],
  ['the promise is 99.9 %', 'Our promise is 99.9 %.', true],
  ['coffee is stored for more than a year', 'Coffee is stored within a year.', false],
  ['the modem is there', 'modem: false', false],
  ['the station can measure snow', 'The station can measure wind.', false],
])('%s: %s', (condition, sentence, borne) => {
  expect(bearsOut(condition, sentence, '') > 0).toBe(borne);
});

test('headings help a sentence that holds most of the condition by itself, and no other', () => {
  expect(bearsOut('dangerous cargo needs papers', 'Such cargo needs papers.', 'Dangerous goods')).toBeGreaterThan(0);
  expect(bearsOut('dangerous cargo needs papers', 'See the notice.', 'Dangerous cargo needs papers')).toBe(0);
});

function claim(claim_id: string, text: string): Claim {
  const agent_id = claim_id.split('.')[0] ?? '';
  const place = { source_id: 's1', start: 0, end: text.length, location: 'a.md:1', heading: '' };
  return { claim_id, agent_id, text, quote: text, label: 'quoted', score: 1, objective: '', ...place };
}

const SUBTASK = { agent_id: 'belter-1', objective: 'How is the battery charged?', queries: [], domain: null };

async function judged(given: Partial<Parameters<typeof critique>[0]>) {
  return critique({
    task: 'How does the station run?',
    context: null,
    until: 'the battery and the modem are known',
    round: 1,
    claims: [claim('belter-1.1', 'The battery is charged by the sun.')],
    asked: [{ subtask: SUBTASK, round: 1, gaps: [] }],
    most: 4,
    signal: new AbortController().signal,
    ...given,
  });
}

describe('a critique', () => {
  test('holds when every telling word stands in a finding and nothing is open', async () => {
    const claims = [claim('belter-1.1', 'The battery is charged by the sun.'), claim('belter-1.2', 'A modem sends.')];
    expect(await judged({ claims })).toMatchObject({ holds: true, missing: [], next: [] });
  });

  test('asks for the words that no finding holds', async () => {
    const { holds, missing, next } = await judged({});
    expect(holds).toBe(false);
    expect(missing).toEqual(['no finding holds these words of the condition: modem']);
    expect(next.map(({ objective }) => objective)).toEqual(['What is known about modem?']);
  });

  test('asks nothing again, and no more than it may', async () => {
    const asked = [
      { subtask: SUBTASK, round: 1, gaps: [] },
      { subtask: { ...SUBTASK, agent_id: 'belter-2', objective: 'What is known about modem?' }, round: 2, gaps: [] },
    ];
    expect((await judged({ asked })).next).toEqual([]);
    expect((await judged({ until: 'modem, antenna and mast', most: 2 })).next).toHaveLength(2);
  });

  test('does not hold while an objective is open, and asks for what it lacks', async () => {
    const subtask = { ...SUBTASK, objective: 'How old is the antenna?' };
    const { holds, missing, next } = await judged({
      until: 'the battery is known',
      asked: [{ subtask, round: 1, gaps: ['No passage mentions: antenna'] }],
    });
    expect({ holds, missing }).toEqual({ holds: false, missing: ['No passage mentions: antenna'] });
    expect(next.map(({ objective }) => objective)).toEqual(['What is known about old, antenna?']);
  });

  test.each([
    ['the ship does not use diesel', 'The ship uses diesel.', 'The ship does not use diesel.'],
    ['the cost is below 500 euros', 'The cost is 900 euros, 500 above the others.', 'The cost is below 500 euros.'],
  ])('%s: does not hold by its opposite, which has the same words', async (until, opposite, shown) => {
    const by = (text: string) => judged({ until, claims: [claim('belter-1.1', text)] });
    expect(await by(opposite)).toMatchObject({ holds: false, missing: [`no finding shows by itself: ${until}`] });
    expect(await by(shown)).toMatchObject({ holds: true, claims: ['belter-1.1'] });
  });

  test('wants one finding for the part that denies, and for the others any', async () => {
    const claims = [claim('belter-1.1', 'The battery lasts.'), claim('belter-1.2', 'The ship does not use diesel.')];
    const until = 'the battery is known over winter, and the ship does not use diesel';
    const winter = [...claims, claim('belter-1.3', 'Winter is cold.')];
    expect((await judged({ until, claims: winter })).holds).toBe(true);
  });

  test('never holds by nothing', async () => {
    expect(await judged({ until: 'every question is answered', claims: [] })).toMatchObject({ holds: false });
  });
});
