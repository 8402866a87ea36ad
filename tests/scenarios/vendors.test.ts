/** The three wire formats against an emulator that others wrote: what is streamed, called, counted and paid. */

import type { Fixture } from '@copilotkit/aimock';
import { describe, expect, test } from 'vitest';
import { NO_USAGE } from '../../src/core/call.ts';
import { costOf } from '../../src/core/price.ts';
import type { Exchange, Message, ModelAnswer } from '../../src/providers/language-model.ts';
import { asked, NOTES, SEARCH } from '../support/vendor-events.ts';
import { FORMATS, mockedVendor } from '../support/vendor-mock.ts';

const USAGE = { input_tokens: 1234, output_tokens: 567 };
const TEXT = 'The log is written first — «WAL» 🪐.\n\nThen a checkpoint copies it back.';

const FIXTURES: Fixture[] = [
  { match: { userMessage: 'first', hasToolResult: true }, response: { content: 'The log [s1].', usage: USAGE } },
  {
    match: { userMessage: 'first', toolName: 'search' },
    response: {
      content: 'I look.',
      toolCalls: [
        { id: 'call_1', name: 'search', arguments: '{"query":"write-ahead log"}' },
        { id: 'call_2', name: 'search', arguments: '{"query":"checkpoint"}' },
      ],
      reasoning: 'Where could that be?',
      reasoningSignature: 'c2lnbmVk',
      usage: USAGE,
    },
  },
  { match: { userMessage: 'long' }, response: { content: 'The', finishReason: 'length', usage: USAGE } },
  {
    match: { userMessage: 'slow' },
    response: { content: TEXT, usage: USAGE },
    streamingProfile: { ttft: 2, tps: 2000 },
  },
  { match: { userMessage: 'form' }, response: { content: '{"claims":["a"]}', usage: USAGE } },
  { match: { userMessage: 'text' }, response: { content: TEXT, usage: USAGE } },
];

const question = (text: string): { readonly messages: readonly Message[] } => ({ messages: [{ role: 'user', text }] });

function answerOf(exchange: Exchange): ModelAnswer {
  if (exchange.kind === 'failed') throw exchange.fault;
  return exchange.answer;
}

describe.each(FORMATS)('$format', ({ name }) => {
  test('streams text, counted to the token and paid to the micro-dollar', async () => {
    const { ask, model, mock } = await mockedVendor(FIXTURES);
    const pieces: string[] = [];
    const exchange = await ask(name, asked(question('text')), { delta: (piece) => void pieces.push(piece) });
    const answer = answerOf(exchange);
    expect(answer).toMatchObject({ text: TEXT, tool_uses: [], stop: 'end', usage: { ...NO_USAGE, ...USAGE } });
    expect(pieces.length).toBeGreaterThan(5);
    expect(pieces.join('')).toBe(TEXT);
    const { price } = model(name);
    if (price === null || answer.usage === null) throw new Error('neither price nor count');
    const dollars = { anthropic: 1234 * 4 + 567 * 20, openai: 1234 * 2 + 567 * 10, xai: 1234 * 2 + 567 * 6 };
    expect(costOf(answer.usage, price)).toBe(dollars[name.split('/')[0] as keyof typeof dollars]);
    expect(mock.getRequests()).toHaveLength(1);
    expect(mock.getLastRequest()?.headers['idempotency-key']).toBe('agent:belter-1/turn-1');
  });

  test('calls tools, and goes on with their results', async () => {
    const { ask, mock } = await mockedVendor(FIXTURES);
    const request = asked({ tools: [SEARCH] });
    const first = answerOf(await ask(name, request));
    expect(first.stop).toBe('tools');
    expect(first.text).toBe('I look.');
    expect(first.tool_uses.map(({ id, name: tool, input }) => [id, tool, input])).toEqual([
      ['call_1', 'search', { query: 'write-ahead log' }],
      ['call_2', 'search', { query: 'checkpoint' }],
    ]);
    const turn = { role: 'assistant', text: first.text, tool_uses: first.tool_uses, opaque: first.opaque } as const;
    const results = first.tool_uses.map(({ id }, at) => {
      return { role: 'tool', id, name: 'search', text: `result ${at + 1}`, failed: false } as const;
    });
    // The emulator is strict: it refuses a turn with tools whose signed reasoning did not come back first.
    const second = answerOf(await ask(name, { ...request, messages: [...request.messages, turn, ...results] }));
    expect(second).toMatchObject({ text: 'The log [s1].', stop: 'end', tool_uses: [] });
    const body = mock.getLastRequest()?.body as { readonly messages: readonly { readonly role: string }[] };
    expect(body.messages.filter(({ role }) => role === 'tool')).toMatchObject([
      { content: 'result 1', tool_call_id: 'call_1' },
      { content: 'result 2', tool_call_id: 'call_2' },
    ]);
    expect(mock.getRequests().map(({ response }) => response.status)).toEqual([200, 200]);
  });

  test('says that an answer was cut off at its limit', async () => {
    const { ask } = await mockedVendor(FIXTURES);
    expect(answerOf(await ask(name, asked(question('long'))))).toMatchObject({ text: 'The', stop: 'length' });
  });

  test('takes tokens as slowly as they come', async () => {
    const { ask } = await mockedVendor(FIXTURES);
    expect(answerOf(await ask(name, asked(question('slow')))).text).toBe(TEXT);
  });

  test('answers in the form asked for', async () => {
    const { ask } = await mockedVendor(FIXTURES);
    const answer = answerOf(await ask(name, asked({ ...question('form'), output: NOTES })));
    expect(answer).toMatchObject({ text: '{"claims":["a"]}', stop: 'end' });
  });

  test.each([
    [401, { type: 'authentication_error', message: 'bad key' }, 'PROVIDER_REFUSED'],
    [402, { message: 'no credit' }, 'PROVIDER_QUOTA'],
    [429, { code: 'insufficient_quota', type: 'insufficient_quota', message: 'no credit' }, 'PROVIDER_QUOTA'],
    [404, { type: 'not_found_error', message: 'model: x' }, 'MODEL_REJECTED'],
    [400, { type: 'invalid_request_error', message: 'this model does not support tools' }, 'MODEL_REJECTED'],
    [400, { type: 'invalid_request_error', message: 'prompt is too long: 9 tokens > 8 maximum' }, 'CONTEXT_TOO_LONG'],
    [529, { type: 'overloaded_error', message: 'Overloaded' }, 'PROVIDER_UNAVAILABLE'],
    [503, { type: 'server_error', message: 'Sorry' }, 'PROVIDER_UNAVAILABLE'],
  ])('refused with %i %j is %s, and free', async (status, error, code) => {
    const { ask } = await mockedVendor([{ match: {}, response: { error, status } }]);
    expect(await ask(name, asked())).toMatchObject({ kind: 'failed', fault: { code }, usage: NO_USAGE });
  });

  test('refused with 429 says how long to wait', async () => {
    const error = { type: 'rate_limit_error', message: 'Slow down' };
    const { ask } = await mockedVendor([{ match: {}, response: { error, status: 429, retryAfter: 7 } }]);
    const fault = { code: 'PROVIDER_LIMITED', retryable: true, retryAfterMs: 7000 };
    expect(await ask(name, asked())).toMatchObject({ kind: 'failed', fault, usage: NO_USAGE });
  });
});
