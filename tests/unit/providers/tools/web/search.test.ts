import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../../src/engine/system-clock.ts';
import type { Json } from '../../../../../src/core/json.ts';
import type { AgentTool, ToolAnswer } from '../../../../../src/providers/agent-tool.ts';
import { webTools, type SearchChoice } from '../../../../../src/providers/tools/web/web.ts';
import { openSite, send, status, type Answer } from '../../../../support/sites.ts';

let answer: Answer = (_asked, response) => status(response, 404);
const there = await openSite((asked, response) => answer(asked, response));

const BASES = {
  BRAVE_BASE_URL: there.url,
  TAVILY_BASE_URL: there.url,
  EXA_BASE_URL: there.url,
  WIKIPEDIA_BASE_URL: there.url,
  ARXIV_BASE_URL: there.url,
  CROSSREF_BASE_URL: there.url,
  OPENALEX_BASE_URL: there.url,
};

const opened: { close(): Promise<void> }[] = [];

afterAll(async () => {
  for (const each of opened) await each.close();
  await there.close();
});

beforeEach(() => {
  answer = (_asked, response) => status(response, 404);
});

function open(credentials: Readonly<Record<string, string>>, search: SearchChoice = 'auto') {
  const made = webTools({
    credentials: { ...BASES, ...credentials },
    search,
    search_price: null,
    fetch_allow: [],
    clock: systemClock,
    version: '1.2.3',
  });
  opened.push(made);
  return made;
}

const keyless = open({ OPENALEX_API_KEY: 'oa-key' });
const run = { signal: new AbortController().signal, idempotency_key: 'k' };

function use(name: string, input: Parameters<AgentTool['run']>[0], from = keyless): Promise<ToolAnswer> {
  const tool = from.tools(true).find((each) => each.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool.run(input, run);
}

function json(value: Json): Answer {
  return (_asked, response) => send(response, JSON.stringify(value), { 'content-type': 'application/json' });
}

function lastAsked() {
  const last = there.asked.at(-1);
  if (last === undefined) throw new Error('nothing was asked');
  return { ...last, url: new URL(last.path, there.url) };
}

/** Each provider with its key, an answer in the shape of its documentation, and what the question has to hold. */
const PROVIDERS = {
  searxng: {
    credentials: { SEARXNG_URL: `${there.url}/` },
    answer: {
      query: 'wal',
      number_of_results: 2,
      results: [
        {
          url: 'https://a.example/1',
          title: 'One',
          content: 'About <b>WAL</b>',
          engine: 'x',
          score: 1.2,
          publishedDate: '2024-03-05T00:00:00',
        },
        { url: 'ftp://a.example/2', title: 'No page', content: '' },
        { url: 'https://a.example/3', title: '', content: null, publishedDate: null },
      ],
    },
    asked: (last: ReturnType<typeof lastAsked>) =>
      `${last.method} ${last.url.pathname} ${last.url.searchParams.get('q')} ${last.url.searchParams.get('format')}`,
    expected: 'GET /search write ahead json',
  },
  brave: {
    credentials: { BRAVE_API_KEY: 'brave-key' },
    answer: {
      type: 'search',
      web: {
        type: 'search',
        results: [
          {
            title: 'One',
            url: 'https://a.example/1',
            description: 'About <strong>WAL</strong>',
            page_age: '2024-03-05T12:00:00',
            age: 'March 5, 2024',
          },
          { title: 'No page', url: 'javascript:alert(1)', description: '' },
          { title: '', url: 'https://a.example/3' },
        ],
      },
    },
    asked: (last: ReturnType<typeof lastAsked>) =>
      `${last.method} ${last.url.pathname} ${last.url.searchParams.get('q')} ${last.url.searchParams.get('count')} ${String(last.headers['x-subscription-token'])}`,
    expected: 'GET /res/v1/web/search write ahead 3 brave-key',
  },
  tavily: {
    credentials: { TAVILY_API_KEY: 'tvly-key' },
    answer: {
      query: 'wal',
      results: [
        { title: 'One', url: 'https://a.example/1', content: 'About WAL', score: 0.9, published_date: '2024-03-05' },
        { title: 'No page', url: 'not an address', content: '' },
        { title: null, url: 'https://a.example/3', content: null },
      ],
      response_time: 1.2,
    },
    asked: (last: ReturnType<typeof lastAsked>) =>
      `${last.method} ${last.path} ${String(last.headers.authorization)} ${last.body}`,
    expected: 'POST /search Bearer tvly-key {"query":"write ahead","max_results":3,"search_depth":"basic"}',
  },
  exa: {
    credentials: { EXA_API_KEY: 'exa-key' },
    answer: {
      requestId: 'r',
      results: [
        {
          id: '1',
          title: 'One',
          url: 'https://a.example/1',
          publishedDate: '2024-03-05T00:00:00.000Z',
          author: null,
          highlights: ['About', 'WAL'],
        },
        { id: '2', title: 'No page', url: 'data:,x' },
        { id: '3', title: null, url: 'https://a.example/3' },
      ],
    },
    asked: (last: ReturnType<typeof lastAsked>) =>
      `${last.method} ${last.path} ${String(last.headers['x-api-key'])} ${last.body}`,
    expected:
      'POST /search exa-key {"query":"write ahead","numResults":3,"type":"auto","contents":{"highlights":true}}',
  },
} as const;

describe.each(Object.keys(PROVIDERS) as (keyof typeof PROVIDERS)[])('web_search by %s', (name) => {
  const { credentials, answer: reply, asked, expected } = PROVIDERS[name];
  const tools = open(credentials);

  it('asks as its interface is asked, and lists pages to choose from, none of them a source', async () => {
    answer = json(reply);
    const found = await use('web_search', { query: 'write ahead', max_results: 3 }, tools);
    expect(asked(lastAsked())).toBe(expected);
    expect(lastAsked().headers['user-agent']).toMatch(/^beltalowda\/1\.2\.3 \(\+https:/u);
    expect(found).toMatchObject({ failed: false, found: [] });
    const lines = found.text.split('\n').map((line) => line.trim());
    expect(lines.slice(0, 3)).toEqual(['1. One', 'https://a.example/1', '2024-03-05']);
    expect(lines[3]).toMatch(/^About (?:… )?WAL$/u);
    expect(lines.slice(5)).toEqual(['2. https://a.example/3', 'https://a.example/3']);
  });

  it('says what a refused key, a limit, a fault and a page instead of an answer mean', async () => {
    answer = (_asked, response) => status(response, 403);
    const refused = await use('web_search', { query: 'x' }, tools);
    expect(refused).toMatchObject({ failed: true });
    expect(refused.text).toContain(name === 'searxng' ? 'add json to search.formats' : Object.keys(credentials)[0]);
    answer = (_asked, response) => status(response, 429, { 'retry-after': '2' });
    await expect(use('web_search', { query: 'x' }, tools)).rejects.toMatchObject({
      code: 'PROVIDER_LIMITED',
      retryAfterMs: 2000,
    });
    answer = (_asked, response) => status(response, 502);
    await expect(use('web_search', { query: 'x' }, tools)).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      retryable: true,
    });
    answer = (_asked, response) => send(response, '<html>Welcome</html>');
    expect((await use('web_search', { query: 'x' }, tools)).text).toContain('does not answer JSON');
    answer = json({ results: 'none', web: 7 });
    expect((await use('web_search', { query: 'x' }, tools)).text).toContain('shape of its interface');
    answer = json({ results: [] });
    expect(await use('web_search', { query: 'x' }, tools)).toMatchObject({ text: 'No results.', failed: false });
  });
});

function names(tools: ReturnType<typeof open>): readonly string[] {
  return tools.tools(true).map(({ name }) => name);
}

describe('the choice of a search', () => {
  it('is the first that has its key or address, or the one that was named', async () => {
    answer = json({ results: [] });
    const all = { SEARXNG_URL: there.url, BRAVE_API_KEY: 'b', TAVILY_API_KEY: 't', EXA_API_KEY: 'e' };
    await use('web_search', { query: 'x' }, open(all));
    expect(lastAsked().url.searchParams.get('format')).toBe('json');
    await use('web_search', { query: 'x' }, open(all, 'exa'));
    expect(lastAsked().headers['x-api-key']).toBe('e');
  });

  it('says what to set where there is none, and offers nothing without the network', () => {
    const none = open({});
    expect(names(none)).toEqual([
      'fetch_page',
      'search_wikipedia',
      'read_wikipedia',
      'search_arxiv',
      'search_crossref',
      'search_openalex',
    ]);
    expect(none.unavailable).toEqual([
      {
        what: 'web_search',
        why: 'web search: no provider is configured; set SEARXNG_URL or BRAVE_API_KEY or TAVILY_API_KEY or EXA_API_KEY',
      },
    ]);
    expect(open({}, 'brave').unavailable[0]?.why).toBe('web search: brave is not configured; set BRAVE_API_KEY');
    for (const SEARXNG_URL of [
      'localhost:8080',
      'admin:hunter2@searx.example',
      'https://admin:hunter2@searx.example',
    ]) {
      const why = 'web search: SEARXNG_URL is no http(s) address without a user name in it';
      expect(open({ SEARXNG_URL }).unavailable).toEqual([{ what: 'web_search', why }]);
    }
    expect(open({ BRAVE_API_KEY: 'b' }, 'none').unavailable[0]?.why).toContain('switched off');
    expect(open({ BRAVE_API_KEY: 'b' }).tools(false)).toEqual([]);
  });

  it('gives every tool a name and schema that vendors take', () => {
    for (const { name, input_schema } of open({ BRAVE_API_KEY: 'b' }).tools(true)) {
      expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/u);
      expect(input_schema).toMatchObject({ type: 'object', additionalProperties: false });
    }
  });
});

const ATOM = `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>arXiv Query</title><id>http://arxiv.org/api/x</id>
<entry><id>http://arxiv.org/abs/2101.00001v2</id><updated>2021-02-01T00:00:00Z</updated><published>2021-01-04T18:59:59Z</published>
<title>Logs &amp; checkpoints
  in practice</title><summary>  We show that checkpoints of a log cost less
than 3% of writes.
</summary><author><name>A. One</name></author><author><name>B. Two</name></author>
<link href="http://arxiv.org/abs/2101.00001v2" rel="alternate" type="text/html"/>
<arxiv:journal_ref xmlns:arxiv="http://arxiv.org/schemas/atom">J. Logs 1 (2021)</arxiv:journal_ref></entry></feed>`;

describe('scholarly searches', () => {
  it('arXiv: abstracts that can be quoted, and where the PDF is', async () => {
    answer = (_asked, response) => send(response, ATOM, { 'content-type': 'application/atom+xml' });
    const found = await use('search_arxiv', { query: 'log: "checkpoints"', max_results: 2 });
    expect(lastAsked().url.searchParams.get('search_query')).toBe('all:log AND all:checkpoints');
    expect(found.text).toBe(
      [
        '1. Logs & checkpoints in practice',
        'A. One, B. Two; J. Logs 1 (2021); 2021-01-04',
        'https://arxiv.org/abs/2101.00001v2',
        'Full text for fetch_page: https://arxiv.org/pdf/2101.00001v2',
        'Abstract: We show that checkpoints of a log cost less than 3% of writes.',
      ].join('\n   '),
    );
    expect(found.found).toMatchObject([
      {
        title: 'Logs & checkpoints in practice',
        text: 'We show that checkpoints of a log cost less than 3% of writes.',
        uri: 'https://arxiv.org/abs/2101.00001v2',
        location: 'arxiv.org/abs/2101.00001v2',
        date: '2021-01-04',
        domain: 'academic',
      },
    ]);
    expect(found.found[0]?.layout.passages).toHaveLength(1);
  });

  it('Crossref: works by DOI, with an abstract where the publisher gives one', async () => {
    const items = [
      {
        DOI: '10.1000/xyz<1>',
        title: ['On logs'],
        author: [{ given: 'A.', family: 'One' }, { name: 'The Group' }],
        abstract: '<jats:title>Abstract</jats:title><jats:p>Logs are <jats:italic>fast</jats:italic>.</jats:p>',
        issued: { 'date-parts': [[2021, 3]] },
        'container-title': ['Journal of Logs'],
        link: [{ URL: 'https://p.example/1.pdf', 'content-type': 'application/pdf' }],
      },
      { DOI: '10.1000/none', issued: { 'date-parts': [[null]] } },
      { DOI: '10.1000/bare', title: ['Bare'], issued: { 'date-parts': [[1999, 12, 31]] } },
    ];
    answer = json({ status: 'ok', message: { 'total-results': 3, items } });
    const found = await use('search_crossref', { query: 'logs' });
    expect(lastAsked().url.searchParams.get('rows')).toBe('5');
    expect(found.text).toContain(
      'A. One, The Group; Journal of Logs; 2021-03\n   https://doi.org/10.1000/xyz%3C1%3E\n   Full text for fetch_page: https://p.example/1.pdf',
    );
    expect(found.text).toContain('2. Bare\n   1999-12-31\n   https://doi.org/10.1000/bare\n   No abstract here.');
    expect(found.found.map(({ text }) => text)).toEqual(['Logs are fast.']);
  });

  it('OpenAlex: abstracts put together from their words, the key sent where there is one', async () => {
    const index = { logs: [1, 4], Of: [0], and: [2], more: [3] };
    const results = [
      {
        id: 'https://openalex.org/W1',
        doi: 'https://doi.org/10.1/a',
        title: 'Of logs',
        publication_date: '2020-02-03',
        authorships: [{ author: { display_name: 'A. One' } }],
        primary_location: { source: { display_name: 'Logs' } },
        best_oa_location: { pdf_url: 'https://p.example/a.pdf' },
        abstract_inverted_index: index,
      },
      { id: 'https://openalex.org/W2', doi: null, title: 'Huge', abstract_inverted_index: { far: [4_000_000_000] } },
    ];
    answer = json({ meta: {}, results });
    const found = await use('search_openalex', { query: 'logs' });
    expect(lastAsked().url.searchParams.get('api_key')).toBe('oa-key');
    expect(found.found.map(({ text, date }) => [text, date])).toEqual([
      ['Of logs and more logs', '2020-02-03'],
      ['far', null],
    ]);
    answer = (_asked, response) => status(response, 401);
    expect((await use('search_openalex', { query: 'logs' })).text).toContain('OPENALEX_API_KEY');
  });

  it.each(['search_arxiv', 'search_crossref', 'search_openalex', 'search_wikipedia', 'web_search'])(
    '%s needs words to search for',
    async (name) => {
      const tools = open({ BRAVE_API_KEY: 'b' });
      expect(await use(name, { query: '  ' }, tools)).toMatchObject({ failed: true, found: [] });
    },
  );
});

describe('Wikipedia', () => {
  it('lists articles, and none of their snippets as a source', async () => {
    const search = [
      {
        ns: 0,
        title: 'Write-ahead logging',
        snippet: 'In <span class="searchmatch">log</span>&quot;s',
        timestamp: '2024-01-01T00:00:00Z',
      },
    ];
    answer = json({ batchcomplete: true, query: { searchinfo: { totalhits: 1 }, search } });
    const found = await use('search_wikipedia', { query: 'log', max_results: '99' });
    expect(found).toMatchObject({ text: '1. Write-ahead logging\n   In log "s', found: [], failed: false });
    expect(lastAsked().url.searchParams.get('srlimit')).toBe('10');
  });

  it('gives an article as a text with headings that can be quoted', async () => {
    const extract =
      'Write-ahead logging is a technique.\n\n\n== History ==\nIt was described in 1992.\n=== Later ===\nMore.';
    const revisions = [{ timestamp: '2024-05-06T07:08:09Z' }];
    const fullurl = 'https://en.wikipedia.org/wiki/Write-ahead_logging';
    answer = json({
      query: { pages: [{ pageid: 1, ns: 0, title: 'Write-ahead logging', extract, revisions, fullurl }] },
    });
    const found = await use('read_wikipedia', { title: 'WAL|Other' });
    expect(lastAsked().url.searchParams.get('titles')).toBe('WAL Other');
    expect(found.text).toContain('last changed 2024-05-06');
    expect(found.found).toMatchObject([
      {
        title: 'Write-ahead logging',
        uri: fullurl,
        location: 'en.wikipedia.org/wiki/Write-ahead_logging',
        date: null,
        modified_at: '2024-05-06T07:08:09.000Z',
      },
    ]);
    expect(found.found[0]?.layout.headings).toEqual(expect.arrayContaining(['History', 'History › Later']));
  });

  it('says that there is no such article, and takes no language that is a host', async () => {
    answer = json({ query: { pages: [{ ns: 0, title: 'Nope', missing: true }] } });
    expect((await use('read_wikipedia', { title: 'Nope' })).text).toContain('no article "Nope"');
    expect((await use('read_wikipedia', { title: 'x', language: 'evil.example/' })).text).toContain('must be a code');
    expect((await use('search_wikipedia', { query: 'x', language: '169.254.169.254#' })).text).toContain(
      'must be a code',
    );
    expect(await use('read_wikipedia', {})).toMatchObject({ failed: true });
  });
});
