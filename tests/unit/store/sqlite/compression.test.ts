import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { compressed, decompressed } from '../../../../src/store/sqlite/compression.ts';

const PIECE = 1 << 18;
const digest = (text: string): string => createHash('sha256').update(Buffer.from(text, 'utf8')).digest('hex');

describe('a text comes back as Buffer would have encoded and decoded it', () => {
  const pair = '\u{1F680}';
  const texts = {
    empty: '',
    short: 'A checkpoint copies the log back.',
    'one character fills many pieces': 'ä'.repeat(5 * PIECE),
    'of more bytes than are unpacked on the spot, in few compressed ones': 'a'.repeat(1 << 23),
    'a pair of surrogates across the end of a piece': `${'x'.repeat(PIECE - 1)}${pair}${'y'.repeat(PIECE)}`,
    'a pair at the very end of a piece': `${'x'.repeat(PIECE - 2)}${pair}`,
    'half a pair at the end of a piece, and another at the end': `${'x'.repeat(PIECE - 1)}\ud83dy\ud83d`,
    'a byte order mark': `\ufeff${'mark '.repeat(PIECE)}`,
  };
  test.each(Object.entries(texts))('%s', async (_, text) => {
    const asStored = Buffer.from(text, 'utf8').toString('utf8');
    const { text: back, sha256 } = await decompressed(await compressed(text));
    expect(back === asStored).toBe(true);
    expect(sha256).toBe(digest(text));
  });
});

test('what was cut off is refused, small and large', async () => {
  const noise = Array.from({ length: 40_000 }, (_, n) => createHash('sha256').update(String(n)).digest('hex')).join(
    ' ',
  );
  for (const text of ['A checkpoint copies the log back.', noise]) {
    const body = await compressed(text);
    await expect(decompressed(body.subarray(0, body.length - 3))).rejects.toThrow('unexpected end of file');
  }
});
