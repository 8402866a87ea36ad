import { describe, expect, test } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import type { AgentTool } from '../../../../src/providers/agent-tool.ts';
import { outsideTool } from '../../../../src/research/thinking/outside-tool.ts';
import { scripted, type TestModel } from '../../../support/cassette.ts';
import { desk, DONE, findings, note, page, toolOf, use } from '../../../support/thinking.ts';

const ASK = use(['web_search', { query: 'log' }]);

function results(model: TestModel, turn = -1): readonly { readonly text: string; readonly failed: boolean }[] {
  return (model.requests.at(turn)?.messages ?? []).flatMap((each) =>
    each.role === 'tool' ? [{ text: each.text, failed: each.failed }] : [],
  );
}

async function asked(tool: AgentTool, script = [ASK, DONE]) {
  const on = desk();
  const model = scripted(script);
  const found = await findings(on, model, { tools: [tool] });
  return { on, model, found };
}

describe('a text that a tool brings', () => {
  const text = `${'Padding. '.repeat(5_000)}The end of the log is marked by a zero.`;
  const tool = toolOf('web_search', { text, found: [page(text, 'Logs')], failed: false });
  const quote = 'The end of the log is marked by a zero.';

  test('gets an id of the agent, is shown in part, opened further, and is a source once quoted', async () => {
    const read = use(['read_source', { source_id: 'belter-1.s1', offset: 45_000 - 500 }]);
    const { model, found, on } = await asked(tool, [ASK, read, note('belter-1.s1', quote, { done: true })]);
    const [first, second] = results(model);
    expect(first?.text.length).toBeLessThan(8_600);
    expect(first?.text).toMatch(
      /more characters, to be opened with read_source\nTo be quoted as, in this order:\nbelter-1\.s1: Logs/,
    );
    expect(second?.text).toContain(quote);
    expect(found.sources).toMatchObject([
      { source_id: 'belter-1.s1', location: 'example.org/page', characters: text.length },
    ]);
    expect(found.claims).toMatchObject([{ source_id: 'belter-1.s1', quote, start: 45_000 }]);
    const recorded = on.calls.made.find(({ name }) => name === 'web_search');
    expect(JSON.stringify(recorded?.output).length).toBeLessThan(9_000);
    expect([...on.kept.keys()]).toEqual([page(text).sha256]);
  });

  test('and is not quoted becomes no source', async () => {
    const { found } = await asked(tool);
    expect(found.sources).toEqual([]);
  });

  test('twice is one source', async () => {
    const script = [ASK, use(['web_search', { query: 'other' }]), note('belter-1.s2', quote), DONE];
    const { model } = await asked(tool, script);
    expect(results(model).at(-1)?.text).toContain('no source of that id; there are belter-1.s1');
  });

  test('of five megabytes hurts nobody, also where the tool names no text of its own', async () => {
    const huge = 'x'.repeat(5_000_000);
    const big = toolOf('web_search', { text: huge, found: [], failed: false });
    const script = [use(['web_search', { query: 'a' }], ['web_search', { query: 'b' }]), DONE];
    const { model, on } = await asked(big, script);
    expect(JSON.stringify(model.requests).length).toBeLessThan(40_000);
    expect(JSON.stringify(on.calls.made).length).toBeLessThan(40_000);
    expect(results(model)[0]?.text).toContain('belter-1.s1: result of web_search (1000000 characters)');
  });
});

/** What is kept free for a run of the tool, and what is on the bill; null: nobody counted. `wait`: milliseconds until it is looked at. */
async function bill(tool: AgentTool, wait = 0) {
  const at = desk();
  const bills: { readonly most: number | null; readonly spent: number | null }[] = [];
  const make: typeof at.calls.make = (call) =>
    at.calls.make({
      ...call,
      run: async (attempt) => {
        const called = await call.run(attempt);
        bills.push({ most: call.most.microusd, spent: called.spent?.microusd ?? null });
        return called;
      },
    });
  const run = outsideTool(tool, {
    bench: { ...at.bench, calls: { make, recorded: (call) => at.calls.recorded(call) } },
    clock: at.clock,
    signal: at.stop.signal,
    share: 'research',
  });
  const running = run.run({ query: 'log' }, 'turn-1/web_search-1');
  await at.clock.advance(wait);
  await running;
  return bills;
}

const price = (): number => 5_000;

describe('a tool that is charged for', () => {
  const answers = toolOf('web_search', { text: 'Logs.', found: [], failed: false });

  test('has its price kept free, and on the bill once it answered', async () => {
    expect(await bill({ ...answers, price })).toEqual([{ most: 5_000, spent: 5_000 }]);
    expect(await bill(answers)).toEqual([{ most: 0, spent: 0 }]);
  });

  test('costs nothing where it refused, and what was kept free where nobody knows', async () => {
    const refusing = toolOf('web_search', { text: 'no such key', found: [], failed: true });
    expect(await bill({ ...refusing, price })).toEqual([{ most: 5_000, spent: 0 }]);
    const deaf = toolOf('web_search', () => new Promise(() => undefined));
    expect(await bill({ ...deaf, price }, deaf.timeout_ms)).toEqual([{ most: 5_000, spent: null }]);
    expect(await bill(deaf, deaf.timeout_ms)).toEqual([{ most: 0, spent: 0 }]);
  });
});

describe('a tool that fails', () => {
  test.each([
    ['by saying so', { text: 'HTTP 404', found: [], failed: true }, /HTTP 404/],
    ['by throwing', () => Promise.reject(new Error('socket hang up')), /web_search failed: socket hang up/],
    ['for good', () => Promise.reject(new Fault('ADDRESS_REFUSED', '127.0.0.1 is local')), /127\.0\.0\.1 is local/],
  ] as const)('%s is told to the model', async (_, run, expected) => {
    const { model, on } = await asked(toolOf('web_search', run));
    expect(results(model)[0]).toMatchObject({ failed: true, text: expect.stringMatching(expected) });
    expect(on.calls.made.filter(({ name }) => name === 'web_search')).toHaveLength(1);
  });

  test('for a while is tried again before the model is told', async () => {
    let tries = 0;
    const tool = toolOf('web_search', () => {
      tries += 1;
      return Promise.reject(new Fault('PROVIDER_LIMITED', 'slow down'));
    });
    const { model } = await asked(tool);
    expect(tries).toBe(3);
    expect(results(model)[0]).toMatchObject({ failed: true, text: expect.stringContaining('slow down') });
  });

  test('may be asked the same again', async () => {
    let tries = 0;
    const tool = toolOf('web_search', async () => {
      tries += 1;
      return { text: `try ${tries}`, found: [], failed: tries === 1 };
    });
    const { model } = await asked(tool, [ASK, ASK, DONE]);
    expect(results(model).map(({ failed }) => failed)).toEqual([true, false]);
  });

  test('all the time ends no agent before its turns are up', async () => {
    const tool = toolOf('web_search', { text: 'HTTP 500', found: [], failed: true });
    const { found } = await asked(
      tool,
      Array.from({ length: 12 }, (_, n) => use(['web_search', { query: `q${n}` }])),
    );
    expect(found).toMatchObject({ claims: [], cut: ['its 12 turns were up'] });
  });

  test('to answer in time is told so, and left behind if it does not listen', async () => {
    const on = desk();
    const deaf = toolOf('web_search', () => new Promise(() => undefined));
    const model = scripted([ASK, DONE]);
    const running = findings(on, model, { tools: [deaf] });
    await on.clock.advance(deaf.timeout_ms);
    await running;
    expect(results(model)[0]).toMatchObject({ failed: true, text: expect.stringContaining('no answer within 10 s') });
    expect(on.clock.waiting).toBe(0);
  });

  test('because the agent is stopped is not told but ends it', async () => {
    const on = desk();
    const tool = toolOf('web_search', (_, { signal }) => {
      on.stop.abort(new Error('cancelled'));
      return Promise.reject(signal.reason as Error);
    });
    await expect(findings(on, scripted([ASK, DONE]), { tools: [tool] })).rejects.toThrow('cancelled');
  });

  test('in the store ends the agent', async () => {
    const on = desk();
    const full = new Fault('STORE_FULL', 'no room', { retryable: false });
    const bench = { ...on.bench, texts: { ...on.bench.texts, keep: () => Promise.reject(full) } };
    const tool = toolOf('web_search', { text: 'page', found: [page('page')], failed: false });
    await expect(findings({ ...on, bench }, scripted([ASK, DONE]), { tools: [tool] })).rejects.toBe(full);
  });
});

describe('a call', () => {
  const tool = toolOf('web_search', { text: 'found', found: [], failed: false });
  const told = async (name: string, input: Parameters<AgentTool['run']>[0]): Promise<string> => {
    const { model } = await asked(tool, [use([name, input]), DONE]);
    return results(model)[0]?.text ?? '';
  };

  test.each([
    ['of a tool there is not', 'shell', { command: 'ls' }, /no such tool; there are read_source, web_search, note/],
    ['with an input of another type', 'read_source', { source_id: 7 }, /source_id/],
    [
      'of a source there is not',
      'read_source',
      { source_id: '../../etc/passwd' },
      /no source of that id; there are none yet/,
    ],
    ['of a note that is none', 'note', { claims: 'all' }, /claims/],
  ])('%s is an answer, not an end', async (...[, name, input, expected]) => {
    expect(await told(name, input)).toMatch(expected);
  });

  test('whose input is no JSON object is told so', async () => {
    const broken = { id: 'x', name: 'web_search', input: null, raw: '{"query": ' };
    const answer = { text: '', tool_uses: [broken], opaque: null, stop: 'tools', usage: null, model: 'test' } as const;
    const model = scripted([{ kind: 'answered', answer }, DONE]);
    await findings(desk(), model, { tools: [tool] });
    expect(results(model)[0]).toEqual({ text: 'the input is not a JSON object', failed: true });
  });

  test('runs beside the others of its turn, and not beyond the most of one', async () => {
    let running = 0;
    let most = 0;
    const slow = toolOf('web_search', async ({ query }) => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      return { text: JSON.stringify(query), found: [], failed: false };
    });
    const calls = Array.from({ length: 10 }, (_, n) => ['web_search', { query: `q${n}` }] as const);
    const { model, on } = await asked(slow, [use(...calls), DONE]);
    expect(most).toBe(8);
    expect(results(model).map(({ failed }) => failed)).toEqual([...Array<boolean>(8).fill(false), true, true]);
    expect(on.calls.made.map(({ key }) => key)).toContain('turn-1/web_search-8');
  });
});

test('a conversation keeps within what its model takes: the oldest results go first', async () => {
  const tool = toolOf('web_search', async ({ query }) => ({
    text: `${JSON.stringify(query)} ${'z'.repeat(3_000)}`,
    found: [],
    failed: false,
  }));
  const script = [...['a', 'b', 'c', 'd'].map((query) => use(['web_search', { query }])), DONE];
  const model = scripted(script, { context_tokens: 5_000 });
  await findings(desk(), model, { tools: [tool] });
  const lengths = results(model).map(({ text }) => text.length > 100);
  expect(lengths.at(-1)).toBe(true);
  expect(lengths[0]).toBe(false);
  expect(JSON.stringify(model.requests.at(-1)?.messages).length).toBeLessThan(12_000);
});

test('what an agent has to do without is told to it and to the reader', async () => {
  const unavailable = [{ what: 'web search', why: 'no provider is configured' }];
  const tool = toolOf('encyclopedia', { text: 'found', found: [], failed: false });
  const model = scripted([DONE]);
  const found = await findings(desk(), model, { tools: [tool], unavailable });
  expect(found.cut).toEqual(['web search: no provider is configured']);
  expect(model.requests[0]?.messages[0]?.text).toContain('web search: no provider is configured');
});
