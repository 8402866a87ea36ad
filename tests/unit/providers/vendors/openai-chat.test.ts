import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../src/core/json.ts';
import { openaiChat } from '../../../../src/providers/models/vendors/openai-chat.ts';
import { Thoughts } from '../../../../src/providers/models/vendors/thoughts.ts';
import { Random } from '../../../support/random.ts';
import { afterTool, asked, heard, NOTES, SEARCH } from '../../../support/vendor-events.ts';

const PLAIN = { limit: 'max_tokens', schema: true, usage: 'asked', back: [], short_ids: false } as const;
const chat = openaiChat('vendor', PLAIN);

const chunk = (delta: Json, finish_reason: string | null = null): Json => ({
  model: 'grok-4.7',
  choices: [{ index: 0, delta, finish_reason }],
});
const piece = (call: Json): Json => chunk({ tool_calls: [call] });
const counted = (usage: Json): Json => ({ model: 'grok-4.7', choices: [], usage });
const end = (finish: string): Json => chunk({}, finish);

const WITH_TOOLS: readonly Json[] = [
  chunk({ role: 'assistant', content: '' }),
  chunk({ reasoning_content: 'Where could that be?' }),
  chunk({ content: 'I ' }),
  chunk({ content: 'look.' }),
  piece({ index: 0, id: 'call_1', type: 'function', function: { name: 'search', arguments: '' } }),
  piece({ index: 0, function: { arguments: '{"que' } }),
  piece({ index: 1, id: 'call_2', type: 'function', function: { name: 'search', arguments: '{"query":' } }),
  piece({ index: 0, function: { arguments: 'ry":"log"}' } }),
  piece({ index: 1, function: { arguments: '"wal"}' } }),
  end('tool_calls'),
  counted({
    prompt_tokens: 2400,
    prompt_tokens_details: { cached_tokens: 2000 },
    completion_tokens: 64,
    completion_tokens_details: { reasoning_tokens: 40 },
    total_tokens: 2464,
  }),
];

describe('what Chat Completions stream', () => {
  test('is text, tool calls cut anywhere, and every token, which come last and without a choice', () => {
    const { answer, deltas } = heard(chat, WITH_TOOLS);
    expect(deltas).toBe('I look.');
    expect(answer).toEqual({
      text: 'I look.',
      tool_uses: [
        { id: 'call_1', name: 'search', input: { query: 'log' }, raw: '{"query":"log"}' },
        { id: 'call_2', name: 'search', input: { query: 'wal' }, raw: '{"query":"wal"}' },
      ],
      opaque: null,
      stop: 'tools',
      usage: {
        input_tokens: 2400,
        cached_tokens: 2000,
        cache_write_tokens: 0,
        output_tokens: 64,
        reasoning_tokens: 40,
      },
      model: 'grok-4.7',
    });
  });

  test.each([
    ['stop', 'end'],
    ['tool_calls', 'end'],
    ['length', 'length'],
    ['model_length', 'length'],
    ['max_tokens', 'length'],
    ['content_filter', 'refused'],
    ['SAFETY', 'refused'],
    ['recitation', 'refused'],
  ])('ends with %s, which is %s', (finish, stop) => {
    expect(heard(chat, [chunk({ content: 'Yes.' }), end(finish)]).answer).toMatchObject({
      text: 'Yes.',
      stop,
      usage: null,
    });
  });

  test.each(['insufficient_system_resource', 'abort', 'MALFORMED_FUNCTION_CALL', 'repetition', 'toString'])(
    'ends with %s, which is no whole answer',
    (finish) => {
      const usage = { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 };
      const said = heard(chat, [chunk({ content: 'The dose is' }), end(finish), counted(usage)]);
      expect(said.answer).toBeNull();
      expect(said.fault).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryable: true });
      expect(said.fault?.message).toContain(finish);
      expect(said.usage).toMatchObject({ input_tokens: 10, output_tokens: 3 });
    },
  );

  test('is counted with every piece by some, which before the end is not what will be charged', () => {
    const usage = { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 };
    const piece = { choices: [{ index: 0, delta: { content: 'The' }, finish_reason: null }], usage };
    expect(heard(chat, [piece]).usage).toBeNull();
    expect(heard(chat, [piece, end('stop')]).usage).toBeNull();
    expect(
      heard(chat, [piece, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage }]).usage,
    ).toMatchObject({ output_tokens: 1 });
    expect(heard(chat, [piece, end('stop'), counted(usage)]).usage).toMatchObject({ output_tokens: 1 });
  });

  test('is not counted by a server that counts nothing of an answer', () => {
    const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    expect(heard(chat, [chunk({ content: 'Yes.' }), end('stop'), counted(zeros)]).usage).toBeNull();
  });

  test('is no answer before it says how it ends', () => {
    expect(heard(chat, WITH_TOOLS.slice(0, -2)).answer).toBeNull();
  });

  test.each([
    ['DeepSeek', { prompt_tokens: 10, prompt_cache_hit_tokens: 4, completion_tokens: 5 }, [10, 4, 5, 0]],
    [
      'xAI, whose completion leaves the reasoning out',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 35,
        completion_tokens_details: { reasoning_tokens: 20 },
      },
      [10, 0, 25, 20],
    ],
    [
      'Gemini, whose total alone holds it',
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 35 },
      [10, 0, 25, 20],
    ],
    [
      'a server that counts more cached than sent',
      { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 12 } },
      [10, 10, 5, 0],
    ],
  ])('is counted by %s', (_who, usage, [input_tokens, cached_tokens, output_tokens, reasoning_tokens]) => {
    const { answer } = heard(chat, [chunk({ content: 'Yes.' }), end('stop'), counted(usage)]);
    expect(answer?.usage).toMatchObject({ input_tokens, cached_tokens, output_tokens, reasoning_tokens });
  });

  test('is counted by Groq in a place of its own', () => {
    const groq: Json = { choices: [], x_groq: { usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } } };
    expect(heard(chat, [chunk({ content: 'Yes.' }), end('stop'), groq]).usage).toMatchObject({ output_tokens: 4 });
  });

  test.each([
    [{ error: { message: 'Sorry', type: 'server_error' } }, 'PROVIDER_UNAVAILABLE'],
    [{ error: { code: 429, message: 'Slow down' } }, 'PROVIDER_LIMITED'],
    [{ error: { code: 402, message: 'Insufficient credits' } }, 'PROVIDER_QUOTA'],
    [{ error: 'model runner has unexpectedly stopped' }, 'PROVIDER_UNAVAILABLE'],
  ] as const)('may be an error within it: %j is %s', (event, code) => {
    expect(() => heard(chat, [event])).toThrow(expect.objectContaining({ code }));
  });

  test('may reason between tags: neither heard nor answered, but counted', () => {
    const said = ['<thi', 'nk>', 'abcdefghij', '</th', 'ink>', '\n\n', 'The log is first.'].map((content) =>
      chunk({ content }),
    );
    const usage = { prompt_tokens: 10, completion_tokens: 54, total_tokens: 64 };
    const { answer, deltas } = heard(chat, [...said, end('stop'), counted(usage)]);
    expect([answer?.text, deltas]).toEqual(['The log is first.', 'The log is first.']);
    // 10 of 27 characters.
    expect(answer?.usage).toMatchObject({ output_tokens: 54, reasoning_tokens: 20 });
  });
});

test.each([
  ['<think>why</think>so', 'so', 3],
  ['  <think>why</think>\n so', 'so', 3],
  ['why\n</think>\n\nso', 'so', 4],
  ['<think>why and how', '', 11],
  ['<thin', '<thin', 0],
  ['a <think>b</think> c', 'a <think>b</think> c', 0],
  ['the template ends it with </think> before the answer', 'the template ends it with </think> before the answer', 0],
  ['{"quote": "ends with\n</think>\nand"}', '{"quote": "ends with\n</think>\nand"}', 0],
  ['so', 'so', 0],
  ['', '', 0],
])('%j is the answer %j, however it is cut', (whole, text, thought) => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const random = new Random(seed);
    const thoughts = new Thoughts(() => {});
    for (let rest = whole; rest !== '';) {
      const size = 1 + random.below(6);
      thoughts.add(rest.slice(0, size));
      rest = rest.slice(size);
    }
    expect([thoughts.end(false), thoughts.thought]).toEqual([text, thought]);
  }
});

test('a closing tag cuts nothing off where reasoning came in a place of its own', () => {
  const said = [chunk({ reasoning_content: 'why' }), chunk({ content: 'One.\n</think>\nTwo.' }), end('stop')];
  expect(heard(chat, said).answer?.text).toBe('One.\n</think>\nTwo.');
});

describe('what Chat Completions are asked', () => {
  test('is said in their way', () => {
    expect(chat.body(afterTool(null), 'model-1')).toEqual({
      model: 'model-1',
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 500,
      tools: [
        { type: 'function', function: { name: 'search', description: 'Searches.', parameters: SEARCH.input_schema } },
      ],
      tool_choice: 'auto',
      messages: [
        { role: 'system', content: 'You quote.' },
        { role: 'user', content: 'What is written first?' },
        {
          role: 'assistant',
          content: 'I look.',
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'search', arguments: '{"query":"log"}' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'The log.' },
      ],
    });
  });

  test('is said in the dialect of each: limits, counts, ids', () => {
    const body = openaiChat('vendor', {
      ...PLAIN,
      limit: 'max_completion_tokens',
      usage: 'always',
      short_ids: true,
    }).body(afterTool(null), 'model-1');
    expect(body).toMatchObject({ max_completion_tokens: 500 });
    expect(body).not.toHaveProperty('stream_options');
    const ids = JSON.stringify(body).match(/"(?:tool_call_)?id":"([^"]*)"/g);
    expect(ids).toHaveLength(2);
    expect(new Set(ids?.map((id) => id.split(':')[1]))).toEqual(new Set([expect.stringMatching(/^"[a-z0-9]{9}"$/)]));
  });

  test('what a vendor wants back goes back to its own model only', () => {
    const deepseek = openaiChat('vendor', { ...PLAIN, back: ['reasoning_content', 'reasoning_details'] });
    const signed = { google: { thought_signature: 'c2ln' } };
    const { answer } = heard(deepseek, [
      chunk({ reasoning_content: 'Where?', reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] }),
      piece({ index: 0, id: 'call_1', extra_content: signed, function: { name: 'search', arguments: '{}' } }),
      end('tool_calls'),
    ]);
    const request = afterTool(answer?.opaque ?? null);
    expect(deepseek.body(request, 'model-1')).toMatchObject({
      messages: [
        {},
        {},
        {
          reasoning_content: 'Where?',
          reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }],
          tool_calls: [{ id: 'call_1', extra_content: signed }],
        },
        {},
      ],
    });
    expect(JSON.stringify(deepseek.body(request, 'model-2'))).not.toMatch(/Where\?|c2ln/);
  });

  test('a form is asked for by its schema, but by a forced tool together with tools, or where none is taken', () => {
    const request = asked({ output: NOTES });
    expect(chat.body(request, 'm')).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { name: 'notes', schema: { additionalProperties: false } } },
    });
    const forced = { type: 'function', function: { name: 'notes' } };
    expect(openaiChat('vendor', { ...PLAIN, schema: false }).body(request, 'm')).toMatchObject({ tool_choice: forced });
    expect(chat.body({ ...request, tools: [SEARCH] }, 'm')).toMatchObject({
      tools: [{ function: { name: 'search' } }, { function: { name: 'notes' } }],
      tool_choice: 'required',
    });
    expect(chat.body({ ...request, tools: [SEARCH], tool_choice: 'none' }, 'm')).toMatchObject({ tool_choice: forced });
    const given = piece({ index: 0, id: 'a', function: { name: 'notes', arguments: '{"claims":[]}' } });
    expect(heard(chat, [given, end('tool_calls')], { ...request, tools: [SEARCH] }).answer).toMatchObject({
      text: '{"claims":[]}',
      tool_uses: [],
      stop: 'end',
    });
  });
});
