import { expect, it } from 'vitest';
import { Older } from '../../../../src/server/http/older-events.ts';

it.each([
  ['large', 20_000, [128, 7, 7]],
  ['small', 100, [128, 256, 500]],
])('one reader reads about as many %s events at a time as it holds', async (_what, size, limits) => {
  const read: number[] = [];
  const older = new Older(async ({ after, limit }) => {
    read.push(limit);
    const bytes = new Uint8Array(size);
    return Array.from({ length: limit }, (_, n) => ({ seq: after + n + 1, at: 0, bytes, last: false }));
  });
  let [place, total] = [0, 0];
  while (read.length < limits.length) {
    for (let next = await older.read(place); next !== undefined; next = older.left()) {
      total += next.bytes.length;
      place = next.seq;
      // Held pieces are whole events in a row, each given once.
      expect(total).toBe(place * size);
    }
  }
  expect(read).toEqual(limits);
});
