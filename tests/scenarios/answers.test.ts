/** The questions are sound, and a fixed dozen of them is answered: `npm run bench:answers` asks all. */

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Desk, openDesk } from '../../bench/answers/ask.ts';
import { DOCUMENTS, type Fact, PARTS, type Question, questionsOf } from '../../bench/answers/questions.ts';
import { isAnswered, type Judged, judgedBy, tally } from '../../bench/answers/tally.ts';
import { holds } from '../../bench/answers/wording.ts';
import { openLibrary } from '../../src/providers/tools/documents/documents.ts';
import { temporaryFolder } from '../support/folder.ts';

const QUESTIONS: readonly Question[] = PARTS.flatMap((part) => questionsOf(part));

describe('the questions', () => {
  it('name only facts that stand in the documents they name', async () => {
    const texts = await documents();
    const named = QUESTIONS.flatMap(({ id, facts, stale }) => [...facts, ...stale].map((fact) => ({ id, fact })));
    expect(named.length).toBeGreaterThan(100);
    expect(named.flatMap(({ id, fact }) => missing(fact, texts).map((document) => `${id}: ${document}`))).toEqual([]);
  });

  it('are held out by the hash of their ids, a third of each kind, and no id is given twice', () => {
    const heldOut = [...Map.groupBy(QUESTIONS, ({ kind }) => kind).values()].flatMap((own) => {
      const ids = own.map(({ id }) => id).toSorted((a, b) => (hash(a) < hash(b) ? -1 : 1));
      return ids.slice(0, Math.round(ids.length / 3));
    });
    expect(
      questionsOf('held-out')
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(heldOut.toSorted());
    expect(new Set(QUESTIONS.map(({ id }) => id)).size).toBe(QUESTIONS.length);
  });
});

/** One or more of each kind, of the development questions alone. */
const DOZEN = [
  'quay-cameras',
  'sample-size',
  'summer-start',
  'sandpiper-port',
  'kenya-rest',
  'cold-kit',
  'silo-gas',
  'van-price',
  'busy-timeout',
  'availability',
  'wal-normal-loss',
  'crossing-summer-winter',
];
const UNANSWERABLE = ['quiche', 'halo-9'];

describe('the answers', () => {
  let desk: Desk;
  let judged: readonly Judged[] = [];
  beforeAll(async () => {
    desk = await openDesk('beltalowda');
    const wanted = new Set([...DOZEN, ...UNANSWERABLE]);
    const questions = questionsOf('development').filter(({ id }) => wanted.has(id));
    judged = await Promise.all(questions.map(async (one) => judgedBy(one, await desk.ask(one.question))));
  }, 60_000);
  afterAll(() => desk.close());

  it('cite without an error', () => {
    expect(judged).toHaveLength(DOZEN.length + UNANSWERABLE.length);
    expect(judged.flatMap(({ judgement }) => judgement.citationErrors)).toEqual([]);
    expect(tally(judged).citations).toBeGreaterThan(1);
  });

  it('present nothing outdated as what holds', () => {
    const current = judged.filter(({ judgement }) => judgement.stale.includes('current'));
    expect(current.map(({ question }) => question.id)).toEqual([]);
    expect(tally(judged).stale.values).toBeGreaterThan(2);
  });

  it('show both sides of a contradiction', () => {
    expect(tally(judged).contradictions).toEqual({ questions: 1, marked: 1 });
  });

  it('admit that there is no answer where there is none', () => {
    expect(tally(judged).unanswerable).toEqual({ questions: UNANSWERABLE.length, admitted: UNANSWERABLE.length });
  });

  it('hold the right fact in a cited quote, all but one at most', () => {
    const wrong = judged.filter((one) => !isAnswered(one)).map(({ question }) => question.id);
    expect(wrong.slice(1)).toEqual([]);
  });
});

function hash(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}

/** Text of each example document as the library reads it, by its path. */
async function documents(): Promise<ReadonlyMap<string, string>> {
  const library = openLibrary({ cacheDirectory: await temporaryFolder(), log: () => undefined });
  const texts = new Map<string, string>();
  const signal = new AbortController().signal;
  const wanted = { roots: [{ path: DOCUMENTS, label: 'all' }], signal, progress: () => undefined };
  await library.collect(wanted, async ({ location, text }) => {
    texts.set(location.slice('all/'.length), text);
  });
  await library.close();
  return texts;
}

/** Documents named for a fact in which none of its values stands, or not what is to stand near it. */
function missing(fact: Fact, texts: ReadonlyMap<string, string>): readonly string[] {
  return fact.documents.filter((document) => !holds(texts.get(document) ?? '', fact));
}
