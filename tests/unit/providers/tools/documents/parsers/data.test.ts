import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../../../../../src/providers/tools/documents/parsers/csv.ts';
import { parseJson } from '../../../../../../src/providers/tools/documents/parsers/json.ts';
import { brokenPromises, fixtureText, seen } from '../reading.ts';

describe('CSV', () => {
  it('gives one passage for each row, with its first line, under the column names', () => {
    const text = fixtureText('rows.csv');
    const body = parseCsv(text, 'csv');
    expect(body.text).toBe(text);
    expect(brokenPromises(body)).toEqual([]);
    expect(seen(body)).toEqual([
      { place: 2, heading: 'name, remark, price, EUR', words: 'alpha,"first line second line",1' },
      { place: 5, heading: 'name, remark, price, EUR', words: 'béta,"say ""hi""",2' },
      { place: 6, heading: 'name, remark, price, EUR', words: 'gamma,plain,3' },
    ]);
  });

  it('reads tabs, semicolons and bars, and data without column names', () => {
    expect(seen(parseCsv('a\tb\n1 x\t2', 'tsv'))[0]).toEqual({ place: 2, heading: 'a, b', words: '1 x 2' });
    expect(seen(parseCsv('name;size\nx;2,5', 'csv'))[0]).toMatchObject({ heading: 'name, size', words: 'x;2,5' });
    expect(seen(parseCsv('name|size\nx|2', 'csv'))[0]?.heading).toBe('name, size');
    expect(seen(parseCsv('x,2\ny,3', 'csv'))).toEqual([
      { place: 1, heading: null, words: 'x,2' },
      { place: 2, heading: null, words: 'y,3' },
    ]);
  });

  it('reads remarks above the table as prose and takes the title from them', () => {
    const body = parseCsv('# Title: Costs of a flush\n# Measured on one machine.\n\nname,ms\nssd,3\n', 'csv');
    expect(body.title).toBe('Costs of a flush');
    expect(seen(body)).toEqual([
      { place: 1, heading: null, words: 'Title: Costs of a flush Measured on one machine.' },
      { place: 5, heading: 'name, ms', words: 'ssd,3' },
    ]);
  });

  it('keeps a column named # as a column', () => {
    expect(seen(parseCsv('#,name\n1,first', 'csv'))[0]).toMatchObject({ place: 2, heading: '#, name' });
  });

  it('reads what is no table as text', () => {
    const body = parseCsv('name,"never closed\nmore words', 'csv');
    expect(body.format).toBe('csv');
    expect(seen(body).map(({ words }) => words)).toEqual(['name,"never closed more words']);
  });

  it('reads a hundred thousand rows with quoted line ends in seconds', () => {
    const rows = Array.from({ length: 100_000 }, (_, n) => `${n},"näme ${n}\nmore",${n * 3}`);
    const body = parseCsv(`id,name,value\n${rows.join('\n')}`, 'csv');
    expect(body.layout.passages.length).toBe(100_000);
    expect(body.layout.passages.at(-1)?.place).toBe(200_000);
    expect(body.text.slice(body.layout.passages[77]?.start, body.layout.passages[77]?.end)).toBe(rows[77]);
  }, 20_000);
});

describe('JSON', () => {
  it('gives records verbatim under the path of their keys, and small members together', () => {
    const text = fixtureText('settings.json');
    const body = parseJson(text);
    expect(body).toMatchObject({ text, format: 'json', title: 'Settings of the store', date: '2024-02' });
    expect(brokenPromises(body)).toEqual([]);
    expect(seen(body)).toEqual([
      {
        place: 2,
        heading: null,
        words: '"title": "Settings of the store", "updated": "2024-02", "limits": { "readers": 126, "writers": 1 }',
      },
      { place: 6, heading: 'modes', words: '{ "name": "WAL", "text": "Line one. Says "yes "." }' },
      { place: 7, heading: 'modes', words: '{ "name": "DELETE", "text": "The default." }' },
    ]);
  });

  it('gives each line of JSON Lines and no title from a record', () => {
    const body = parseJson(fixtureText('records.jsonl'));
    expect(seen(body).map(({ place }) => place)).toEqual([1, 2]);
    expect(parseJson('{"title":"a"}\n{"title":"b"}').title).toBeNull();
  });

  it('divides an object too large for a passage by its members', () => {
    const long = 'Words that fill the value. '.repeat(40).trim();
    const body = parseJson(JSON.stringify({ a: { b: long, c: long }, d: [long, 1, true, null, -2.5e3] }));
    expect(brokenPromises(body)).toEqual([]);
    expect(seen(body).map(({ heading }) => heading)).toEqual(['a', 'a', null]);
  });

  it('takes comments and trailing commas', () => {
    const body = parseJson('// top\n{ /* in */ "a": "one two", "b": [1, 2,], }\n// end');
    expect(body.format).toBe('json');
  });

  it('reads what is not JSON as text', () => {
    expect(parseJson(fixtureText('broken.json')).format).toBe('text');
    const broken = [
      '{"a" 1}',
      '{"a":}',
      '{a:1}',
      '[1 2]',
      '[1}',
      '{"a":1]',
      '{"a"',
      'nope',
      '[tru]',
      '/* never',
      '{"a":"x',
      '{"a":1,"b"}',
    ];
    expect(broken.map((text) => parseJson(text).format)).toEqual(broken.map(() => 'text'));
  });

  it('survives nesting deeper than any call stack', () => {
    const body = parseJson(`${'{"a":'.repeat(300_000)}"deep words"${'}'.repeat(300_000)}`);
    expect(body.format).toBe('json');
    expect(seen(body)[0]?.words).toContain('deep words');
  });
});
