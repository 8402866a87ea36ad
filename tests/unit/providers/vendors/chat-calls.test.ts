import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../src/core/json.ts';
import { openaiChat } from '../../../../src/providers/models/vendors/openai-chat.ts';
import { heard } from '../../../support/vendor-events.ts';

const chat = openaiChat('vendor', { limit: 'max_tokens', schema: true, usage: 'asked', back: [], short_ids: false });

const chunk = (delta: Json, finish_reason: string | null = null): Json => ({
  model: 'grok-4.7',
  choices: [{ index: 0, delta, finish_reason }],
});
const piece = (call: Json): Json => chunk({ tool_calls: [call] });
const end = (finish: string): Json => chunk({}, finish);

describe('what Chat Completions stream of tool calls', () => {
  test.each([
    [
      'no index',
      [
        { id: 'a', function: { name: 'f', arguments: '{}' } },
        { id: 'b', function: { name: 'g', arguments: '' } },
      ],
    ],
    [
      'the same index for all',
      [
        { index: 0, id: 'a', function: { name: 'f', arguments: '{}' } },
        { index: 0, id: 'b', function: { name: 'g', arguments: '' } },
      ],
    ],
    [
      'id and name with every piece',
      [
        { index: 0, id: 'a', function: { name: 'f', arguments: '{' } },
        { index: 0, id: 'a', function: { name: 'f', arguments: '}' } },
        { index: 1, id: 'b', function: { name: 'g', arguments: {} } },
      ],
    ],
  ])('has calls with %s', (_how, pieces) => {
    const { answer } = heard(chat, [...pieces.map(piece), end('stop')]);
    expect(answer?.stop).toBe('tools');
    expect(answer?.tool_uses.map(({ id, name, input }) => [id, name, input])).toEqual([
      ['a', 'f', {}],
      ['b', 'g', {}],
    ]);
  });

  test.each([
    [
      'neither ids nor an index',
      [
        { function: { name: 'f', arguments: '{}' } },
        { function: { name: 'f', arguments: '\n' } },
        { function: { name: 'g', arguments: '{}' } },
      ],
    ],
    [
      'no ids, the first without an input',
      [{ function: { name: 'f', arguments: '' } }, { function: { name: 'g', arguments: '{}' } }],
    ],
    [
      'an id of its own for every piece',
      [
        { index: 0, id: 'a1', function: { name: 'f', arguments: '{' } },
        { index: 0, id: 'a2', function: { arguments: '}' } },
        { index: 1, id: 'b1', function: { name: 'g', arguments: '{}' } },
      ],
    ],
    [
      'no ids and the index 0 for all',
      [
        { index: 0, id: '', function: { name: 'f', arguments: '{' } },
        { index: 0, id: '', function: { name: 'f', arguments: '}' } },
        { index: 0, id: '', function: { name: 'g', arguments: '{}' } },
      ],
    ],
  ])('has calls with %s, told apart by their names', (_how, pieces) => {
    const { answer } = heard(chat, [...pieces.map(piece), end('stop')]);
    expect(answer?.tool_uses.map(({ name, input }) => [name, input])).toEqual([
      ['f', {}],
      ['g', {}],
    ]);
  });

  test.each([
    ['the same index for all', { index: 0 }, ''],
    ['no index', {}, ''],
    ['no index and their names in every piece', {}, 'f'],
    ['the same index for all and their names in every piece', { index: 0 }, 'f'],
  ])('has calls with %s whose pieces come in turns', (_how, index, name) => {
    const pieces = [
      { ...index, id: 'a', function: { name: 'f', arguments: '{"q":' } },
      { ...index, id: 'b', function: { name: 'g', arguments: '{"q":' } },
      { ...index, id: 'a', function: { name, arguments: '1' } },
      { ...index, id: 'b', function: { arguments: '2}' } },
      { ...index, id: 'a', function: { name, arguments: '}' } },
    ];
    const { answer } = heard(chat, [...pieces.map(piece), end('tool_calls')]);
    expect(answer?.tool_uses.map(({ id, name: called, input }) => [id, called, input])).toEqual([
      ['a', 'f', { q: 1 }],
      ['b', 'g', { q: 2 }],
    ]);
  });

  test.each([
    ['the index 0 for all', { index: 0 }],
    ['no index', {}],
  ])('has calls with %s whose pieces without an id go on with the call last spoken of', (_how, index) => {
    const pieces = [
      { ...index, id: 'a', function: { name: 'f', arguments: '{' } },
      { ...index, id: 'b', function: { name: 'g', arguments: '{' } },
      { ...index, id: 'a', function: { arguments: '"q":' } },
      { ...index, function: { arguments: '1}' } },
      { ...index, id: 'b', function: { arguments: '"q":2}' } },
    ];
    const { answer } = heard(chat, [...pieces.map(piece), end('tool_calls')]);
    expect(answer?.tool_uses.map(({ raw }) => raw)).toEqual(['{"q":1}', '{"q":2}']);
  });

  test.each([
    ['the name for an id and the index 0', { index: 0 }, 'f f, g g, f f'],
    ['the name for an id and no index', {}, 'f f, g g, f f'],
    ['ids counted anew', { index: 0 }, '0 f, 1 g, 0 h'],
    ['one id for all', { index: 0 }, 'x f, x g, x g'],
    ['one id and one name for all', {}, 'f f, f f, f f'],
  ])('has calls with %s, each by itself', (_how, index, calls) => {
    const named = calls.split(', ').map((call) => call.split(' '));
    const pieces = named.map(([id, name], at) => ({ ...index, id, function: { name, arguments: `{"q":${at}}` } }));
    const { answer } = heard(chat, [...pieces.map(piece), end('tool_calls')]);
    expect(answer?.tool_uses.map(({ id, name, input }) => [id, name, input])).toEqual(
      named.map((each, at) => [...each, { q: at }]),
    );
  });

  test.each([
    ['that begins without an input', { index: 0, id: 'f', function: { name: 'f', arguments: '' } }],
    ['whose name comes with its input', { index: 0, id: 'f', function: { name: 'f', arguments: '{"q"' } }],
  ])('has a call of an id used before %s', (_how, begun) => {
    const before = ['f', 'g'].map((name) => ({ index: 0, id: name, function: { name, arguments: '{}' } }));
    const rest = { index: 0, function: { arguments: begun.function.arguments === '' ? '{"q":3}' : ':3}' } };
    const { answer } = heard(chat, [...[...before, begun, rest].map(piece), end('tool_calls')]);
    expect(answer?.tool_uses.map(({ raw }) => raw)).toEqual(['{}', '{}', '{"q":3}']);
  });

  test.each([
    ['before its name', { index: 1, id: 'x', function: { arguments: '' } }],
    ['before its name, and at once', { index: 1, id: 'x', function: { arguments: '{"q":2}' } }],
  ])('has a call of an id used before at an index that is spoken of %s', (_how, early) => {
    const rest = early.function.arguments === '' ? '{"q":2}' : '';
    const pieces = [
      { index: 0, id: 'x', function: { name: 'f', arguments: '{"q":1}' } },
      early,
      { index: 1, id: 'x', function: { name: 'g', arguments: rest } },
    ];
    const { answer } = heard(chat, [...pieces.map(piece), end('tool_calls')]);
    expect(answer?.tool_uses.map(({ name, raw }) => [name, raw])).toEqual([
      ['f', '{"q":1}'],
      ['g', '{"q":2}'],
    ]);
  });

  test.each([
    ['the index 0 for all', [0, 0, 0]],
    ['an index of its own', [0, 1, 2]],
  ])('has no call that only closes another by its id and name, with %s', (_how, [one, other, last]) => {
    const pieces = [
      { index: one, id: 'a', function: { name: 'f', arguments: '{"q":1}' } },
      { index: other, id: 'b', function: { name: 'g', arguments: '' }, extra_content: 'kept' },
      { index: last, id: 'a', function: { name: 'f', arguments: '' } },
    ];
    const { answer } = heard(chat, [...pieces.map((each) => piece(each as Json)), end('tool_calls')]);
    expect(answer?.tool_uses.map(({ id, name }) => [id, name])).toEqual([
      ['a', 'f'],
      ['b', 'g'],
    ]);
    expect(JSON.stringify(answer?.opaque)).toContain('"id":"b","extra_content":"kept"');
  });

  test('has calls of one id at two indexes', () => {
    const pieces = [0, 1, 0, 1].map((index, at) => {
      return piece({ index, id: 'a', function: { ...(at < 2 ? { name: 'f' } : {}), arguments: at < 2 ? '{' : '}' } });
    });
    const { answer } = heard(chat, [...pieces, end('tool_calls')]);
    expect(answer?.tool_uses.map(({ raw }) => raw)).toEqual(['{}', '{}']);
  });

  test('has calls without ids, which get some', () => {
    const { answer } = heard(chat, [piece({ index: 0, function: { name: 'f', arguments: '{}' } }), end('tool_calls')]);
    expect(answer?.tool_uses[0]?.id).toBe('call_0');
  });
});
