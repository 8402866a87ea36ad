import { describe, expect, it } from 'vitest';
import { decode, seen } from '../../../../../src/providers/tools/web/characters.ts';
import { modifiedAt, statedDay } from '../../../../../src/providers/tools/web/dates.ts';
import { elementsIn, plainLine, shortened } from '../../../../../src/providers/tools/web/markup.ts';
import { bodyKind, mediaType } from '../../../../../src/providers/tools/web/media-types.ts';
import { isDeep } from '../../../../../src/providers/tools/web/nesting.ts';
import { perform } from '../../../../../src/providers/tools/web/perform.ts';
import { retryAfter } from '../../../../../src/egress/egress.ts';
import { robotsAllow } from '../../../../../src/providers/tools/web/robots-rules.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function allow(robots: string, path: string): boolean {
  return robotsAllow(robots, `https://a.example${path}`, 'beltalowda');
}

describe('robots.txt', () => {
  it.each([
    ['nothing forbids nothing', '', '/x', true],
    ['everybody', 'User-agent: *\nDisallow: /', '/x', false],
    ['itself is always to be had', 'User-agent: *\nDisallow: /', '/robots.txt', true],
    ['another by name', 'User-agent: other\nDisallow: /', '/x', true],
    ['us, in any case and with a version', 'User-Agent: BELTALOWDA/1.0\nDisallow: /x', '/x', false],
    ['our own group alone counts', 'User-agent: *\nDisallow: /\n\nUser-agent: beltalowda\nDisallow: /y', '/x', true],
    ['a group of several names', 'User-agent: a\nUser-agent: beltalowda\nDisallow: /x', '/x', false],
    ['rules end a group of names', 'User-agent: beltalowda\nDisallow: /y\nUser-agent: b\nDisallow: /x', '/x', true],
    ['groups of one name add up', 'User-agent: *\nDisallow: /a\n\nUser-agent: *\nDisallow: /b', '/b', false],
    ['an empty rule forbids nothing', 'User-agent: *\nDisallow:', '/x', true],
    ['the longest rule decides', 'User-agent: *\nDisallow: /a\nAllow: /a/b', '/a/b/c', true],
    ['of two as long, the kind one', 'User-agent: *\nDisallow: /a\nAllow: /a', '/a', true],
    ['a star', 'User-agent: *\nDisallow: /*/private', '/x/y/private/z', false],
    ['a star that does not fit', 'User-agent: *\nDisallow: /*/private', '/private', true],
    ['an end', 'User-agent: *\nDisallow: /*.pdf$', '/a.pdf', false],
    ['no end', 'User-agent: *\nDisallow: /*.pdf$', '/a.pdf?x=1', true],
    ['an end without a star', 'User-agent: *\nDisallow: /a$', '/ab', true],
    ['parts that would overlap', 'User-agent: *\nDisallow: /ab*ba$', '/aba', true],
    ['queries', 'User-agent: *\nDisallow: /*?session=', '/a?session=1', false],
    ['percent signs', 'User-agent: *\nDisallow: /%7Ejoe/ü', '/~joe/%c3%bc', false],
    ['comments and odd spaces', '# hi\nuser-agent : *   # all\n disallow :/x # no\r\n', '/x', false],
  ])('%s', (...[, robots, path, allowed]) => {
    expect(allow(robots, path)).toBe(allowed);
  });
});

describe('characters', () => {
  it('are decoded by mark, header, page, and what the bytes prove, in that order', () => {
    expect(decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0xc3, 0xbc), 'text/html; charset=latin1')).toBe('ü');
    expect(decode(Uint8Array.of(0xff, 0xfe, 0xfc, 0), '')).toBe('ü');
    expect(decode(Uint8Array.of(0xfc), 'text/html; charset="ISO-8859-1"')).toBe('ü');
    expect(decode(Uint8Array.of(0x82, 0xa0), 'text/html; charset=shift_jis')).toBe('あ');
    expect(decode(Uint8Array.of(0xfc), 'text/html; charset=no-such-thing')).toBe('ü');
    expect(decode(bytes('ü'), '')).toBe('ü');
  });

  it.each([1, 2, 3])('a page cut %i bytes into a character is still UTF-8', (cut) => {
    const whole = bytes('grüße 😀');
    expect(decode(whole.subarray(0, whole.length - cut), '')).toBe('grüße ');
    expect(decode(whole, '')).toBe('grüße 😀');
  });

  it('that nobody sees are taken out; joiners that spell stay', () => {
    expect(seen('a\u200Bb\u202Ec\u2066d\uFEFFe\u{E0041}f\u0007g\u00ADh')).toBe('abcdefgh');
    expect(seen('می\u200Cخواهم 👩\u200D🔬')).toBe('می\u200Cخواهم 👩\u200D🔬');
    expect(seen('a \u200Cb\u200D\u200D\u200Cc\u200D')).toBe('a bc');
    expect(seen('tab\tand\nline')).toBe('tab\tand\nline');
  });
});

describe('pieces of markup', () => {
  it('become one line', () => {
    expect(plainLine('<b>A</b>&amp;B &#8211; <i>c</i>, &lt;d&gt; &#x1F600; &#55555; &bogus;')).toBe(
      'A &B – c, <d> 😀 � &bogus;',
    );
    expect(shortened('one two three', 9)).toBe('one two…');
    expect(shortened('onetwothree', 5)).toBe('onet…');
    expect(elementsIn('<e a="1">x</e><eb>n</eb><e>y</e><e>', 'e')).toEqual(['x', 'y']);
  });
});

describe('types', () => {
  it.each([
    ['text/html; charset=x', '/a', 'html'],
    ['application/vnd.api+json', '/a', 'json'],
    ['text/plain', '/a.csv', 'csv'],
    ['text/plain', '/a.pdf', 'text'],
    ['application/rss+xml', '/feed', 'text'],
    ['', '/a.pdf', 'pdf'],
    ['application/octet-stream', '/a', 'text'],
    ['text/css', '/a.css', null],
    ['image/svg+xml', '/a', null],
    ['application/zip', '/a.zip', null],
    ['video/mp4', '/a.html', null],
  ])('%s at %s is read as %s', (type, path, kind) => {
    expect(bodyKind(mediaType(type), path)).toBe(kind);
  });

  it('knows deep pages from long ones', () => {
    expect(isDeep('<div>'.repeat(300))).toBe(true);
    expect(isDeep('<div><span>x</span></div>'.repeat(3000))).toBe(false);
    expect(isDeep('<p>x'.repeat(3000))).toBe(false);
  });
});

describe('times', () => {
  it('are read in the forms there are', () => {
    expect(statedDay('2024-05-01T23:00:00Z')).toBe('2024-05-01');
    expect(statedDay('2024-05')).toBe('2024-05');
    expect(statedDay('1999')).toBe('1999');
    expect(statedDay('May 2024')).toBeNull();
    expect(statedDay(null)).toBeNull();
    expect(modifiedAt('Thu, 02 May 2024 08:00:00 GMT', Date.UTC(2025, 0, 1))).toBe('2024-05-02T08:00:00.000Z');
    expect(modifiedAt('Thu, 02 May 2999 08:00:00 GMT', Date.UTC(2025, 0, 1))).toBe('2025-01-01T00:00:00.000Z');
    expect(modifiedAt('soon', Date.UTC(2025, 0, 1))).toBe('2025-01-01T00:00:00.000Z');
    expect(retryAfter('3', 0)).toBe(3000);
    expect(retryAfter('Thu, 01 Jan 1970 00:00:10 GMT', 4000)).toBe(6000);
    expect(retryAfter('99999999999999999', 0)).toBe(86_400_000);
    expect(retryAfter('Fri, 31 Dec 9999 23:59:59 GMT', 0)).toBe(86_400_000);
    expect(retryAfter('soon', 0)).toBeNull();
  });
});

function page(html: string, plainly = false): ReturnType<typeof perform> {
  const url = 'https://a.example/posts/hello-world';
  const content_type = 'text/html; charset=utf-8';
  return perform({ kind: 'body', url, bytes: bytes(html), content_type, body: 'html', plainly });
}

describe('a body', () => {
  it('is read as Markdown, plainly where that is asked for, and named by its address where it has no title', async () => {
    const html = `<html><body><article><h2>One</h2><p>${'Some words of an article. '.repeat(20)}</p></article></body></html>`;
    expect(await page(html)).toMatchObject({ text: { format: 'markdown', title: 'One' }, partial: null });
    expect(await page(html, true)).toMatchObject({ text: { format: 'html', title: 'Hello world' } });
    expect(await page('<html><body></body></html>')).toMatchObject({ text: null, missing: /no text/u });
  });

  it('is of the kind its host is known for', async () => {
    const texts = [
      { url: 'https://arxiv.org/abs/1', title: 'T', markdown: 'An abstract of some words.' },
      { url: 'https://a.example/', title: 'E', markdown: ' ' },
    ];
    expect(await perform({ kind: 'texts', texts })).toMatchObject([{ domain: 'academic', title: 'T' }, null]);
  });
});
