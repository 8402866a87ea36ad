import { describe, expect, test } from 'vitest';
import { supportLabel, supportOf } from '../../../../src/research/evidence/support.ts';

describe('what is compared the other way round is not borne out', () => {
  test.each([
    ['Smokers fell ill more often than non-smokers.', 'Non-smokers fell ill more often than smokers.'],
    ['Never-smokers died earlier than smokers.', 'Smokers died earlier than nonsmokers.'],
    [
      'The untreated group recovered faster than the treated group.',
      'The treated recovered faster than the untreated.',
    ],
    [
      'The linear model fits better than the non-linear model.',
      'The non-linear model fits better than the linear one.',
    ],
    ['Wages rose faster than prices.', 'Prices rose faster than wages last year.'],
    ['Electric cars emit less carbon than diesel cars.', 'Diesel cars emit less carbon than electric cars.'],
    ['More men than women voted in the city.', 'More women than men voted in the city.'],
    ['More people moved to Hamburg than to Berlin.', 'More people moved to Berlin than to Hamburg.'],
    ['The year 2020 was warmer than 2019.', 'The year 2019 was warmer than 2020.'],
    ['In June the sea is warmer than in August.', 'The sea is warmer in August than in June.'],
    ['Women had a higher risk of death than men.', 'The risk of death was higher in men than in women.'],
    ['Norway has higher taxes than Sweden.', 'Sweden has higher taxes than Norway, a study found.'],
    ['Norway has higher taxes than Sweden.', 'Sweden has higher unemployment than Norway.'],
    ['Exports grew faster than imports in 2019.', 'In 2019 imports expanded faster than exports.'],
    ['Boys scored higher than girls in the test.', 'Girls achieved higher results than boys in the test.'],
    ['Use tabs rather than spaces.', 'The guide says to use spaces rather than tabs.'],
  ])('%s | %s', (claim, span) => {
    expect(supportOf(claim, span).disagrees).toContain('opposite');
    expect(supportLabel({ text: claim, heading: '' }, span)).toBe('unsupported');
  });
});

describe('what is compared alike agrees, wherever the rest of it stands', () => {
  test.each([
    [
      'Non-smokers fell ill more often than smokers.',
      'More often than smokers, non-smokers fell ill more often than smokers.',
    ],
    ['In August the sea is warmer than in June.', 'The sea is warmer in August than in June.'],
    ['Wages rose more slowly than prices.', 'Prices rose more than wages; wages rose more slowly than prices.'],
    ['Wages rose more slowly than prices.', 'Prices rose more quickly than wages.'],
    ['Dogs smell better than bats.', 'Bats hear better than dogs, but dogs smell better than bats.'],
    ['The price of cars rose more than 5 percent in Oslo.', 'In Oslo the price rose more than 5 percent for cars.'],
    ['The work took longer than a year in Oslo.', 'In Oslo it took longer than a year until the work was done.'],
    ['The risk was higher in smokers than in non-smokers.', 'Smokers had a higher risk than never-smokers.'],
    [
      'Alpha grew faster than Beta, Beta faster than Gamma.',
      'Beta grew faster than Gamma, and Alpha faster than Beta.',
    ],
  ])('%s | %s', (claim, span) => {
    expect(supportOf(claim, span).disagrees).toEqual([]);
    expect(supportLabel({ text: claim, heading: '' }, span)).not.toBe('unsupported');
  });
});
