import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../src/core/json.ts';
import { anthropic } from '../../../../src/providers/models/vendors/anthropic.ts';
import { afterTool, asked, heard, NOTES, SEARCH } from '../../../support/vendor-events.ts';

const START: Json = {
  type: 'message_start',
  message: {
    model: 'claude-opus-5-5',
    usage: { input_tokens: 100, cache_read_input_tokens: 2000, cache_creation_input_tokens: 300, output_tokens: 1 },
  },
};
const block = (index: number, content_block: Json): Json => ({ type: 'content_block_start', index, content_block });
const delta = (index: number, given: Json): Json => ({ type: 'content_block_delta', index, delta: given });
const text = (index: number, said: string): Json => delta(index, { type: 'text_delta', text: said });
const end = (stop_reason: string, output_tokens: number): readonly Json[] => [
  { type: 'message_delta', delta: { stop_reason }, usage: { output_tokens } },
  { type: 'message_stop' },
];

const WITH_TOOL: readonly Json[] = [
  START,
  { type: 'ping' },
  block(0, { type: 'thinking', thinking: '', signature: '' }),
  delta(0, { type: 'thinking_delta', thinking: 'Where could ' }),
  delta(0, { type: 'thinking_delta', thinking: 'that be?' }),
  delta(0, { type: 'signature_delta', signature: 'c2ln' }),
  { type: 'content_block_stop', index: 0 },
  block(1, { type: 'redacted_thinking', data: 'aGlkZGVu' }),
  block(2, { type: 'text', text: '' }),
  text(2, 'I '),
  text(2, 'look.'),
  block(3, { type: 'tool_use', id: 'toolu_1', name: 'search', input: {} }),
  delta(3, { type: 'input_json_delta', partial_json: '' }),
  delta(3, { type: 'input_json_delta', partial_json: '{"que' }),
  delta(3, { type: 'input_json_delta', partial_json: 'ry":"log"}' }),
  ...end('tool_use', 64),
];

describe('what Anthropic streams', () => {
  test('is text, tool calls, signed reasoning and every token', () => {
    const { answer, deltas } = heard(anthropic, WITH_TOOL);
    expect(deltas).toBe('I look.');
    expect(answer).toEqual({
      text: 'I look.',
      tool_uses: [{ id: 'toolu_1', name: 'search', input: { query: 'log' }, raw: '{"query":"log"}' }],
      opaque: {
        of: 'anthropic/model-1',
        blocks: [
          { type: 'thinking', thinking: 'Where could that be?', signature: 'c2ln' },
          { type: 'redacted_thinking', data: 'aGlkZGVu' },
        ],
      },
      stop: 'tools',
      usage: {
        input_tokens: 2400,
        cached_tokens: 2000,
        cache_write_tokens: 300,
        output_tokens: 64,
        // 20 of 42 characters.
        reasoning_tokens: 30,
      },
      model: 'claude-opus-5-5',
    });
  });

  test('tells the reasoning tokens where the vendor counts them', () => {
    const details = { output_tokens: 64, output_tokens_details: { thinking_tokens: 41 } };
    const told: Json = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: details };
    expect(heard(anthropic, [START, told, { type: 'message_stop' }]).usage?.reasoning_tokens).toBe(41);
  });

  test.each([
    ['end_turn', 'end'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'refused'],
    ['stop_sequence', 'end'],
  ])('ends with %s, which is %s', (reason, stop) => {
    const events = [START, block(0, { type: 'text', text: '' }), text(0, 'Yes.'), ...end(reason, 2)];
    expect(heard(anthropic, events).answer).toMatchObject({ text: 'Yes.', stop });
  });

  test.each(['pause_turn', 'something_new', 'toString'])('ends with %s, which is no whole answer', (reason) => {
    const events = [START, block(0, { type: 'text', text: '' }), text(0, 'The dose is'), ...end(reason, 3)];
    const { answer, fault, usage } = heard(anthropic, events);
    expect(answer).toBeNull();
    expect(fault).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryable: true });
    expect(fault?.message).toContain(reason);
    expect(usage).toMatchObject({ input_tokens: 2400, output_tokens: 3 });
  });

  test('is no answer before it says so, and is not counted by what was heard', () => {
    const hidden = [START, block(0, { type: 'thinking', thinking: '', signature: 'c2ln' })];
    const cut = [...hidden, block(1, { type: 'text', text: '' }), text(1, '1 2 3 4 5')];
    expect(heard(anthropic, cut)).toMatchObject({ answer: null, usage: null });
    expect(heard(anthropic, []).usage).toBeNull();
    const [counted = null] = end('end_turn', 4000);
    expect(heard(anthropic, [...cut, counted])).toMatchObject({ answer: null, usage: { output_tokens: 4000 } });
  });

  test.each([
    ['overloaded_error', 'PROVIDER_UNAVAILABLE'],
    ['rate_limit_error', 'PROVIDER_LIMITED'],
    ['authentication_error', 'PROVIDER_REFUSED'],
    ['api_error', 'PROVIDER_UNAVAILABLE'],
    ['billing_error', 'PROVIDER_QUOTA'],
    ['invalid_request_error', 'MODEL_REJECTED'],
  ])('may be an error within it: %s is %s', (type, code) => {
    const broken = (): unknown => heard(anthropic, [START, { type: 'error', error: { type, message: 'Sorry' } }]);
    expect(broken).toThrow(expect.objectContaining({ code, message: 'vendor: Sorry' }));
  });

  test('may hold input that is no JSON, which is kept as it is', () => {
    const events = [
      START,
      block(0, { type: 'tool_use', id: 'toolu_1', name: 'search', input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: '{"query": "lo' }),
      ...end('max_tokens', 9),
    ];
    expect(heard(anthropic, events).answer).toMatchObject({
      stop: 'length',
      tool_uses: [{ input: null, raw: '{"query": "lo' }],
    });
  });
});

describe('what Anthropic is asked', () => {
  test('keeps alternating turns, sends signed reasoning back to its own model only, and marks what is sent again', () => {
    const { answer } = heard(anthropic, WITH_TOOL);
    const request = afterTool(answer?.opaque ?? null);
    const cache = { cache_control: { type: 'ephemeral' } };
    const use = { type: 'tool_use', id: 'call_1', name: 'search', input: { query: 'log' } };
    const result = { type: 'tool_result', tool_use_id: 'call_1', content: 'The log.', is_error: false };
    expect(anthropic.body(request, 'model-1')).toEqual({
      model: 'model-1',
      stream: true,
      max_tokens: 500,
      system: [{ type: 'text', text: 'You quote.', ...cache }],
      tools: [{ ...SEARCH, ...cache }],
      tool_choice: { type: 'auto' },
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'What is written first?' }] },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Where could that be?', signature: 'c2ln' },
            { type: 'redacted_thinking', data: 'aGlkZGVu' },
            { type: 'text', text: 'I look.' },
            use,
          ],
        },
        { role: 'user', content: [{ ...result, ...cache }] },
      ],
    });
    expect(JSON.stringify(anthropic.body(request, 'model-2'))).not.toContain('thinking');
  });

  test('pays for no cache where nothing is sent again', () => {
    expect(JSON.stringify(anthropic.body(asked(), 'claude-sonnet-4-5'))).not.toContain('cache_control');
  });

  test('several results come in one message', () => {
    const results = ['a', 'b'].map(
      (id) => ({ role: 'tool', id, name: 'search', text: id, failed: id === 'b' }) as const,
    );
    const body = anthropic.body(asked({ messages: [...results, { role: 'user', text: 'Go on.' }] }), 'model-1');
    expect(body).toMatchObject({
      messages: [{ role: 'user', content: [{ is_error: false }, { is_error: true }, { text: 'Go on.' }] }],
    });
  });

  test.each([
    ['claude-opus-4-1', 'required', { type: 'any' }],
    ['claude-sonnet-4-5', { name: 'search' }, { type: 'tool', name: 'search' }],
    ['claude-opus-5', 'required', { type: 'any' }],
    ['claude-opus-5-5', 'required', { type: 'auto' }],
    ['claude-fable-5-1', { name: 'search' }, { type: 'auto' }],
    ['claude-haiku-5-5', 'none', { type: 'none' }],
  ] as const)('%s is made to call a tool only where it can be: %j', (model, tool_choice, choice) => {
    expect(anthropic.body(asked({ tools: [SEARCH], tool_choice }), model)).toMatchObject({ tool_choice: choice });
  });

  test('a form is asked for by its schema, without rules the grammar does not hold', () => {
    const body = anthropic.body(asked({ output: NOTES }), 'claude-sonnet-4-5-20250929');
    const claims = { type: 'array', items: { type: 'string' } };
    const schema = { type: 'object', properties: { claims }, required: ['claims'], additionalProperties: false };
    expect(body).toMatchObject({ output_config: { format: { type: 'json_schema', schema } } });
    expect(body).not.toHaveProperty('tools');
  });

  test.each(['claude-3-5-haiku-20241022', 'claude-sonnet-4-20250514', 'claude-opus-4-1', 'claude-sonnet-4-0'])(
    'a form is a forced tool for %s, whose input is the answer',
    (model) => {
      const request = asked({ output: NOTES });
      expect(anthropic.body(request, model)).toMatchObject({
        tools: [{ name: 'notes', input_schema: NOTES.schema }],
        tool_choice: { type: 'tool', name: 'notes' },
      });
      const events = [START, block(0, { type: 'tool_use', id: 't', name: 'notes', input: { claims: ['a'] } })];
      expect(heard(anthropic, [...events, ...end('tool_use', 5)], request).answer).toMatchObject({
        text: '{"claims":["a"]}',
        tool_uses: [],
        stop: 'end',
      });
    },
  );

  test('the key stands in its header and nowhere else', () => {
    expect(anthropic.headers('k')).toEqual({ 'anthropic-version': '2023-06-01', 'x-api-key': 'k' });
    expect(anthropic.headers(null)).not.toHaveProperty('x-api-key');
  });
});
