import { describe, expect, test } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import type { Plan, Subtask } from '../../../../src/core/plan.ts';
import type { Domain } from '../../../../src/core/source.ts';
import type { PlanRequest } from '../../../../src/providers/providers.ts';
import { scripted, type TestModel } from '../../../support/cassette.ts';
import { type Desk, desk, library, type Outside, sourceOf, thinker, toolOf } from '../../../support/thinking.ts';

const TEXTS = { s1: 'The log is written before the data.', s2: 'Readers never wait for a writer.' };

interface Said {
  readonly objective: string;
  readonly queries?: readonly string[];
  readonly domain?: Domain | null;
  readonly boundaries?: string;
  readonly expected?: string;
}

function said(...subtasks: readonly Said[]): { readonly text: string } {
  const full = subtasks.map((each) => ({
    boundaries: '',
    expected: '',
    queries: [each.objective],
    domain: null,
    ...each,
  }));
  return { text: JSON.stringify({ shape: 'survey', subtasks: full }) };
}

const LOG = { objective: 'How is the log written?', queries: ['log'] };
const READERS = { objective: 'Why do readers never wait?', queries: ['readers'] };

function planned(
  on: Desk,
  model: TestModel,
  {
    change,
    texts = TEXTS,
    ...outside
  }: Outside & { readonly change?: Partial<PlanRequest>; readonly texts?: Readonly<Record<string, string>> } = {},
): Promise<Plan> {
  const sources = Object.entries(texts).map(([id, text]) => sourceOf(id, text, id === 's1' ? 'technical' : 'news'));
  const request: PlanRequest = {
    task: 'How does the store work?',
    context: null,
    agents: null,
    by_domain: false,
    domains: null,
    earlier: [],
    corpus: { corpus_id: 'corpus', sources },
    library: library(texts),
    signal: on.stop.signal,
    ...change,
  };
  return thinker(on, [model], outside).plan(request, on.bench);
}

const SEARCH = toolOf('web_search', { text: 'Stores have logs.', found: [], failed: false });
const NONE = { texts: {} };

describe('a plan', () => {
  test('has the objectives of the model with what bounds them, and is grounded in the documents', async () => {
    const model = scripted([said({ ...LOG, boundaries: 'Not the readers.', expected: 'The order.' }, READERS)]);
    const plan = await planned(desk(), model, {
      change: { task: 'How is the log read?', context: 'I use version 3.' },
    });
    expect(plan).toEqual({
      shape: 'survey',
      subtasks: [
        { agent_id: 'belter-1', ...LOG, domain: null, boundaries: 'Not the readers.', expected: 'The order.' },
        { agent_id: 'belter-2', ...READERS, domain: null },
      ],
      missing: [],
    });
    const [brief] = model.requests[0]?.messages ?? [];
    for (const text of ['Title of s1', 'technical 1', 'log (1)', TEXTS.s1, 'version 3', 'at most 8']) {
      expect(brief?.text).toContain(text);
    }
    expect(brief?.text).not.toContain('secret');
  });

  test('without documents is grounded in one search of a tool', async () => {
    const on = desk();
    const model = scripted([said(LOG)]);
    await planned(on, model, {
      ...NONE,
      tools: [toolOf('calculator', { text: '', found: [], failed: false }), SEARCH],
    });
    expect(model.requests[0]?.messages[0]?.text).toContain('Stores have logs.');
    expect(on.calls.made.map(({ key, share }) => [key, share])).toEqual([
      ['ground/web_search', 'plan'],
      ['plan', 'plan'],
    ]);
  });

  test('without documents and searches is made from the question alone', async () => {
    const plan = await planned(desk(), scripted([said(LOG)]), NONE);
    expect(plan.subtasks).toHaveLength(1);
  });

  test('with two that look for the same is sent back once, with which', async () => {
    const on = desk();
    const again = { objective: 'Written how is the log?', queries: ['write-ahead'] };
    const model = scripted([said(LOG, again, READERS), said(LOG, READERS)]);
    const plan = await planned(on, model);
    expect(plan.subtasks.map(({ objective }) => objective)).toEqual([LOG.objective, READERS.objective]);
    expect(model.requests[1]?.messages.at(-1)?.text).toContain('subtask 2 looks for the same as subtask 1');
    expect(on.calls.made.map(({ key }) => key)).toEqual(['plan', 'plan-2']);
  });

  test('that still has too many that overlap is mended by code', async () => {
    const same = { objective: 'What is written ahead?', queries: ['LOG', 'journal'] };
    const reply = said(LOG, same, READERS, { objective: 'What is a page?' });
    const plan = await planned(desk(), scripted([reply, reply]), { change: { agents: 2 } });
    expect(plan.subtasks.map(({ agent_id, queries }) => [agent_id, queries])).toEqual([
      ['belter-1', ['log', 'LOG', 'journal']],
      ['belter-2', ['readers']],
    ]);
  });

  test('has no more agents than there is a budget for, and the model knows', async () => {
    const model = scripted([said(LOG, READERS), said(LOG, READERS)]);
    const { subtasks } = await planned(desk(), model, { change: { most: 1 } });
    expect(subtasks.map(({ objective }) => objective)).toEqual([LOG.objective]);
    expect(model.requests[0]?.messages[0]?.text).toContain('at most 1.');
    expect(model.requests[1]?.messages.at(-1)?.text).toContain('it has 2 subtasks, and 1 are allowed');
  });

  test('that cannot be asked for again is mended as it is', async () => {
    const budget = { max_microusd: null, max_tokens: 50_000 };
    const on = desk({ budget });
    const plan = await planned(on, scripted([said(LOG, LOG)]), { change: { context: 'x'.repeat(2_000) } });
    expect(plan.subtasks).toHaveLength(1);
    expect(on.calls.made).toHaveLength(1);
  });

  test('keeps earlier subtasks and plans only what is new', async () => {
    const earlier: readonly Subtask[] = [{ agent_id: 'belter-1', ...LOG, domain: null }];
    const model = scripted([said(LOG, READERS), said(READERS)]);
    const plan = await planned(desk(), model, { change: { earlier, agents: 3 } });
    expect(plan.subtasks).toEqual([...earlier, { agent_id: 'belter-2', ...READERS, domain: null }]);
    expect(model.requests[0]?.messages[0]?.text).toMatch(
      /at most 2\.[\s\S]*not to be planned again:\n- How is the log written\?/,
    );
    const none = await planned(desk(), scripted([]), { change: { earlier, agents: 1 } });
    expect(none.subtasks).toEqual(earlier);
  });
});

describe('by domain', () => {
  const change = { by_domain: true, domains: ['technical', 'news', 'video'] as const };

  test('there are agents only where there are documents or tools, and the report says what is missing', async () => {
    const model = scripted([
      said({ ...LOG, domain: 'technical' }, { ...LOG, domain: 'news' }, { ...READERS, domain: 'news' }),
    ]);
    const unavailable = [{ what: 'video search', why: 'no server is configured' }];
    const plan = await planned(desk(), model, { change, unavailable });
    expect(plan.subtasks.map(({ agent_id }) => agent_id)).toEqual(['technical-1', 'news-1', 'news-2']);
    const why = 'no video sources among the 2 collected; video search: no server is configured';
    expect(plan.missing).toEqual([{ what: 'video sources', why }]);
    expect(plan.cut).toBeUndefined();
    expect(model.requests[0]?.output?.schema).toMatchObject({ type: 'object' });
    expect(JSON.stringify(model.requests[0]?.output)).toContain('"enum":["technical","news"]');
  });

  test('there is nothing to plan where no domain has anything', async () => {
    const plan = await planned(desk(), scripted([]), { change, ...NONE });
    expect([plan.subtasks, plan.missing.map(({ what }) => what)]).toEqual([
      [],
      ['technical sources', 'news sources', 'video sources'],
    ]);
    const any = await planned(desk(), scripted([]), { change: { by_domain: true }, ...NONE });
    expect(any.missing).toEqual([{ what: 'any domain', why: 'there are neither documents nor tools' }]);
  });
});

describe('where the model gives no plan', () => {
  const broke = { max_microusd: null, max_tokens: 100 };
  const tooLong = new Fault('CONTEXT_TOO_LONG', 'it is too long');
  const cases = [
    ['the budget allows none', () => [], broke, 'could pass the cap'],
    ['none of its answers is a plan', () => [{ text: 'no' }, { text: 'no' }], undefined, 'no valid answer'],
    ['the question is too long for it', () => [tooLong], undefined, 'too long'],
  ] as const;

  test.each(cases)('because %s, the documents do, and the report says so', async (...[, script, budget, why]) => {
    const on = desk(budget === undefined ? {} : { budget });
    const plan = await planned(on, scripted(script()));
    expect(plan.subtasks.length).toBeGreaterThan(0);
    expect(plan.missing).toEqual([{ what: 'a plan by cassette/test', why: expect.stringContaining(why) }]);
    expect(plan.cut).toEqual([expect.stringContaining(why)]);
  });

  test('and there are no documents, the question is not divided', async () => {
    const plan = await planned(desk({ budget: broke }), scripted([]), { ...NONE, tools: [SEARCH] });
    expect(plan.subtasks).toMatchObject([{ agent_id: 'belter-1', objective: 'How does the store work?' }]);
    expect(plan.missing).toMatchObject([{ why: expect.stringContaining('the question was not divided') }]);
    const domains = { by_domain: true, domains: ['news', 'technical'] as const };
    const swarm = await planned(desk({ budget: broke }), scripted([]), { ...NONE, tools: [SEARCH], change: domains });
    expect(swarm.subtasks.map(({ agent_id }) => agent_id)).toEqual(['news-1', 'technical-1']);
  });

  test.each([
    ['the provider fails', new Fault('PROVIDER_REFUSED', 'the key is wrong')],
    ['our own store fails', new Fault('STORE_READ_ONLY', 'no')],
  ])('because %s, there is none', async (_, fault) => {
    await expect(planned(desk(), scripted([fault]))).rejects.toBe(fault);
  });

  test('because it was stopped, there is none', async () => {
    const on = desk();
    on.stop.abort(new Error('cancelled'));
    await expect(planned(on, scripted([]))).rejects.toThrow('cancelled');
  });
});
