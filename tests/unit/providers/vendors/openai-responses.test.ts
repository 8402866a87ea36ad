import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../src/core/json.ts';
import { openaiResponses } from '../../../../src/providers/models/vendors/openai-responses.ts';
import { afterTool, asked, heard, NOTES, SEARCH } from '../../../support/vendor-events.ts';

const REASONING: Json = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'ZW5j' };
const CALL: Json = {
  type: 'function_call',
  id: 'fc_1',
  call_id: 'call_1',
  name: 'search',
  arguments: '{"query":"log"}',
  status: 'completed',
};
const message = (part: Json): Json => ({ type: 'message', id: 'msg_1', role: 'assistant', content: [part] });
const SAID = message({ type: 'output_text', text: 'I look.', annotations: [] });
const USAGE: Json = {
  input_tokens: 2400,
  input_tokens_details: { cached_tokens: 2000 },
  output_tokens: 64,
  output_tokens_details: { reasoning_tokens: 40 },
  total_tokens: 2464,
};
const done = (output_index: number, item: Json): Json => ({ type: 'response.output_item.done', output_index, item });
const completed = (differs: { readonly [name: string]: Json } = {}): Json => ({
  type: 'response.completed',
  response: { model: 'gpt-6.2-sol', status: 'completed', usage: USAGE, output: [REASONING, SAID, CALL], ...differs },
});

const failed = (error: Json): Json => ({ type: 'response.failed', response: { status: 'failed', error } });

const STREAM: readonly Json[] = [
  { type: 'response.created', response: { status: 'in_progress', output: [], usage: null } },
  done(0, REASONING),
  { type: 'response.output_text.delta', output_index: 1, delta: 'I ' },
  { type: 'response.output_text.delta', output_index: 1, delta: 'look.' },
  done(1, SAID),
  { type: 'response.function_call_arguments.delta', output_index: 2, delta: '{"query":' },
  done(2, CALL),
  completed(),
];

describe('what Responses streams', () => {
  test('is text, tool calls, encrypted reasoning and every token', () => {
    const { answer, deltas } = heard(openaiResponses, STREAM);
    expect(deltas).toBe('I look.');
    expect(answer).toEqual({
      text: 'I look.',
      tool_uses: [{ id: 'call_1', name: 'search', input: { query: 'log' }, raw: '{"query":"log"}' }],
      opaque: { of: 'openai/model-1', items: [REASONING] },
      stop: 'tools',
      usage: {
        input_tokens: 2400,
        cached_tokens: 2000,
        cache_write_tokens: 0,
        output_tokens: 64,
        reasoning_tokens: 40,
      },
      model: 'gpt-6.2-sol',
    });
  });

  test('is put together from its items where the end does not repeat them', () => {
    const { answer } = heard(openaiResponses, [...STREAM.slice(0, -1), completed({ output: [] })]);
    expect(answer).toMatchObject({ text: 'I look.', tool_uses: [{ id: 'call_1' }], opaque: { items: [REASONING] } });
  });

  test.each([
    ['max_output_tokens', 'length'],
    ['content_filter', 'refused'],
  ])('is incomplete for %s: %s', (reason, stop) => {
    const response = { status: 'incomplete', incomplete_details: { reason }, usage: USAGE, output: [SAID] };
    expect(heard(openaiResponses, [{ type: 'response.incomplete', response }]).answer).toMatchObject({ stop });
  });

  test('is incomplete for a reason that says nothing, and then no answer; nor is its count one before its end', () => {
    const response = { status: 'incomplete', incomplete_details: { reason: 'max_tool_calls' }, usage: USAGE };
    const { answer, fault } = heard(openaiResponses, [{ type: 'response.incomplete', response }]);
    expect(answer).toBeNull();
    expect(fault).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', message: expect.stringContaining('max_tool_calls') });
    expect(heard(openaiResponses, [{ type: 'response.in_progress', response }]).usage).toBeNull();
  });

  test('is no answer where it was called off', () => {
    const cancelled = heard(openaiResponses, [completed({ status: 'cancelled', output: [SAID] })]);
    expect(cancelled.answer).toBeNull();
    expect(cancelled.fault).toMatchObject({ message: expect.stringContaining('cancelled'), retryable: true });
  });

  test('may be a refusal', () => {
    const refusal = message({ type: 'refusal', refusal: 'No.' });
    expect(heard(openaiResponses, [completed({ output: [refusal] })]).answer).toMatchObject({
      text: '',
      stop: 'refused',
    });
  });

  test('is no answer before its end', () => {
    expect(heard(openaiResponses, STREAM.slice(0, -1))).toMatchObject({ answer: null, usage: null });
  });

  test.each([
    [failed({ code: 'server_error', message: 'Sorry' }), 'PROVIDER_UNAVAILABLE'],
    [failed({ code: 'rate_limit_exceeded', message: 'Slow down' }), 'PROVIDER_LIMITED'],
    [failed({ code: 'context_length_exceeded', message: 'Your input exceeds the context window' }), 'CONTEXT_TOO_LONG'],
    [{ type: 'error', code: 'insufficient_quota', message: 'No credit', param: null }, 'PROVIDER_QUOTA'],
    [{ type: 'error', error: { type: 'server_error', message: 'Sorry' } }, 'PROVIDER_UNAVAILABLE'],
  ] as const)('may be an error within it: %j is %s', (event, code) => {
    expect(() => heard(openaiResponses, [event])).toThrow(expect.objectContaining({ code }));
  });
});

describe('what Responses is asked', () => {
  test('keeps nothing there, and sends reasoning back to its own model only', () => {
    const { answer } = heard(openaiResponses, STREAM);
    const request = afterTool(answer?.opaque ?? null);
    expect(openaiResponses.body(request, 'model-1')).toEqual({
      model: 'model-1',
      stream: true,
      store: false,
      instructions: 'You quote.',
      max_output_tokens: 500,
      tools: [
        { type: 'function', name: 'search', description: 'Searches.', parameters: SEARCH.input_schema, strict: false },
      ],
      tool_choice: 'auto',
      input: [
        { role: 'user', content: [{ type: 'input_text', text: 'What is written first?' }] },
        REASONING,
        { role: 'assistant', content: [{ type: 'output_text', text: 'I look.' }] },
        { type: 'function_call', call_id: 'call_1', name: 'search', arguments: '{"query":"log"}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'The log.' },
      ],
    });
    expect(JSON.stringify(openaiResponses.body(request, 'model-2'))).not.toContain('encrypted_content');
  });

  test.each([
    ['gpt-6.2-sol', true],
    ['o3', true],
    ['gpt-4o-mini', false],
    ['gpt-5-chat-latest', false],
  ])('asks %s for its reasoning: %s', (model, asks) => {
    expect('include' in (openaiResponses.body(asked(), model) as object)).toBe(asks);
  });

  test('names the one tool, and says that a result is a failure', () => {
    const messages = [{ role: 'tool', id: 'a', name: 'search', text: 'timed out', failed: true }] as const;
    const body = openaiResponses.body(asked({ messages, tools: [SEARCH], tool_choice: { name: 'search' } }), 'o3');
    expect(body).toMatchObject({
      tool_choice: { type: 'function', name: 'search' },
      input: [{ output: 'Error: timed out' }],
    });
  });

  test('a form is asked for by its schema, strictly where it can be', () => {
    const closed = { ...NOTES.schema, properties: {}, required: [], additionalProperties: false };
    const format = (schema: typeof NOTES.schema | typeof closed): Json =>
      openaiResponses.body(asked({ output: { name: 'notes', schema } }), 'o3');
    expect(format(NOTES.schema)).toMatchObject({ text: { format: { schema: NOTES.schema, strict: false } } });
    expect(format(closed)).toMatchObject({ text: { format: { type: 'json_schema', name: 'notes', strict: true } } });
  });
});
