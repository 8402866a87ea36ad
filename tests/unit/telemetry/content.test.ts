import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { cut, modelContent, toolContent } from '../../../src/telemetry/content.ts';

const MOST = 32_000;

/** Bytes of the heap that something is left of. */
function used(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return getHeapStatistics().used_heap_size;
}

/** Made anew each time, as what a vendor sends is. */
function long(n: number): string {
  return `${n} ${'word '.repeat(60_000)}`;
}

describe('content', () => {
  it.each([
    ['a conversation', (text: string) => modelContent({ messages: [{ role: 'user', text }] }, { text: 'ok' })],
    ['an answer', (text: string) => modelContent({ messages: [] }, { text })],
    ['a page', (text: string) => toolContent({ input: 'x' }, { text })],
    [
      'a passage of a page',
      (text: string) => toolContent({ input: text.slice(9, 900) }, { text: text.slice(9, 9000) }),
    ],
  ])('of %s keeps what it shows, and not what it was cut from', (_of, contentOf) => {
    const before = used();
    const kept = Array.from({ length: 100 }, (_, n) => contentOf(long(n)));
    const bytes = used() - before;
    // A hundred times 300,000 characters are 30 MB, what is shown of them a tenth.
    expect(bytes).toBeLessThan(10_000_000);
    expect(kept.length).toBe(100);
  });

  it('is cut at so many characters, and stays text where a pair is cut in two', () => {
    expect(cut('x'.repeat(MOST))).toBe('x'.repeat(MOST));
    expect(cut('x'.repeat(MOST + 1))).toBe(`${'x'.repeat(MOST)}…`);
    expect(cut(`${'x'.repeat(MOST - 1)}😀`)).toBe(`${'x'.repeat(MOST - 1)}�…`);
    expect(cut({ a: [1] })).toBe('{"a":[1]}');
  });

  it('of many messages is the beginning of all of them', () => {
    const messages = Array.from({ length: 40 }, (_, n): Json => ({ role: 'user', text: `${n} ${'w'.repeat(900)}` }));
    const whole = JSON.stringify(
      messages.map((message) => {
        const { text } = message as { readonly text: string };
        return { role: 'user', parts: [{ type: 'text', content: text }] };
      }),
    );
    const shown = modelContent({ messages }, null)['gen_ai.input.messages'];
    expect(shown).toBe(`${whole.slice(0, MOST)}…`);
    const few = modelContent({ messages: messages.slice(0, 2) }, null)['gen_ai.input.messages'];
    expect(JSON.parse(String(few))).toHaveLength(2);
  });
});
