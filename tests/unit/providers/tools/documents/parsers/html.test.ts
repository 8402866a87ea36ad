import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../../../../src/core/source.ts';
import { parseHtml } from '../../../../../../src/providers/tools/documents/parsers/html.ts';
import { UnreadableDocument } from '../../../../../../src/providers/tools/documents/parsers/parsed.ts';
import { brokenPromises, fixtureText, seen } from '../reading.ts';

function text(html: string): string {
  return parseHtml(html).text;
}

describe('HTML', () => {
  const body = parseHtml(fixtureText('page.html'));

  it('reads the content with the lines of the original file', () => {
    expect(brokenPromises(body)).toEqual([]);
    expect(seen(body)).toEqual([
      {
        place: 13,
        heading: 'How a checkpoint works',
        words: 'A checkpoint copies pages from the log into the database file.',
      },
      {
        place: 19,
        heading: 'How a checkpoint works › Example',
        words: 'PRAGMA wal_checkpoint(TRUNCATE); -- returns 0 when it finished',
      },
      { place: 24, heading: 'How a checkpoint works › Example › Mode, Blocks', words: 'PASSIVE | no' },
      { place: 26, heading: 'How a checkpoint works › Example › Mode, Blocks', words: 'FULL | yes' },
      { place: 28, heading: 'How a checkpoint works › Example', words: 'Short readers help. Long readers hurt.' },
    ]);
  });

  it('finds the line of words in the middle of a paragraph', () => {
    expect(placeAt(body.layout, body.text.indexOf('into the'))).toEqual({ kind: 'line', number: 15 });
    expect(placeAt(body.layout, body.text.indexOf('-- returns'))).toEqual({ kind: 'line', number: 20 });
  });

  it('leaves out the frame, hidden parts, forms and scripts', () => {
    expect(body.text).not.toMatch(/Site name|Home page|cookies|Hidden|Related|Subscribe|Imprint|script words/u);
  });

  it('takes title and date from the head', () => {
    expect(body).toMatchObject({ title: 'How a checkpoint works', date: '2023-08-01', format: 'html' });
  });

  it('takes title from the first heading and date from the first time when the head is silent', () => {
    const plain = parseHtml(
      '<body><h1>On logs</h1><p>Written <time datetime="2022-11-05">lately</time>, with words.</p>',
    );
    expect(plain).toMatchObject({ title: 'On logs', date: '2022-11-05' });
    expect(parseHtml('<p>Written <time>May 2020</time>.</p>').date).toBe('2020-05');
    expect(parseHtml('<title>On logs | Notes</title><h1>On logs</h1><p>Words.</p>').title).toBe('On logs');
    expect(parseHtml('<p>No date.</p>')).toMatchObject({ title: null, date: null });
  });

  it('reads the whole body when the main element holds next to nothing', () => {
    const long = 'A long text that stands outside. '.repeat(20);
    expect(parseHtml(`<main>x</main><div>${long}</div>`).text).toContain('stands outside');
    expect(parseHtml(`<article>${long}</article><div class="sidebar">Not this</div>`).text).not.toContain('Not this');
  });

  it('reads a table that lays out the page as the blocks in it', () => {
    const page = parseHtml(
      '<table><tr><td><h2>Left</h2><p>Words on the left.</p></td><td><table><tr><td>a</td><td>b</td></tr></table></td></tr></table>',
    );
    expect(seen(page).map(({ heading, words }) => [heading, words])).toEqual([
      ['Left', 'Words on the left.'],
      ['Left', 'a | b'],
    ]);
  });

  it('keeps the line breaks of br and the spaces of pre', () => {
    const page = parseHtml('<p>one<br>two   three</p><pre>\n  x\n    y  z\n</pre>');
    expect(page.text).toBe('one\ntwo three\n\n  x\n    y  z');
  });

  it('keeps lines in order over runs of line breaks', () => {
    const page = parseHtml('<p>one<br><br><br>\n<br>two\n<br><br>three words</p>\n<p>four</p>');
    expect(page.text).toBe('one\ntwo\nthree words\n\nfour');
    expect(brokenPromises(page)).toEqual([]);
    expect(placeAt(page.layout, page.text.indexOf('four')).number).toBe(4);
  });

  it('reads definition lists, captions and cells with several blocks', () => {
    const page = parseHtml(
      '<dl><dt>Term</dt><dd>Meaning.</dd></dl><table><caption>Cap</caption><tr><td><p>a</p><p>b</p></td><td>c<br>d</td></tr></table>',
    );
    expect(seen(page).map(({ words }) => words)).toEqual(['Term Meaning.', 'Cap a b | c d']);
  });

  it('writes signs for what type alone says of numbers, and of words that were struck out', () => {
    expect(text('<p>10<sup>5</sup>, 10<b><sup> −5 </sup></b> and 10<sub>2</sub></p>')).toBe('10^5, 10^−5 and 10_2');
    expect(text('<p>15<sup><a href="#n">3</a></sup> percent, 9<sup>[3]</sup></p>')).toBe('15 percent, 9[3]');
    expect(text('<p>log<sub>10</sub>5 of H<sub>2</sub>O, the 1<sup>st</sup> m<sup>2</sup></p>')).toBe(
      'log10 5 of H2O, the 1st m2',
    );
    expect(text('<p>10<sup>5</sup>–10<sup>6</sup></p>')).toBe('10^5–10^6');
    expect(text('<p>5</p><p><sup>3</sup> note</p><p>x <sup>2</sup></p>')).toBe('5\n\n3 note\n\nx 2');
    expect(text('<p>It is <del>not <s>at all</s></del> safe <del></del><del> </del>now.</p>')).toBe(
      'It is ~~not at all~~ safe now.',
    );
    expect(text('<del><p>One.</p><p>Two.</p></del>')).toBe('~~One.\n\nTwo.~~');
  });

  it.each([
    ['in 2019<sup><a href="#n">1</a>, <a href="#m">12</a></sup>', 'in 2019'],
    ['in 2019<sup><a href="#n">121</a>,<a href="#m">122</a></sup>', 'in 2019'],
    ['in 2019<sup><a href="#n">3</a>–<a href="#m">5</a></sup>', 'in 2019'],
    ['in 2019<sup><a href="#n">3,4</a></sup>', 'in 2019'],
    ['in 2019<a href="#n"><sup>3</sup></a>', 'in 2019'],
    ['in 2019<sup><a href="#n">3</a></sup><sup>,</sup><a href="#m"><sup>4</sup></a>', 'in 2019'],
    ['in 2019<sup>3,4</sup>', 'in 2019 3,4'],
    ['in 2019<sup><a href="#n">3</a>,4</sup>', 'in 2019 3,4'],
    ['<a href="#n">10<sup>5</sup></a> and <a href="#m">10<sup>6</sup></a>', '10^5 and 10^6'],
    ['<a id="n">of</a> 10<sup><a id="m">5</a></sup>', 'of 10^5'],
    ['10<sup>3–5</sup> cells', '10^3–5 cells'],
    ['PO4<sup>-</sup> and 2<sup>−</sup>', 'PO4- and 2−'],
    ['10<sup><a href="#n">-5</a></sup>', '10^-5'],
    ['15<sup><a href="#n">2024</a></sup>', '15^2024'],
    ['<a href="#c"><sup>14</sup>C</a>', '14C'],
    ['<a href="#u"><sup>235</sup>U</a> and <a href="#v"><sup>238</sup>U</a> differ', '235U and 238U differ'],
    ['5 <a href="#f"><sup>1</sup>/<sub>2</sub></a>', '5 1/2'],
    ['5 <a href="#f"><sup>3</sup>⁄<sub>4</sub></a>', '5 3⁄4'],
    ['<a href="#e"><i><sup>2</sup></i><b>H</b>O</a>', '2HO'],
    ['<a href="#e"><sup>2</sup>,<sup>n</sup></a>', '2,n'],
    ['in 2019<a href="p#n"><sup>3</sup></a>5', 'in 2019 5'],
    ['in 2019<sup><a href="#n">3</a></sup>, or<a href="#m"><sup>4</sup></a>.', 'in 2019, or.'],
    ['in 2019<a href="#n"> <sup>3</sup>,<sup>,</sup><sup>4</sup></a>', 'in 2019 ,'],
    ['in 2019<a href="#n"><sup>3</sup></a><sup>,</sup><sup><a href="javascript:;">4</a></sup>', 'in 2019'],
    ['<sup><a href="#n">3</a></sup><a href="#c"><sup>4</sup><sup>,</sup>He</a>', '4,He'],
    ['<sup><a href="#n"><sup>3</sup> see</a></sup> below', '3 see below'],
    ['5 km<a href="/sq"><sup>2</sup></a>, 5 km<sup><a href="/sq">2</a></sup>', '5 km2, 5 km2'],
    ['10<sup><a href="/million">6</a></sup>', '10^6'],
    ['grew to 300<sup><a href="https://doi.org/10.1/abc">3</a></sup>', 'grew to 300'],
    ['grew to 300<a href="refs.html"><sup>3</sup></a>', 'grew to 300'],
    ['fell by 12<sup><a href="endnotes.html">4</a></sup> percent', 'fell by 12 percent'],
    ['fell by 12%<sup><a href="e.html">4</a></sup>', 'fell by 12%'],
    ['to 110<sup><a href="e.html">4</a></sup> and 1.10<sup><a href="e.html">5</a></sup>', 'to 110 and 1.10'],
    ['in 2019.<sup><a href="e.html">4</a></sup> It fell', 'in 2019. It fell'],
    ['in 2019<sup><a href="e">3</a></sup><sup>,</sup><sup><a href="e">4</a></sup>', 'in 2019'],
    ['in 2019<sup><a href="e">3</a></sup><sup><a href="e">4</a></sup>', 'in 2019'],
    ['in 2019<sup><a href="#n">1</a>, <a href="e">12</a></sup>', 'in 2019'],
    ['10<sup>5</sup><sup><a href="e">3</a></sup> cells', '10^5 cells'],
    ['the rise<sup><a href="e">3</a></sup>, the <b>growth</b><a href="e"><sup>4</sup></a>', 'the rise, the growth'],
    ['5 kg/m<sup><a href="/e">3</a></sup>, 5 mm<a href="/e"><sup>3</sup></a>', '5 kg/m3, 5 mm3'],
    ['of <sup><a href="/e">14</a></sup>C and (<a href="/e"><sup>13</sup></a>C)', 'of 14C and (13C)'],
    ['10<a href="/e"><sup>3</sup></a> of 7<a href="/e"><sup>1</sup>/<sub>2</sub></a>', '10^3 of 7^1/2'],
    ['the rise<a href="/e"><sup>14</sup>C</a>', 'the rise14C'],
    ['2<sup><a href="/wiki/Exp">128</a></sup> tries', '2^128 tries'],
    ['3<sup><a href="/e">2</a></sup> = 9 and 1024<sup><a href="/e">2</a></sup>', '3^2 = 9 and 1024^2'],
    ['10 000<sup><a href="/e">2</a></sup>, 100<sup><a href="/e">2</a></sup>', '10 000^2, 100^2'],
    ['50 miles<sup><a href="/e">2</a></sup>, 5 Feet<a href="/e"><sup>2</sup></a>', '50 miles2, 5 Feet2'],
    ['a metre<sup><a href="/e">2</a></sup>, millimeters<sup><a href="/e">3</a></sup>', 'a metre2, millimeters3'],
    ['sigma<sup><a href="/e">2</a></sup> and sinh<sup><a href="/e">2</a></sup>x', 'sigma2 and sinh2x'],
    ['a diameter<sup><a href="/e">2</a></sup>, percent<sup><a href="/e">2</a></sup>', 'a diameter, percent'],
    ['$5<a href="/p"><sup>99</sup></a>, $300<sup><a href="/p">50</a></sup>', '$5^99, $300^50'],
    ['<b>$</b>5.<a href="/p"><sup>99</sup></a>, EUR 120<a href="/p"><sup>99</sup></a>', '$5.99, EUR 120^99'],
    ['was $5.<sup><a href="/p">3</a></sup> It', 'was $5. It'],
    ['1<sup><a href="/e">1</a></sup>⁄<sub>2</sub>, 1<sup><a href="#f">1</a></sup>⁄2', '1^1⁄2, 1^1⁄2'],
    ['150<a href="/e"><sup>1</sup></a>/<sub>2</sub>, 150<a href="/e"><sup>1</sup></a>/year', '150^1/2, 150/year'],
    ['12<sup><a href="e">4</a></sup> <b>per cent</b>, 12<sup><a href="e">4</a></sup> men', '12 per cent, 12^4 men'],
    ['12<sup><a href="e">4</a></sup></p><p>percent', '12^4\n\npercent'],
    ['5<del><a href="#n"><sup>1</sup></a></del>6 new', '5 6 new'],
    ['10<sup>5</sup><del></del>6 and 5<s></s>6', '10^5 6 and 56'],
    ['<s>so<sup><a href="#n">3</a></sup></s>', '~~so~~'],
    ['so<s><sup><a href="#n">3</a></sup> not</s>', 'so ~~not~~'],
    ['so<s><sup><a href="#n">3</a></sup></s>', 'so'],
  ])('tells the numbers of notes from powers: %s', (html, read) => {
    expect(text(`<p>${html} in words.</p>`)).toBe(`${read} in words.`);
  });

  it('takes a header for the row it is, signs and all', () => {
    const page = parseHtml(
      '<table><tr><th>10<sup>3</sup> m</th><th>b</th></tr><tr><td>5</td><td><sup>3</sup>He</td></tr></table>',
    );
    expect(seen(page).map(({ heading, words }) => [heading, words])).toEqual([['10^3 m, b', '5 | 3He']]);
  });

  it('refuses a page without text and one too large for memory', () => {
    expect(() => parseHtml('<body><nav>menu</nav></body>')).toThrow(UnreadableDocument);
    expect(() => parseHtml('x'.repeat(24_000_001))).toThrow('too large');
  });

  it('reads a line of very many elements in a pass over it', () => {
    const words = seen(parseHtml(`<p>${'<b>x </b>'.repeat(100_000)}</p>`)).flatMap((passage) =>
      passage.words.split(' '),
    );
    expect(words).toHaveLength(100_000);
  });

  it('reads a page that strikes out very many spaces in a pass over it', () => {
    const spaces = ' '.repeat(1_000_000);
    expect(text(`<p><s>a${spaces}b </s>c</p>`)).toBe('~~a b~~ c');
  });

  it('survives nesting deeper than any call stack', () => {
    const deep = parseHtml(`${'<div>'.repeat(50_000)}Deep words.${'</div>'.repeat(50_000)}`);
    expect(seen(deep)).toEqual([{ place: 1, heading: null, words: 'Deep words.' }]);
  });
});
