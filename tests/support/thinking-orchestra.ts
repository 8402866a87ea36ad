/** A whole node in memory's time whose agents think: scripted language models, a search that finds one page, and a report by code. */

import type { Clock } from '../../src/core/clock.ts';
import { Fault } from '../../src/core/errors.ts';
import type { LanguageModel, ModelRequest } from '../../src/providers/language-model.ts';
import { extractiveModel } from '../../src/providers/models/extractive/extractive.ts';
import type { AgentTool, Model } from '../../src/providers/providers.ts';
import { thinkingModel } from '../../src/research/thinking/thinking.ts';
import { type Reply, TEST_PRICE } from './cassette.ts';
import { orchestra, type Orchestra, type OrchestraOptions } from './orchestra.ts';
import { note, page, toolOf, use } from './thinking.ts';

export const LOG = 'The log is written before the data.';
const CHECKPOINT = 'A checkpoint copies it back.';
const TEXT = `${LOG} ${CHECKPOINT}`;
const SEARCH = toolOf('web_search', { text: TEXT, found: [page(TEXT)], failed: false });

/** The first model that is asked, and the one that may stand in for it. */
export const FIRST = 'cassette/test';
export const SECOND = 'cassette/second';

const PLAN = {
  shape: 'survey',
  subtasks: ['How is the log written?', 'What does a checkpoint do?'].map((objective, at) => ({
    objective,
    boundaries: 'Only that.',
    expected: '',
    queries: [`query ${at}`],
    domain: null,
  })),
};

/** Turns the model has had in this conversation. */
export function turnOf({ messages }: ModelRequest): number {
  return messages.filter(({ role }) => role === 'assistant').length;
}

/** The number of the agent whose conversation it is. */
export function agentOf({ messages }: ModelRequest): 1 | 2 {
  return messages[0]?.text.includes('log written') === true ? 1 : 2;
}

/** Notes what the page says of the agent's objective. */
export function noted(agent: 1 | 2, more: Parameters<typeof note>[2] = {}): Reply {
  return note(`belter-${agent}.s1`, agent === 1 ? LOG : CHECKPOINT, more);
}

/** Plans two agents; each searches, notes and is done. */
export function replies(request: ModelRequest): Reply {
  if (request.output !== null) return { text: JSON.stringify(PLAN) };
  const agent = agentOf(request);
  return turnOf(request) === 0 ? use(['web_search', { query: `query ${agent}` }]) : noted(agent, { done: true });
}

function thinkingWith(models: ReadonlyMap<string, LanguageModel>, clock: Clock, search: AgentTool): Model {
  const byCode = extractiveModel();
  const find = (name: string): LanguageModel => {
    const found = models.get(name);
    if (found === undefined) throw new Fault('PROVIDER_NOT_CONFIGURED', `${name} has no key here`);
    return found;
  };
  const toolbox = { open: async () => ({ tools: [search], unavailable: [] }) };
  const thinks = thinkingModel(FIRST, { models: find, toolbox, clock, byCode });
  return { ...thinks, merge: (request) => byCode.merge(request), compose: (request) => byCode.compose(request) };
}

/** Research without documents, on the web alone. */
export function thinkingOrchestra(
  models: readonly LanguageModel[],
  { settings, search = SEARCH, ...options }: OrchestraOptions & { readonly search?: AgentTool } = {},
): Promise<Orchestra> {
  const byName = new Map(models.map((model) => [model.name, model]));
  const prices = { [FIRST]: TEST_PRICE, [SECOND]: TEST_PRICE };
  return orchestra({
    files: { 'example.org/page': TEXT },
    ...options,
    settings: { model: FIRST, prices, sources: [], network: 'on', ...settings },
    model: (clock) => thinkingWith(byName, clock, search),
  });
}
