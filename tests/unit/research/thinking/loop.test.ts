import { describe, expect, test } from 'vitest';
import { NO_USAGE } from '../../../../src/core/call.ts';
import { Fault } from '../../../../src/core/errors.ts';
import { verifyClaims } from '../../../../src/research/evidence/verify.ts';
import { TIMEOUTS } from '../../../../src/research/journal.ts';
import { asking } from '../../../support/recorded-calls.ts';
import { scripted, type TestModel } from '../../../support/cassette.ts';
import {
  desk,
  DONE,
  findings,
  note,
  page,
  researchRequest,
  sourceOf,
  SUBTASK,
  thinker,
  toolOf,
  use,
} from '../../../support/thinking.ts';

const TEXTS = {
  s1: 'The log is written before the data.\nA checkpoint copies it back after 1,000 pages.',
  s2: 'Readers never wait for a writer.',
};
const QUOTE = 'The log is written before the data.';
const SEARCH = use(['search_documents', { query: 'log' }]);
const on = () => desk({ texts: Object.values(TEXTS) });

/** What tools answered in the last request. */
function results(model: TestModel, turn = -1): readonly string[] {
  return (model.requests.at(turn)?.messages ?? []).flatMap((each) => (each.role === 'tool' ? [each.text] : []));
}

describe('an agent', () => {
  test('searches, reads, notes with quotes and is done; every call is under a key of its turn', async () => {
    const at = on();
    const read = use(['read_source', { source_id: 's1' }]);
    const model = scripted([SEARCH, read, note('s1', QUOTE, { gaps: ['Nothing on speed.'], done: true })]);
    const found = await findings(at, model, { texts: TEXTS });
    expect(found.claims).toEqual([
      {
        claim_id: 'belter-1.1',
        agent_id: 'belter-1',
        source_id: 's1',
        text: `It says: ${QUOTE}`,
        quote: QUOTE,
        start: 0,
        end: QUOTE.length,
        label: 'unsupported',
        location: 'secret/path/s1.txt:1',
        heading: 'Notes',
        score: 0.9,
        objective: SUBTASK.objective,
      },
    ]);
    expect(found).toMatchObject({ gaps: ['Nothing on speed.'], cut: [], sources: [], rejected: 0 });
    expect(found.passages).toMatchObject([{ passage_id: 'belter-1.p1', source_id: 's1', start: 0 }]);
    const keys = asking(at.calls.made).map(({ key }) => key);
    expect(keys).toEqual(['turn-1', 'turn-1/search_documents-1', 'turn-2', 'turn-3']);
    const sources = new Map(Object.entries(TEXTS).map(([id, text]) => [id, sourceOf(id, text)]));
    const verified = await verifyClaims(found.claims, sources, (source) => at.bench.texts.read(source));
    expect(verified).toMatchObject({ rejected: [], claims: [{ quote: QUOTE }] });
  });

  test('gets its objective with what bounds it, and never a path or an address of the documents', async () => {
    const subtask = { ...SUBTASK, boundaries: 'Not the speed.', expected: 'The order of writes.' };
    const model = scripted([SEARCH, DONE]);
    await findings(on(), model, { texts: TEXTS, change: { subtask, context: 'I use version 3.' } });
    const [brief] = model.requests[0]?.messages ?? [];
    for (const said of ['How does the store work?', SUBTASK.objective, 'Not the speed.', 'The order of writes.']) {
      expect(brief?.text).toContain(said);
    }
    expect(brief?.text).toContain('I use version 3.');
    expect(JSON.stringify(model.requests)).not.toContain('secret');
  });

  test('is told at once that a quote is not there, and may correct it once', async () => {
    const wrong = 'The log is written after the data.';
    const claims = [{ source_id: 's1', quote: wrong, statement: 'Order.', confidence: 1 }];
    const right = [{ source_id: 's1', quote: QUOTE, statement: 'Order.', confidence: 1 }];
    const model = scripted([
      SEARCH,
      use(['note', { claims, done: true }]),
      use(['note', { claims: right, done: true }]),
    ]);
    const found = await findings(on(), model, { texts: TEXTS });
    expect(results(model).at(-1)).toMatch(/does not stand in s1.*correct it once/);
    expect([found.claims.length, found.rejected]).toEqual([1, 0]);

    const stubborn = scripted([SEARCH, use(['note', { claims }]), use(['note', { claims, done: true }])]);
    const without = await findings(on(), stubborn, { texts: TEXTS });
    expect([without.claims, without.rejected]).toEqual([[], 1]);
  });

  test('notes a quote however it is set, as the text has it', async () => {
    const texts = { s1: 'He said: “the  log\nis first”.' };
    const model = scripted([
      SEARCH,
      note('s1', 'he said: "the log is first"'),
      note('s1', 'He said: "the log is first"', { done: true }),
    ]);
    const found = await findings(desk({ texts: [texts.s1] }), model, { texts });
    expect(found.claims.map(({ quote }) => quote)).toEqual(['He said: “the  log\nis first”']);
  });

  test('spoils no note by a bad one beside it', async () => {
    const good = { source_id: 's1', quote: QUOTE, statement: 'Order.', confidence: 1 };
    const bad = [{ ...good, source_id: 's9' }, { ...good, confidence: 7 }, 'nonsense', { quote: QUOTE }];
    const model = scripted([SEARCH, use(['note', { claims: [...bad, good, good] }]), DONE]);
    const found = await findings(on(), model, { texts: TEXTS });
    expect(found.claims).toHaveLength(1);
    const told = results(model).at(-1)?.split('\n') ?? [];
    expect(told).toHaveLength(7);
    expect(told[0]).toContain('no source of that id; there are s1, s2');
    expect(told[5]).toBe('claim 6: noted before');
  });

  test('that says nothing is reminded once to note, and then has a gap', async () => {
    const model = scripted([{ text: 'I know it all.' }, { text: 'Really.' }]);
    const found = await findings(on(), model, { texts: TEXTS });
    expect(model.requests.map(({ tool_choice }) => tool_choice)).toEqual(['auto', { name: 'note' }]);
    expect(found).toMatchObject({ claims: [], gaps: [`Nothing was found on: ${SUBTASK.objective}`], cut: [] });
  });

  test('searches only what its subtask names', async () => {
    const model = scripted([use(['search_documents', { query: 'readers log' }]), DONE]);
    const change = { subtask: { ...SUBTASK, source_ids: ['s2'] } };
    await findings(on(), model, { texts: TEXTS, change });
    expect(results(model)[0]).toContain('Readers never wait');
    expect(results(model)[0]).not.toContain('s1');
  });

  test('without documents and tools is refused with the reason', async () => {
    const unavailable = [{ what: 'web search', why: 'no provider is configured' }];
    const failed = findings(on(), scripted([]), { unavailable });
    await expect(failed).rejects.toMatchObject({
      code: 'TOOL_UNAVAILABLE',
      message: expect.stringContaining('no provider'),
    });
  });
});

describe('it ends', () => {
  test('after two turns that bring nothing new, and asks the same only once', async () => {
    const asked: string[] = [];
    const tool = toolOf('web_search', async ({ query }) => {
      asked.push(JSON.stringify(query));
      return { text: 'the same page', found: [], failed: false };
    });
    const queries = ['log', ' LOG ', 'log'].map((query) => use(['web_search', { query }]));
    const model = scripted(queries);
    const found = await findings(desk(), model, { tools: [tool] });
    expect([asked, model.requests.length, found.cut]).toEqual([['"log"'], 3, []]);
    expect(results(model).at(-1)).toMatch(/Asked already/);
  });

  test('but not by asking again for what was taken out to make room, which is shown again', async () => {
    const text = Array.from({ length: 3_000 }, (_, word) => `word${word}`).join(' ');
    const reads = [0, 7_000, 14_000, 0, 7_000].map((offset) => use(['read_source', { source_id: 's1', offset }]));
    const model = scripted([...reads, note('s1', 'word3 word4', { done: true })], { context_tokens: 8_000 });
    const found = await findings(desk({ texts: [text] }), model, { texts: { s1: text } });
    expect(found.claims).toHaveLength(1);
    expect(results(model, 3).map((result) => result.startsWith('(taken out'))).toEqual([true, false, false]);
    expect(results(model, 4).at(-1)).toContain(text.slice(0, 100));
    expect(results(model, 5).at(-1)).toContain(text.slice(7_000, 7_100));
  });

  test('and takes no address for another one that is written in another case', async () => {
    const asked: string[] = [];
    const tool = toolOf('fetch_page', async ({ query }) => {
      asked.push(JSON.stringify(query));
      return { text: `the page ${JSON.stringify(query)}`, found: [], failed: false };
    });
    const addresses = ['https://example.org/foo', 'https://example.org/Foo', ' https://example.org/Foo '];
    const model = scripted([...addresses.map((query) => use(['fetch_page', { query }])), DONE]);
    await findings(desk(), model, { tools: [tool] });
    expect(asked).toEqual(addresses.slice(0, 2).map((address) => JSON.stringify(address)));
  });

  test('after twelve turns, the last of which is for noting, and says so', async () => {
    const model = scripted((_, turn) =>
      use(['search_documents', { query: `log ${turn}` }], ['read_source', { source_id: 's1', offset: turn }]),
    );
    const found = await findings(on(), model, { texts: TEXTS });
    expect(model.requests).toHaveLength(12);
    expect(model.requests.map(({ tool_choice }) => tool_choice).slice(-2)).toEqual(['auto', { name: 'note' }]);
    expect(found.cut).toEqual(['its 12 turns were up']);
  });

  test('when its time is up, with what it noted', async () => {
    const at = on();
    const model = scripted((_, turn) => {
      at.clock.jump(60_000);
      return turn === 0 ? note('s1', QUOTE) : use(['search_documents', { query: `log ${turn}` }]);
    });
    const found = await findings(at, model, { texts: TEXTS });
    expect([found.claims.length, found.cut]).toEqual([1, ['its time was up after 2 turns']]);
  });

  test('in the middle of a turn that lasts too long, with what it noted, before its step is out of time', async () => {
    const at = on();
    const never = Promise.withResolvers<Fault>();
    const model = scripted((_, turn) => (turn === 0 ? note('s1', QUOTE) : never.promise));
    const finding = findings(at, model, { texts: TEXTS });
    await at.clock.advance(TIMEOUTS.belter - 1000);
    const found = await finding;
    expect([found.claims.length, found.cut]).toEqual([1, ['its time was up in the middle of a turn']]);
    expect(at.clock.waiting).toBe(0);
  });

  test('and where nothing was noted by then, in failing', async () => {
    const at = on();
    const model = scripted(() => Promise.withResolvers<Fault>().promise);
    const [ended] = await Promise.allSettled([
      findings(at, model, { texts: TEXTS }),
      at.clock.advance(TIMEOUTS.belter - 1000),
    ]);
    expect(ended).toMatchObject({ status: 'rejected', reason: { code: 'STEP_TIMEOUT' } });
  });

  test('when the budget is used up, with what it noted', async () => {
    const budget = { max_microusd: null, max_tokens: 20_000 };
    const at = desk({ texts: Object.values(TEXTS), budget });
    const model = scripted((_, turn) =>
      turn === 0 ? note('s1', QUOTE) : use(['read_source', { source_id: 's1', offset: turn }]),
    );
    const found = await findings(at, model, { texts: TEXTS });
    expect([found.claims.length, found.cut]).toEqual([1, ['the budget was used up']]);
    expect(at.calls.made.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(20_000 * 0.65);
  });

  test('when the budget is used up before anything is noted, with a note of what was paid for', async () => {
    const budget = { max_microusd: null, max_tokens: 30_000 };
    const at = desk({ texts: Object.values(TEXTS), budget });
    const usage = { ...NO_USAGE, input_tokens: 5_000, output_tokens: 4_000 };
    const model = scripted([{ ...SEARCH, usage }, note('s1', QUOTE)]);
    const found = await findings(at, model, { texts: TEXTS });
    expect([found.claims.length, found.cut]).toEqual([1, ['the budget was used up']]);
    expect(asking(at.calls.made).map(({ key }) => key)).toEqual(['turn-1', 'turn-1/search_documents-1', 'turn-2/last']);
    expect(model.requests.at(-1)?.tool_choice).toEqual({ name: 'note' });
    expect(at.calls.made.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(30_000 * 0.85);
  });

  test('when not even its first turn can be paid for, with nothing', async () => {
    const at = desk({ texts: Object.values(TEXTS), budget: { max_microusd: null, max_tokens: 2_000 } });
    const found = await findings(at, scripted([]), { texts: TEXTS });
    expect(found).toMatchObject({ claims: [], gaps: [], cut: ['the budget was used up'] });
    expect(asking(at.calls.made)).toEqual([]);
  });

  test('when the model fails for good after notes were made; before that the failure is its own', async () => {
    const quota = new Fault('PROVIDER_QUOTA', 'no credit is left');
    const found = await findings(on(), scripted([note('s1', QUOTE), quota]), { texts: TEXTS });
    expect([found.claims.length, found.cut]).toEqual([1, ['no credit is left']]);
    await expect(findings(on(), scripted([SEARCH, quota]), { texts: TEXTS })).rejects.toBe(quota);
  });

  test('at once when it is stopped', async () => {
    const at = on();
    const model = scripted(() => {
      at.stop.abort(new Error('cancelled'));
      return note('s1', QUOTE);
    });
    await expect(findings(at, model, { texts: TEXTS })).rejects.toThrow('cancelled');
  });
});

describe('begun again', () => {
  const SCRIPT = [
    SEARCH,
    use(['web_search', { query: 'log' }]),
    note('belter-1.s1', 'Logs are old.'),
    note('s1', QUOTE, { done: true }),
  ];
  const tools = [toolOf('web_search', { text: 'Logs are old.', found: [page('Logs are old. Very.')], failed: false })];

  test('at any call, it buys only what is missing and brings back the same', async () => {
    const whole = on();
    const expected = await findings(whole, scripted(SCRIPT), { texts: TEXTS, tools });
    expect(expected.sources).toMatchObject([
      { source_id: 'belter-1.s1', title: 'A page', accessed_at: '2026-01-01T00:00:00.000Z' },
    ]);
    const { made } = whole.calls;
    for (let died = 0; died <= made.length; died += 1) {
      const after = desk({ texts: Object.values(TEXTS), earlier: made.slice(0, died), kept: new Map(whole.kept) });
      after.clock.jump(3_600_000);
      const turns = made.slice(0, died).filter(({ kind }) => kind === 'model').length;
      const again = await findings(after, scripted(SCRIPT.slice(turns)), { texts: TEXTS, tools });
      const bought = [...made.slice(0, died), ...after.calls.made].map(({ key }) => key);
      expect(bought).toEqual(made.map(({ key }) => key));
      const isFetched = made.slice(0, died).some(({ name }) => name === 'web_search');
      expect(isFetched ? again : { ...again, sources: expected.sources }).toEqual(expected);
    }
  });

  test('it sends the very same requests', async () => {
    const [one, other] = [scripted(SCRIPT), scripted(SCRIPT)];
    await findings(on(), one, { texts: TEXTS, tools });
    await findings(on(), other, { texts: TEXTS, tools });
    expect(JSON.stringify(one.requests)).toBe(JSON.stringify(other.requests));
  });

  test('with a model that has no key here, a fallback does all of it', async () => {
    const at = desk({ texts: Object.values(TEXTS), fallback_models: ['b/two'] });
    const two = scripted([SEARCH, note('s1', QUOTE, { done: true })], { name: 'b/two' });
    const without = thinker(at, [two], { named: 'a/one' });
    const found = await without.research(researchRequest(at, TEXTS), at.bench);
    expect([found.claims.length, two.requests.length]).toEqual([1, 2]);
  });

  test('with a fallback that took over, it stays with it', async () => {
    const quota = new Fault('PROVIDER_QUOTA', 'no credit');
    const at = desk({ texts: Object.values(TEXTS), fallback_models: ['b/two'] });
    const models = [
      scripted([SEARCH, quota], { name: 'a/one' }),
      scripted([{ ...SEARCH, text: 'hm' }, note('s1', QUOTE, { done: true })], { name: 'b/two' }),
    ];
    const found = await findings(at, models, { texts: TEXTS });
    expect(found.claims).toHaveLength(1);
    const keys = at.calls.made.filter(({ kind }) => kind === 'model').map(({ key, name }) => `${name} ${key}`);
    expect(keys).toEqual(['a/one turn-1', 'a/one turn-2', 'b/two turn-2@b/two', 'b/two turn-3']);
  });

  test('with a fallback that had taken over, it buys none of its turns again, though the first model works by now', async () => {
    const down = new Fault('PROVIDER_UNAVAILABLE', 'down');
    const before = desk({ texts: Object.values(TEXTS), fallback_models: ['b/two'] });
    const script = [SEARCH, { ...SEARCH, text: 'hm' }, note('s1', QUOTE, { done: true })];
    const failing = [scripted([down, down, down], { name: 'a/one' }), scripted(script, { name: 'b/two' })];
    await findings(before, failing, { texts: TEXTS });
    const earlier = before.calls.made.filter(({ key }) => key !== 'turn-3');
    const at = desk({ texts: Object.values(TEXTS), fallback_models: ['b/two'], earlier });
    const models = [scripted(script, { name: 'a/one' }), scripted(script.slice(2), { name: 'b/two' })];
    const found = await findings(at, models, { texts: TEXTS });
    expect(found.claims).toHaveLength(1);
    expect(at.calls.made.map(({ key, name }) => `${name} ${key}`)).toEqual(['b/two turn-3']);
  });
});
