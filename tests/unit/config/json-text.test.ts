import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/config/json-text.ts';

describe('JSON that is right', () => {
  it.each([
    'null',
    ' {} ',
    '[]',
    '[1, -0.5e+2, true, false, null]',
    '{"a": {"b": [{"c": "\\u00e9\\n\\"\\\\/"}]}, "": 0}',
    '"\u2028 é 🪐"',
    '{"__proto__": 1}',
    '\t\r\n{"a"\n:\r\n1 ,"b":[ ]\t}\n',
  ])('%j is read as the built-in parser reads it', (text) => {
    expect(parseJson(text)).toEqual({ value: JSON.parse(text) });
  });
});

describe('a mistake is told with line and column', () => {
  it.each([
    ['', 1, 1, 'a value was expected, and the text ends'],
    ['{\n  "a": 1,\n}', 3, 1, 'a key in double quotes was expected'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, '"," or "}" was expected'],
    ['{"a" 1}', 1, 6, '":" was expected after the key'],
    ['{a: 1}', 1, 2, 'a key in double quotes was expected'],
    ["{'a': 1}", 1, 2, 'a key in double quotes was expected'],
    ['{"a": tru}', 1, 7, 'a value was expected'],
    ['{"a": .5}', 1, 7, 'a value was expected'],
    ['{"a": 01}', 1, 8, '"," or "}" was expected'],
    ['[1, 2', 1, 6, '"," or "]" was expected'],
    ['[1 2]', 1, 4, '"," or "]" was expected'],
    ['{"a": "b}', 1, 7, 'is not closed'],
    ['{"a": "\\x"}', 1, 7, 'has to be escaped'],
    ['{"a": "b\nc"}', 1, 7, 'is not closed'],
    ['{} x', 1, 4, 'nothing more was expected'],
    ['// comment\n{}', 1, 1, 'a value was expected'],
    ['{\r\n  "é🪐": 1, "é🪐": 2\r\n}', 2, 12, 'the key "é🪐" stands here a second time'],
    ['['.repeat(200), 1, 51, 'nested too deeply'],
  ] as const)('%j: line %i, column %i', (...[text, line, column, what]) => {
    expect(parseJson(text)).toMatchObject({ mistake: { line, column, what: expect.stringContaining(what) } });
  });
});

it.each(['1.', '-', '1e', '"\\u12g4"', 'nul', '[,]', '{,}', '{"a":1,,}', '[1,]', 'NaN', '\u00A01', '"\t"', '+1'])(
  'refuses %j, as the built-in parser does',
  (text) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(parseJson(text)).toHaveProperty('mistake');
  },
);
