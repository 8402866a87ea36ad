import { describe, expect, it } from 'vitest';
import { aliasesIn, withAliases } from '../../../../../src/providers/models/extractive/aliases.ts';
import { type Candidate, candidatesOf } from '../../../../../src/providers/models/extractive/candidates.ts';
import type { AnswerKind } from '../../../../../src/providers/models/extractive/question.ts';
import { coverageOf, phraseShare, type Want, wantOf } from '../../../../../src/providers/models/extractive/score.ts';
import { stemSet } from '../../../../../src/providers/models/extractive/text.ts';
import {
  answerBonus,
  contrastBonus,
  deniesKey,
  holdsAnswer,
  isExact,
  readingPenalty,
} from '../../../../../src/providers/models/extractive/wording.ts';
import type { SourceFormat } from '../../../../../src/core/source.ts';

const NOWHERE = { heading: stemSet(''), title: stemSet(''), passage: stemSet(''), document: stemSet('') };

function read(
  raw: string,
  over: { readonly heading?: string; readonly format?: SourceFormat } = {},
): readonly Candidate[] {
  const hit = {
    source_id: 's1',
    start: 0,
    end: raw.length,
    text: raw.replaceAll('\n', ' '),
    raw,
    heading: over.heading ?? '',
    location: 'a.md:1',
    score: 1,
  };
  return candidatesOf(hit, over.format ?? 'markdown');
}

function texts(raw: string, format: SourceFormat = 'markdown'): readonly string[] {
  return read(raw, { format }).map(({ text }) => text);
}

function wants(query: string, answer: AnswerKind = 'open', focus = ''): Want {
  return wantOf(query, { answer, focus, shape: 'survey' }, []);
}

function candidate(text: string): Candidate {
  const [first] = read(text);
  if (first === undefined) throw new Error(`not a candidate: ${text}`);
  return first;
}

describe('candidatesOf', () => {
  it.each([
    'A Title Without End',
    'Too short.',
    'npx -y some-package --flag value ; ls',
    '## Heading',
    'function open(req, res) { var query = url.parse(req.url, true).query; }',
    'const app = express() app.use(limiter) app.listen(3000);',
    '// Read the file const text = await readFile(path, options);',
    'gcc-ar gcc-nm gcc-ranlib gcov-dump gcov-tool objcopy objdump readelf strings',
  ])('does not quote %j', (text) => {
    expect(texts(text)).toEqual([]);
  });

  it.each([
    'This makes the log durable after a crash.',
    'However, the log is flushed at once.',
    'In WAL mode it can miss a commit entirely.',
    'Without it, the log would be lost at once.',
    'The group shares that price.',
    'The tree never does: it gathers changes first.',
  ])('knows that %j leans on what came before', (text) => {
    expect(candidate(text).leans).toBe(true);
  });

  it.each([
    'It is safe to copy the file while nobody writes.',
    'This document describes the log of the database.',
    'There is no server to hand a change to.',
    'The log is flushed before the commit returns.',
  ])('knows that %j stands on its own', (text) => {
    expect(candidate(text).leans).toBe(false);
  });

  it('quotes a leaning sentence with its predecessor', () => {
    expect(texts('The log is flushed first. This makes commits durable.')).toEqual([
      'The log is flushed first.',
      'The log is flushed first. This makes commits durable.',
    ]);
  });

  it('leaves out an announcement whose list is missing or too long', () => {
    expect(texts('The following holds for every log:')).toEqual([]);
    const list = `The following holds for every log:\n\n- ${'very long item '.repeat(40)}`;
    expect(texts(list).some((text) => text.startsWith('The following'))).toBe(false);
  });

  it('reads no prose into a passage that begins inside a block of code', () => {
    expect(texts('let open = the door of the house is open;\n```\n\nThe door of the house is open.')).toEqual([
      'let open = the door of the house is open;',
      'The door of the house is open.',
    ]);
    expect(read('open the door of the house\n```\n\nThe door of the house is open.')[0]?.kind).toBe('code');
  });

  it('reads fields of JSON behind the first field of their record', () => {
    const raw = '{ "name": "SQLite", "page_size": 4096, "tags": ["a", "b c"], "remark": "Small \\"and\\" fast" }';
    expect(texts(raw, 'json')).toEqual([
      'name: SQLite; page_size: 4096',
      'name: SQLite; tags: a, b c',
      'name: SQLite; remark: Small "and" fast',
    ]);
  });

  it('reads rows of HTML tables by the column names in the heading, and not the head itself', () => {
    const heading = 'Modes › Mode, Waits for readers';
    expect(read('Mode | Waits for readers\nFULL | yes', { heading, format: 'html' }).map(({ text }) => text)).toEqual([
      'Mode: FULL; Waits for readers: yes',
    ]);
  });

  it('does not take the heading above a paragraph of plain text into its first sentence', () => {
    expect(texts('2. Office move\nThe office moves to Hamburg in September.', 'text')).toEqual([
      'The office moves to Hamburg in September.',
    ]);
  });
});

describe('aliases', () => {
  it('learns what an abbreviation stands for, in either order', () => {
    const aliases = aliasesIn([
      'A write-ahead log (WAL) is kept.',
      'LSM (log structured merge) trees.',
      'a thing (ABC)',
    ]);
    expect(aliases.map(({ short }) => short)).toEqual(['wal', 'lsm']);
    expect([...withAliases(stemSet('the write-ahead log'), aliases)]).toContain('wal');
    expect([...withAliases(stemSet('WAL mode'), aliases)]).toEqual(expect.arrayContaining(['write', 'ahead', 'log']));
    expect(withAliases(stemSet('the log'), aliases)).toEqual(stemSet('the log'));
  });
});

describe('coverageOf', () => {
  it('counts words of the sentence in full and those around it in part', () => {
    const want = wants('checkpoint starvation');
    const sentence = candidate('A checkpoint cannot pass an open reader.');
    const bare = coverageOf(sentence, want, NOWHERE);
    const headed = coverageOf(sentence, want, { ...NOWHERE, heading: stemSet('Checkpoint starvation') });
    expect(bare.own).toBe(0.5);
    expect(bare.matched).toBe(1);
    expect(headed.own).toBe(0.5);
    expect(headed.whole).toBeGreaterThan(bare.whole);
    expect(headed.matched).toBe(2);
  });

  it('misses a name that is nowhere around', () => {
    expect(
      coverageOf(candidate('The tower was completed in 1887.'), wants('When was the Bergen tower completed?'), NOWHERE)
        .named,
    ).toBe(false);
  });

  it('asks for the name in a focus and lets the words beside it go', () => {
    const want = wants('WAL mode', 'open', 'WAL mode');
    expect(coverageOf(candidate('The WAL file grows with every commit.'), want, NOWHERE).focused).toBe(true);
    expect(coverageOf(candidate('In that mode nothing is ever lost.'), want, NOWHERE).focused).toBe(false);
  });
});

describe('wording', () => {
  it.each([
    ['number', 'It holds 5 pages.', 'It holds pages.'],
    ['date', 'It was built in 1953.', 'It was built of stone.'],
    ['name', 'It was built by Ida Brandt.', 'It was built by fishermen.'],
    ['definition', 'A torn page is a page written in part.', 'The page was found, torn and wet.'],
    ['reason', 'It failed because the disk was full.', 'It failed on Monday.'],
    ['way', 'It works by writing a log before the pages.', 'It works on Monday.'],
    ['place', 'It stands in Bergen.', 'It stands on a rock.'],
  ] as const)('favours an answer to a question for a %s', (answer, good, poor) => {
    const want = wants('torn page', answer);
    expect(answerBonus(good, want)).toBeGreaterThan(answerBonus(poor, want));
  });

  it('knows whether a value of the kind asked for is there', () => {
    expect(holdsAnswer('It was built in 1953.', wants('tower', 'date'))).toBe(true);
    expect(holdsAnswer('It was built of stone.', wants('tower', 'date'))).toBe(false);
    expect(holdsAnswer('It was built of stone.', wants('tower', 'number'))).toBe(false);
    expect(holdsAnswer('It was built of stone.', wants('tower'))).toBe(true);
  });

  it('takes no number for an answer that the question says itself, or that is of another measure', () => {
    const price = wants('What is the price of a Heron-7 crane?', 'number');
    expect(holdsAnswer('The Heron-7 crane lifts 12 kg.', price)).toBe(false);
    expect(holdsAnswer('The Heron-7 crane costs 900 EUR.', price)).toBe(true);
    const often = wants('How often are the ropes of the crane checked?', 'number');
    expect(holdsAnswer('The ropes are checked weekly.', often)).toBe(true);
  });

  it('prefers a number that counts the very thing', () => {
    const want = wants('How many parcels were lost in the flood?', 'number');
    expect(isExact('Parcels lost: 412', want)).toBe(true);
    expect(isExact('The flood rose 3 times in the night and parcels were lost.', want)).toBe(false);
  });

  it('values words that stand side by side as in the question', () => {
    expect(phraseShare('A group commit shares one flush.', wants('What is group commit?'))).toBe(1);
    expect(phraseShare('The commit of a group failed.', wants('What is group commit?'))).toBe(0);
    expect(phraseShare('Anything.', wants('log'))).toBe(0);
  });

  it('sees that something is named only as absent', () => {
    expect(deniesKey('A drive without power-loss protection is slow.', wants('power loss'))).toBe(true);
    expect(deniesKey('A drive without power-loss protection is slow.', wants('drives without power loss'))).toBe(false);
  });

  it('marks down what reads badly by itself', () => {
    const fine = readingPenalty(candidate('The log is flushed before the commit returns to its caller.'), 'survey');
    for (const text of [
      'Is the log flushed before the commit returns to its caller?',
      'However, the log is flushed before the commit returns.',
      'See https://example.org/log for the log of the database.',
      'This chapter describes the log of the database in detail.',
      `The log is ${'very '.repeat(90)}long.`,
    ]) {
      expect(readingPenalty(candidate(text), 'survey')).toBeGreaterThan(fine);
    }
  });

  it('lets bare rows answer facts but hardly join a text', () => {
    const [row] = read('Berlin,3.7', { heading: 'city, people', format: 'csv' });
    if (row === undefined) throw new Error('no row');
    expect(readingPenalty(row, 'survey')).toBeGreaterThan(readingPenalty(row, 'fact'));
  });

  it('favours sentences that compare', () => {
    expect(contrastBonus('A log is faster than a journal.')).toBeGreaterThan(contrastBonus('A log is a file.'));
  });
});
