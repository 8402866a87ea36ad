import { describe, expect, it } from 'vitest';
import type { Domain } from '../../../../../src/core/source.ts';
import { DOMAINS } from '../../../../../src/core/source.ts';
import type { DomainTools, ToolServer } from '../../../../../src/core/tool-server.ts';
import type { AgentTool, Unavailable } from '../../../../../src/providers/agent-tool.ts';
import { prefixOf } from '../../../../../src/providers/tools/mcp/names.ts';
import { toolbox } from '../../../../../src/providers/tools/toolbox/toolbox.ts';
import { remote } from '../../../../support/served.ts';

const tool = (name: string): AgentTool => ({
  name,
  description: '',
  input_schema: { type: 'object' },
  timeout_ms: 1,
  run: () => Promise.resolve({ text: '', found: [], failed: false }),
});

const WEB = [
  'web_search',
  'fetch_page',
  'search_wikipedia',
  'read_wikipedia',
  'search_arxiv',
  'search_crossref',
  'search_openalex',
];

interface Given {
  readonly web?: readonly string[];
  readonly missing?: readonly Unavailable[];
  readonly domains?: DomainTools;
  /** Servers and the tools they have; null: they cannot be reached. */
  readonly servers?: readonly { readonly server: ToolServer; readonly tools: readonly string[] | null }[];
}

function boxOf({ web = WEB, missing = [], domains, servers = [] }: Given) {
  return toolbox({
    web: {
      tools: (network) => (network ? web.map(tool) : []),
      unavailable: missing,
      paid: false,
      close: () => Promise.resolve(),
    },
    domains: domains ?? null,
    servers: {
      servers: servers.map(({ server }) => server),
      prefix: prefixOf,
      open: (wished) => {
        const met = servers.filter(({ server }) => wished.includes(server));
        return Promise.resolve({
          tools: met.flatMap(({ server, tools }) => (tools ?? []).map((name) => tool(`${prefixOf(server)}${name}`))),
          unavailable: met.flatMap(({ server, tools }) =>
            tools === null ? [{ what: `tools of ${server.name}`, why: 'it is down' }] : [],
          ),
        });
      },
      states: () => Promise.resolve([]),
      close: () => Promise.resolve(),
    },
  });
}

const opened = async (given: Given, domain: Domain | null, network = true) => {
  const { tools, unavailable } = await boxOf(given).open({ domain, network, signal: AbortSignal.any([]) });
  return { tools: tools.map(({ name }) => name), unavailable };
};

const server = (name: string, domains: readonly Domain[] | null = null): ToolServer => ({
  ...remote(name, 'https://x.example'),
  domains,
});
const eye = { server: server('eye', ['image']), tools: ['look'] };
const notes = { server: server('notes'), tools: ['find', 'read'] };

describe('an agent', () => {
  it.each<[string, Domain | null, DomainTools]>([
    ['of no domain', null, {}],
    ['of a domain', 'general', {}],
    ['of a domain that is configured', 'general', { general: ['web_search', 'one_*', 'two_*'] }],
  ])('%s gets no more tools of all servers than vendors take', async (_who, domain, domains) => {
    const forty = Array.from({ length: 40 }, (_, at) => `t${at}`);
    const servers = ['one', 'two'].map((name) => ({ server: server(name), tools: forty }));
    const { tools, unavailable } = await opened({ servers, web: ['web_search'], domains }, domain);
    expect(tools).toHaveLength(65);
    expect(tools.slice(0, 2)).toEqual(['web_search', 'one_t0']);
    expect(unavailable).toEqual([
      {
        what: 'two_t24 and 15 more tools',
        why: 'servers have more than 64 tools in all; name those to use in the tools of each server',
      },
    ]);
  });

  it('of no domain gets everything there is, and hears what there is not', async () => {
    const missing = [{ what: 'web_search', why: 'no key' }];
    expect(await opened({ servers: [eye, notes], missing }, null)).toEqual({
      tools: [...WEB, 'eye_look', 'notes_find', 'notes_read'],
      unavailable: missing,
    });
    expect(await opened({ servers: [notes], missing }, null, false)).toEqual({
      tools: ['notes_find', 'notes_read'],
      unavailable: [],
    });
  });

  it.each([
    ['academic', ['fetch_page', 'search_arxiv', 'search_crossref', 'search_openalex', 'notes_find', 'notes_read']],
    ['news', ['web_search', 'fetch_page', 'notes_find', 'notes_read']],
    ['general', ['web_search', 'fetch_page', 'search_wikipedia', 'read_wikipedia', 'notes_find', 'notes_read']],
    ['image', ['eye_look']],
  ] as const)('of the domain %s gets what fits it', async (domain, tools) => {
    expect(await opened({ servers: [eye, notes] }, domain)).toEqual({ tools, unavailable: [] });
  });

  it('of a domain that nothing of ours serves is told that there is no tool for it', async () => {
    for (const domain of ['image', 'video'] as const) {
      const why = expect.stringMatching(/mcpServers/) as string;
      const nothing = { tools: [], unavailable: [{ what: `tools for ${domain} sources`, why }] };
      expect([await opened({}, domain, false), await opened({}, domain, true)]).toEqual([nothing, nothing]);
    }
  });

  it('of any other misses nothing where the network is kept off', async () => {
    for (const domain of DOMAINS.filter((each) => each !== 'image' && each !== 'video')) {
      expect(await opened({}, domain, false)).toEqual({ tools: [], unavailable: [] });
    }
  });

  it('is told of a server that is down, and of a search that is not there, only where they would serve it', async () => {
    const given = {
      servers: [{ ...eye, tools: null }],
      web: ['fetch_page', 'search_arxiv'],
      missing: [{ what: 'web_search', why: 'no key' }],
    };
    expect((await opened(given, 'image')).unavailable).toEqual([{ what: 'tools of eye', why: 'it is down' }]);
    expect((await opened(given, 'news')).unavailable).toEqual(given.missing);
    expect((await opened(given, 'academic')).unavailable).toEqual([]);
  });
});

describe('domain_tools', () => {
  it('gives a domain exactly the tools it names, of servers by their beginning', async () => {
    const domains = { news: ['web_search', 'notes_*'], academic: ['notes_read'] };
    expect(await opened({ servers: [eye, notes], domains }, 'news')).toEqual({
      tools: ['web_search', 'notes_find', 'notes_read'],
      unavailable: [],
    });
    expect((await opened({ servers: [eye, notes], domains }, 'academic')).tools).toEqual(['notes_read']);
    expect((await opened({ servers: [eye, notes], domains }, 'social')).tools).toContain('fetch_page');
  });

  it('tells each that is not there, with the reason', async () => {
    const domains = { news: ['web_search', 'fetch_page', 'nothing', 'notes_*', 'eye_blink'] };
    const servers = [{ ...notes, tools: null }, eye];
    const given = { servers, domains, web: ['fetch_page'], missing: [{ what: 'web_search', why: 'no key' }] };
    const { tools, unavailable } = await opened(given, 'news');
    expect(tools).toEqual(['fetch_page']);
    expect(unavailable).toEqual([
      { what: 'web_search', why: 'no key' },
      { what: 'nothing', why: 'domain_tools.news names it and there is no such tool' },
      { what: 'eye_blink', why: 'domain_tools.news names it and there is no such tool' },
      { what: 'tools of notes', why: 'it is down' },
    ]);
    const off = await opened({ domains: { news: ['fetch_page'] } }, 'news', false);
    expect(off.unavailable).toEqual([{ what: 'fetch_page', why: expect.stringMatching(/^the network is off/) }]);
  });
});
