/** What a plan is grounded in: a cheap look at the sources, or one search of a tool where there are none. */

import { type Domain, DOMAINS, inDomain } from '../../core/source.ts';
import type { AgentTool, PlanRequest, Workbench } from '../../providers/providers.ts';
import { cut, framed } from './frame.ts';
import { outsideTool } from './outside-tool.ts';
import type { RoleParts } from './parts.ts';
import { begunWith, domainsBegunWith } from './toolset.ts';

const THEMES = 16;
const PASSAGES = 6;
const MOST_PASSAGE = 400;
const TITLES = 30;
const MOST_FOUND = 4_000;

/** For the planner's message, framed. */
export async function ground(parts: RoleParts, request: PlanRequest, bench: Workbench): Promise<string> {
  const what = request.corpus.sources.length > 0 ? await inDocuments(request) : await outside(parts, request, bench);
  return framed(what, { task: request.task, key: 'plan/ground', what: 'a first search' });
}

async function inDocuments({ corpus, library, task, signal }: PlanRequest): Promise<string> {
  const themes = await library.themes(corpus, task, THEMES);
  const hits = await library.search(corpus, { query: task, limit: PASSAGES, signal });
  const titles = corpus.sources.slice(0, TITLES).map(({ title }) => title);
  const domains = DOMAINS.map(
    (domain) => [domain, corpus.sources.filter((each) => each.domain === domain).length] as const,
  );
  const kinds = domains.filter(([, count]) => count > 0).map(([domain, count]) => `${domain} ${count}`);
  return [
    `${corpus.sources.length} documents (${kinds.join(', ')}). Titles: ${titles.join('; ')}`,
    `Terms that set them apart: ${themes.map(({ term, sources }) => `${term} (${sources})`).join(', ') || 'none'}`,
    hits.length === 0 ? 'No passage holds words of the question.' : 'Passages nearest to the question:',
    ...hits.map(
      ({ heading, text }) => `- ${heading === '' ? '' : `${heading}: `}${cut(text.trim(), MOST_PASSAGE, '')}`,
    ),
  ].join('\n');
}

async function outside(parts: RoleParts, request: PlanRequest, bench: Workbench): Promise<string> {
  const { network } = bench.config;
  const { tools } = await begunWith(bench, { domain: null, share: 'plan', needed: false }, async () => {
    const there = await parts.toolbox.open({ domain: null, network, signal: request.signal });
    return { tools: there.tools.filter(takesQuery), without: [] };
  });
  const [search] = tools;
  if (search === undefined) return 'There are no documents, and no tool that searches.';
  const { clock } = parts;
  const tool = outsideTool(search, { bench, clock, signal: request.signal, share: 'plan' });
  const { text } = await tool.run({ query: cut(request.task, 300, '') }, `ground/${search.name}`);
  return `There are no documents. ${search.name} found:\n${cut(text, MOST_FOUND, '')}`;
}

/** Whether it is a search that needs nothing but a query. */
function takesQuery({ name, input_schema }: AgentTool): boolean {
  const { required, properties } = input_schema;
  const onlyQuery = Array.isArray(required) && required.length === 1 && required[0] === 'query';
  return /search/i.test(name) && onlyQuery && properties !== undefined;
}

interface Domains {
  readonly there: readonly Domain[];
  readonly missing: readonly { readonly what: string; readonly why: string }[];
}

/** The domains an agent can work in, and which of those asked for it cannot, with the reason. */
export function domainsOf(parts: RoleParts, request: PlanRequest, bench: Workbench): Promise<Domains> {
  return domainsBegunWith(bench, request.domains, () => domainsNow(parts, request, bench));
}

async function domainsNow(parts: RoleParts, request: PlanRequest, bench: Workbench): Promise<Domains> {
  const { corpus } = request;
  const there: Domain[] = [];
  const missing: { readonly what: string; readonly why: string }[] = [];
  for (const domain of new Set(request.domains ?? DOMAINS)) {
    const { tools, unavailable } = await parts.toolbox.open({
      domain,
      network: bench.config.network,
      signal: request.signal,
    });
    // Every document in prose is `text`: beside the other domains it would be their work done twice.
    const held =
      corpus.sources.some((source) => inDomain(source, domain)) && (domain !== 'text' || request.domains !== null);
    if (held || tools.length > 0) there.push(domain);
    else if (request.domains !== null)
      missing.push({ what: `${domain} sources`, why: whyNot(domain, corpus.sources.length, unavailable) });
  }
  return { there, missing };
}

function whyNot(
  domain: Domain,
  collected: number,
  unavailable: readonly { readonly what: string; readonly why: string }[],
): string {
  const tools = unavailable.map(({ what, why }) => `${what}: ${why}`).join('; ') || 'no tool searches for them';
  return collected === 0 ? tools : `no ${domain} sources among the ${collected} collected; ${tools}`;
}
