import { describe, expect, test } from 'vitest';
import type { CourseText } from '../../../../src/research/evidence/render.ts';
import { evidenceFor } from '../../../../src/research/evidence/evidence.ts';
import { paragraphProblems, tidyProse } from '../../../../src/research/evidence/prose.ts';
import { withTrueMarks, wordsOf } from '../../../../src/research/evidence/quotations.ts';
import { checked, summaryOf } from '../../../support/checked-report.ts';
import { type Notes, notesOf } from '../../../support/notes.ts';

const TOLERATED = 'The drug was tolerated by most patients in the trial.';

const NOTED = { id: 'b-1.1', text: TOLERATED };

describe('quotation marks round a statement', () => {
  const FLUSH = 'The cache flushes all pages lazily on a write.';
  test('of its own go where the words are not the source’s, and make no quotation of it', () => {
    const note = { id: 'b-1.1', text: '“The cache flushes all pages on a write.”', quote: FLUSH };
    expect(summaryOf([note])).toBe('- The cache flushes all pages on a write. [1]');
  });
  test('stay where the words between them are', () => {
    const note = { id: 'b-1.1', text: 'It flushes “all pages lazily”, the paper says.', quote: FLUSH };
    expect(summaryOf([note])).toContain('“all pages lazily”');
  });
  test('brackets that read like marks of this report go with them', () => {
    const note = { id: 'b-1.1', text: 'The cache flushes pages lazily 【7】 on a write [2][3].', quote: FLUSH };
    expect(summaryOf([note])).toMatch(/^- The cache flushes pages lazily on a write\. \[1\]/);
  });
});

describe('two statements alike but for their marks', () => {
  const ALIKE = [
    { id: 'b-1.1', text: 'The cache flushes all pages on a write', quote: 'The cache flushes all pages lazily on a write.' },
    { id: 'b-1.2', text: '“The cache flushes all pages on a write”', quote: 'On a write the cache lazily flushes all pages.' },
  ]; // prettier-ignore
  const notes = notesOf(ALIKE);
  const [one] = notes.sources;
  const text = ALIKE.map(({ quote }) => quote).join(' ');
  const shared: Notes = {
    claims: notes.claims.map((claim) => {
      const start = text.indexOf(claim.quote);
      return { ...claim, source_id: 's-b-1.1', start, end: start + claim.quote.length };
    }),
    sources: one === undefined ? [] : [one],
    texts: new Map([...notes.texts].slice(0, 1).map(([id, stored]) => [id, { ...stored, text }])),
  };
  test('do not cost the report its prose', () => {
    const prose = 'The cache flushes all pages lazily [[b-1.1]] [[b-1.2]].';
    const found = checked(shared, { summary_prose: prose });
    expect(found).toMatchObject({ kind: 'sound', report: { summary: 'The cache flushes all pages lazily [1].' } });
  });
  test('do not cost it what a course rests on', () => {
    const claims = shared.claims.map(({ claim_id }) => claim_id);
    const course: CourseText = {
      course: { branch: 'x', why: 'w' },
      line: 'branch taken: x',
      section: { id: 'branch', heading: 'Branch taken', items: [{ text: 'x.', claims }] },
      nothing: null,
    };
    expect(checked(shared, { summary: [] }, course)).toMatchObject({ kind: 'sound' });
  });
  test('nor does a course that rests on what does not exist', () => {
    const section = { id: 'branch', heading: 'Branch taken', items: [{ text: 'x.', claims: ['b-9.9'] }] };
    const course = { course: { branch: 'x', why: 'w' }, line: 'branch taken: x', section, nothing: null };
    const prose = 'The cache flushes all pages lazily [[b-1.1]].';
    const found = checked(shared, { summary_prose: prose }, course);
    expect(found).toMatchObject({ kind: 'sound' });
    expect(JSON.stringify(found)).toContain('The cache flushes all pages lazily [1].');
  });
});

describe('quotation marks in prose', () => {
  const NOTE = { id: 'b-1.1', text: TOLERATED };
  test.each([
    ['“', '”'],
    ['"', '"'],
    ['„', '“'],
    ['”', '”'],
    ['«', '»'],
    ['»', '«'],
    ['‘', '’'],
    ["'", "'"],
    ['「', '」'],
    ['‚', '‘'],
    ['’', '’'],
    ['›', '‹'],
    ['《', '》'],
    ['〝', '〞'],
    ['＂', '＂'],
  ])('of the form %s…%s go where the words are in no quote, and the sentence says so', (open, close) => {
    const prose = `The authors write: ${open}the drug was perfectly safe for all patients in the trial${close} [[b-1.1]].`;
    expect(summaryOf([NOTE], prose)).toMatch(
      /^The authors write: the drug was perfectly safe for all patients in the trial \[1\] \(unsupported\)\./,
    );
    const true_ = `The trial found it “tolerated by most patients” [[b-1.1]].`;
    expect(summaryOf([NOTE], true_)).toBe('The trial found it “tolerated by most patients” [1].');
  });
  test.each([
    ['words of a source that the sentence does not cite', 'It was “tolerated by most patients” [[b-1.2]]. So it was [[b-1.1]].'],
    ['a part of a word', 'It was “rated by most patients in the trial” [[b-1.1]].'],
    ['words with others left out', 'The “drug was tolerated by patients” [[b-1.1]].'],
    ['an opening mark alone', 'The drug was “tolerated by most patients [[b-1.1]].'],
  ])('do not stand round %s', (_, prose) => {
    const second = { id: 'b-1.2', text: 'The trial ran in Bonn.' };
    expect(summaryOf([NOTE, second], prose).split('\n')[0]).not.toMatch(/[“”]/);
  }); // prettier-ignore
  test.each([
    ['over a sentence’s end', '“The trial ran in Bonn. It had forty patients” [[b-1.1]].'],
    ['however they are set', 'He said: "the trial ran in Bonn" [[b-1.1]].'],
  ])('stay round what a source says, %s', (_, prose) => {
    const text = 'The trial ran in Bonn. It had forty patients.';
    expect(summaryOf([{ id: 'b-1.1', text }], prose)).toMatch(/^(?:“|He said: ").*(?:”|") \[1\]\.$/);
  });
  test('a term in marks costs no call and no paragraph', () => {
    const prose = tidyProse('The so-called “drug of hope” was tolerated by most patients [[b-1.1]].');
    const notes = notesOf([NOTE]);
    expect(paragraphProblems(prose, evidenceFor(notes.claims, notes.sources, notes.texts))).toEqual([]);
    expect(summaryOf([NOTE], prose)).toBe('The so-called drug of hope was tolerated by most patients [1].');
  });
});

test.each([
  ['a “b” c', 'a b c'],
  ['“a”b“c', 'a b c'],
  ['the writers’ log and the readers’ lock', 'the writers’ log and the readers’ lock'],
  ['a 5" disk and a 3" one', 'a 5" disk and a 3" one'],
  ['he said “so ‘much’ of it”', 'he said so much of it'],
  ["it isn't 'as it was'", "it isn't as it was"],
  ['the file ".config" and the ".NET" one', 'the file .config and the .NET one'],
  ['he said ”so much” of it', 'he said so much of it'],
  ['a 5” disk and a 3” one', 'a 5 disk and a 3 one'],
  ["rock 'n' roll and rock ‘n’ roll", "rock 'n' roll and rock ‘n’ roll"],
  ['the object ‘Oumuamua, the researchers’ data show', 'the object ‘Oumuamua, the researchers’ data show'],
  ['so ‘Patients die of drugs’ according to them', 'so Patients die of drugs according to them'],
  ["the '90s, the “researchers” and the researchers' data", "the '90s, the researchers and the researchers' data"],
  ['er sagt ‚so ist’s‘ dazu', 'er sagt so ist’s dazu'],
  ['es sind 5‚000 Leser, so ist’s, und ‚ mehr ist’s nicht', 'es sind 5‚000 Leser, so ist’s, und ‚ mehr ist’s nicht'],
  ['so ‘Oumuamua is no rock’ at all', 'so Oumuamua is no rock at all'],
  ["'1 in 3 patients die', '$5 is lost' and '…so it is'", '1 in 3 patients die, $5 is lost and …so it is'],
  ["'90 patients die of drugs' according to them", '90 patients die of drugs according to them'],
  ["it says of '90 patients who die of drugs' so", 'it says of 90 patients who die of drugs so'],
  ["so '68 the angry students' began", 'so 68 the angry students began'],
  ['in ’68 the angry students’ protest', 'in ’68 the angry students’ protest'],
  ['the class of ’05 and the boys’ network', 'the class of ’05 and the boys’ network'],
  ["since '68, the workers' rights", "since '68, the workers' rights"],
  ['he left ’round the miners’ strike', 'he left ’round the miners’ strike'],
  ['it fell ’cause the workers’ rights', 'it fell ’cause the workers’ rights'],
  ['it says ’cause the workers’ rights', 'it says cause the workers rights'],
  ["he said: 'Round the miners' strike", 'he said: Round the miners strike'],
  [
    "they call 'cos the kings' men and a 'round on students' own",
    'they call cos the kings men and a round on students own',
  ],
  ['they left ‘cause the workers’ rights', 'they left cause the workers rights'],
  ['in ‘68 the angry students’ protest', 'in 68 the angry students protest'],
  ["of '50 all users' data", 'of 50 all users data'],
  ["by '70 the users' data", 'by 70 the users data'],
  ["from '90 the users' data to '90 the users' log", 'from 90 the users data to 90 the users log'],
  ["the summer of '68 the students' protest", "the summer of '68 the students' protest"],
  ["'neath the kings' castle 'cos the kings' men", "'neath the kings' castle 'cos the kings' men"],
  ["the 'cause of all the workers' ills", 'the cause of all the workers ills'],
  ["he says 'causes of the workers' death", 'he says causes of the workers death'],
])('%j without its marks reads %j', (text, bare) => {
  const { text: read } = withTrueMarks(
    text,
    () => false,
    (word) => word === 'Oumuamua',
  );
  expect(read).toBe(bare);
});

describe('an apostrophe before a word', () => {
  const said = 'The object ‘Oumuamua left, the researchers’ data show [[b-1.1]].';
  test.each(['‘', "'", 'ʻ'])('stays where a source cited writes the word with %s', (mark) => {
    const text = `The object ${mark}Oumuamua left the solar system, the data of the researchers show.`;
    expect(summaryOf([{ id: 'b-1.1', text }], said)).toContain(
      'The object ‘Oumuamua left, the researchers’ data show [1]',
    );
  });
  test.each(['Anaemia', 'Anemone', 'Ukulele', 'Oumuamua'])(
    'is a mark otherwise, that of words invented: %s',
    (word) => {
      const text = `Iron treats ${word.toLowerCase()} in most patients.`;
      const found = summaryOf([{ id: 'b-1.1', text }], `The study says ‘${word} never kills anyone at all’ [[b-1.1]].`);
      expect(found).toMatch(new RegExp(`^The study says ${word} never kills anyone at all \\[1\\] \\(unsupported\\)`));
    },
  );
});

describe('words stand in a text as they are said there', () => {
  test.each([
    ['5 °C', 'fell to -5 °C'],
    ['fell to 5 degrees', 'it fell to – 5 degrees'],
    ['toxic to fish', 'a coating non-toxic to fish'],
    ['effective against', 'it is in-effective against it'],
    ['profitable for', 'it is un\u00ADprofitable for all'],
    ['the compiler supports C', 'the compiler supports C++ and Rust'],
    ['is written in C', 'is written in C#.'],
    ['10 times larger', 'it is 1/10 times larger'],
    ['200 euros', 'it costs 1 200 euros'],
    ['200 euros', 'it costs 1’200 euros'],
    ['10 bytes', 'of 2^10 bytes'],
    ['5 MW', 'a laser of 5 mW'],
    ['MW laser', 'the mW laser'],
    ['5 in May', 'rose by .5 in May'],
    ['5 million', 'it cost $5 million'],
    [' .', 'a b'],
    ['a b', 'a x b'],
  ])('%j does not in %j', (words, text) => {
    expect(wordsOf([text])(words)).toBe(false);
  });
  test.each([
    ['-5 °C', 'fell to −5 °C'],
    ['安全', '安全です'],
    ['non-toxic to fish', 'a coating “non-toxic” to fish'],
    ['The trial ran, so', 'where the trial ran – so he says'],
    ['the trial', 'The trial ran.'],
    ['ran in Bonn,', 'it ran in Bonn and Berlin'],
    ['by 5% (in May)', 'rose by 5 % in May'],
    ["isn't fast", 'it isn’t *fast* yet'],
    ['C++', 'the compiler supports C++.'],
  ])('%j does in %j', (words, text) => {
    expect(wordsOf(['other words', text])(words)).toBe(true);
  });
});

function quoted(runs: number): string {
  return summaryOf([NOTED], `It was ${'“tolerated” '.repeat(runs)}[[b-1.1]].`);
}

test('a text made to be slow costs a pass over it and no more', () => {
  // The square of 100,000 is ten billion: what reads to the end from each mark does not come back.
  for (const part of ['’a ', "'1 ", '‚a’a', '‘a’a', '›', '〝', '《', '＂ ', "s' a", '‘’', "'90s"]) {
    const text = `a ${part.repeat(Math.ceil(100_000 / part.length))}`;
    for (const stands of [true, false]) expect(withTrueMarks(text, () => stands).text.startsWith('a')).toBe(true);
  }
});

test('a paragraph of more quotations than one has keeps none of them, and its words', () => {
  expect(quoted(100)).toContain('“tolerated” “tolerated”');
  expect(quoted(101)).not.toContain('“');
  expect(quoted(101).match(/tolerated/g)?.length).toBeGreaterThanOrEqual(101);
});

test.each([
  [
    'The server reads the ".config" file when it begins [[b-1.1]].',
    'The server reads the .config file when it begins [1].',
  ],
  ['The server reads the .config file [[b-1.1]] .', 'The server reads the .config file [1].'],
  ['The server keeps ”5 connections” open [[b-1.1]].', 'The server keeps ”5 connections” open [1].'],
])('%s is read as %s', (prose, read) => {
  const text = 'The server reads the config file when it begins. The server keeps 5 connections open.';
  expect(summaryOf([{ id: 'b-1.1', text }], prose)).toBe(read);
});

test('a quotation that cuts a denial off costs its sentence the support', () => {
  const note = { id: 'b-1.1', text: 'The report calls the coating non-toxic to fish and to plants.' };
  const found = summaryOf([note], 'The report calls the coating “toxic to fish and to plants” [[b-1.1]].');
  expect(found).toMatch(/^The report calls the coating toxic to fish and to plants \[1\] \(unsupported\)\./);
});
