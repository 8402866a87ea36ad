import { describe, expect, test } from 'vitest';
import type { Claim } from '../../../../src/core/claim.ts';
import type { Composition, Report } from '../../../../src/core/report.ts';
import type { Source } from '../../../../src/core/source.ts';
import { integrityProblems } from '../../../../src/research/evidence/integrity.ts';
import { citationMarks, escapeLine, escapeMarkdown } from '../../../../src/research/evidence/markdown.ts';
import { type Rendered, renderReport, type RenderRequest } from '../../../../src/research/evidence/render.ts';
import { claim, source, textOf } from '../../../contract/rows.ts';
import { Random } from '../../../support/random.ts';

const TEXT = textOf('the quote stands here');

function request(claims: readonly Claim[], change: Partial<RenderRequest> = {}): RenderRequest {
  const ids = [...new Set(claims.map(({ source_id }) => source_id))];
  const composition: Composition = {
    title: 'What is it?',
    summary: claims.slice(0, 1).map(({ claim_id }) => claim_id),
    sections: [{ heading: 'Findings', claims: claims.map(({ claim_id }) => claim_id) }],
    conflicts: [],
  };
  return {
    composition,
    claims: new Map(claims.map((one) => [one.claim_id, one])),
    sources: new Map(ids.map((id): [string, Source] => [id, source(id, TEXT)])),
    verbatim: () => true,
    evidence: new Map(),
    missing: [],
    asked: '',
    gaps: [],
    skipped: [],
    skipped_total: 0,
    collected: 5,
    model: 'extractive',
    stamp: 'extractive: no language model was used',
    ...change,
  };
}

const reportOf = (made: RenderRequest): Report => renderReport(made).report;

const EMPTY: Composition = { title: 'T', summary: [], sections: [], conflicts: [] };
const section = (report: Report, id: string): string | undefined => report.sections.find((s) => s.id === id)?.text;

const at = (claim_id: string, location: string): Claim => claim(claim_id, { location });

const sourceLine = (...places: string[]): string | undefined =>
  section(reportOf(request(places.map((place, n) => at(`c${n}`, place)))), 'sources')?.split(': ')[1];

describe('render', () => {
  test('what is not word for word its source stands without quotation marks', () => {
    const row = claim('c1', { text: 'city: Berlin; population: 3.7' });
    const report = reportOf(request([row], { verbatim: () => false }));
    expect(section(report, 'summary')).toBe('- city: Berlin; population: 3.7 [1]');
  });

  test('marks are numbered by first use and the source list follows them', () => {
    const claims = [
      claim('c1', { source_id: 's9', text: 'first', location: 'documents/s9.md:3' }),
      claim('c2', { source_id: 's2', text: 'second' }),
      claim('c3', { source_id: 's9', text: 'third', location: 'documents/s9.md:7' }),
    ];
    const report = reportOf(request(claims));
    expect(section(report, 'summary')).toBe('- “first” [1]');
    expect(section(report, 'section-1')).toBe('- “first” [1]\n- “second” [2]\n- “third” [1]');
    expect(section(report, 'sources')).toContain('- [1] Title of s9: documents/s9.md:3, 7\n- [2] Title of s2');
    expect(report.sources.map(({ number, source_id }) => [number, source_id])).toEqual([
      [1, 's9'],
      [2, 's2'],
    ]);
    expect(report.claims).toEqual(claims);
    expect(report.text.startsWith('# What is it?\n\n> extractive')).toBe(true);
    expect(report).toMatchObject({ completeness: 'full', searched: { sources: 5, skipped: 0 } });
  });

  test('citations are counted by label', () => {
    const labels = ['quoted', 'lexical', 'unsupported', 'quoted'] as const;
    const report = reportOf(request(labels.map((label, n) => claim(`c${n}`, { label }))));
    expect(report.citations).toEqual({
      total: 4,
      quoted: 2,
      supported: 3,
      unsupported: 1,
      by_label: { quoted: 2, numeric_match: 0, lexical: 1, model_judged: 0, unsupported: 1 },
    });
  });

  test.each([
    ['c2', '- values differ\n  - older: “one” [1]\n  - newer: “two” [2]'],
    [null, '- values differ\n  - “one” [1]\n  - “two” [2]'],
  ])('a conflict shows both sides, newer: %s', (newer, expected) => {
    const claims = [claim('c1', { text: 'one' }), claim('c2', { text: 'two', source_id: 's2' })];
    const made = request(claims);
    const conflicts = [{ about: 'values differ', claims: ['c1', 'c2'] as const, newer }];
    const report = reportOf({ ...made, composition: { ...made.composition, conflicts } });
    expect(section(report, 'conflicts')).toBe(expected);
  });

  test('nothing found is said so in one short result, with no source and no mark', () => {
    const report = reportOf(request([], { composition: EMPTY }));
    expect(report.summary).toBe('Nothing found: none of the 5 documents searched holds a passage that answers this.');
    expect([report.sources, report.claims, citationMarks(report.text)]).toEqual([[], [], []]);
    expect(report.sections.map(({ id }) => id)).toEqual(['summary']);
    expect(report.completeness).toBe('full');
    expect(reportOf(request([], { composition: EMPTY, collected: 1 })).summary).toContain('1 document searched');
  });

  test('nothing found by an unfinished search does not claim that there is nothing', () => {
    const missing = [{ what: 'the research', why: 'cancelled' }];
    const report = reportOf(request([], { composition: EMPTY, missing }));
    expect(report.summary).not.toContain('none of');
    expect(report.summary).toContain('not complete');
    expect([report.completeness, section(report, 'missing')]).toEqual(['partial', '- the research: cancelled']);
  });

  test('nothing found because nothing was collected does not speak of documents searched', () => {
    const ended = reportOf(request([], { composition: EMPTY, collected: null }));
    expect(ended.summary).toBe('The work ended before any document was read.');
    const without = reportOf(request([], { composition: EMPTY, collected: 0 }));
    expect(without.summary).toMatch(/^Nothing found: there were no documents, and nothing that was searched/);
    expect([ended.searched.sources, without.searched.sources]).toEqual([0, 0]);
  });

  test('what a model worded, claims and gaps, brings no address that its source does not hold', () => {
    const worded = claim('c1', { text: 'sign in at https://evil.example/login', label: 'lexical' });
    const row = claim('c2', { text: 'page: https://kept.example', quote: '"page": "https://kept.example"' });
    const gaps = ['the price, but see www.evil.example'];
    const report = reportOf(request([worded, row], { verbatim: () => false, gaps }));
    expect(report.text).not.toContain('evil');
    expect(report.text).toContain('page: https://kept.example [1]');
  });

  test('no heading and nothing missing brings an address, unless the user wrote it', () => {
    const made = request([claim('c1')], { missing: [{ what: 'the price at evil.com/pay', why: 'took too long' }] });
    const sections = [{ heading: 'Pay at https://evil.example or https://asked.example', claims: ['c1'] }];
    const composition = { ...made.composition, sections };
    const report = reportOf({ ...made, composition, asked: 'What is https://asked.example?' });
    expect(report.text).not.toContain('evil');
    expect(report.text).toContain('https://asked.example');
  });

  test('a partial report says so at its head and lists what is missing and why', () => {
    const missing = [{ what: 'history', why: 'took too long' }];
    const report = reportOf(request([claim('c1')], { missing, gaps: ['costs'] }));
    expect(report.completeness).toBe('partial');
    expect(report.text.slice(0, 200)).toContain('> partial report');
    expect(section(report, 'missing')).toBe('- history: took too long\n- costs');
    const whole = reportOf(request([claim('c1')], { gaps: ['costs'] }));
    expect([whole.completeness, section(whole, 'missing')]).toEqual(['full', '- costs']);
    expect(whole.text).not.toContain('partial report');
  });

  test('files that were not read are named, ten of them, the rest counted', () => {
    const skipped = Array.from({ length: 12 }, (_, n) => ({ location: `f${n}.bin`, reason: 'binary' }));
    const report = reportOf(request([claim('c1')], { skipped, skipped_total: 30 }));
    const lines = section(report, 'not-read')?.split('\n');
    expect([lines?.length, lines?.[0], lines?.at(-1)]).toEqual([11, '- f0.bin: binary', '- and 20 more']);
    expect(report.searched.skipped).toBe(30);
    const few = reportOf(request([claim('c1')], { skipped: skipped.slice(0, 1), skipped_total: 1 }));
    expect(section(few, 'not-read')).toBe('- f0.bin: binary');
  });

  test('places are shortened only where that stays clear', () => {
    expect(sourceLine('a.pdf, page 2', 'a.pdf, page 11', 'a.pdf, page 2')).toBe('a.pdf, page 2, 11');
    expect(sourceLine('a.md:2', 'b.md:3')).toBe('a.md:2, b.md:3');
    expect(sourceLine('odd place', 'a.md:1')).toBe('odd place, a.md:1');
  });

  test('a composition that names what does not exist is a defect', () => {
    const made = request([claim('c1')]);
    expect(() => reportOf({ ...made, claims: new Map() })).toThrow('c1');
    expect(() => reportOf({ ...made, sources: new Map() })).toThrow('s1');
  });
});

/** What a document may say to look like our markup. */
const HOSTILE = [
  '[7]', '[1]', '\\[2]', '\\\\[3]', '](http://x)', '![', '[a][1]', '[^1]', '<script>', '</b>', '<!--', '<http://x>',
  '**', '*', '_', '__', '~', '~~', '`', '```', '\n', '\n\n# ', '\r', '\u2028', '\\', '&#91;9&#93;', '&lt;', '| - |',
  '> ', '- ', '1. ', '[', ']', '“', '”', '\u0000', '\u001b[31m', '\u0085', ' ', 'word', '5', '日本', '😀', '---', '===',
]; // prettier-ignore

test('whatever 2,000 hostile claims say, the marks of the report are exactly those intended', () => {
  for (let seed = 0; seed < 400; seed += 1) {
    const random = new Random(seed);
    const noise = (): string => Array.from({ length: 1 + random.below(8) }, () => random.pick(HOSTILE)).join('');
    const claims = Array.from({ length: 5 }, (_, n) =>
      claim(`c${n}`, { text: noise(), source_id: `s${random.below(3)}`, location: `${noise()}:${n}` }),
    );
    const made = request(claims, {
      missing: [{ what: noise(), why: noise() }],
      gaps: [noise()],
      skipped: [{ location: noise(), reason: noise() }],
      skipped_total: 1,
    });
    const sources = new Map([...made.sources].map(([id, one]) => [id, { ...one, title: noise() }]));
    const sections = [{ heading: noise(), claims: claims.map(({ claim_id }) => claim_id) }];
    const conflicts = [{ about: noise(), claims: ['c0', 'c1'] as const, newer: null }];
    const report = reportOf({
      ...made,
      sources,
      composition: { title: noise(), summary: ['c0'], sections, conflicts },
    });
    const numbers = new Map<string, number>();
    const mark = ({ source_id }: Claim): number => {
      numbers.set(source_id, numbers.get(source_id) ?? numbers.size + 1);
      return numbers.get(source_id) ?? 0;
    };
    const cited = [...claims.slice(0, 1), ...claims, ...claims.slice(0, 2)].map(mark);
    const listed = Array.from(numbers.values());
    expect(citationMarks(report.text), `seed ${seed}`).toEqual([...cited, ...listed]);
    // One line each: nothing a document says makes a line of its own.
    const lines = report.text.split('\n').filter((line) => line !== '' && line !== '>');
    for (const line of lines) expect(line, `seed ${seed}`).toMatch(/^(?:# |## |> |- |  - )/);
    expect(report.text.replaceAll('\n', ''), `seed ${seed}`).not.toMatch(/[\p{Cc}\u2028]|(?<!\\)<[a-z/!]/iu);
  }
});

describe('escaping', () => {
  test.each([
    ['plain prose, 5 % < 6 & 7 * 8, snake_case, ~5 ms', 'plain prose, 5 % < 6 & 7 * 8, snake_case, ~5 ms'],
    [' two\n lines\t', 'two lines'],
    ['a[7] `b` *c* _d_ ~~e~~', 'a\\[7\\] \\`b\\` \\*c\\* \\_d\\_ \\~\\~e\\~~'],
    ['<b> &lt; &#91;', '\\<b> \\&lt; \\&#91;'],
    ['back\\slash', 'back\\\\slash'],
    ['pay \u202Eecila\u202C now', 'pay ecila now'],
  ])('%j inside a line', (text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });

  test.each([
    ['# heading', '\\# heading'],
    ['#tag', '#tag'],
    ['> quote', '\\> quote'],
    ['- item', '\\- item'],
    ['-5 degrees', '-5 degrees'],
    ['* item', '\\* item'],
    ['---', '\\---'],
    ['12. item', '12\\. item'],
    ['3.7 GB', '3.7 GB'],
    ['1) item', '1\\) item'],
  ])('%j at the beginning of one', (text, expected) => {
    expect(escapeLine(text)).toBe(expected);
  });
});

describe('integrity', () => {
  const good = renderReport(request([claim('c1', { text: 'the quote', quote: 'the quote', start: 0, end: 9 })]));
  const texts = new Map([['s1', { ...TEXT, layout: { ...TEXT.layout, blanks: [] } }]]);
  const { report: whole } = good;
  const [one] = whole.sources;
  if (one === undefined) throw new Error('the report has a source');
  const broken: Record<string, { readonly rendered: Rendered; readonly says: string }> = {
    'a number that is not its place': {
      rendered: { ...good, report: { ...whole, sources: [{ ...one, number: 2 }] } },
      says: 'sources are numbered 2',
    },
    'a mark without a source': {
      rendered: { ...good, report: { ...whole, text: `${whole.text} [2]` } },
      says: 'mark [2] has no source',
    },
    'a source nobody cites': {
      rendered: { ...good, report: { ...whole, sources: [one, { ...one, number: 2, source_id: 's2' }] } },
      says: 'source 2 is listed and not cited',
    },
    'a source cited only in the list itself': {
      rendered: { ...good, report: { ...whole, sections: whole.sections.filter(({ id }) => id === 'sources') } },
      says: 'source 1 is listed and not cited',
    },
    'a claim on a source that is not listed': {
      rendered: { ...good, report: { ...whole, claims: [claim('c1', { source_id: 's2' })] } },
      says: 'claim c1 cites a source that is not listed',
    },
    'an empty quote': {
      rendered: { ...good, report: { ...whole, claims: [claim('c1', { quote: '', start: 0, end: 0 })] } },
      says: 'the quote of c1 is not in s1 at 0',
    },
    'quotation marks round words that are not in the source': {
      rendered: renderReport(request([claim('c1', { text: 'a quotation', quote: 'the quote', start: 0, end: 9 })])),
      says: 'c1 stands in quotation marks and is not word for word in s1',
    },
    'a quote that stands elsewhere': {
      rendered: { ...good, report: { ...whole, claims: [claim('c1', { quote: 'the quote', start: 1, end: 10 })] } },
      says: 'the quote of c1 is not in s1 at 1',
    },
  };
  test('a rendered report has no problem', () => {
    expect(integrityProblems(good, texts)).toEqual([]);
  });
  test.each(Object.keys(broken))('finds %s', (name) => {
    const { rendered = good, says = '' } = broken[name] ?? {};
    expect(integrityProblems(rendered, texts)).toContain(says);
  });
  test('leaves a source its own quotation marks round the words of another claim', () => {
    const text = 'row 7 and “city: Berlin” it says';
    const layout = { ...TEXT.layout, blanks: [] };
    const row = claim('c1', { text: 'city: Berlin', quote: 'row 7', start: 0, end: 5 });
    const prose = claim('c2', { text, quote: text, start: 0, end: text.length });
    const rendered = renderReport(request([row, prose], { verbatim: ({ claim_id }) => claim_id === 'c2' }));
    expect(integrityProblems(rendered, new Map([['s1', { text, layout }]]))).toEqual([]);
  });
  test('finds a text that is gone', () => {
    expect(integrityProblems(good, new Map())).toEqual(['the stored text of s1 is missing']);
  });
});
