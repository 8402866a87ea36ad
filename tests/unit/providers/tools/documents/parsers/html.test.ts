import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../../../../src/core/source.ts';
import { parseHtml } from '../../../../../../src/providers/tools/documents/parsers/html.ts';
import { UnreadableDocument } from '../../../../../../src/providers/tools/documents/parsers/parsed.ts';
import { brokenPromises, fixtureText, seen } from '../reading.ts';

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
    const text = 'A long text that stands outside. '.repeat(20);
    expect(parseHtml(`<main>x</main><div>${text}</div>`).text).toContain('stands outside');
    expect(parseHtml(`<article>${text}</article><div class="sidebar">Not this</div>`).text).not.toContain('Not this');
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

  it('refuses a page without text and one too large for memory', () => {
    expect(() => parseHtml('<body><nav>menu</nav></body>')).toThrow(UnreadableDocument);
    expect(() => parseHtml('x'.repeat(24_000_001))).toThrow('too large');
  });

  it('survives nesting deeper than any call stack', () => {
    const deep = parseHtml(`${'<div>'.repeat(50_000)}Deep words.${'</div>'.repeat(50_000)}`);
    expect(seen(deep)).toEqual([{ place: 1, heading: null, words: 'Deep words.' }]);
  });
});
