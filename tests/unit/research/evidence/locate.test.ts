import { describe, expect, test } from 'vitest';
import type { StoredText } from '../../../../src/core/source.ts';
import { locateQuote, quoteFinder } from '../../../../src/research/evidence/locate.ts';
import { LAYOUT } from '../../../contract/rows.ts';
import { Random } from '../../../support/random.ts';
import { SEED } from '../../../support/sizes.ts';

/** A text in which `⟦` and `⟧` stand round what a reader does not see. */
function stored(marked: string): StoredText {
  let text = '';
  const blanks: [number, number][] = [];
  for (const part of marked.split(/(⟦[^⟧]*⟧)/)) {
    const hidden = part.startsWith('⟦') ? part.slice(1, -1) : null;
    if (hidden !== null) blanks.push([text.length, text.length + hidden.length]);
    text += hidden ?? part;
  }
  return { text, layout: { ...LAYOUT, blanks } };
}

function found(marked: string, quote: string, near?: number): string | null {
  const text = stored(marked);
  const span = locateQuote(text, quote, near);
  return span === null ? null : text.text.slice(span.start, span.end);
}

describe('a quote is found however it is set', () => {
  test.each([
    ['as it stands', 'The log grows. It ends.', 'The log grows.', 'The log grows.'],
    ['over a line break', 'The log\n   grows', 'The log grows', 'The log\n   grows'],
    ['with a no-break space', 'about 5\u00A0% of it', '5 %', '5\u00A0%'],
    ['with other quotation marks', 'the “hot” path isn’t', '"hot" path isn\'t', '“hot” path isn’t'],
    ['with guillemets', 'il dit «non» deux', '"non"', '«non»'],
    ['with another dash', 'pages 3–5 — all', '3-5 - all', '3–5 — all'],
    ['with an ellipsis', 'and so on… then', 'so on... then', 'so on… then'],
    ['with ligatures', 'the ﬁrst eﬃcient one', 'first efficient', 'ﬁrst eﬃcient'],
    ['with soft hyphens', 'the syn\u00ADchro\u00ADnous one', 'synchronous', 'syn\u00ADchro\u00ADnous'],
    ['composed and decomposed', 'the cafe\u0301 opens', 'café opens', 'cafe\u0301 opens'],
    ['through markup', 'written ⟦**⟧before⟦**⟧ the data', 'written before the data', 'written **before** the data'],
    ['through markup in a word', 'the ⟦**⟧f⟦**⟧sync call', 'fsync call', 'f**sync call'],
    ['through a table', 'Berlin⟦ |⟧ 3.7⟦ |⟧', 'Berlin 3.7', 'Berlin | 3.7'],
    [
      'through markup in a word with a digit',
      'the 10⟦<sup>⟧th⟦</sup>⟧ and H⟦<sub>⟧2⟦</sub>⟧O',
      '10th and H2O',
      '10<sup>th</sup> and H<sub>2</sub>O',
    ],
    ['a power as it is shown', 'about 10⟦<sup>⟧5⟦</sup>⟧ cells', '10 5 cells', '10<sup>5</sup> cells'],
    ['in one cell of many', 'Berlin⟦|⟧15⟦|⟧3', 'Berlin 15', 'Berlin|15'],
    ['with its markup', 'written ⟦**⟧before⟦**⟧ the data', 'written **before** the', 'written **before** the'],
    ['in marks that are not its own', 'The log grows.', '“The log grows.”', 'The log grows.'],
    ['in marks that are its own', 'He said “The log grows.” twice', '"The log grows."', '“The log grows.”'],
    ['in a script without spaces', '数据库在提交前写日志。', '提交前写', '提交前写'],
    ['beyond the first plane', 'a 😀 b', '😀 b', '😀 b'],
  ])('%s', (...[, text, quote, slice]) => {
    expect(found(text, quote)).toBe(slice);
  });
});

describe('and nothing more', () => {
  test.each([
    ['another case', 'The log grows.', 'the log grows.'],
    ['another word', 'The log grows.', 'The log shrinks.'],
    ['another number', 'It takes 1,200 ms', 'It takes 1,300 ms'],
    ['words left out', 'The log slowly grows.', 'The log grows.'],
    ['words left out and said so', 'The log slowly grows.', 'The log … grows.'],
    ['a space that is not there', 'the therapist', 'the the rapist'],
    ['no space where there is one', 'the rapist', 'therapist'],
    ['a letter without its accent', 'the café opens', 'the cafe'],
    ['nothing', 'text', ''],
    ['space', 'a b', ' \n'],
    ['a power as digits', 'about 10⟦<sup>⟧5⟦</sup>⟧ cells', '105 cells'],
    ['a signed power as digits', 'about 10⟦<sup>⟧-5⟦</sup>⟧ cells', '10-5 cells'],
    ['the mark of a note as a digit', 'by 15⟦<sup>⟧3⟦</sup>⟧ percent', '153 percent'],
    ['the mark of a note as a number', 'by 15⟦<sup>⟧3⟦</sup>⟧ percent', '3 percent'],
    ['a number without its power', 'about 10⟦<sup>⟧5⟦</sup>⟧ cells', 'about 10'],
    ['cells as one number', '15⟦|⟧3', '153'],
    ['quotation marks alone', 'a “” b', '""x'],
    ['more than there is', 'short', 'short and more'],
  ])('%s', (_, text, quote) => {
    expect(found(text, quote)).toBeNull();
  });
});

describe('which occurrence', () => {
  const TEXT = 'one page. two pages. one page. three pages. one page.';
  test('the first, or the one nearest to the hint', () => {
    const find = quoteFinder(stored(TEXT));
    expect(find('one page.')).toEqual({ start: 0, end: 9 });
    expect(find('one page.', 24)).toEqual({ start: 21, end: 30 });
    expect(find('one page.', 1e6)?.start).toBe(TEXT.lastIndexOf('one page.'));
  });
  test.each([
    ['a word that is cut is taken whole', 'it is unnecessary', 'necessary', 'unnecessary'],
    ['a number that is cut is taken whole', 'after 13 km or 1,200.5 m', '200', '1,200.5'],
    ['and at its end', 'after 1,200.5 m', 'after 1', 'after 1,200.5'],
    ['one that is not cut comes first', 'unnecessary, then necessary', 'necessary', 'necessary'],
    ['with its sign', 'The lake is at -5 °C', '5 °C', '-5 °C'],
    ['with another sign', 'The lake is at −5 °C', '5 °C', '−5 °C'],
    ['with a dash for a sign', '(–5 °C)', '5 °C', '–5 °C'],
    ['with the sign of a sum', 'a loss of -$5 a day', '$5 a day', '-$5 a day'],
    ['with the point before it', 'Give .5 mg daily', '5 mg', '.5 mg'],
    ['with sign and point', 'It is -.5 °C', '5 °C', '-.5 °C'],
    ['with its groups', 'It has 1 200 000 people', '200 000 people', '1 200 000 people'],
    ['with groups after it', 'It has 1\u00A0200\u202F000 people', '1 200', '1\u00A0200\u202F000'],
    ['from within a group', 'It has 1 200 000 people', '00 000 people', '1 200 000 people'],
    ['with apostrophes in it', "It has 1'200'000 people", '000 people', "1'200'000 people"],
    ['with what is above the line', 'Add 1/2 cup', '2 cup', '1/2 cup'],
    ['with what it begins at', 'a 5–10 % rise', '10 % rise', '5–10 % rise'],
    ['with what it is a power of', 'at 10^5 m', '5 m', '10^5 m'],
    ['with a power set high', 'at 10⁻⁵ m', 'at 10', 'at 10⁻⁵'],
    ['with what it is multiplied by', 'at 5×10⁻³ mol', '10⁻³ mol', '5×10⁻³ mol'],
    ['with groups of code', 'in 1_000_000 rows', '000 rows', '1_000_000 rows'],
    ['a word with its prefix', 'It is non-toxic to humans', 'toxic to humans', 'non-toxic to humans'],
    ['a word with what follows its hyphen', 'It is fat-free', 'It is fat', 'It is fat-free'],
    ['a year is no group', 'in 2020 300 people', '300 people', '300 people'],
    ['a dash between words is no sign', 'rates – 5 % of them', '5 %', '5 %'],
    ['the end of a sentence is no point', 'It ended.5 more', '5 more', '5 more'],
    ['a full stop is no part of a number', 'in 13. 5 more', '13', '13'],
  ])('%s', (...[, text, quote, slice]) => {
    expect(found(text, quote)).toBe(slice);
  });
  test('one that is not cut comes before a nearer one that is', () => {
    expect(locateQuote(stored('necessary and unnecessary'), 'necessary', 16)).toEqual({ start: 0, end: 9 });
  });
});

const WORDS = ['page', 'log', 'é', 'ﬁle', '“x”', '3.5', '日本', 'a–b', '…', '**', 'naïve', '😀'];
const SPACES = [' ', '\n', '\u00A0', ' \t ', '\u2009'];

test(`whatever is set anew is found where it stands, seeds ${SEED} to ${SEED + 299}`, () => {
  for (let seed = SEED; seed < SEED + 300; seed += 1) {
    const random = new Random(seed);
    const tokens = Array.from({ length: 40 }, (_, n) => `${random.pick(WORDS)}${n}`);
    const from = random.below(30);
    const length = 1 + random.below(9);
    const parts = tokens.map((token) => (random.chance(0.2) ? `⟦**⟧${token}⟦**⟧` : token));
    const marked = parts.map((part) => part + random.pick(SPACES)).join('');
    const text = stored(marked);
    const quote = tokens
      .slice(from, from + length)
      .map((token) => token.replaceAll('“', '"').replaceAll('”', '"').replaceAll('–', '-').replaceAll('ﬁ', 'fi'))
      .map((token) => (random.chance(0.5) ? token.normalize('NFD') : token))
      .join(random.pick(SPACES));
    const span = locateQuote(text, quote);
    expect(span, `seed ${seed}`).not.toBeNull();
    const seen = text.text.slice(span?.start, span?.end).replaceAll('**', '').split(/\s+/);
    const wanted = tokens.slice(from, from + length).map((token) => token.replaceAll('**', ''));
    expect(seen, `seed ${seed}`).toEqual(wanted);
  }
});

const plain = (text: string): string => text.replaceAll(/\s/g, '');

test(`what is not there is not found, and what is found reads the same, seed ${SEED}`, () => {
  const random = new Random(SEED);
  for (let round = 0; round < 3000; round += 1) {
    const letters = (length: number): string =>
      Array.from({ length }, () => random.pick(['a', 'b', ' ', '1', ','])).join('');
    const text = letters(40);
    const quote = letters(1 + random.below(5));
    const span = locateQuote(stored(text), quote);
    const spaced = quote.trim().replaceAll(/ +/g, ' ');
    const there = spaced !== '' && text.replaceAll(/ +/g, ' ').includes(spaced);
    expect(span !== null, `${JSON.stringify(quote)} in ${JSON.stringify(text)}`).toBe(there);
    const slice = span === null ? quote : text.slice(span.start, span.end);
    expect(plain(slice)).toContain(plain(quote));
  }
});

test('a text made to be slow costs a pass over it and no more', () => {
  // 2 MB of one letter, a quote of 5,000 that fails at its last: the naive search compares ten billion letters.
  const text = stored('a'.repeat(2_000_000));
  const find = quoteFinder(text);
  expect(find(`${'a'.repeat(5000)}b`)).toBeNull();
  expect(find(`b${'a'.repeat(5000)}`)).toBeNull();
  expect(find(`${'a'.repeat(5000)} a`)).toBeNull();
});

test('and so does a quote that stands nearly everywhere, cut each time', () => {
  const find = quoteFinder(stored('a'.repeat(1_000_000)));
  expect(find('aaaa')?.start).toBe(0);
  expect(find('aaaa', 500_000)).toEqual({ start: 499_872, end: 500_132 });
  const points = stored(',1'.repeat(500_000));
  expect(locateQuote(points, ',1,1')).not.toBeNull();
  expect(locateQuote(points, ',1,1', 500_000)).not.toBeNull();
});
