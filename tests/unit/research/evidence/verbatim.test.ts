import { describe, expect, test } from 'vitest';
import { supportLabel } from '../../../../src/research/evidence/support.ts';
import { isVerbatim, passageOf } from '../../../../src/research/evidence/verify.ts';
import { LAYOUT } from '../../../contract/rows.ts';

function verbatim(text: string, span: string, blanks: readonly (readonly [number, number])[] = []): boolean {
  return isVerbatim({ text, start: 0, end: span.length }, { text: span, layout: { ...LAYOUT, blanks } });
}

describe('what is not the span, character by character, is no quote', () => {
  test.each([
    ['It cost €5 million.', 'It cost $5 million.'],
    ['The result was p > 0.05.', 'The result was p < 0.05.'],
    ['The university was founded in 1850.', 'The universe was founded in 1850.'],
    ['It takes 1.5 million years.', 'It takes 1-5 million years.'],
    ['The rate is 10^-5.', 'The rate is 10^5.'],
    ['It is written in C.', 'It is written in C++.'],
    ['The laser has 5 MW.', 'The laser has 5 mW.'],
    ['The dose is 5 mg.', 'The dose is .5 mg.'],
    ['It fell to 5 °C.', 'It fell to -5 °C.'],
    ['It is 5; 3 of them', 'It is 5,3 of them'],
    ['the therapist', 'the the rapist'.slice(4)],
    ['We met 56 times', 'We met 5 6 times'],
    ['It fell to 5 °C.', 'It fell to\n- 5 °C.'],
    ['It fell to five degrees.', 'It fell to\n- five degrees.'],
    ['It must be 5 bar.', 'It must be\n> 5 bar.'],
    ['It must be 5 bar.', 'It must be\n > $5 bar.'],
    ['It fell to – 5 degrees.', 'It fell to\n5 degrees.'],
    ['It fell to - .5 degrees.', 'It fell to\n.5 degrees.'],
    ['It fell to – five degrees.', 'It fell to\nfive degrees.'],
    ['It lost; – $5 million.', 'It lost\n$5 million.'],
    ['Revenue was - 5 million.', 'Revenue was\t5 million.'],
    ['Revenue – 3.7', 'Revenue | 3.7'],
    ['It costs 5; 000 euros.', 'It costs 5\n000 euros.'],
    ['Profit was – USD 5 million.', 'Profit was\nUSD 5 million.'],
    ['Profit was – EUR5 million.', 'Profit was\nEUR5 million.'],
    ['Profit was – (EUR 5 million).', 'Profit was\n(EUR 5 million).'],
    ['Profit was – US$5 million.', 'Profit was\nUS$5 million.'],
    ['Profit was – Rs. 5 million.', 'Profit was\nRs. 5 million.'],
    ['Profit was – euros five million.', 'Profit was\neuros five million.'],
    ['Profit was – half a million dollars.', 'Profit was\nhalf a million dollars.'],
    ['Profit was – a half-million dollars.', 'Profit was\na half-million dollars.'],
    ['Profit was – a million dollars.', 'Profit was\na million dollars.'],
    ['Profit was – hundreds of dollars.', 'Profit was\nhundreds of dollars.'],
    ['It fell to – one degree.', 'It fell to\none degree.'],
    ['It fell by – half a degree.', 'It fell by\nhalf a degree.'],
    ['Profit was – one US dollar.', 'Profit was\none US dollar.'],
    ['It fell by – one percentage point.', 'It fell by\none percentage point.'],
    ['It fell by – half of that.', 'It fell by\nhalf of that.'],
    ['Profit was – one million dollars.', 'Profit was\none million dollars.'],
    ['Profit was – one dollar.', 'Profit was\none dollar.'],
    ['It fell by – one third of that.', 'It fell by\none third of that.'],
    ['It fell by – one and a half degrees.', 'It fell by\none and a half degrees.'],
    ['Profit was – ZAR 5 million.', 'Profit was\nZAR 5 million.'],
    ['Profit was USD 5 million.', 'Profit was\n- USD 5 million.'],
  ])('%s | %s', (claim, span) => {
    expect(verbatim(claim, span)).toBe(false);
    expect(supportLabel({ text: claim, heading: '' }, span)).not.toBe('quoted');
  });
});

test.each(
  `HRK 5|PHP 500|PHP 5,000|PHP 5 million|COP 26m|NLG 5|CNH 5|XDR 5|NTD 5|BTC 5|VEF 5|XYZ 5 million|XYZ5m|XYZ five billion|one third|one sixth|one-tenth|One in ten|one in a hundred|
  one to two degrees|one or 2 degrees|one and two thirds|one cent|one crore rupees|one lakh|one tenth|one (1) degree|one full degree|
  one full percentage point|half a cent|half (0.5)|half a full point|one peso|one penny|one Swiss franc|one won`
    .split('|')
    .map((sum) => [sum.trim()] as const),
)('a dash that is none of the span would be the sign of %s', (sum) => {
  expect(verbatim(`Change was – ${sum}.`, `Change was\n${sum}.`)).toBe(false);
});

describe('how a span is set may differ', () => {
  test.each([
    ['It’s “safe” – mostly', 'It\'s "safe" - mostly'],
    ['over two lines', 'over\n   two lines'],
    ['5 %', '5\u00A0%'],
    ['without its full stop', 'without its full stop.'],
    ['They guarantee: one; two', 'They guarantee:\n- one,\n- two.'],
    ['They counted: 5; 3', 'They counted:\n- 5\n- 3'],
    ['They counted 5; 3', '\n- They counted 5\n- 3'],
    ['They counted 5 of 3', '\n> They counted\n> 5 of 3'],
    ['one remark over lines', 'one remark\n// over lines'],
    ['Berlin – the capital', 'Berlin | the capital'],
    ['Berlin – a half-timbered town', 'Berlin | a half-timbered town'],
    ['Berlin – once the capital', 'Berlin | once the capital'],
    ['Berlin – USA in 1945', 'Berlin | USA in 1945'],
    ['Berlin – the 1945 capital', 'Berlin | the 1945 capital'],
    ['Berlin – in 1945', 'Berlin | in 1945'],
    ['Berlin; 3.7', 'Berlin | 3.7'],
    ['The service takes – AES 256 – RSA 2048', 'The service takes\n- AES 256\n- RSA 2048'],
    ['Rules – PDF 2.0 is read – RTF is not', 'Rules\n- PDF 2.0 is read\n- RTF is not'],
    ['It runs – PHP 8 – Ruby 3', 'It runs\n- PHP 8\n- Ruby 3'],
    ['Held – COP 26 – TOP 10 – PHP 8.3', 'Held\n- COP 26\n- TOP 10\n- PHP 8.3'],
    ['Standards – ISO 9001 – IEC 62304', 'Standards\n- ISO 9001\n- IEC 62304'],
    ['Two parts – One process writes – Others read.', 'Two parts\n- One process writes\n- Others read'],
    ['Two parts – One real process in Rust – Half won it', 'Two parts\n- One real process in Rust\n- Half won it'],
    ['The crews – Half went home – Half stayed', 'The crews\n- Half went home\n- Half stayed'],
    ['5; 3', '5\t3'],
  ])('%s | %j', (claim, span) => {
    expect(verbatim(claim, span)).toBe(true);
    expect(supportLabel({ text: claim, heading: '' }, span)).toBe('quoted');
  });
  test('and markup may go, with a space or without', () => {
    const span = 'written **before** it.';
    const blanks = [[8, 10] as const, [16, 18] as const];
    expect(verbatim('written before it.', span, blanks)).toBe(true);
    expect(verbatim('fsync call', '**f**sync call', [[0, 2] as const, [3, 5] as const])).toBe(true);
    expect(verbatim('written after it.', span, blanks)).toBe(false);
  });
  test('but between digits it is no nothing: a power or the mark of a note makes no other number', () => {
    const blanks = [[2, 7] as const, [8, 14] as const];
    expect(verbatim('153 percent', '15<sup>3</sup> percent', blanks)).toBe(false);
    expect(verbatim('15 3 percent', '15<sup>3</sup> percent', blanks)).toBe(true);
    expect(verbatim('10th percent', '10<sup>t</sup>h percent', blanks)).toBe(true);
  });
});

describe('a row made readable is its own words behind the names of its columns, and nothing else', () => {
  const HEADING = 'Towns › town, population, in 2020, not counted';
  test.each([
    ['quoted', 'town: Berlin; population: 3.7', 'Berlin,3.7,,'],
    ['quoted', 'town: Berlin; population: 3.7; in 2020: 3.6', '| Berlin | 3.7 | 3.6 | |'],
    ['quoted', 'town: Berlin; in 2020: 3.6', 'Berlin,,3.6,'],
    ['quoted', 'population: 3.7; in 2020: 3.6', '| | 3.7 | 3.6 | |'],
    ['quoted', 'town: Berlin, east; population: 3', '"Berlin, east",3,,'],
    ['quoted', 'town: Berlin; population: 3.7', 'Berlin\t3.7\t\t'],
    ['quoted', 'Berlin; town: 3.7; population: 3.6; in 2020: 3; 2', '| Berlin | 3.7 | 3.6 | 3 | 2 |'],
  ])('%s: %s', (label, text, span) => {
    expect(supportLabel({ text, heading: HEADING }, span)).toBe(label);
  });
  test.each([
    ['columns exchanged', 'population: Berlin; town: 3.7', 'Berlin,3.7,,'],
    ['a cell left out', 'town: Berlin', 'Berlin,3.7,,'],
    ['a sign lost', 'town: Berlin; population: 3', 'Berlin,-3,,'],
    ['a number cut in two', 'town: 5; population: 6', '5.6,,'],
    ['a label that denies', 'town: Berlin; not counted: 3.7', 'Berlin,,,3.7'],
    ["another column's name", 'town: Berlin; in 2020: 3.7', 'Berlin,3.7,,'],
    ["another column's name behind an empty cell", 'town: Berlin; population: 3.7', 'Berlin,,3.7,'],
    ["another column's name where cells are missing", 'town: Berlin; population: 3.7', 'Berlin | 3.7'],
    ['a name in the next row', 'town: Berlin; in 2020: 3.7', 'Berlin,3.6\n3.7,'],
  ])('not with %s', (_, text, span) => {
    expect(supportLabel({ text, heading: HEADING }, span)).not.toBe('quoted');
  });
  test('a comma in a name is one where the row has as many cells fewer', () => {
    const heading = 'Votes › Answer, severity 1, Total';
    expect(supportLabel({ text: 'Answer, severity 1: 5; Total: 7', heading }, '5 | 7')).toBe('quoted');
    expect(supportLabel({ text: 'Answer: 5; Total: 7', heading }, '5 | 7')).not.toBe('quoted');
  });
  test('a span that is cut out of its row has no names: where it begins cannot be told', () => {
    const text = 'note\nBonn,Berlin,3.7\n| Berlin | 3.7 |\r\n';
    const of = (span: string): string => {
      const start = text.indexOf(span);
      const claim = { text: 'town: Berlin; population: 3.7', heading: 'town, population' };
      return supportLabel(claim, passageOf({ start, end: start + span.length }, { text, layout: LAYOUT }));
    };
    expect(of('Berlin,3.7')).not.toBe('quoted');
    expect(of('Berlin | 3.7')).toBe('quoted');
    expect(of('| Berlin | 3.7 |')).toBe('quoted');
  });
  test.each([
    ['The drug is not safe for children.', 'What is not known', 'The drug is safe for children.'],
    ['Aspirin is banned in 2024.', 'Banned drugs 2024', 'Aspirin is in.'],
    ['Version 5: The log grows.', 'Version 5', 'The log grows.'],
  ])('words of a heading are no words of a sentence: %s', (text, heading, span) => {
    expect(supportLabel({ text, heading }, span)).not.toBe('quoted');
  });
});
