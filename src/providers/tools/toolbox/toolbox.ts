/** Which agent gets which tools: by the domain it is there for, by what is configured, and by whether it may use the network. */

import type { Domain } from '../../../core/source.ts';
import type { DomainTools, ToolServer } from '../../../core/tool-server.ts';
import type { AgentTool, Toolbox, Unavailable } from '../../agent-tool.ts';
import { allOf, MOST_TOOLS, NETWORK_OFF, type ToolServers } from '../mcp/mcp.ts';

export interface ToolboxParts {
  /** Tools that reach the network; `unavailable`: those there are not although it may be used. */
  readonly web: {
    tools(network: boolean): readonly AgentTool[];
    readonly unavailable: readonly Unavailable[];
    /** Whether any of them takes money. */
    readonly paid: boolean;
    close(): Promise<void>;
  };
  readonly servers: ToolServers;
  /** What agents of a domain get in place of what they get by themselves; null: nothing is said. */
  readonly domains: DomainTools | null;
}

const OPEN_WEB = ['web_search', 'fetch_page'];
const ENCYCLOPEDIA = ['search_wikipedia', 'read_wikipedia'];

/** What fits a domain of what this program has itself. Nothing of its own sees images or films. */
const OWN: Readonly<Record<Domain, readonly string[]>> = {
  academic: ['search_arxiv', 'search_crossref', 'search_openalex', 'fetch_page'],
  news: OPEN_WEB,
  technical: [...OPEN_WEB, ...ENCYCLOPEDIA],
  social: OPEN_WEB,
  product: OPEN_WEB,
  image: [],
  video: [],
  text: [...OPEN_WEB, ...ENCYCLOPEDIA],
  general: [...OPEN_WEB, ...ENCYCLOPEDIA],
};

type Opened = Awaited<ReturnType<Toolbox['open']>>;
type Bounds = Pick<Parameters<Toolbox['open']>[0], 'network' | 'signal'>;

interface Usual extends Bounds {
  readonly domain: Domain;
}

export function toolbox(parts: ToolboxParts): Toolbox {
  const { web, servers, domains } = parts;
  return {
    paid: web.paid,
    open: async ({ domain, network, signal }) => {
      if (domain === null) return everything(parts, { network, signal });
      const wished = domains?.[domain];
      return wished === undefined
        ? usual(parts, { domain, network, signal })
        : asSaid(parts, { domain, wished, network, signal });
    },
    close: async () => {
      await Promise.all([web.close(), servers.close()]);
    },
  };
}

async function everything({ web, servers }: ToolboxParts, { network, signal }: Bounds): Promise<Opened> {
  const served = atMost(await servers.open(servers.servers, network, signal));
  return once({
    tools: [...web.tools(network), ...served.tools],
    unavailable: [...(network ? web.unavailable : []), ...served.unavailable],
  });
}

async function usual({ web, servers }: ToolboxParts, { domain, network, signal }: Usual): Promise<Opened> {
  const own = OWN[domain];
  const fitting = servers.servers.filter((server) => serves(server, domain));
  const served = atMost(await servers.open(fitting, network, signal));
  const tools = [...web.tools(network).filter(({ name }) => own.includes(name)), ...served.tools];
  const missing = network ? web.unavailable.filter(({ what }) => own.includes(what)) : [];
  const unavailable = [...missing, ...served.unavailable];
  // Who keeps the network off has documents in mind: nothing that was wished for is missing then.
  const isAtHome = !network && own.length > 0;
  if (tools.length > 0 || unavailable.length > 0 || isAtHome) return once({ tools, unavailable });
  const why = own.length === 0 ? `no server in mcpServers has "${domain}" among its domains` : 'there are none';
  return { tools, unavailable: [{ what: `tools for ${domain} sources`, why }] };
}

/** A server that names no domain is for all that need no tools of their own kind. */
function serves({ domains }: ToolServer, domain: Domain): boolean {
  return domains?.includes(domain) ?? OWN[domain].length > 0;
}

interface Said extends Usual {
  readonly wished: readonly string[];
}

/** Exactly what the configuration says. A tool that is named and not there is told. */
async function asSaid({ web, servers }: ToolboxParts, { domain, wished, network, signal }: Said): Promise<Opened> {
  const meant = servers.servers.filter((server) => wished.some((wish) => mayName(wish, servers.prefix(server))));
  const served = await servers.open(meant, network, signal);
  const there = [...web.tools(network), ...served.tools];
  const down = meant.filter((server) => served.unavailable.some(({ what }) => what === allOf(server)));
  const missing = wished
    .filter((wish) => !there.some(({ name }) => names(wish, name)))
    // Of a server that cannot be used it is told once, with the reason.
    .filter((wish) => !down.some((server) => mayName(wish, servers.prefix(server))))
    .map((what) => ({
      what,
      why: whyNot(web, what, network) ?? `domain_tools.${domain} names it and there is no such tool`,
    }));
  const isWished = ({ name }: AgentTool): boolean => wished.some((wish) => names(wish, name));
  const given = atMost({ tools: served.tools.filter(isWished), unavailable: served.unavailable });
  return once({
    tools: [...web.tools(network).filter(isWished), ...given.tools],
    unavailable: [...missing, ...given.unavailable],
  });
}

/** Of tools of servers, no more than vendors take: one tool too many, and they refuse every request. */
function atMost(opened: Opened): Opened {
  const { tools, unavailable } = once(opened);
  const more = tools.slice(MOST_TOOLS);
  const [first] = more;
  if (first === undefined) return { tools, unavailable };
  const what = more.length === 1 ? first.name : `${first.name} and ${more.length - 1} more tools`;
  const why = `servers have more than ${MOST_TOOLS} tools in all; name those to use in the tools of each server`;
  return { tools: tools.slice(0, MOST_TOOLS), unavailable: [...unavailable, { what, why }] };
}

function whyNot(web: ToolboxParts['web'], what: string, network: boolean): string | null {
  if (!network && web.tools(true).some(({ name }) => names(what, name))) return NETWORK_OFF;
  return web.unavailable.find((missing) => names(what, missing.what))?.why ?? null;
}

function names(wish: string, name: string): boolean {
  return wish.endsWith('*') ? name.startsWith(wish.slice(0, -1)) : name === wish;
}

/** Whether a wish can mean a tool whose name begins so. */
function mayName(wish: string, prefix: string): boolean {
  const stem = wish.endsWith('*') ? wish.slice(0, -1) : wish;
  return stem.startsWith(prefix) || (wish.endsWith('*') && prefix.startsWith(stem));
}

/** Of tools of one name only the first: a model could not tell them apart. */
function once({ tools, unavailable }: Opened): Opened {
  const byName = new Map(tools.toReversed().map((tool) => [tool.name, tool]));
  return { tools: tools.filter((tool) => byName.get(tool.name) === tool), unavailable };
}
