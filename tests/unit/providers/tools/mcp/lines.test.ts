import { expect, it } from 'vitest';
import { Lines } from '../../../../../src/providers/tools/mcp/lines.ts';
import { Random } from '../../../../support/random.ts';
import { SEED } from '../../../../support/sizes.ts';

it(`gives lines whole, wherever the chunks end (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const words = ['', 'a', 'one two', '{"é":"🪐"}', 'x'.repeat(40)];
  for (let run = 0; run < 300; run += 1) {
    const wanted = Array.from({ length: random.below(6) }, () => random.pick(words));
    const bytes = Buffer.from(`${wanted.map((line) => `${line}\n`).join('')}rest`);
    const lines = new Lines(50);
    const got: string[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = at + 1 + random.below(20);
      got.push(...(lines.take(bytes.subarray(at, end)) ?? ['too long']));
      at = end;
    }
    expect(got).toEqual(wanted);
  }
});

it('refuses a line that is too long, ended or not', () => {
  expect(new Lines(5).take(Buffer.from('12345\n'))).toEqual(['12345']);
  expect(new Lines(5).take(Buffer.from('123456\n'))).toBeNull();
  const lines = new Lines(5);
  expect([lines.take(Buffer.from('a\n123')), lines.take(Buffer.from('456'))]).toEqual([['a'], null]);
});
