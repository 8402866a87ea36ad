import { describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/core/clock.ts';
import type { LanguageModel, ModelRequest } from '../../../src/providers/language-model.ts';
import type { Model } from '../../../src/providers/providers.ts';
import { extractiveModel } from '../../../src/providers/models/extractive/extractive.ts';
import { thinkingModel } from '../../../src/research/thinking/thinking.ts';
import { type Reply, scripted, TEST_PRICE } from '../../support/cassette.ts';
import { eventually, untilAborted } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { finished, ME, orchestra, type Orchestra, type OrchestraOptions, report } from '../../support/orchestra.ts';
import { local, remote } from '../../support/served.ts';
import { DONE, note, type Outside, page, toolOf, use } from '../../support/thinking.ts';

const TEXT = 'The log is written before the data. A checkpoint copies it back.';
const SEARCH = toolOf('web_search', { text: TEXT, found: [page(TEXT)], failed: false });
const THINKING = { model: 'cassette/test', prices: { 'cassette/test': TEST_PRICE } };
const WEB = { settings: { ...THINKING, sources: [], network: 'on' } } as const;

const FAR = remote('far', 'https://tools.example/mcp');

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

/** That search, for so many micro-dollars. */
const priced = (microusd: number) => ({ ...SEARCH, price: () => microusd });

/** Plans two agents; each searches, notes and is done. */
function replies({ output, messages }: ModelRequest): Reply {
  if (output !== null) return { text: JSON.stringify(PLAN) };
  const turn = messages.filter(({ role }) => role === 'assistant').length;
  const agent = /logs? is written|log written/.test(messages[0]?.text ?? '') ? 1 : 2;
  if (turn === 0) return use(['web_search', { query: `query ${agent}` }]);
  const quote = agent === 1 ? 'The log is written before the data.' : 'A checkpoint copies it back.';
  return note(`belter-${agent}.s1`, quote, { done: true });
}

/** Asks `model` for everything. */
function thinkingWith(model: LanguageModel, { tools = [SEARCH], unavailable = [] }: Outside = {}) {
  const toolbox = { open: async () => ({ tools, unavailable }) };
  return (clock: Clock): Model => {
    const byCode = extractiveModel();
    const thinks = thinkingModel(model.name, { models: () => model, toolbox, clock, byCode });
    // How a report is written with a model is tested by itself.
    return { ...thinks, merge: (request) => byCode.merge(request), compose: (request) => byCode.compose(request) };
  };
}

function thinking(
  options: OrchestraOptions = WEB,
  {
    reply = replies,
    ...outside
  }: Outside & { readonly reply?: (request: ModelRequest) => Reply | Promise<Reply> } = {},
): Promise<Orchestra> {
  return orchestra({ files: { 'example.org/page': TEXT }, ...options, model: thinkingWith(scripted(reply), outside) });
}

describe('a workflow without documents', () => {
  test('is researched with tools, and its report cites what they brought', async () => {
    const on = await thinking();
    const task_id = await finished(on);
    const view = await report(on, task_id);
    expect(view).toMatchObject({ status: 'completed', completeness: 'full', missing: [] });
    expect(view.sources).toMatchObject([{ source_id: 'belter-1.s1', location: 'example.org/page:1' }]);
    expect(view.claims?.map(({ agent_id }) => agent_id)).toContain('belter-1');
    const stored = await on.store.sources.list(task_id);
    expect(stored.map(({ source_id }) => source_id)).toEqual(['belter-1.s1', 'belter-2.s1']);
    expect(await on.orchestrator.audit(task_id, ME)).toMatchObject({ sound: true });
    expect(await on.orchestrator.replay(task_id, ME)).toMatchObject({ same: true });
  });

  test('that finds nothing says that there were none', async () => {
    const on = await thinking(WEB, {
      reply: ({ output }) => (output === null ? DONE : { text: JSON.stringify(PLAN) }),
    });
    const view = await report(on, await finished(on));
    expect(view.status).toBe('completed');
    expect(view.text).toContain('Nothing found: there were no documents');
  });

  test('says what its agents did without, once', async () => {
    const unavailable = [{ what: 'scholarly search', why: 'nobody answers' }];
    const on = await thinking(WEB, { unavailable });
    const view = await report(on, await finished(on));
    expect(view.completeness).toBe('partial');
    expect(view.missing).toEqual([{ what: '2 of 2 objectives', why: 'scholarly search: nobody answers' }]);
  });

  test('goes on as one without documents, also where some are configured by now', async () => {
    const on = await thinking();
    const task_id = await finished(on);
    const next = await on.orchestrator.resume(task_id, ME, { agents: 3 });
    expect((await on.store.workflows.get(next.task_id ?? ''))?.config.roots).toEqual([]);
  });

  test('has its searches on the bill where they cost something, and makes none that its cap has no room for', async () => {
    const on = await thinking(WEB, { tools: [priced(5_000)] });
    const { spend } = await report(on, await finished(on));
    expect(spend.by_model.map(({ model }) => model)).toEqual(['web_search', 'cassette/test']);
    // One for the plan, one for each of two agents.
    expect(spend.by_model[0]).toMatchObject({ cost_usd: 0.015, tokens: 0, model_calls: 0 });
    const sum = spend.by_model.reduce((before, { cost_usd }) => before + (cost_usd ?? Number.NaN), 0);
    expect(spend.cost_usd).toBeCloseTo(sum, 9);

    const dear = await thinking(WEB, { tools: [priced(900_000)] });
    const task_id = await finished(dear, { task: 'How?', budget: { max_cost_usd: 1 } });
    const calls = await dear.store.calls.list(task_id);
    expect(calls.filter(({ name }) => name === 'web_search')).toEqual([]);
    expect((await dear.orchestrator.status(task_id, ME)).error?.code).toBe('BUDGET_EXHAUSTED');
  });

  test('may have nothing but a server of tools on this machine; without the network, too', async () => {
    const settings = { ...WEB.settings, network: 'off', mcp_servers: [local('sea', [])] } as const;
    const on = await thinking({ settings });
    expect(await report(on, await finished(on))).toMatchObject({ status: 'completed', completeness: 'full' });
  });

  test('fails and says why where none of its servers can be used', async () => {
    const settings = { ...WEB.settings, network: 'off', mcp_servers: [local('sea', [])] } as const;
    const on = await thinking({ settings }, { tools: [], unavailable: [{ what: 'tools of sea', why: 'it ended' }] });
    const task_id = await finished(on);
    const { status, error } = await on.orchestrator.status(task_id, ME);
    expect(status).toBe('failed');
    expect(error?.message).toContain('has neither documents nor tools: tools of sea: it ended');
  });

  test.each([
    ['it has a server of tools on another machine alone', { ...WEB.settings, network: 'off', mcp_servers: [FAR] }],
    [
      'its model does not think, whatever servers there are',
      { ...WEB.settings, model: 'extractive', mcp_servers: [FAR] },
    ],
    ['its model does not think', { ...WEB.settings, model: 'extractive' }],
    ['it may not use the network', { ...WEB.settings, network: 'off' }],
  ] as const)('is refused where %s', async (_, settings) => {
    const on = await thinking({ settings });
    await expect(on.orchestrator.start({ task: 'How?' }, ME)).rejects.toMatchObject({ code: 'NO_SOURCES' });
  });
});

test('documents stay the corpus whatever agents bring beside them', async () => {
  const on = await thinking({
    settings: { ...THINKING, network: 'on' },
    files: { 'example.org/page': `${TEXT} Readers.` },
  });
  const task_id = await finished(on);
  const stored = await on.store.sources.list(task_id);
  expect(stored.map(({ source_id }) => source_id)).toEqual(['belter-1.s1', 'belter-2.s1', 's1'].sort());
  const view = await on.orchestrator.result(task_id, ME, {});
  expect(view.text).toContain('[1]');
  expect(await on.orchestrator.replay(task_id, ME)).toMatchObject({ same: true });
});

test('an agent that is left in the middle of a tool goes on behind its last call: nothing is bought twice', async () => {
  const whole = scripted(replies);
  const before = await orchestra({ ...WEB, files: {}, model: thinkingWith(whole) });
  const expected = await before.orchestrator.result(await finished(before), ME, {});

  const folder = await temporaryFolder();
  const file = `${folder}/shared.db`;
  const [first, second] = [scripted(replies), scripted(replies)];
  const reached = Promise.withResolvers<void>();
  const hanging = toolOf('web_search', async ({ query }, { signal }) => {
    if (query === 'query 1') return untilAborted(signal);
    reached.resolve();
    return SEARCH.run({ query: 'query 2' }, { signal, idempotency_key: '' });
  });
  const dying = await orchestra({ ...WEB, file, files: {}, model: thinkingWith(first, { tools: [hanging] }) });
  const { task_id = '' } = await dying.orchestrator.start({ task: 'How?' }, ME);
  await dying.clock.advance(1_000);
  await reached.promise;
  await dying.orchestrator.close();

  const clock = new FakeClock(dying.clock.now() + 60_000);
  const next = await orchestra({ ...WEB, file, clock, files: {}, model: thinkingWith(second) });
  await clock.advance(20_000);
  await eventually(async () => (await next.orchestrator.status(task_id, ME)).progress === 1, 'it ends');
  const view = await next.orchestrator.result(task_id, ME, {});
  expect([view.status, view.text]).toEqual(['completed', expected.text]);
  expect(first.requests.length + second.requests.length).toBe(whole.requests.length);
  expect(second.requests.length).toBeGreaterThan(0);
});

/** Agents that wait, once they have searched, until all of them are let go. */
async function waiting() {
  const gate = Promise.withResolvers<void>();
  const met: ModelRequest[] = [];
  let holds = false;
  const on = await thinking(WEB, {
    reply: async (request) => {
      if (holds && request.output === null && request.messages.length > 1) {
        met.push(request);
        await gate.promise;
      }
      return replies(request);
    },
  });
  const hold = (): void => {
    holds = true;
  };
  /** Lets them go, and gives the report of this one. */
  const reported = async (task_id: string) => {
    gate.resolve();
    await eventually(async () => (await on.orchestrator.status(task_id, ME)).progress === 1, `${task_id} ends`);
    return report(on, task_id);
  };
  return { on, met, hold, reported };
}

describe('a page that two workflows have met', () => {
  const WHOLE = { status: 'completed', completeness: 'full', missing: [], citations: { total: 2 } };

  test('stays for the one that reads it when the other one, which stored it, is erased', async () => {
    const { on, met, hold, reported } = await waiting();
    const first = await finished(on);
    hold();
    const { task_id = '' } = await on.orchestrator.start({ task: 'How is all that written?' }, ME);
    await eventually(() => met.length === 2, 'both agents have met the page');
    await on.orchestrator.delete(first, ME);
    expect(await reported(task_id)).toMatchObject(WHOLE);
  });

  test('stays for the one that goes on from the other, and never asks for it again', async () => {
    const { on, met, hold, reported } = await waiting();
    hold();
    const { task_id: first = '' } = await on.orchestrator.start({ task: 'How is all that written?' }, ME);
    await eventually(() => met.length === 2, 'both agents have met the page');
    await on.orchestrator.cancel(first, ME, {});
    await eventually(async () => (await on.orchestrator.status(first, ME)).status === 'cancelled', 'it is cancelled');
    const { task_id = '' } = await on.orchestrator.resume(first, ME, {});
    await eventually(() => met.length === 4, 'both agents have taken it over');
    await on.orchestrator.delete(first, ME);
    expect(await reported(task_id)).toMatchObject(WHOLE);
    const searches = (await on.store.calls.list(task_id)).filter(({ name }) => name === 'web_search');
    expect(searches.map(({ adopted_from }) => adopted_from)).toEqual([first, first]);
  });
});
