import { describe, expect, it } from 'vitest';
import { MOST_KEPT, resultText } from '../../../../../src/providers/tools/mcp/results.ts';

const text = (value: string) => ({ type: 'text', text: value }) as const;

describe('the text of a result', () => {
  it('joins its parts, names what is no text and lists what is only pointed at', () => {
    const content = [
      text('One.'),
      { type: 'image', mimeType: 'image/png', data: 'A'.repeat(4000) },
      { type: 'audio', mimeType: 'audio/wav', data: 'AAAA' },
      { type: 'resource', resource: { uri: 'file:///a.md', text: 'Inside.' } },
      { type: 'resource', resource: { uri: 'file:///b.bin', mimeType: 'x/y', blob: 'AAAAAAAA' } },
      { type: 'resource_link', uri: 'https://c.example', name: 'c', title: 'See', description: 'More of it.' },
      text(' '),
    ] as const;
    expect(resultText({ content: [...content] }).text.split('\n\n')).toEqual([
      'One.',
      '[image of type image/png, 3 kB: not shown]',
      '[audio of type audio/wav, 3 bytes: not shown]',
      'file:///a.md',
      'Inside.',
      '[file:///b.bin of type x/y, 6 bytes: not shown]',
      'See: https://c.example\nMore of it.',
    ]);
  });

  it('writes structured content out, once', () => {
    const structuredContent = { a: [1, { b: 'c' }] };
    const written = JSON.stringify(structuredContent, null, 2);
    expect(resultText({ content: [], structuredContent }).text).toBe(written);
    expect(resultText({ content: [text('{"a":[1,{"b":"c"}]}')], structuredContent }).text).toBe('{"a":[1,{"b":"c"}]}');
    expect(resultText({ content: [text('{"a": broken'), text('[2]')], structuredContent }).text).toContain(written);
  });

  it('keeps structured content that is long or nested deep on one line: blanks in front of each value would outgrow it', () => {
    const nested = (levels: number): unknown => (levels === 0 ? [1] : { a: nested(levels - 1) });
    const deep = { values: Array.from({ length: 200 }, () => nested(300)) };
    expect(resultText({ content: [], structuredContent: deep }).of).toBe(JSON.stringify(deep).length);
    const long = { values: Array.from({ length: 9000 }, (_, index) => index) };
    expect(resultText({ content: [], structuredContent: long }).text).toBe(JSON.stringify(long));
    let bottomless: Record<string, unknown> = {};
    for (let level = 0; level < 100_000; level += 1) bottomless = { a: bottomless };
    const said = resultText({ content: [text('So it is.')], structuredContent: bottomless }).text;
    expect(said).toBe('So it is.\n\n[structured content nested too deep to be shown]');
  });

  it('is cut where it is too long, between characters', () => {
    const { text: kept, of } = resultText({ content: [text(`${'a'.repeat(MOST_KEPT - 1)}🪐 and on`)] });
    expect(of).toBe(MOST_KEPT + 8);
    expect(kept.isWellFormed()).toBe(true);
    expect(kept).toHaveLength(MOST_KEPT);
    expect(resultText({ content: [text('a'.repeat(MOST_KEPT))] }).of).toBeNull();
  });

  it('holds nothing that a person would not see', () => {
    const hidden = 'a\u0000b\u001b[0m\u200b\u202e\u{e0041}\u{e0042}c\r\nd\te';
    expect(resultText({ content: [text(hidden)] }).text).toBe('ab[0mc\nd\te');
    expect(resultText({ content: [text('می‌خواهم 👩‍🚀')] }).text).toBe('می‌خواهم 👩‍🚀');
  });
});
