import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';

import { isRequestWord, isStopword } from '../../../src/core/stopwords.ts';
import { fold, FTS5_TOKENIZER, indexable, stems, words } from '../../../src/core/words.ts';

/** What FTS5 makes of each text: its terms in order. */
function fts5(texts: readonly string[]): string[][] {
  const db = new Database(':memory:');
  db.exec(`CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize="${FTS5_TOKENIZER}");
    CREATE VIRTUAL TABLE terms USING fts5vocab(words, 'instance')`);
  const insert = db.prepare('INSERT INTO words (rowid, text) VALUES (?, ?)');
  for (const [at, text] of texts.entries()) insert.run(at, indexable(text));
  const rows = db
    .prepare<[], { doc: number; term: string }>('SELECT doc, term FROM terms ORDER BY doc, "offset"')
    .all();
  db.close();
  const terms = texts.map((): string[] => []);
  for (const { doc, term } of rows) terms[doc]?.push(term);
  return terms;
}

function ours(text: string): string[] {
  return words(indexable(text)).map(({ stem }) => stem);
}

const ROOTS = [
  '',
  'a',
  'b',
  'tr',
  'tree',
  'happ',
  'hop',
  'fil',
  'fall',
  'snow',
  'sky',
  'y',
  'yy',
  'boy',
  'electr',
  'relat',
  'oper',
  'controll',
  'naïv',
  'straß',
  'œuv',
  'x9',
];
const SUFFIXES =
  `s es ies sses ss eed ed ing ating bling izing ational tional enci anci izer logi bli alli entli eli ousli ization ation
  ator alism iveness fulness ousness aliti iviti biliti icate ative alize iciti ical ful ness al ance ence er ic able ible ant ement ment
  ent ion sion tion ou ism ate iti ous ive ize y ly e ll lle ying yed tt zz`.split(/\s+/);

describe('stems', () => {
  it('are those of the full-text index for every ending the stemmer knows', () => {
    const list = ROOTS.flatMap((root) =>
      SUFFIXES.flatMap((suffix) => ['', 's', 'ed', 'ing', 'e'].map((more) => root + suffix + more)),
    );
    expect(list.length).toBeGreaterThan(5_000);
    const expected = fts5(list);
    const wrong = list.flatMap((word, at) =>
      ours(word).join(' ') === expected[at]?.join(' ') ? [] : [[word, ours(word), expected[at]]],
    );
    expect(wrong).toEqual([]);
  });

  it('are those of the full-text index for texts of many scripts', () => {
    const texts = [
      'The naïve café’s résumé: CO₂, x86-64, foo_bar, E=mc², 3.14 and 1,000!',
      'Việt Nam, Łódź, Ångström, smørrebrød, İstanbul, ΔΈΛΤΑ λόγος, Ёлка, µs',
      'हिन्दी में लिखा हुआ पाठ',
      'العربية مكتوبة من اليمين',
      '数据库 system 東京タワー and 한국어 문장 ภาษาไทย',
      'openLibrary HTTPServer getURLFor someValue2Big',
      'a'.repeat(70),
      'emoji 😀 and 𝒜 and e\u0301',
    ];
    expect(texts.map(ours)).toEqual(fts5(texts));
  });

  it('leave out function words and keep the rest in order', () => {
    expect(stems('The databases were not always being recovered by the logs')).toEqual(['databas', 'recov', 'log']);
    expect(stems('to be or not to be')).toEqual([]);
  });
});

describe('words', () => {
  it('stand where the text has them', () => {
    const text = '« Crashes » lose naïve 数据库 writes.';
    const found = words(text).map(({ stem, start, end, stop }) => [stem, text.slice(start, end), stop]);
    expect(found).toEqual([
      ['crash', 'Crashes', false],
      ['lose', 'lose', false],
      ['naiv', 'naïve', false],
      ['数据', '数据', false],
      ['据库', '据库', false],
      ['write', 'writes', false],
    ]);
  });

  it('of unspaced scripts are parted from others they touch, and a lone character stands for itself', () => {
    expect(words('第3章abc').map(({ stem }) => stem)).toEqual(['第', '3', '章', 'abc']);
  });

  it('mark function words and words of request whatever their case', () => {
    expect(words('The THE thé').map(({ stop }) => stop)).toEqual([true, true, true]);
    expect(isStopword('never')).toBe(false);
    expect(isRequestWord('compare')).toBe(true);
    expect(isRequestWord('database')).toBe(false);
    expect(fold('ÉCOLE')).toBe('ecole');
  });

  it('keep being right when more different words come than are remembered', () => {
    const many = Array.from({ length: 100_010 }, (_, at) => `worker${at}s`).join(' ');
    expect(words(many).at(-1)?.stem).toBe('worker100009');
    expect(words('recovered').at(0)?.stem).toBe('recov');
  });
});
