import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../src/core/json.ts';
import type { Exchange } from '../../../../src/providers/language-model.ts';
import { anthropic } from '../../../../src/providers/models/vendors/anthropic.ts';
import { openaiChat } from '../../../../src/providers/models/vendors/openai-chat.ts';
import type { Outcome } from '../../../../src/providers/models/vendors/transport.ts';
import { vendorModel, type Wire } from '../../../../src/providers/models/vendors/wire.ts';
import { asked, ENDPOINT } from '../../../support/vendor-events.ts';

const CHAT = openaiChat('vendor', { limit: 'max_tokens', schema: true, usage: 'asked', back: [], short_ids: false });

/** What a model makes of a stream of these events. */
function exchange(wire: Wire, events: readonly Json[]): Promise<Exchange> {
  const streamed: Outcome = { kind: 'streamed' };
  const model = vendorModel({
    wire,
    endpoint: ENDPOINT,
    model: 'model-1',
    context_tokens: null,
    price: null,
    quiet_ms: 0,
    heard: () => {},
    transport: {
      post: async (_endpoint, _message, listener) => {
        for (const data of events) if (listener.event(JSON.stringify(data), true) === 'last') break;
        return streamed;
      },
    },
  });
  return model.exchange(asked(), { signal: new AbortController().signal, idempotency_key: 'key' });
}

const SAID: Json = { choices: [{ index: 0, delta: { content: 'Yes.' }, finish_reason: 'stop' }] };
const CUT: Json = { choices: [{ index: 0, delta: { content: 'Ye' }, finish_reason: 'malformed' }] };

function chatCount(prompt_tokens: number, completion_tokens = 1): Json {
  return { choices: [], usage: { prompt_tokens, completion_tokens } };
}

function claude(usage: { readonly [name: string]: number }): readonly Json[] {
  return [
    { type: 'message_start', message: { model: 'claude', usage: { input_tokens: 9, ...usage } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Yes.' } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
    { type: 'message_stop' },
  ];
}

describe('a count of tokens', () => {
  test.each([1, 200_000, 1e9])('of %d is taken as it is', async (tokens) => {
    const answer = { usage: { input_tokens: tokens, output_tokens: 1 } };
    expect(await exchange(CHAT, [SAID, chatCount(tokens)])).toMatchObject({ kind: 'answered', answer });
  });

  test.each([1e9 + 1, 5e15, 8e18, Number.MAX_VALUE])('of %d is none, and the answer stands', async (tokens) => {
    const uncounted = { kind: 'answered', answer: { text: 'Yes.', usage: null } };
    expect(await exchange(CHAT, [SAID, chatCount(tokens)])).toMatchObject(uncounted);
    expect(await exchange(CHAT, [SAID, chatCount(9, tokens)])).toMatchObject(uncounted);
    expect(await exchange(anthropic, claude({ cache_read_input_tokens: tokens }))).toMatchObject(uncounted);
    expect(await exchange(CHAT, [CUT, chatCount(tokens)])).toMatchObject({ kind: 'failed', usage: null });
  });
});
