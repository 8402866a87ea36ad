import { describe, expect, it } from 'vitest';

import { parseQuery } from '../../../../../src/providers/tools/documents/query.ts';
import type { Searcher } from '../../../../../src/providers/tools/documents/search.ts';
import { REPORTABLE_SCORE, select, type Selected } from '../../../../../src/providers/tools/documents/select.ts';
import { themesOf } from '../../../../../src/providers/tools/documents/themes.ts';
import { filler, searcherOf } from './corpora.ts';

function text(searcher: Searcher, id: number | undefined): string {
  return searcher.index.passage(id ?? 0)?.text ?? '';
}

function best(searcher: Searcher, query: string): string {
  return text(searcher, searcher.rank({ query })[0]?.terms.id);
}

function chosen(searcher: Searcher, query: string, limit = 10): Selected[] {
  return select(searcher.rank({ query }), limit);
}

/** A log as a parser gives it: passages of nine lines that differ in their times alone, or also in `extra`. */
function log(passages: number, extra: (at: number) => string = () => ''): string {
  const line = (at: number): string => {
    const [minute, second] = [Math.floor(at / 60) % 60, at % 60];
    return `2025-03-01 12:${minute}:${second} WARN payment gateway timeout calling upstream ${extra(at)}`;
  };
  const passage = (at: number): string => Array.from({ length: 9 }, (_, row) => line(9 * at + row)).join('\n');
  return Array.from({ length: passages }, (_, at) => passage(at)).join('\n\n');
}

describe('a question', () => {
  it('is searched by its content words, without function words and words of request', () => {
    const { terms, pairs } = parseQuery('Please compare how the write-ahead log is used with shadow paging');
    expect(terms.map(({ stem }) => stem)).toEqual(['write', 'ahead', 'log', 'shadow', 'page']);
    expect(pairs).toContainEqual(['write', 'ahead']);
  });

  it('is searched by its words of request when it has no others, and by function words when it has only those', () => {
    expect(parseQuery('a summary of the review').terms.map(({ word }) => word)).toEqual(['summary', 'review']);
    expect(parseQuery('the who').terms.map(({ word }) => word)).toEqual(['the', 'who']);
    expect(parseQuery('?!').terms).toEqual([]);
  });

  it('keeps short words', () => {
    expect(parseQuery('what is Q1 in R').terms.map(({ word }) => word)).toEqual(['Q1', 'R']);
  });
});

describe('ranking', () => {
  it('puts words that stand together above the same words scattered', async () => {
    const together =
      'An exclusive checkpoint lock blocks every writer until the reader has finished with the pages it holds.';
    const scattered =
      'Every checkpoint blocks until a writer and the reader have finished; pages hold an exclusive mark, not a lock.';
    for (const order of [
      [together, scattered],
      [scattered, together],
    ]) {
      const searcher = await searcherOf([...filler(40), ...order]);
      expect(best(searcher, 'exclusive checkpoint lock')).toBe(together);
    }
  });

  it('puts the passage with the rare words above the one that repeats the common word', async () => {
    const searcher = await searcherOf([...filler(60), 'system system system of a system', 'A quokka in the system.']);
    expect(best(searcher, 'quokka system')).toContain('quokka');
  });

  it('finds a passage by its heading and by its title', async () => {
    const searcher = await searcherOf([
      ...filler(30),
      '# Tokamak maintenance\n\nReplace the filters every second week.',
      { text: 'Open the valve slowly.', title: 'Stellarator handbook' },
    ]);
    expect(best(searcher, 'tokamak')).toContain('filters');
    expect(best(searcher, 'stellarator')).toContain('valve');
  });

  it('finds another form of the word, whatever its case and accents', async () => {
    const searcher = await searcherOf([...filler(30), 'The NAÏVE approach serialises transactions.']);
    expect(best(searcher, 'naive serializing transaction')).toContain('NAÏVE');
  });

  it('finds Chinese, Japanese and Thai by words inside a run of characters', async () => {
    const searcher = await searcherOf([
      ...filler(20),
      '数据库系统在断电之后通过预写日志恢复已提交的事务。',
      '東京の気象台は台風の進路を毎時間予測している。',
      'ฐานข้อมูลเก็บบันทึกการทำงานไว้บนดิสก์',
      '猫坐在窗户旁边看着花园里的小鸟。',
    ]);
    expect(best(searcher, '预写日志')).toContain('数据库');
    expect(best(searcher, '台風の予測')).toContain('東京');
    expect(best(searcher, 'ฐานข้อมูล')).toContain('บันทึก');
  });

  it('finds the parts of a camelCase name', async () => {
    const searcher = await searcherOf([...filler(20), 'Call releaseAdvisoryLock before the process ends.']);
    expect(best(searcher, 'advisory lock')).toContain('releaseAdvisoryLock');
    expect(best(searcher, 'releaseAdvisoryLock')).toContain('releaseAdvisoryLock');
  });

  it('finds by expansion what shares no word with the question', async () => {
    const related = Array.from(
      { length: 8 },
      (_, at) => `Malaria is spread by anopheles mosquitoes in region ${at}, and nets help.`,
    );
    const searcher = await searcherOf([...filler(60), ...related, 'Anopheles mosquitoes breed in standing water.']);
    const ranked = searcher.rank({ query: 'malaria' }).map(({ terms }) => text(searcher, terms.id));
    expect(ranked).toContain('Anopheles mosquitoes breed in standing water.');
  });

  it('prefers the passage whose document is about the matter', async () => {
    const passage = 'The limit was raised after the review.';
    const about = ['# Glacier report', 'The glacier retreats.', 'A glacier loses ice.', `${passage} First.`].join(
      '\n\n',
    );
    const other = ['# Bakery report', 'The bakery opens.', 'A bakery sells bread.', `${passage} Glacier.`].join('\n\n');
    const searcher = await searcherOf([...filler(40), other, about]);
    const ranked = searcher.rank({ query: 'limit glacier ice' }).map(({ terms }) => text(searcher, terms.id));
    expect(ranked.indexOf(`${passage} First.`)).toBeGreaterThanOrEqual(0);
    expect(ranked[0]).toContain('glacier');
  });

  it('favours what fits the context without requiring it', async () => {
    const bank = 'The bank raised its interest and the loan became dear.';
    const river = 'The bank of the brook was steep and the willow leaned.';
    const searcher = await searcherOf([...filler(40), bank, river]);
    const [first] = searcher.rank({ query: 'bank', context: 'willow brook landscape' });
    const [second] = searcher.rank({ query: 'bank', context: 'loan interest finance' });
    expect(text(searcher, first?.terms.id)).toBe(river);
    expect(text(searcher, second?.terms.id)).toBe(bank);
    expect(searcher.rank({ query: 'bank', context: 'nothing known zzz' })).toHaveLength(2);
  });

  it('is the same every time and in a fresh index', async () => {
    const texts = [...filler(80), 'The engine of the river boat.', 'The boat engine.'];
    const once = (await searcherOf(texts)).rank({ query: 'river engine boat' });
    const searcher = await searcherOf(texts);
    const again = searcher.rank({ query: 'river engine boat' });
    const figures = (list: typeof once): unknown =>
      list.map(({ terms, relevance, coverage }) => [terms.id, relevance, coverage]);
    expect(figures(again)).toEqual(figures(once));
    expect(figures(searcher.rank({ query: 'river engine boat' }))).toEqual(figures(once));
  });

  it('searches only the ranges it is given, however many', async () => {
    const searcher = await searcherOf(Array.from({ length: 2_500 }, (_, at) => `turbine number ${at}`));
    const ranges = searcher.index.sources.filter(({ id }) => id % 2 === 0);
    const ranked = searcher.rank({ query: 'turbine', ranges });
    expect(ranked.length).toBeGreaterThan(100);
    expect(ranked.every(({ terms }) => terms.source % 2 === 0)).toBe(true);
    expect(searcher.rank({ query: 'turbine', ranges: [] })).toEqual([]);
  });

  it('survives a question of nothing but punctuation, quotes and operators', async () => {
    const searcher = await searcherOf(filler(5));
    for (const query of ['', '"', '" OR 1', 'NEAR(', 'a*b:c^d', '-"x" AND NOT', '\u0000', '\uD800']) {
      expect(() => chosen(searcher, query)).not.toThrow();
    }
  });
});

describe('the score', () => {
  it('stays below the reporting threshold when only one common word of six is there', async () => {
    const searcher = await searcherOf(filler(200));
    const hits = chosen(searcher, 'system failure of kubernetes ingress certificate rotation');
    expect(hits.length).toBeGreaterThan(0);
    expect(Math.max(...hits.map(({ score }) => score))).toBeLessThan(REPORTABLE_SCORE);
  });

  it('reaches it for a passage that holds most of the important words, and 1 for one that holds all', async () => {
    const answer = 'Certificates of the ingress are rotated by the kubernetes controller.';
    const searcher = await searcherOf([...filler(200), answer]);
    expect(chosen(searcher, 'how does kubernetes rotate ingress certificates')[0]?.score).toBe(1);
    const some = chosen(searcher, 'how does kubernetes rotate ingress certificates without downtime')[0];
    expect(some?.score).toBeGreaterThan(REPORTABLE_SCORE);
    expect(some?.score).toBeLessThan(1);
  });

  it('gives nothing for a question whose words the corpus lacks', async () => {
    expect(chosen(await searcherOf(filler(50)), 'photosynthesis in cyanobacteria')).toEqual([]);
  });
});

describe('the selection', () => {
  const original = [
    'The cache keeps the sixteen most recently used index files and removes all the others when it starts.',
    'Files in use stay where they are. A file that another process builds takes its final name only when complete,',
    'so a reader never meets half an index; damaged files are rebuilt from stored texts before the next search begins.',
  ].join(' ');

  it('drops near duplicates, but keeps a version that differs in a figure', async () => {
    const searcher = await searcherOf([
      ...filler(40),
      original,
      original.replace('begins', 'starts'),
      original.replace('sixteen', '16'),
      original.replace('sixteen', '32'),
    ]);
    const texts = chosen(searcher, 'cache index files').map(({ passage }) => text(searcher, passage.terms.id));
    expect(texts.filter((each) => each.includes('sixteen'))).toHaveLength(1);
    expect(texts.filter((each) => /16|32/.test(each))).toHaveLength(2);
  });

  it('spreads over sources where a second passage says little new', async () => {
    const crowd = Array.from(
      { length: 6 },
      (_, at) => `Solar panels lose output with heat, as test ${'abcdef'[at]} shows for solar panels.`,
    );
    const searcher = await searcherOf([
      ...filler(40),
      crowd.join('\n\n'),
      'Dust lowers what solar panels deliver in dry regions.',
    ]);
    const sources = chosen(searcher, 'solar panels', 3).map(({ passage }) => passage.terms.source);
    expect(new Set(sources).size).toBe(2);
  });

  it('gives at most as many as asked for, the best first', async () => {
    const searcher = await searcherOf([...filler(60), 'The harbour orchard of the valley theatre.']);
    const hits = chosen(searcher, 'harbour orchard valley theatre', 4);
    expect(hits).toHaveLength(4);
    expect(hits[0]?.passage.terms.id).toBe(61);
    expect(chosen(searcher, 'harbour', 0)).toEqual([]);
  });
});

describe('a long source that repeats the words of the question', () => {
  const answer = 'The payment gateway timeout is 30 seconds.';
  const question = 'What is the payment gateway timeout?';

  const words = ['amber', 'birch', 'cedar', 'daisy', 'ebony', 'fern', 'grape', 'hazel', 'ivory', 'jade', 'kelp'];
  const varied = (at: number): string => `${words[at % 11] ?? ''} ${words[(at * 7 + Math.floor(at / 11)) % 11] ?? ''}`;

  it.each([
    ['in one log', [log(900)]],
    ['in one log whose lines differ in words too', [log(900, varied)]],
    ['in sixty logs', Array.from({ length: 60 }, (_, at) => log(20, () => `host-${at}`))],
  ])('does not hide the short passage that answers: %s', async (_where, logs) => {
    const searcher = await searcherOf([...filler(30), ...logs, answer]);
    const texts = chosen(searcher, question, 8).map(({ passage }) => text(searcher, passage.terms.id));
    expect(texts).toContain(answer);
  });

  it('leaves most of what is read to sources that answer as well', async () => {
    const answers = ['ten', 'twenty', 'thirty'].map(
      (count) => `${count} seconds: payment gateway timeout, as ${count}.`,
    );
    const searcher = await searcherOf([...filler(30), log(900, varied), ...answers]);
    const hits = chosen(searcher, question, 6);
    expect(hits.filter(({ passage }) => passage.terms.source === 31).length).toBeLessThanOrEqual(3);
    const texts = hits.map(({ passage }) => text(searcher, passage.terms.id));
    for (const each of answers) expect(texts).toContain(each);
  });

  it('gives few of the passages that differ in their figures alone', async () => {
    const searcher = await searcherOf([...filler(30), log(100)]);
    expect(chosen(searcher, question, 20).filter(({ passage }) => passage.terms.source === 31)).toHaveLength(4);
  });

  it('does not decide alone what the question is expanded with', async () => {
    const others = Array.from(
      { length: 6 },
      (_, at) => `Payment gateway timeout: settlement ledger ${words[at] ?? ''}.`,
    );
    const searcher = await searcherOf([
      ...filler(60),
      log(40),
      ...others,
      'The settlement ledger is kept for ten years.',
    ]);
    const ranked = searcher.rank({ query: question }).map(({ terms }) => text(searcher, terms.id));
    expect(ranked).toContain('The settlement ledger is kept for ten years.');
  });

  it('may still be all that is read when nothing else speaks of the matter', async () => {
    const chapters = Array.from(
      { length: 12 },
      (_, at) =>
        `Chapter ${words[at % 11] ?? ''}: the quokka ${'eats sleeps digs runs hides swims climbs jumps feeds nests calls rests'.split(' ')[at] ?? ''} by ${words[(at * 3) % 11] ?? ''} and ${words[(at * 5 + 2) % 11] ?? ''}.`,
    );
    const searcher = await searcherOf([...filler(30), chapters.join('\n\n'), 'A quokka.']);
    const hits = chosen(searcher, 'what do we know of the quokka', 12);
    expect(hits.filter(({ passage }) => passage.terms.source === 31).length).toBeGreaterThanOrEqual(10);
  });
});

describe('themes', () => {
  const corpus = [
    ...filler(60),
    'Coral bleaching follows warm water. Bleached reefs lose their fish stocks.',
    'Reefs and ocean acidification: shells dissolve.',
    'Ocean acidification weakens reefs and slows coral growth.',
    'Reefs recover where fish stocks are protected.',
  ];

  it('are phrases and words around the question, in the form the corpus writes, none of them the question itself', async () => {
    const searcher = await searcherOf(corpus);
    const themes = themesOf(searcher, 'What threatens reefs?', 6);
    const terms = themes.map(({ term }) => term);
    expect(terms).toContain('ocean acidification');
    expect(terms).toContain('fish stocks');
    expect(terms.join(' ')).not.toMatch(/reef|threaten|district/);
    const acid = themes.find(({ term }) => term === 'ocean acidification');
    expect(acid).toMatchObject({ sources: 2, weight: 0.5 });
  });

  it('are the same every time, and none for a question without matches', async () => {
    const searcher = await searcherOf(corpus);
    expect(themesOf(searcher, 'reefs', 5)).toEqual(themesOf(await searcherOf(corpus), 'reefs', 5));
    expect(themesOf(searcher, 'blockchain', 5)).toEqual([]);
  });
});
