import { describe, expect, test } from 'vitest';
import { datesOf } from '../../../../src/research/evidence/dates.ts';
import { fractionOf, numeralsIn, plainDigits, unreadNumerals } from '../../../../src/research/evidence/numerals.ts';
import { quantitiesOf } from '../../../../src/research/evidence/quantities.ts';
import { supportLabel, supportOf } from '../../../../src/research/evidence/support.ts';

function values(text: string): readonly number[] {
  return quantitiesOf(text, []).flatMap((one) => one.values.slice(0, 1));
}

/** The label over a span whose tags are markup. */
function labelled(claim: string, text: string): string {
  const blanks = Array.from(text.matchAll(/<[^>]+>/g), (tag) => [tag.index, tag.index + tag[0].length] as const);
  return supportLabel({ text: claim, heading: '' }, { text, blanks });
}

describe('another number is no support, however it is written', () => {
  test.each([
    ['The dose is 5 mol.', 'The dose is 5 mmol.'],
    ['The energy is 5 mJ.', 'The energy is 5 MJ.'],
    ['The chance is 1e-5.', 'The chance is 1e-9.'],
    ['The chance is 10⁻⁵.', 'The chance is 10⁻⁹.'],
    ['The chance is 10^5.', 'The chance is 10^-5.'],
    ['The count is 5×10³.', 'The count is 5×10⁴.'],
    ['The factor is 10.', 'The factor is 10^5.'],
    ['The area is 5 km².', 'The area is 5 km.'],
    ['The volume is 5 m³.', 'The volume is 5 m².'],
    ['The area is 5 square miles.', 'The area is 5 cubic miles.'],
    ['The area is 5 ha.', 'The area is 5 acres.'],
    ['It cost ¥5 million.', 'It cost $5 million.'],
    ['It cost USD500 million.', 'It cost EUR500 million.'],
    ['It cost A$5.', 'It cost US$5.'],
    ['Der Umsatz stieg auf 5 Mio. Euro.', 'Der Umsatz stieg auf 5 Mio. Dollar.'],
    ['Der Umsatz stieg auf 5 Mrd. Euro.', 'Der Umsatz stieg auf 5 Mio. Euro.'],
    ['Die Kirche wurde 1751 errichtet.', 'Die Kirche wurde im Jahr 1750 errichtet.'],
    ['Im Dorf leben 1932 Menschen.', 'Im Dorf leben Menschen, es wurde 1932 errichtet.'],
    ['The shop closed in May.', 'In March the shop closed.'],
    ['Die Ernte fror, als im Mai Schnee fiel.', 'Die Ernte fror, als im März Schnee fiel.'],
    ['Südtirol wurde 1919 Italien zugesprochen.', 'Südtirol wurde im Jahr 1920 Italien zugesprochen.'],
    ['It was late, and in March Germany voted.', 'It was late, and in April Germany voted.'],
    ['The shop closed in Jan.', 'The shop closed in Mar.'],
    ['We met at 5 pm.', 'We met at 5 am.'],
    ['It was fixed in version 1.2.', 'It was fixed in version 1.20.'],
    ['It fell to 5 degrees.', 'It fell to\n- 5 degrees.'],
    ['The firm sold 2019 units.', 'In 2019 the firm sold units.'],
    ['The bridge opened in 1990.', 'The bridge opened in 1991.'],
    ['The firm left in 2020.', 'The firm left in 2019.'],
    ['500 patients died.', 'Patients died.'],
    ['５００ patients died.', 'Patients died.'],
    ['٥٠٠ patients died.', 'Patients died.'],
    ['𝟓𝟎𝟎 patients died.', 'Patients died.'],
    ['Ⅻ patients died.', 'Patients died.'],
    ['pre-500 patients died.', 'Patients died.'],
    ['⅔ of patients died.', 'Patients died.'],
    ['Hundreds of patients died.', 'Patients died.'],
    ['Hundreds of patients died.', '2,500 patients died.'],
    ['Tens of thousands of patients died.', 'Thousands of patients died.'],
    ['Half of the patients died.', 'A third of the patients died.'],
    ['Two thirds of patients died.', 'Patients died.'],
    ['Three quarters of the patients died.', 'A quarter of the patients died.'],
  ])('%s | %j', (claim, span) => {
    expect(supportOf(claim, span).disagrees).toContain('number');
    expect(supportLabel({ text: claim, heading: '' }, span)).toBe('unsupported');
  });
  test('a power set high in markup is one', () => {
    expect(labelled('The dish has 10 cells.', 'The dish has 10<sup>5</sup> cells.')).toBe('unsupported');
    expect(labelled('The dish has 10^5 cells.', 'The dish has 10<sup>5</sup> cells.')).toBe('numeric_match');
    expect(labelled('It rose 15 percent.', 'It rose 15<sup><a>3</a></sup> percent')).toBe('numeric_match');
  });
  test('nor is one that stands behind what is looked at', () => {
    const span = 'Patients in the trial died.';
    const claim = `Patients in the trial died${', and patients in the trial died'.repeat(150)}`;
    expect(supportOf(claim, span).disagrees).toEqual([]);
    expect(supportOf(`${claim}, 500 of them.`, span).disagrees).toEqual(['number']);
    expect(supportOf(`${claim}, twenty of them.`, span).disagrees).toEqual(['number']);
  });
});

describe('the same number is, however it is written', () => {
  test.each([
    ['The dose is 5000 mmol.', 'The dose is 5 mol.'],
    ['The chance is 0.00001.', 'The chance is 10⁻⁵.'],
    ['The chance is 1e-5.', 'The chance is 10^(-5).'],
    ['The count is 5,000.', 'The count is 5 × 10³.'],
    ['The area is 5 km^2.', 'The area is 5 square kilometres.'],
    ['The area is 500 hectares.', 'The area is 5 km².'],
    ['The volume is 5 m3.', 'The volume is 5 m³.'],
    ['It cost 5 million dollars.', 'It cost USD5 million.'],
    ['It cost ¥5 million.', 'It cost 5 million yen.'],
    ['We met at 17:00.', 'We met at 5 p.m.'],
    ['It was fixed in version 1.2.', 'Release 1.2 fixed it.'],
    ['It was fixed in version 1.2.', 'It was fixed in SQLite 1.2.'],
    ['In 2019 patients died.', 'Patients died in 2019.'],
    ['The 2019 report was long.', 'The report of 2019 was long.'],
    ['500 patients died.', '５００ patients died.'],
    ['Patients ate 5½ apples.', 'Patients ate 5.5 apples.'],
    ['⅔ of patients died.', 'Two thirds of patients died.'],
    ['Two-thirds of them died.', '67 percent of them died.'],
    ['Half of the patients died.', '50 % of the patients died.'],
    ['Hundreds of patients died.', '350 patients died.'],
    ['It runs on x86.', 'It runs on x86-64.'],
    ['COVID-19 spread to 5 towns.', 'Covid‑19 spread to 5 towns.'],
  ])('%s | %s', (claim, span) => {
    expect(supportOf(claim, span).disagrees).toEqual([]);
  });
});

describe('a number is that of the name or the time it stands beside', () => {
  test.each([
    ['Alpha sold 20 units.', 'Alpha sold 10 units and Beta sold 20 units.'],
    ['Alpha sold 20 units, Beta 10.', 'Alpha sold 10 units, Beta 20.'],
    ['Revenue rose by 5 percent in 2020.', 'Revenue rose by 20 percent in 2020 and 5 percent in 2019.'],
    ['Sales rose 5 % in March.', 'Sales rose 5 % in April and 9 % in March.'],
  ])('not %s | %s', (claim, span) => {
    expect(supportOf(claim, span).disagrees).toContain('number');
  });
  test.each([
    ['Alpha sold 10 units.', 'Alpha sold 10 units and Beta sold 20 units.'],
    ['Alpha sold 20 units.', 'Alpha sold 10 units and then 20 units.'],
    ['Alpha sold 20 units.', 'Alpha sold 10 units; the firm sold 20 units.'],
    ['The firm sold 20 units.', 'Alpha sold 10 units and Beta sold 20 units.'],
    ['Alpha sold 20 units.', 'Alpha sold 20 units and Beta sold 20 units.'],
    ['Revenue rose by 5 percent in 2019.', 'Revenue rose by 20 percent in 2020 and 5 percent in 2019.'],
  ])('but %s | %s', (claim, span) => {
    expect(supportOf(claim, span).disagrees).not.toContain('number');
  });
});

test('who died did not survive, and 3 in 10 are not 10 in 3', () => {
  expect(supportOf('It helps 3 in 10.', 'It helps 10 in 3.').disagrees).toEqual(['opposite']);
  expect(supportOf('It helps 3 out of 10.', 'It helps 3 of 10.').disagrees).toEqual([]);
  expect(supportOf('5 of 10 patients died.', '5 of 10 patients survived.').disagrees).toEqual(['opposite']);
});

test('numerals of any script are read in place', () => {
  expect(plainDigits('٥٠٠,٢ ５．５ १२ 𝟓 a')).toBe('500,2 5.5 12 𝟓 a');
  expect(['½', '5 ½', '12⅔'].map(fractionOf)).toEqual([0.5, 5.5, 12 + 2 / 3]);
  expect(values('٥٠٠ and 5½ and 2^10 and 3x10^2 and 10⁻² and 2e3 and -4')).toEqual([
    500, 5.5, 1024, 300, 0.01, 2000, -4,
  ]);
});

test('what no reader of numbers takes is told', () => {
  const text = 'On 1 May 2024 pre-500 or X86 of 12 pages, Ⅻ or 𝟓 or H2O, 3rd at 9:05';
  const dates = datesOf(text);
  expect(unreadNumerals(text, [...dates, ...quantitiesOf(text, dates)])).toEqual(['pre-500', 'x86', 'xii', '5', 'h2o']);
  expect([...numeralsIn('x86-64 of v1.2')]).toEqual(['x86-64', 'v1.2', 'x86', '64', 'v1', '2']);
});
