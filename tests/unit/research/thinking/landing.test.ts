/** An agent that is told to bring home what it has, in the middle of its loop or before it begins. */

import { expect, test } from 'vitest';
import { NO_USAGE } from '../../../../src/core/call.ts';
import { STOPPED } from '../../../../src/research/journal.ts';
import { type Reply, scripted, type TestModel } from '../../../support/cassette.ts';
import { desk, type Desk, findings, note, toolOf, use } from '../../../support/thinking.ts';

const TEXTS = { s1: 'The log is written before the data.\nReaders never wait.' };
const QUOTE = 'The log is written before the data.';
const OTHER = 'Readers never wait.';
const SEARCH = use(['search_documents', { query: 'log' }]);
const on = (options: Parameters<typeof desk>[0] = {}) => desk({ texts: Object.values(TEXTS), ...options });
const never = <T>(): Promise<T> => new Promise<T>(() => {});

/** Answers by the script; the request after it is never answered, and the agent told to come home while it is under way. */
function thenLands(at: Desk, script: readonly Reply[]): TestModel {
  return scripted((_, turn) => {
    const reply = script[turn];
    if (reply !== undefined) return reply;
    setImmediate(() => at.land.abort(new Error('deadline')));
    return never();
  });
}

test('in a turn that is under way it gives that up, and brings home what it noted before', async () => {
  const at = on();
  const model = thenLands(at, [SEARCH, note('s1', QUOTE, { gaps: ['Nothing on speed.'] })]);
  const found = await findings(at, model, { texts: TEXTS });
  expect(found.claims.map(({ quote }) => quote)).toEqual([QUOTE]);
  expect(found).toMatchObject({ gaps: ['Nothing on speed.'], cut: [STOPPED] });
  expect(model.requests).toHaveLength(3);
  expect(at.calls.made.map(({ key }) => key)).toEqual(['tools', 'turn-1', 'turn-1/search_documents-1', 'turn-2']);
  expect(at.clock.waiting).toBe(0);
});

test('between two turns it begins no other', async () => {
  const at = on();
  const model = scripted((_, turn) => {
    if (turn === 1) at.land.abort(new Error('cancel'));
    return turn === 0 ? note('s1', QUOTE) : note('s1', OTHER);
  });
  const found = await findings(at, model, { texts: TEXTS });
  expect([found.claims.length, found.cut, model.requests.length]).toEqual([2, [STOPPED], 2]);
});

test('while its tools run it gives them up, and notes what the same answer had to note', async () => {
  const at = on();
  const tool = toolOf('web_search', () => {
    setImmediate(() => at.land.abort(new Error('deadline')));
    return never();
  });
  const claim = { source_id: 's1', quote: QUOTE, statement: 'Order.', confidence: 1 };
  const model = scripted([SEARCH, use(['web_search', { query: 'log' }], ['note', { claims: [claim] }])]);
  const found = await findings(at, model, { texts: TEXTS, tools: [tool] });
  expect([found.claims.length, found.cut, model.requests.length]).toEqual([1, [STOPPED], 2]);
});

test('where it said in that answer that it is done, it is', async () => {
  const at = on();
  const model = scripted(() => {
    at.land.abort(new Error('deadline'));
    return note('s1', QUOTE, { done: true });
  });
  const found = await findings(at, model, { texts: TEXTS });
  expect([found.claims.length, found.cut]).toEqual([1, []]);
});

test('with nothing noted it has nothing to bring, and asks for no last note either', async () => {
  const at = on();
  await expect(findings(at, thenLands(at, [SEARCH]), { texts: TEXTS })).rejects.toThrow('deadline');
  const poor = on({ budget: { max_microusd: null, max_tokens: 30_000 } });
  const usage = { ...NO_USAGE, input_tokens: 5_000, output_tokens: 4_000 };
  const model = scripted(() => {
    poor.land.abort(new Error('deadline'));
    return { ...SEARCH, usage };
  });
  await expect(findings(poor, model, { texts: TEXTS })).rejects.toThrow('deadline');
  expect(model.requests).toHaveLength(1);
});

test('aborted on its way home it brings nothing', async () => {
  const at = on();
  const model = scripted((_, turn) => {
    if (turn === 0) return note('s1', QUOTE);
    setImmediate(() => {
      at.stop.abort(new Error('the lease is lost'));
      at.land.abort(new Error('cancel'));
    });
    return never();
  });
  await expect(findings(at, model, { texts: TEXTS })).rejects.toThrow('cancel');
});

test('begun again for that alone it goes through what is recorded, notes it, and asks nobody', async () => {
  const whole = on();
  const script = [SEARCH, note('s1', QUOTE), use(['read_source', { source_id: 's1' }]), note('s1', OTHER)];
  await findings(whole, thenLands(whole, script), { texts: TEXTS });
  const { made } = whole.calls;
  expect(made).toHaveLength(6);
  for (let died = 0; died <= made.length; died += 1) {
    const after = on({ earlier: made.slice(0, died) });
    after.land.abort(new Error('deadline'));
    const model = scripted([]);
    const [found] = await Promise.allSettled([findings(after, model, { texts: TEXTS })]);
    const noted = [0, 0, 0, 0, 1, 1, 2][died] ?? 0;
    const nothing = { status: 'rejected', reason: { message: 'deadline' } };
    expect(found).toMatchObject(noted === 0 ? nothing : { value: { claims: { length: noted }, cut: [STOPPED] } });
    expect([model.requests, after.calls.made]).toEqual([[], []]);
  }
});
