import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../src/core/json.ts';
import { Addresses } from '../../../../src/research/thinking/addresses.ts';
import { scripted } from '../../../support/cassette.ts';
import { desk, DONE, findings, page, toolOf, use } from '../../../support/thinking.ts';

function shown(text: string, words: readonly string[] = []): Addresses {
  const addresses = new Addresses([]);
  addresses.note(text, words);
  return addresses;
}

describe('an address', () => {
  test.each([
    ['https://a.example/b', 'See https://a.example/b.'],
    ['https://a.example/b', 'See (https://a.example/b), or not.'],
    ['https://a.example/b?c=1&d=2', '[b](https://a.example/b?c=1&d=2)'],
    ['https://a.example/b', '[https://a.example/b](https://a.example/other)'],
    ['https://a.example/b_(c)', 'https://a.example/b_(c)'],
    ['https://a.example/b_(c)', '[b](https://a.example/b_(c))'],
    ['https://a.example/b', '詳細はhttps://a.example/bを参照'],
    ['https://a.example/é', 'https://a.example/%C3%A9'],
    ['http://A.example/b', 'https://a.example/b'],
    ['https://a.example/b#part', 'https://a.example/b#other'],
    ['https://a.example', 'https://a.example/'],
    ['https://a.example/b', '{"url":"https://a.example/b"}'],
  ])('%s is shown by %s', (address, text) => {
    expect(shown(text).hold(address)).toBe(true);
  });

  test.each([
    ['https://a.example/b?q=secret', 'https://a.example/b?q='],
    ['https://a.example/b', 'https://a.example/b/c'],
    ['https://a.example/', 'https://a.example/b'],
    ['https://secret.a.example/', 'https://a.example/'],
    ['https://a.example/B', 'https://a.example/b'],
    ['https://a.example:8443/b', 'https://a.example/b'],
    ['https://me@a.example/b', 'https://a.example/b'],
    ['https://a.example/b', 'a.example/b'],
    ['ftp://a.example/b', 'ftp://a.example/b'],
    ['nonsense', 'nonsense'],
  ])('%s is not shown by %s', (address, text) => {
    expect(shown(text).hold(address)).toBe(false);
  });

  test('needs no protocol where the user wrote it', () => {
    const said = new Addresses(['Compare example.org/prices, www.example.com and mail to me@mail.example.']);
    expect(
      ['https://example.org/prices', 'https://www.example.com/', 'https://mail.example', 'https://example.org'].map(
        (address) => said.hold(address),
      ),
    ).toEqual([true, true, false, false]);
  });

  test('that a result merely repeats of its call is not shown by it', () => {
    const query = 'https://a.example/?q=the secret';
    expect(
      shown('Nothing for https://a.example/?q=the%20secret', [query]).hold('https://a.example/?q=the%20secret'),
    ).toBe(false);
    expect(shown('https://a.example/found', [query]).hold('https://a.example/found')).toBe(true);
  });

  test('in a text of nothing but brackets costs no time to speak of', () => {
    const text = `https://a.example/${')'.repeat(3_900)} `.repeat(50);
    expect(shown(text).hold('https://a.example/')).toBe(true);
  });
});

type Input = { readonly [name: string]: Json };

function urlOf({ url = null }: Input): string {
  return typeof url === 'string' ? url : '';
}

/** What is fetched by an agent that is told to fetch these, and what it is told. */
const fetching = async (urls: readonly string[], about: { readonly context?: string; readonly s1: string }) => {
  const fetched: string[] = [];
  const fetcher = {
    ...toolOf('fetch_page', async (input) => {
      const url = urlOf(input);
      fetched.push(url);
      const text = `${url}\nSee https://b.example/linked, too.`;
      return url === 'https://b.example/gone'
        ? { text: `${url}: see https://b.example/elsewhere`, found: [], failed: true }
        : { text, found: [page(text)], failed: false };
    }),
    addresses: ['url'],
  };
  const model = scripted([
    use(['search_documents', { query: 'log' }]),
    ...urls.map((url) => use(['fetch_page', { url }])),
    DONE,
  ]);
  const { context = null, s1 } = about;
  await findings(desk({ texts: [s1] }), model, { texts: { s1 }, tools: [fetcher], change: { context } });
  const last = model.requests.at(-1)?.messages ?? [];
  return { fetched, results: last.flatMap((each) => (each.role === 'tool' ? [each] : [])) };
};

describe('an agent', () => {
  test('has fetched what the user named, what a document holds and what a page links to, and nothing else', async () => {
    const secret = 'https://b.example/?q=the+log+is+secret';
    const asked = ['https://c.example/named', 'https://b.example/held', 'https://b.example/linked', secret, secret];
    const { fetched, results } = await fetching(asked, {
      context: 'Read https://c.example/named.',
      s1: 'The log is secret. It was told at https://b.example/held.',
    });
    expect(fetched).toEqual(asked.slice(0, 3));
    const refused = results.slice(-2);
    expect(refused.map(({ failed, text }) => [failed, text.includes('ADDRESS_REFUSED'), text.includes('log')])).toEqual(
      [
        [true, true, false],
        [true, true, false],
      ],
    );
  });

  test('is not shown an address by a failure', async () => {
    const { fetched } = await fetching(['https://b.example/gone', 'https://b.example/elsewhere'], {
      s1: 'The log moved to https://b.example/gone.',
    });
    expect(fetched).toEqual(['https://b.example/gone']);
  });
});
