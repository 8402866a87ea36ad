/** A Belter, or a swarm's agent, that thinks: its brief and tools, the loop, and what it brings back. */

import type { Share } from '../../core/budget.ts';
import type { Subtask } from '../../core/plan.ts';
import { Fault } from '../../core/errors.ts';
import { inDomain, type Source } from '../../core/source.ts';
import type { Findings, ResearchRequest, Workbench } from '../../providers/providers.ts';
import { TIMEOUTS } from '../journal.ts';
import { Addresses, watched } from './addresses.ts';
import { readTool, searchTool } from './corpus-tools.ts';
import { framed } from './frame.ts';
import { gather } from './loop.ts';
import type { LoopTool } from './loop-tool.ts';
import { Notes } from './notes.ts';
import { outsideTool } from './outside-tool.ts';
import type { RoleParts } from './parts.ts';
import { BELTER } from './prompts/belter-1.ts';
import { Shelf } from './shelf.ts';

/** No turn begins in the last third of the step's time: it has to hold the answer of a slow model. */
const LIMIT_MS = Math.floor((TIMEOUTS.belter * 2) / 3);
/** What was noted still has to be recorded, and what is under way given up and billed, before the step's time is up. */
const LAST_MS = TIMEOUTS.belter - 15_000;
/** Titles of sources in the brief. All can be searched. */
const TITLES = 40;

/** Rejects with TOOL_UNAVAILABLE where there is nothing to search, and with what ended it before anything was noted. */
export async function research(
  parts: RoleParts,
  request: ResearchRequest,
  bench: Workbench & { readonly shareOf?: (turn: number) => Share },
): Promise<Findings> {
  const { subtask, signal, task } = request;
  // Opening tools takes of the step's time, too.
  const began = parts.clock.now();
  const own = ownSources(request);
  const shelf = new Shelf(subtask.agent_id, own, bench.texts);
  const notes = new Notes(subtask, shelf);
  // The objective is a model's words, made after a look at the sources: what addresses it holds proves nothing.
  const addresses = new Addresses([task, request.context ?? '']);
  const there = await parts.toolbox.open({ domain: subtask.domain, network: bench.config.network, signal });
  const ours: readonly LoopTool[] = [
    ...(own.length === 0 ? [] : [searchTool(request, limits(subtask, own), bench)]),
    readTool(shelf),
  ].map((tool) => watched(tool, addresses));
  // A server's tool that takes the name of one of ours would be read and noted with instead of it.
  const taken = new Set([...ours, notes].map(({ card }) => card.name));
  const twins = there.tools.filter(({ name }) => taken.has(name));
  const outside = there.tools
    .filter(({ name }) => !taken.has(name))
    .map((tool) => {
      const run = outsideTool(tool, { bench, clock: parts.clock, signal, share: 'research' });
      return watched(run, addresses, tool.addresses);
    });
  const without = [
    ...there.unavailable.map(({ what, why }) => `${what}: ${why}`),
    ...twins.map(({ name }) => `the tool ${name} of a server: its name is that of one of our own`),
  ];
  if (own.length === 0 && outside.length === 0) {
    const why = without.length === 0 ? 'no tool is configured for it' : without.join('; ');
    throw new Fault('TOOL_UNAVAILABLE', `${subtask.agent_id} has neither documents nor tools: ${why}`);
  }
  const ended = await gather({
    asker: { models: parts.models, model: parts.model, bench, signal },
    prompt: BELTER,
    task,
    brief: brief(request, own, without),
    tools: [...ours, ...outside],
    notes,
    shareOf: bench.shareOf ?? (() => 'research'),
    shelf,
    clock: parts.clock,
    limit_ms: LIMIT_MS,
    last_ms: began + LAST_MS - parts.clock.now(),
    progress: request.progress,
  });
  const { claims, passages, dead_ends, rejected } = notes;
  const nothing = claims.length === 0 && notes.gaps.length === 0 && ended === null;
  return {
    claims,
    passages,
    gaps: nothing ? [`Nothing was found on: ${subtask.objective}`] : notes.gaps,
    dead_ends,
    rejected,
    sources: shelf.brought(new Set(claims.map(({ source_id }) => source_id))),
    cut: [...(ended === null ? [] : [ended]), ...without],
  };
}

/** What this agent may search of the collected sources: its domain, and of that only those it was given. */
function ownSources({ corpus, subtask: { domain, source_ids } }: ResearchRequest): readonly Source[] {
  return corpus.sources.filter(
    (source) =>
      (domain === null || inDomain(source, domain)) &&
      (source_ids === undefined || source_ids.includes(source.source_id)),
  );
}

/** Undefined: all. */
function limits({ domain, source_ids }: Subtask, own: readonly Source[]): readonly string[] | undefined {
  return domain === null && source_ids === undefined ? undefined : own.map(({ source_id }) => source_id);
}

/** What steps before this one found: quoted from outside, so it stands in a frame like any other text from there. */
function found({ seen = [], task, subtask }: ResearchRequest): readonly string[] {
  if (seen.length === 0) return [];
  const text = seen.map(({ of, findings }) => [`${of}:`, ...findings.map((finding) => `- ${finding}`)].join('\n'));
  const of = { task, key: `${subtask.agent_id}/earlier`, what: 'findings of earlier steps' };
  return [`What earlier steps found; build on it and do not find it again:\n${framed(text.join('\n'), of)}`];
}

function brief(request: ResearchRequest, own: readonly Source[], without: readonly string[]): string {
  const { task, context, subtask } = request;
  const { objective, boundaries, expected, queries, agent_id } = subtask;
  const titles = own.slice(0, TITLES).map(({ source_id, title }) => `${source_id}: ${title}`);
  const more = own.length > titles.length ? [`and ${own.length - titles.length} more, to be found by searching`] : [];
  const list = framed([...titles, ...more].join('\n'), {
    task,
    key: `${agent_id}/sources`,
    what: 'titles of documents',
  });
  return [
    `The whole question: ${task}`,
    ...(context === null ? [] : [`What the user says beside it: ${context}`]),
    ...found(request),
    `Your objective: ${objective}`,
    ...(boundaries === undefined ? [] : [`Its boundaries: ${boundaries}`]),
    ...(expected === undefined ? [] : [`What is expected of you: ${expected}`]),
    ...(queries.length === 0
      ? []
      : [`Searches to begin with: ${queries.map((query) => JSON.stringify(query)).join(', ')}`]),
    ...(own.length === 0
      ? ['There are no collected documents: search with your tools.']
      : [`The documents you can search:\n${list}`]),
    ...(without.length === 0 ? [] : [`Not available: ${without.join('; ')}`]),
  ].join('\n\n');
}
