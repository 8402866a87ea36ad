import { describe, expect, test } from 'vitest';
import type { AgentTool } from '../../../../src/providers/agent-tool.ts';
import type { PlanRequest } from '../../../../src/providers/providers.ts';
import { type Reply, scripted, type TestModel } from '../../../support/cassette.ts';
import { asking, type MadeCall } from '../../../support/recorded-calls.ts';
import { desk, DONE, findings, library, note, page, thinker, toolOf, use } from '../../../support/thinking.ts';

const TEXT = 'Logs are old. Very.';
const SEARCH = toolOf('web_search', { text: TEXT, found: [page(TEXT)], failed: false });
const TIDES = toolOf('tides', { text: 'The tide is high.', found: [], failed: false });
const NEW = toolOf('moons', { text: 'There are two.', found: [], failed: false });
const DOWN = [{ what: 'tools of sea', why: 'nobody answers' }];
const SCRIPT = [
  use(['web_search', { query: 'log' }]),
  use(['tides', { query: 'high' }]),
  note('belter-1.s1', 'Logs are old.', { done: true }),
];

function offered({ requests }: TestModel): readonly string[] {
  return requests.map(({ tools }) => tools.map(({ name }) => name).join(' '));
}

function lastResult({ requests }: TestModel): string {
  const results = requests.at(-1)?.messages.filter(({ role }) => role === 'tool') ?? [];
  return results.at(-1)?.text ?? '';
}

interface Attempt {
  readonly tools: readonly AgentTool[];
  readonly unavailable?: typeof DOWN;
}

/** A whole agent, and attempts that go on from any part of its calls with tools of their own. */
async function begun(script: readonly Reply[], first: Attempt) {
  const whole = desk();
  const model = scripted(script);
  await findings(whole, model, first);
  const { made } = whole.calls;
  const goOn = async (earlier: readonly MadeCall[], attempt: Attempt) => {
    const after = desk({ earlier, kept: new Map(whole.kept) });
    const turns = earlier.filter(({ kind }) => kind === 'model').length;
    const again = scripted(script.slice(turns));
    const found = await findings(after, again, attempt);
    return { found, model: again, made: [...earlier, ...after.calls.made] };
  };
  return { made, model, goOn };
}

describe('an agent that is begun again with other tools', () => {
  test('goes on with those it began with from any call, and buys no turn twice', async () => {
    const { made, goOn } = await begun(SCRIPT, { tools: [SEARCH, TIDES] });
    expect(made.map(({ key }) => key)).toEqual([
      'tools',
      'turn-1',
      'turn-1/web_search-1',
      'turn-2',
      'turn-2/tides-1',
      'turn-3',
    ]);
    const shown: string[] = [];
    for (let died = 1; died <= made.length; died += 1) {
      const again = await goOn(made.slice(0, died), { tools: [NEW, SEARCH], unavailable: DOWN });
      expect(again.made.map(({ key }) => key)).toEqual(made.map(({ key }) => key));
      expect(new Set(offered(again.model))).toEqual(
        new Set(died === made.length ? [] : ['read_source web_search tides note']),
      );
      expect(again.found.claims.map(({ quote }) => quote)).toEqual(['Logs are old.']);
      expect(again.found.cut).toEqual(['tides: it was there at first, and is not any more']);
      shown.push(lastResult(again.model));
    }
    // Died in the middle of the tool's run, and after it.
    expect(shown[3]).toContain('tides is not available any more');
    expect(shown[4]).toContain('The tide is high.');
  });

  test('that died before anything was recorded takes those of now', async () => {
    const { goOn } = await begun(SCRIPT, { tools: [SEARCH, TIDES] });
    const { model, found } = await goOn([], { tools: [SEARCH], unavailable: DOWN });
    expect(offered(model)[0]).toBe('read_source web_search note');
    expect(found.cut).toEqual(['tools of sea: nobody answers']);
  });

  test('is asked the same once a tool that was gone is back', async () => {
    const { made, goOn } = await begun(SCRIPT, { tools: [SEARCH, TIDES] });
    const without = await goOn(made.slice(0, 4), { tools: [SEARCH] });
    const back = await goOn(without.made, { tools: [SEARCH, TIDES] });
    expect(back.model.requests).toEqual([]);
    expect(back.made).toEqual(without.made);
    expect(back.found.cut).toEqual([]);
  });

  test('is shown the descriptions and schemas it began with, and told the same of what is missing', async () => {
    const { made, model, goOn } = await begun(SCRIPT, { tools: [SEARCH, TIDES], unavailable: DOWN });
    const other = { ...TIDES, description: 'another one', input_schema: { type: 'object' } as const };
    const again = await goOn(made.slice(0, 1), { tools: [SEARCH, other] });
    expect(JSON.stringify(again.model.requests)).toBe(JSON.stringify(model.requests));
    expect(again.found.cut).toEqual(['tools of sea: nobody answers']);
  });

  test('is refused an address by a tool that is gone as it was by the one that was there', async () => {
    const fetcher = { ...toolOf('fetch_page', { text: TEXT, found: [], failed: false }), addresses: ['url'] };
    const script = [use(['fetch_page', { url: 'https://a.example/made-up' }]), ...SCRIPT.slice(0, 1), DONE];
    const { made, goOn } = await begun(script, { tools: [SEARCH, fetcher] });
    const again = await goOn(made, { tools: [SEARCH] });
    expect([again.made, again.model.requests]).toEqual([made, []]);
  });

  test('fails without documents and tools, and looks again the next time', async () => {
    const before = desk();
    await expect(findings(before, scripted([]), { unavailable: DOWN })).rejects.toMatchObject({
      code: 'TOOL_UNAVAILABLE',
      message: 'belter-1 has neither documents nor tools: tools of sea: nobody answers',
    });
    expect(before.calls.made).toEqual([]);
  });
});

describe('a plan that is begun again with other tools', () => {
  const PLAN = {
    shape: 'survey',
    subtasks: [{ objective: 'How?', boundaries: '', expected: '', queries: ['log'], domain: null }],
  };
  const WIKI = toolOf('search_wiki', { text: 'A log is a trunk.', found: [], failed: false });

  async function planned(earlier: readonly MadeCall[], tools: readonly AgentTool[], change: Partial<PlanRequest> = {}) {
    const at = desk({ earlier });
    const [domain = null] = change.domains ?? [];
    const model = scripted([{ text: JSON.stringify({ ...PLAN, subtasks: [{ ...PLAN.subtasks[0], domain }] }) }]);
    const request: PlanRequest = {
      task: 'How does the store work?',
      context: null,
      agents: null,
      by_domain: false,
      domains: null,
      earlier: [],
      corpus: { corpus_id: 'corpus', sources: [] },
      library: library({}),
      signal: at.stop.signal,
      ...change,
    };
    const plan = await thinker(at, [model], { tools }).plan(request, at.bench);
    return { plan, model, made: at.calls.made };
  }

  test('is grounded in what was found before, and not made twice', async () => {
    const first = await planned([], [SEARCH]);
    expect(first.made.map(({ key }) => key)).toEqual(['tools', 'ground/web_search', 'plan']);
    expect(await planned(first.made, [WIKI])).toMatchObject({ plan: first.plan, made: [], model: { requests: [] } });
    const none = await planned([], []);
    expect(await planned(none.made, [WIKI])).toMatchObject({ plan: none.plan, made: [], model: { requests: [] } });
  });

  test('does without a search that had not answered and is gone', async () => {
    const first = await planned([], [SEARCH]);
    const { model } = await planned(first.made.slice(0, 1), [WIKI]);
    expect(model.requests[0]?.messages[0]?.text).toContain('web_search is not available any more');
  });

  test('keeps the domains it was begun with', async () => {
    const change = { by_domain: true, domains: ['news'] } as const;
    const first = await planned([], [SEARCH], change);
    expect(asking(first.made).map(({ key }) => key)).toEqual(['ground/web_search', 'plan']);
    const again = await planned(first.made, [], change);
    expect(again).toMatchObject({ plan: first.plan, made: [], model: { requests: [] } });
    expect(first.plan.subtasks.map(({ domain }) => domain)).toEqual(['news']);
  });
});
