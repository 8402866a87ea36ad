import { describe, expect, test } from 'vitest';
import { parsed, toolInput } from '../../../../src/providers/models/vendors/fields.ts';

/** A list in a list in a list: so many. */
function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

describe('JSON of a vendor', () => {
  test('is read as deep as anybody writes it, and what is deeper is none', () => {
    expect(parsed(nested(100))).not.toBeNull();
    expect(parsed(nested(101))).toBeNull();
    expect(parsed(nested(1_000_000))).toBeNull();
  });

  test('has a depth of its own, whatever stands in its strings', () => {
    const text = String.raw`\"[[{{\\`.repeat(200);
    expect(parsed(`["${text}", ${nested(99)}]`)).not.toBeNull();
    expect(parsed(`["${text}", ${nested(100)}]`)).toBeNull();
    expect(parsed(`[${'[],{"a":{}},'.repeat(500)}[]]`)).not.toBeNull();
  });

  test('is the input of a tool where it is an object that can be written down again', () => {
    expect(toolInput('{"query":"log","more":[[]]}')).toEqual({ query: 'log', more: [[]] });
    expect(toolInput(`{"query":"log","more":${nested(3000)}}`)).toBeNull();
    expect([toolInput(' '), toolInput('[]'), toolInput('{')]).toEqual([{}, null, null]);
  });
});
