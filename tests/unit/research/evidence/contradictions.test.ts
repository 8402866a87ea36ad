import { describe, expect, test } from 'vitest';
import { polarityOf } from '../../../../src/research/evidence/polarity.ts';
import { supportLabel, supportOf } from '../../../../src/research/evidence/support.ts';
import { effortsOf } from '../../../support/effort.ts';

describe('one word or sign turns a claim against its evidence', () => {
  test.each([
    ['name', 'In 2020 Austria sold 5 tonnes of wheat.', 'In 2020 Australia sold 5 tonnes of wheat.'],
    ['name', 'The population of Niger is 27 million.', 'The population of Nigeria is 27 million.'],
    ['name', 'Pfizer reported 5 million dollars in 2020.', 'Moderna reported 5 million dollars in 2020.'],
    ['number', 'The plant emits over 50 tonnes.', 'The plant emits under 50 tonnes.'],
    ['number', 'The plant emits 50 tonnes.', 'The plant emits less than 50 tonnes.'],
    ['number', 'The trip takes at least 50 minutes.', 'The trip takes up to 50 minutes.'],
    ['number', 'Around 50 % of them smoke.', 'Not more than 50 % of them smoke.'],
    ['number', 'It has a power of 5 MW.', 'It has a power of 5 mW.'],
    ['number', 'The link carries 100 MB.', 'The link carries 100 Mb.'],
    ['number', 'The pump gives 5 mg per hour.', 'The pump gives 5 mg per day.'],
    ['number', 'The pump gives 5 mg/h.', 'The pump gives 5 mg a day.'],
    ['number', 'It fell to 5 °C.', 'It fell to minus 5 °C.'],
    ['number', 'It fell to 5 °C.', 'It fell to –5 °C.'],
    ['number', 'The dose is 5 mg.', 'The dose is .5 mg.'],
    ['denial', 'The drug works in adults.', 'The drug hardly works in adults.'],
    [
      'denial',
      'The report calls the coating toxic to fish.',
      'The report calls the coating non-toxic to fish and plants.',
    ],
    ['denial', 'The coating is non-toxic to fish.', 'The coating is toxic to fish.'],
    ['denial', 'The drug did not help vaccinated patients.', 'The drug helped vaccinated and unvaccinated patients.'],
    ['denial', 'The drug helped vaccinated and unvaccinated patients.', 'The drug did not help vaccinated patients.'],
    ['denial', 'The drug did not help treated patients.', 'The drug helped treated and non-treated patients.'],
    ['denial', 'The policy did not cover employed workers.', 'The policy did cover employed and unemployed workers.'],
    ['denial', 'The policy did cover employed and unemployed workers.', 'The policy did not cover employed workers.'],
    ['denial', 'The method is not stable.', 'The method is stable, while the older one is unstable.'],
    ['denial', 'The method is stable, while the older one is unstable.', 'The method is not stable.'],
    [
      'denial',
      'The drug helped vaccinated and unvaccinated patients.',
      'The drug did not help vaccinated patients but helped unvaccinated patients.',
    ],
    [
      'denial',
      'The drug did not help vaccinated patients but helped unvaccinated patients.',
      'The drug helped vaccinated and unvaccinated patients.',
    ],
    ['denial', 'Untreated patients did not recover from treated wounds.', 'Untreated patients did recover.'],
    ['denial', 'The drug is unsafe for children.', 'There is no evidence that the drug is safe for children.'],
    ['denial', 'The coating is non-toxic to fish.', 'It has not been proved that the coating is toxic to fish.'],
    ['denial', 'Smoking causes cancer.', 'It is a myth that smoking causes cancer.'],
    ['opposite', 'The price rose from 10 to 5 dollars.', 'The price rose from 5 to 10 dollars.'],
    ['opposite', 'It fell 5 % in 2020 and rose 3 % in 2021.', 'It rose 5 % in 2020 and fell 3 % in 2021.'],
    ['opposite', 'It made a profit of 5 million dollars.', 'It made a loss of 5 million dollars.'],
    ['opposite', 'The vaccine reduced deaths by 40 %.', 'The vaccine increased deaths by 40 %.'],
    ['opposite', 'The court upheld the ban on the drug.', 'The court overturned the ban on the drug.'],
    ['opposite', 'The treatment prevented infection.', 'The treatment caused infection.'],
  ])('%s: %s | %s', (kind, claim, span) => {
    expect(supportOf(claim, span).disagrees).toContain(kind);
    expect(supportLabel({ text: claim, heading: '' }, span)).toBe('unsupported');
  });
});

describe('a prefix turns a word round, however the word is bent, and no other word that begins like it', () => {
  test.each([
    ['The treatment is safe for pregnant women.', 'The treatment is unsafe for pregnant women.'],
    ['Keeping such animals at home is illegal.', 'Keeping such animals at home is legal.'],
    ['The cause of the crash is known.', 'The cause of the crash is unknown.'],
    ['A second wave is likely this winter.', 'A second wave this winter is unlikely.'],
    ['The virus is visible under a light microscope.', 'The virus is invisible under a light microscope.'],
    ['A second wave is not likely this winter.', 'A second wave this winter is not unlikely.'],
    ['Dating the bones found there is possible.', 'Dating the bones found there is impossible.'],
    ['All species are unprotected by law.', 'Not all species are protected by law.'],
    ['The drug is unsafe for children.', 'The drug is not just safe for children but cheap.'],
    ['Dating the bones found there is impossible.', 'Dating the bones found there is not always possible.'],
    ['The vaccine is ineffective in adults.', 'No vaccine is more effective in adults.'],
    ['Use of the drug is unsafe in children.', 'No serious harm from safe use of the drug in children was seen.'],
    ['The work at the bank is unpaid.', 'Not every hour of the work at the bank is paid.'],
    ['It is illegal to camp in the park without a permit.', 'Camping in the park without a permit is legal.'],
    ['Recovery is unlikely in people who do not exercise.', 'People who do not exercise are likely to recover.'],
    ['The drug is unsafe in pregnancy.', 'Approval does not mean the drug is safe in pregnancy.'],
    ['The drug is unsafe in pregnancy.', 'The drug has not been proven safe in pregnancy.'],
    ['The practice is illegal in Texas.', 'The practice is not taxed where it is legal in Texas.'],
    ['Illegal action was taken by the firm.', 'No legal action was taken by the firm.'],
    ['The author is unknown in Germany.', 'The author is not widely known in Germany.'],
    ['The firm was unprofitable in 2019.', 'The firm did not cut jobs in profitable 2019.'],
    ['Das Verfahren ist unsicher.', 'Das Verfahren ist nicht immer sicher.'],
    ['Income inequality grew in Brazil in the 2000s.', 'Income equality grew in Brazil in the 2000s.'],
    ['The losses were uncovered by insurance.', 'The losses were covered by insurance.'],
    ['The firm was famous for its practices.', 'The firm was infamous for its practices.'],
  ])('told apart: %s | %s', (claim, span) => {
    expect(supportLabel({ text: claim, heading: '' }, span)).toBe('unsupported');
    expect(supportLabel({ text: span, heading: '' }, claim)).toBe('unsupported');
  });

  test.each([
    ['It is unknown whether the drug crosses the barrier.', 'It is not known whether the drug crosses the barrier.'],
    ['A second wave is not likely this winter.', 'A second wave this winter is unlikely.'],
    ['The cause of the crash is unknown.', 'Nobody knows the cause of the crash.'],
    ['Without treatment recovery is unlikely.', 'Without treatment recovery is not likely.'],
    ['Staff without training are unauthorized to go in.', 'Staff without training are not authorized to go in.'],
    ['La cause est inconnue.', 'La cause n’est pas connue.'],
    ['Losses uncovered by insurance are rare.', 'Rare are losses not covered by insurance.'],
    ['The cause of the disease is currently unknown.', 'The cause of the disease is not currently known.'],
    ['The cause of the disease is not currently known.', 'The cause of the disease is currently unknown.'],
    ['Die Ursache des Brandes ist noch unbekannt.', 'Die Ursache des Brandes ist noch nicht bekannt.'],
    ['Interns at the bank are unpaid.', 'Interns at the bank work without being paid.'],
    ['The treatment is unsafe in pregnancy.', 'The treatment is not considered safe in pregnancy.'],
    ['The company closed its plants in Ohio.', 'The company disclosed the closure of its plants in Ohio.'],
    ['The tumour was treated with radiation.', 'Irradiation was how the tumour was treated.'],
    ['Dating the bones found there is impossible.', 'Dating the bones found there is not possible.'],
    ['The committee disagreed with the plan.', 'The committee did not agree with the plan.'],
    ['The disease is uncommon in adults.', 'The disease is not common in adults.'],
    ['The strike was not lawful under the treaty.', 'The court held the strike unlawful under the treaty.'],
    ['The grey foam of these seats stays non-flammable.', 'The grey foam of these seats stays nonflammable.'],
    ['The port of Rotterdam handles the goods.', 'Imports: the goods are handled in Rotterdam at the sea.'],
    ['A form has to be filled in by each tenant.', 'Tenants are informed; each tenant has to fill in a sheet.'],
    ['Migrants from Poland work on the farms.', 'Immigrants from Poland work on the farms.'],
    ['Metals like iron rust in wet air.', 'Iron rusts in wet air, and it is unlikely that dry metals do.'],
  ])('not: %s | %s', (claim, span) => {
    expect(supportOf(claim, span).disagrees).toEqual([]);
    expect(supportLabel({ text: claim, heading: '' }, span)).toBe('lexical');
  });
});

describe('who tells of a group and of all others is not borne out by what is told of the group alone', () => {
  test.each([
    ['Non-smokers fell ill more often than smokers.', 'Smokers fell ill more often than ex-smokers.'],
    ['Non-smokers died earlier than smokers.', 'Smokers died earlier than others did.'],
    ['Non-smokers died earlier than smokers.', 'Ex-smokers died earlier than smokers.'],
    ['Non-smokers died earlier than smokers.', 'Heavy drinkers died earlier than smokers.'],
    ['Non-smokers and smokers fell ill.', 'Only smokers fell ill.'],
    ['Non-smokers and smokers fell ill.', 'Smokers fell ill.'],
    ['Smokers and non-smokers fell ill.', 'Smokers and drinkers fell ill.'],
    ['Smokers fell ill like non-smokers.', 'Smokers fell ill like ex-smokers.'],
    ['Non-profit firms pay less than profit firms.', 'Profit firms pay less than public firms.'],
    ['Non-native species displaced native species.', 'Native species displaced introduced species.'],
    ['Non-native species displaced native species.', 'Native species displaced native species.'],
    ['Non-members pay 20 euros, members pay 10 euros.', 'Members pay 20 euros; everybody else pays 10 euros.'],
    ['Non-members pay 20 euros, members pay 10 euros.', 'Members pay 10 euros; children pay 20 euros.'],
    [
      'Non-members pay 20 euros while members pay 10 euros.',
      'Members pay 20 euros while everybody else pays 10 euros.',
    ],
    ['Non-members pay 20 euros; members pay 10 euros.', 'The members pay 10 euros; some others pay 20 euros.'],
    ['Non-members pay 20 euros; members pay 10 euros.', 'Members pay 10 euros; others may pay 20 euros.'],
    ['Non-native species displaced native species.', 'The native species have displaced introduced species.'],
    ['Never-smokers died earlier than smokers.', 'Ex-smokers died earlier than smokers.'],
  ])('%s | %s', (claim, span) => {
    expect(supportOf(claim, span).disagrees).toContain('denial');
    expect(supportLabel({ text: claim, heading: '' }, span)).toBe('unsupported');
  });
});

describe('what says the same does not disagree', () => {
  test.each([
    ['The coating is not toxic to fish.', 'The coating is non-toxic to fish.'],
    ['The coating is non-toxic to fish.', 'The coating is nontoxic to fish.'],
    ['The paint is non-toxic to fish in the river.', 'The paint is nontoxic to fish in the river.'],
    ['The paint is nontoxic to fish in the river.', 'The paint is not toxic to fish in the river.'],
    ['The paint is not toxic to fish in the river.', 'The paint is nontoxic to fish in the river.'],
    ['Non-smokers had a lower risk than smokers.', 'Nonsmokers had a lower risk than smokers in the study.'],
    ['Nonsmokers had a lower risk than smokers.', 'Non-smokers had a lower risk than smokers in the study.'],
    ['Non-smokers had a lower risk.', 'Nonsmokers had a lower risk than smokers in the study.'],
    ['Non-native species displaced native species.', 'Introduced species displaced native species.'],
    ['Non-native species displaced native species.', 'Nonnative species displaced native species there.'],
    ['Non-members pay 20 euros, members pay 10 euros.', 'Members pay 10 euros; everybody else pays 20 euros.'],
    ['Native species were displaced by non-native species.', 'Native species were displaced by introduced species.'],
    [
      'Non-members pay 20 euros while members pay 10 euros.',
      'Members pay 10 euros while everybody else pays 20 euros.',
    ],
    ['Non-members pay 20 euros; members pay 10 euros.', 'The members pay 10 euros; everybody else pays 20 euros.'],
    ['Non-native species displaced native species.', 'Introduced species have displaced the native species.'],
    [
      'Non-members pay 20 euros, members pay 10 euros.',
      'Members pay 10 euros; others pay 20 euros. Some members live abroad.',
    ],
    ['Both smokers and non-smokers developed the disease.', 'Both smokers and never-smokers developed the disease.'],
    ['Both smokers and never-smokers developed the disease.', 'Both smokers and non-smokers developed the disease.'],
    ['Non-smokers died later than smokers.', 'All the others died later than smokers.'],
    ['Smokers died earlier than non-smokers.', 'Smokers died earlier than everyone else.'],
    ['UDP is not reliable while TCP is reliable.', 'UDP is unreliable while TCP is reliable.'],
    [
      'The test is unsuitable for children and suitable for adults.',
      'The test is not suitable for children; it is suitable for adults.',
    ],
    ['The coating is non-toxic to fish.', 'The coating has not been toxic to any fish.'],
    ['Countries outside the EU buy wheat.', 'Wheat is bought by non-EU countries.'],
    ['Austrian wheat was sold in 2020.', 'Wheat of Austria was sold in 2020.'],
    ['It was sold in Germany.', 'It was sold to German towns.'],
    ['They met Canadian and Turkish farmers.', 'They met farmers of Canada and Turkey.'],
    ['They met Brazilian farmers.', 'They met farmers of Brazil.'],
    ['At least 50 tonnes were sold.', 'More than 50 tonnes were sold.'],
    ['Up to 50 tonnes were sold.', 'Not more than 50 tonnes were sold.'],
    ['It carries 100 MB per second.', 'It carries 100 MB/s.'],
    ['It fell to -5 °C.', 'It fell to minus 5 °C.'],
    ['It takes 0.5 mg.', 'It takes .5 mg.'],
    ['It fell 5 % and rose 3 %.', 'It fell 5 % and then rose 3 %.'],
    ['It rose from 5 to 10 dollars.', 'It went up from 5 to 10 dollars.'],
    ['Reported in 2020 by Moderna.', 'Moderna reported it in 2020.'],
  ])('%s | %s', (claim, span) => {
    expect(supportOf(claim, span).disagrees).toEqual([]);
  });
});

const numbers = (step: number, count: number): string =>
  Array.from({ length: count }, (_, at) => `${at * step + 3} a`).join(' ');

const SLOW: Readonly<Record<string, (count: number) => readonly [claim: string, span: string]>> = {
  'numbers of which none is the other': (count) => [numbers(2, count), numbers(3, count)],
  'one number and another, over and over': (count) => ['1 a '.repeat(count), '2 b '.repeat(count)],
  'groups and all others': (count) => ['non-fish eat fish, '.repeat(count), 'meat eats fish, '.repeat(count)],
  denials: (count) => ['not fish '.repeat(count), 'not meat '.repeat(count)],
};

test.each(Object.entries(SLOW))('twice as many take twice the effort, not four times: %s', async (_, made) => {
  const module = new URL('../../../../src/research/evidence/support.ts', import.meta.url).href;
  const [once = 0, twice = 0] = await effortsOf({ module, name: 'supportOf', inputs: [made(200), made(400)] });
  expect(once).toBeGreaterThan(1000);
  expect(twice / once).toBeLessThan(2.25);
});

test('what is made to be slow is compared, and does not agree', () => {
  expect(supportOf(numbers(2, 3000), numbers(3, 3000)).score).toBeLessThan(0.1);
  expect(supportOf('1 a '.repeat(5000), '2 b '.repeat(5000)).disagrees).toContain('number');
  expect(supportOf('not a '.repeat(3300), 'not b '.repeat(3300)).score).toBeLessThan(0.5);
});

test('no clause is read to the end of a text that ends none', () => {
  expect(polarityOf(`not ${'the '.repeat(20)}toxic`).denied).toEqual([['toxic']]);
  expect(polarityOf(`not ${'the '.repeat(200)}toxic`).denied).toEqual([[]]);
});

test('what was not looked at of a claim that is no sentence is not borne out', () => {
  const sentence = 'The log is written before the data. ';
  expect(supportOf(sentence, sentence).score).toBeCloseTo(1);
  expect(supportOf(sentence.repeat(1000), sentence.repeat(1000)).score).toBeLessThan(0.15);
});
