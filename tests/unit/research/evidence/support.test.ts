import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { words } from '../../../../src/core/words.ts';
import { datesOf } from '../../../../src/research/evidence/dates.ts';
import { quantitiesOf } from '../../../../src/research/evidence/quantities.ts';
import { supportLabel, supportOf, supportScore } from '../../../../src/research/evidence/support.ts';

describe('support labels', () => {
  const SPAN = 'Writers append 4 pages to the log before they commit.';
  test.each([
    ['quoted', SPAN, ''],
    ['numeric_match', 'writers append 4 PAGES to the log, before they commit', ''],
    ['quoted', 'Storage: Writers append 4 pages to the log before they commit.', 'Storage'],
    ['numeric_match', 'The log gets 4 pages.', ''],
    ['unsupported', 'The log gets 5 pages.', ''],
    ['unsupported', 'Writers append 4 or 5 pages to the log before they commit.', ''],
    ['lexical', 'Writers append pages to the log.', ''],
    ['unsupported', 'Zebras graze on the savannah.', ''],
    ['unsupported', 'The of and.', ''],
    ['unsupported', '', ''],
    ['lexical', 'Writers commit before they append pages to the log.', ''],
  ])('%s: %j', (label, text, heading) => {
    expect(supportLabel({ text, heading }, SPAN)).toBe(label);
  });

  test('an empty span supports nothing', () => {
    expect(supportLabel({ text: '', heading: '' }, '')).toBe('unsupported');
    expect(supportLabel({ text: 'anything', heading: 'anything' }, ' ')).toBe('unsupported');
  });
});

describe('what agrees, however it is written', () => {
  test.each([
    ['1,200 pages were read', '1.2 thousand pages were read'],
    ['1200 pages were read', 'they read 1,200 pages'],
    ['5 % of pages were read', '5 percent of the pages were read'],
    ['The lake is 3,000 m long', 'The lake is 3 km long'],
    ['It ended on 1 March 2024', 'It ended on 2024-03-01'],
    ['It ended on March 1, 2024', 'It ended on 01.03.2024'],
    ['It ended in March 2024', 'It ended on 1 March 2024'],
    ['It ended in 2024', 'It ended on 1 March 2024'],
    ['5 probes were sent to Mars', '5 probes flew to the planet, and Mars was what they were sent to look at'],
    ['5 works of Jan Hus were read', 'Jan Hus: 5 works were read'],
    ['40 people died of the flu in May', 'In May 40 people died of the flu'],
    ['Die Kirche wurde 1750 errichtet', 'Die Kirche wurde im Jahr 1750 errichtet'],
    ['Die Kirche wurde im Jahr 1750 errichtet', 'Die Kirche wurde 1750 errichtet'],
    ['Adenauer wurde 1949 Bundeskanzler', 'Im Jahr 1949 wurde Adenauer Bundeskanzler'],
    ['Das Rheinland wurde 1815 Preußen zugesprochen', 'Im Jahr 1815 wurde das Rheinland Preußen zugesprochen'],
    ['Das Wahlrecht wurde 1918 Frauen gewährt', 'Frauen wurde das Wahlrecht im Jahr 1918 gewährt'],
    ['Thousands marched in May Day rallies in Manila', 'May Day rallies in Manila drew thousands, who marched'],
    ['68 teams play in March Madness games', 'March Madness games are played by 68 teams'],
    ['In Wien gab es im Mai Proteste', 'Im Mai gab es in Wien Proteste'],
    ['Der Umsatz stieg auf 5 Mrd. Euro', 'Der Umsatz stieg auf 5 Milliarden Euro'],
    ['Der Umsatz stieg auf 5 Mio. Der Gewinn sank', 'Der Umsatz stieg auf 5 Millionen, der Gewinn sank'],
    ['Le pont ouvre le 2024-05-14', 'Le pont ouvre le 14 mai 2024'],
    ['It took 24 months', 'It took two years'],
    ['It took twenty-five days', 'It took 25 days'],
    ['Der Tank fasst 4500 Liter', 'Der Tank fasst 4.500 Liter'],
    ['About 1,200 pages were read', '1,187 pages were read'],
    ['More than 1,000 pages were read', '1,187 pages were read'],
    ['It cost 4,100,000 dollars', 'It cost $4.1 million'],
    ['3.7 million people live there', '3,694,000 people live there'],
    ['It started at 14:30', 'It started at 2:30 pm'],
    ['The EU agreed on 5 points', 'The European Union agreed on 5 points'],
    ['Two members voted for it', 'Two of nine members voted for it'],
    ['It was the 3rd of its kind', 'It was the third of its kind'],
  ])('%s | %s', (claim, span) => {
    expect(supportOf(claim, span)).toMatchObject({ numeric: true, disagrees: [] });
  });
});

describe('what does not agree is no support, however alike the words are', () => {
  test.each([
    ['number', 'The lake is 3 km long', 'The lake is 3 m long'],
    ['number', '1,200 pages were read', '1,300 pages were read'],
    ['number', 'It ended on 1 March 2024', 'It ended on 1 May 2024'],
    ['number', 'It ended on 2 March 2024', 'It ended in March 2024'],
    ['number', 'Four pages were read', 'The pages were read'],
    ['number', '5 pages and 3 writers', '3 pages and 5 writers'],
    ['number', 'It took 53 days', 'It took 53 months'],
    ['number', 'Der Tank fasst 4.500 Milliliter', 'Der Tank fasst 4.500 Liter'],
    ['number', 'More than 1,000 pages were read', '900 pages were read'],
    ['number', 'It runs on version 3.46.1', 'It runs on version 3.46.2'],
    ['number', 'Seven of nine voted', 'Two of nine voted'],
    ['denial', 'The log is not flushed', 'The log is flushed'],
    ['denial', 'The log is flushed', 'The log is never flushed'],
    ['denial', 'The log is no longer flushed', 'The log is flushed'],
    ['denial', "The log doesn't grow", 'The log grows'],
    ['denial', 'Das Tor ist nicht offen', 'Das Tor ist offen'],
    ['denial', 'Le pont a été fermé', "Le pont n'a jamais été fermé"],
    ['name', 'The page cache of LevelDB grows', 'The page cache of BoltDB grows'],
    ['name', 'It was built by Ida Brandt', 'It was built by Ina Borg'],
  ])('%s: %s | %s', (kind, claim, span) => {
    expect(supportOf(claim, span).disagrees).toContain(kind);
    expect(supportLabel({ text: claim, heading: '' }, span)).toBe('unsupported');
  });
  test('a name may stand in the heading or the title above the span, a number may not', () => {
    const [claim, span] = ['LevelDB compacts its tables in the background', 'Tables are compacted in the background'];
    expect(supportLabel({ text: claim, heading: '' }, span)).toBe('unsupported');
    expect(supportLabel({ text: claim, heading: 'LevelDB' }, span)).toBe('lexical');
    expect(supportOf('It has 7 tables', 'It has tables', '7 tables').disagrees).toEqual(['number']);
  });
  test.each([
    ['not more than 5 pages', '5 pages at most'],
    ['The log is not only flushed but synced', 'The log is flushed and synced'],
  ])('a bound or an addition denies nothing: %s', (claim, span) => {
    expect(supportOf(claim, span).disagrees).not.toContain('denial');
  });
});

describe('who does what to whom is no matter of the words alone', () => {
  test.each([
    ['Alphatec acquired 12 % of Betacorp in 2019', 'Betacorp acquired 12 % of Alphatec in 2019'],
    ['Company A bought company B for $5 million', 'Company B bought company A for $5 million'],
    ['Alphatec was acquired by Betacorp in 2019', 'Alphatec acquired Betacorp in 2019'],
    ['In 2019 the European Union sued Alphatec', 'Alphatec sued the European Union in 2019'],
    ['Brasil ganó a Italia por 3 a 2', 'Italia ganó a Brasil por 3 a 2'],
    ['The gear ratio of the winch is 3/4', 'The gear ratio of the winch is 4/3'],
    ['They mix it 3:4', 'They mix it 4:3'],
  ])('exchanged: %s | %s', (claim, span) => {
    expect(supportOf(claim, span).disagrees).toContain('opposite');
    expect(supportLabel({ text: claim, heading: '' }, span)).toBe('unsupported');
  });

  test.each([
    ['Betacorp was acquired by Alphatec in 2019', 'Alphatec acquired Betacorp in 2019'],
    ['Alphatec acquired Betacorp in 2019', 'In 2019 Alphatec Ltd acquired Betacorp'],
    ['Alphatec merged with Betacorp in 2019', 'In 2019 Betacorp merged with Alphatec'],
    ['Hamburg is 260 km from Berlin', 'Berlin is 260 km from Hamburg'],
    ['Chad borders Niger over 1,196 km', 'Niger borders Chad over 1,196 km'],
    ['Brazil beat Italy in 1970', 'In 1970 Brazil beat Italy, and Italy beat Germany'],
    ['Den Preis von 5 Euro zahlt Alphatec der Betacorp', 'Der Betacorp zahlt Alphatec den Preis von 5 Euro'],
    ['About 3/4 of the members voted', '3/4 of the members voted, 1/4 did not'],
  ])('not: %s | %s', (claim, span) => {
    expect(supportOf(claim, span).disagrees).toEqual([]);
    expect(supportLabel({ text: claim, heading: '' }, span)).toBe('numeric_match');
  });
});

test('the score lies between 0 and 1 and is 1 for the same words', () => {
  expect(supportScore('The log is written before the data.', 'The log is written before the data.')).toBeCloseTo(1);
  expect(supportScore('Zebras graze.', 'The log is written before the data.')).toBe(0);
  expect([supportScore('', ''), supportScore('word', ''), supportScore('', 'word')]).toEqual([0, 0, 0]);
});

test('dates and numbers are read without overlap', () => {
  const text = 'On 14 May 1887, 210 m and 3,5 % of v1.2.3 at 9:05';
  const dates = datesOf(text);
  expect(dates).toMatchObject([{ year: 1887, month: 5, day: 14 }]);
  expect(quantitiesOf(text, dates).map(({ kind, values, unit }) => [kind, values[0], unit?.base ?? ''])).toEqual([
    ['amount', 210, 'metre'],
    ['amount', 3.5, '%'],
    ['time', 32_700, ''],
  ]);
});

// --- Pairs written for this project -------------------------------------------------------------------------------

interface Group {
  readonly domain: string;
  readonly evidence: string;
  readonly claims: readonly { readonly kind: string; readonly supported: boolean; readonly text: string }[];
}

const GROUPS = JSON.parse(
  readFileSync(new URL('../../../fixtures/support/pairs.json', import.meta.url), 'utf8'),
) as readonly Group[];

/** By the evidence, so that no sentence is known from the other part. */
const isHeldOut = ({ evidence }: Group): boolean => (createHash('sha256').update(evidence).digest()[0] ?? 0) % 3 === 0;

interface Scored {
  readonly kind: string;
  readonly supported: boolean;
  readonly ours: number;
  readonly overlap: number;
}

function scored(groups: readonly Group[]): readonly Scored[] {
  return groups.flatMap(({ evidence, claims }) =>
    claims.map(({ kind, supported, text }) => {
      const held = new Set(words(evidence).map(({ stem }) => stem));
      const said = [...new Set(words(text).map(({ stem }) => stem))];
      const overlap = said.filter((stem) => held.has(stem)).length / said.length;
      return { kind, supported, ours: supportScore(text, evidence), overlap };
    }),
  );
}

/** How often a supported claim scores above one that is not. */
function auc(rows: readonly Scored[], by: 'ours' | 'overlap'): number {
  const yes = rows.filter(({ supported }) => supported);
  const no = rows.filter(({ supported }) => !supported);
  const won = yes.flatMap((one) => no.map((other) => (one[by] > other[by] ? 1 : one[by] === other[by] ? 0.5 : 0)));
  return won.reduce<number>((sum, each) => sum + each, 0) / won.length;
}

describe('on 369 pairs of claim and evidence', () => {
  const parts = { tuned: GROUPS.filter((group) => !isHeldOut(group)), held: GROUPS.filter(isHeldOut) };
  test.each([
    ['tuned', 0.82],
    ['held', 0.77],
  ] as const)('%s: the score tells support from none, which shared words do not', (part, floor) => {
    const rows = scored(parts[part]);
    expect(rows.length).toBeGreaterThan(part === 'held' ? 120 : 200);
    expect(auc(rows, 'ours')).toBeGreaterThan(floor);
    expect(auc(rows, 'ours') - auc(rows, 'overlap')).toBeGreaterThan(0.15);
  });
  test.each(['negation', 'number', 'unit', 'date', 'name', 'partial'])(
    'against %s alone it is above shared words',
    (kind) => {
      const rows = scored(GROUPS).filter((row) => row.supported || row.kind === kind);
      expect(auc(rows, 'ours')).toBeGreaterThan(auc(rows, 'overlap'));
    },
  );
});
