import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { NO_USAGE } from '../../../../src/core/call.ts';
import { Fault } from '../../../../src/core/errors.ts';
import { mostCost } from '../../../../src/core/price.ts';
import type { Message } from '../../../../src/providers/language-model.ts';
import { ask, type Asker, converse } from '../../../../src/research/thinking/ask.ts';
import { prompt } from '../../../../src/research/thinking/prompt.ts';
import type { Counted } from '../../../../src/research/thinking/reserve.ts';
import { scripted, TEST_PRICE, type TestModel } from '../../../support/cassette.ts';
import { type Desk, desk } from '../../../support/thinking.ts';

const FORM = z.object({ answer: z.string(), count: z.number() });
const PROMPT = prompt('test-1', 'Answer.');
const USER: Message = { role: 'user', text: 'How many?' };
const QUESTION = {
  key: 'section-1',
  share: 'write',
  prompt: PROMPT,
  messages: [USER],
  answer: FORM,
  max_output_tokens: 100,
} as const;
const VALID = { answer: 'two', count: 2 };
const JSON_TEXT = JSON.stringify(VALID);

function asker(on: Desk, ...models: readonly TestModel[]): Asker {
  const byName = new Map(models.map((model) => [model.name, model]));
  return {
    models: (name) => {
      const found = byName.get(name);
      if (found === undefined) throw new Fault('PROVIDER_NOT_CONFIGURED', `${name} needs a key`);
      return found;
    },
    model: models[0]?.name ?? 'none/there',
    bench: on.bench,
    signal: on.stop.signal,
  };
}

const named = (name: string, script: Parameters<typeof scripted>[0]): TestModel => scripted(script, { name });

describe('a structured answer', () => {
  test('comes as the form says, with the form and the instructions in the request', async () => {
    const on = desk();
    const model = scripted([{ text: JSON_TEXT }]);
    expect(await ask(asker(on, model), QUESTION)).toEqual(VALID);
    const [request] = model.requests;
    expect(request?.system).toBe('Answer.');
    expect(request?.output?.schema).toMatchObject({ type: 'object', required: ['answer', 'count'] });
    expect(on.calls.made).toMatchObject([{ key: 'section-1', kind: 'model', name: 'cassette/test', share: 'write' }]);
  });

  test.each([
    ['a fence', `\`\`\`json\n${JSON_TEXT}\n\`\`\``],
    ['words before it', `Here it is: ${JSON_TEXT}`],
    ['a missing bracket', JSON_TEXT.slice(0, -1)],
    ['single quotes', JSON_TEXT.replaceAll('"', "'")],
  ])('is repaired without another call: %s', async (_, text) => {
    const on = desk();
    expect(await ask(asker(on, scripted([{ text }])), QUESTION)).toEqual(VALID);
    expect(on.calls.made).toHaveLength(1);
  });

  test('is the input of the forced tool where a vendor cannot promise a form', async () => {
    const model = scripted([{ tool_uses: [{ name: 'answer', input: VALID }] }]);
    expect(await ask(asker(desk(), model), QUESTION)).toEqual(VALID);
  });

  test('of another form is asked for again once, with what was wrong', async () => {
    const on = desk();
    const model = scripted([{ text: '{"answer":"two"}' }, { text: JSON_TEXT }]);
    expect(await ask(asker(on, model), QUESTION)).toEqual(VALID);
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({ role: 'user', text: expect.stringContaining('count') });
    expect(on.calls.made.map(({ key }) => key)).toEqual(['section-1', 'section-1/again']);
  });

  test.each([
    ['prose', 'I cannot say.'],
    ['nothing', ''],
    ['a list', '[1, 2]'],
    ['a number', '7'],
  ])('that is twice %s fails for good', async (_, text) => {
    const on = desk();
    const failed = ask(asker(on, scripted([{ text }, { text }])), QUESTION);
    await expect(failed).rejects.toMatchObject({ code: 'OUTPUT_INVALID', retryable: false });
    expect(on.calls.made).toHaveLength(2);
  });
});

describe('an answer that was cut off', () => {
  test('is asked to go on, and its parts are one', async () => {
    const on = desk();
    const [a, b, c] = [JSON_TEXT.slice(0, 6), JSON_TEXT.slice(6, 12), JSON_TEXT.slice(12)];
    const model = scripted([{ text: a, stop: 'length' }, { text: b, stop: 'length' }, { text: c }]);
    expect(await ask(asker(on, model), QUESTION)).toEqual(VALID);
    expect(on.calls.made.map(({ key }) => key)).toEqual(['section-1', 'section-1/on-1', 'section-1/on-2']);
    expect(model.requests[2]?.messages.map(({ role, text }) => [role, role === 'assistant' ? text : ''])).toEqual([
      ['user', ''],
      ['assistant', a],
      ['user', ''],
      ['assistant', b],
      ['user', ''],
    ]);
  });

  test('is no answer after four parts', async () => {
    const model = scripted(() => ({ text: 'more', stop: 'length' }));
    await expect(ask(asker(desk(), model), QUESTION)).rejects.toMatchObject({ code: 'OUTPUT_INVALID' });
    expect(model.requests).toHaveLength(4);
  });

  test('drops the tool call that was cut off and takes the one made anew', async () => {
    const half = { text: '', tool_uses: [{ name: 'search', input: {} }], stop: 'length' } as const;
    const model = scripted([half, { tool_uses: [{ name: 'search', input: { query: 'log' } }] }]);
    const { key, share, prompt: text, messages, max_output_tokens } = QUESTION;
    const turn = { key, share, prompt: text, messages, max_output_tokens };
    const answer = await converse(asker(desk(), model), turn);
    expect(answer.tool_uses.map(({ input }) => input)).toEqual([{ query: 'log' }]);
    // No empty message stands between.
    expect(model.requests[1]?.messages.map(({ role }) => role)).toEqual(['user', 'user']);
  });
});

describe('a model that fails', () => {
  const quota = new Fault('PROVIDER_QUOTA', 'no credit');

  test('for good is followed by the fallbacks in order, each under a key of its own', async () => {
    const on = desk({ fallback_models: ['b/two', 'c/three'] });
    const models = [named('a/one', [quota]), named('b/two', [quota]), named('c/three', [{ text: JSON_TEXT }])];
    expect(await ask(asker(on, ...models), QUESTION)).toEqual(VALID);
    expect(on.calls.made.map(({ key, name }) => [key, name])).toEqual([
      ['section-1', 'a/one'],
      ['section-1@b/two', 'b/two'],
      ['section-1@c/three', 'c/three'],
    ]);
    expect(on.stood_in).toEqual(['c/three']);
  });

  test('is followed by nobody where no fallback was named', async () => {
    const [one, other] = [named('a/one', [quota]), named('b/two', [])];
    await expect(ask(asker(desk(), one, other), QUESTION)).rejects.toBe(quota);
  });

  test.each([
    ['refusing', { stop: 'refused', text: '' } as const],
    ['in another form', { text: 'no' } as const],
  ])('by %s is followed too', async (_, reply) => {
    const on = desk({ fallback_models: ['b/two'] });
    const models = [named('a/one', [reply, reply]), named('b/two', [{ text: JSON_TEXT }])];
    expect(await ask(asker(on, ...models), QUESTION)).toEqual(VALID);
  });

  test('by having no key here is followed too', async () => {
    const on = desk({ fallback_models: ['b/two'] });
    const other = named('b/two', [{ text: JSON_TEXT }]);
    expect(await ask({ ...asker(on, other), model: 'a/gone' }, QUESTION)).toEqual(VALID);
  });

  test('is told of again where the answers are taken from the journal, and a model of its own is no fallback', async () => {
    const script = (): readonly TestModel[] => [named('a/one', [quota]), named('b/two', [{ text: JSON_TEXT }])];
    const on = desk({ fallback_models: ['b/two'] });
    await ask(asker(on, ...script()), QUESTION);
    const again = desk({ fallback_models: ['b/two'], earlier: on.calls.made });
    await ask(asker(again, ...script()), QUESTION);
    expect(again.stood_in).toEqual(['b/two']);
    const own = desk({ fallback_models: ['b/two'] });
    await ask(asker(own, named('b/two', [{ text: JSON_TEXT }])), QUESTION);
    expect(own.stood_in).toEqual([]);
  });

  test('hands on no message that only it can read', async () => {
    const on = desk({ fallback_models: ['b/two'] });
    const [one, other] = [named('a/one', [quota]), named('b/two', [{ text: 'fine' }])];
    const said: Message = { role: 'assistant', text: 'Well.', tool_uses: [], opaque: { signed: 'abc' } };
    const turn = { ...QUESTION, messages: [USER, said, USER] };
    expect(await converse(asker(on, one, other), turn)).toMatchObject({ by: 'b/two', text: 'fine' });
    expect(one.requests[0]?.messages[1]).toMatchObject({ opaque: { signed: 'abc' } });
    expect(other.requests[0]?.messages[1]).toMatchObject({ opaque: null });
  });

  test('leaves a fallback that took over with those after it', async () => {
    const on = desk({ fallback_models: ['b/two', 'c/three'] });
    const models = [named('a/one', []), named('b/two', [quota]), named('c/three', [{ text: 'fine' }])];
    expect(await converse({ ...asker(on, ...models), model: 'b/two' }, QUESTION)).toMatchObject({ by: 'c/three' });
  });

  test('is not followed where the cap or a stop ended it', async () => {
    const budget = { max_microusd: null, max_tokens: 10 };
    const on = desk({ fallback_models: ['b/two'], budget });
    const other = named('b/two', []);
    await expect(ask(asker(on, named('a/one', []), other), QUESTION)).rejects.toMatchObject({
      code: 'BUDGET_EXHAUSTED',
    });
    const off = desk({ fallback_models: ['b/two'] });
    off.stop.abort(new Error('enough'));
    await expect(ask(asker(off, named('a/one', []), other), QUESTION)).rejects.toThrow('enough');
    expect(other.requests).toEqual([]);
  });
});

describe('the reservation', () => {
  const turn = { ...QUESTION, max_output_tokens: 500 };

  test('is never below what the vendor counts, in tokens and in money', async () => {
    const on = desk();
    const model = scripted([{ text: 'x'.repeat(400) }, { text: 'y' }]);
    const first = await converse(asker(on, model), turn);
    const said: Message = { role: 'assistant', text: first.text, tool_uses: [], opaque: null };
    const { counted } = first;
    await converse(asker(on, model), { ...turn, key: 'turn-2', messages: [USER, said, USER], counted });
    for (const { most, tokens } of on.calls.made) expect(tokens).toBeLessThanOrEqual(most.tokens);
    const [{ most } = { most: { tokens: 0, microusd: 0 } }] = on.calls.made;
    expect(most.microusd).toBe(mostCost({ input: most.tokens - 500, output: 500 }, TEST_PRICE));
  });

  test('of a later turn takes what was counted for what was said before', async () => {
    const long: Message = { role: 'user', text: 'ä'.repeat(20_000) };
    const usage = { ...NO_USAGE, input_tokens: 15_000, output_tokens: 50 };
    const on = desk();
    const model = scripted([{ text: 'one', usage }, { text: 'two' }]);
    const { counted } = await converse(asker(on, model), { ...turn, messages: [long] });
    const said: Message = { role: 'assistant', text: 'one', tool_uses: [], opaque: null };
    await converse(asker(on, model), { ...turn, key: 'turn-2', messages: [long, said, USER], counted });
    const [first = 0, second = 0] = on.calls.made.map(({ most }) => most.tokens);
    expect(first).toBeGreaterThan(40_000);
    expect(second).toBeLessThan(15_000 + 50 + 500 + 200);
    expect(second).toBeGreaterThanOrEqual(15_000 + 50 + 500);
  });

  /** Takes so many tokens for a conversation that grows by 900 bytes a turn; what was reserved for each turn, and its bytes. */
  async function grown(
    counts: readonly number[],
  ): Promise<readonly { readonly input: number; readonly bytes: number }[]> {
    const on = desk();
    const model = scripted((_request, at) => ({
      text: 'more',
      usage: { ...NO_USAGE, input_tokens: counts[at] ?? 0, output_tokens: 1 },
    }));
    let messages: readonly Message[] = [USER];
    let counted: Counted | null = null;
    for (const at of counts.keys()) {
      ({ counted } = await converse(asker(on, model), { ...turn, key: `turn-${at}`, messages, counted }));
      const said: Message = { role: 'assistant', text: 'more', tool_uses: [], opaque: 'x'.repeat(9000) };
      messages = [...messages, said, { role: 'user', text: 'ä'.repeat(450) }];
    }
    return on.calls.made.map(({ most }, at) => {
      const { system, messages: sent } = model.requests[at] ?? { system: '', messages: [] };
      return { input: most.tokens - 500, bytes: Buffer.byteLength(system + sent.map(({ text }) => text).join('')) };
    });
  }

  test('is never below what a text of so many bytes has, whatever was counted before', async () => {
    const turns = await grown(Array.from({ length: 10 }, (_, at) => 20 + 140 * at));
    for (const { input, bytes } of turns) expect(input).toBeGreaterThanOrEqual(bytes / 3);
  });

  test('takes a model that counted less than any text has, or far less of more, no more at its word', async () => {
    const [, , ...denied] = await grown([20, 40, 40, 2000, 2000]);
    for (const { input, bytes } of denied) expect(input).toBeGreaterThanOrEqual(bytes);
    const [, , , once, ...after] = await grown([20, 900, 1800, 850, 3600, 4500]);
    expect(once?.input).toBeLessThan(1800 + 901 + 100);
    for (const { input, bytes } of after) expect(input).toBeGreaterThanOrEqual(bytes);
  });

  test('and its bill are at one price, though another one holds by the time of the answer', async () => {
    const on = desk();
    const model = scripted([{ text: 'one', usage: { ...NO_USAGE, input_tokens: 1000, output_tokens: 100 } }]);
    let reads = 0;
    const dearer = {
      ...model,
      get price() {
        reads += 1;
        return { ...TEST_PRICE, input: TEST_PRICE.input * reads };
      },
    };
    await converse(asker(on, dearer), turn);
    expect(on.calls.made[0]).toMatchObject({ microusd: 1000 * 3 + 100 * 15 });
  });

  test('of a model whose price nobody knows is unknown, but for a request that took nothing', async () => {
    const on = desk({ fallback_models: ['b/two'] });
    const one = scripted([new Fault('PROVIDER_QUOTA', 'no credit')], { name: 'a/one', price: null });
    const two = scripted([{ text: 'two' }], { name: 'b/two', price: null });
    await converse(asker(on, one, two), turn);
    expect(on.calls.made.map(({ microusd }) => microusd)).toEqual([0, null]);
  });

  test('is the bill where the vendor did not count', async () => {
    const on = desk();
    const answer = await converse(asker(on, scripted([{ text: 'one', usage: null }])), turn);
    expect(answer.counted).toBeNull();
    expect(on.calls.made[0]?.tokens).toBe(on.calls.made[0]?.most.tokens);
  });

  test('has no money where no price is known', async () => {
    const on = desk();
    await converse(asker(on, scripted([{ text: 'one' }], { price: null })), turn);
    expect(on.calls.made[0]?.most.microusd).toBeNull();
  });
});

test('what was answered is not asked again, unless the prompt is another', async () => {
  const before = desk();
  await ask(asker(before, scripted([{ text: JSON_TEXT }])), QUESTION);
  const after = desk({ earlier: before.calls.made });
  const model = scripted([{ text: JSON.stringify({ answer: 'three', count: 3 }) }]);
  expect(await ask(asker(after, model), QUESTION)).toEqual(VALID);
  expect(model.requests).toEqual([]);
  const changed = { ...QUESTION, prompt: prompt('test-2', 'Answer well.') };
  expect(await ask(asker(after, model), changed)).toEqual({ answer: 'three', count: 3 });
});
