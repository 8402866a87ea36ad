import { describe, expect, it } from 'vitest';

import { spread } from '../../../../../src/providers/tools/documents/spread.ts';

interface Item {
  readonly source: number;
  readonly at: number;
}

const sourceOf = ({ source }: Item): number => source;
const ranking = (sources: readonly number[]): Item[] => sources.map((source, at) => ({ source, at }));
const positions = (items: readonly Item[]): number[] => items.map(({ at }) => at);

describe('spreading a ranking over its sources', () => {
  it('gives every source its best before the crowding one gets more than half, in the order of the ranking', () => {
    const ranked = ranking([...Array.from({ length: 50 }, () => 1), 2, 2, 3, 4, 5, 5]);
    expect(positions(spread(ranked, { limit: 10, sourceOf }))).toEqual([0, 1, 2, 3, 4, 50, 51, 52, 53, 54]);
  });

  it('cuts a ranking of one item for each source, and gives a single source all the room', () => {
    const each = ranking(Array.from({ length: 30 }, (_, at) => at));
    expect(positions(spread(each, { limit: 7, sourceOf }))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const one = ranking(Array.from({ length: 30 }, () => 1));
    expect(positions(spread(one, { limit: 7, sourceOf }))).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('gives all there is when that is less than the limit', () => {
    expect(positions(spread(ranking([1, 1, 2]), { limit: 10, sourceOf }))).toEqual([0, 1, 2]);
    expect(spread([], { limit: 10, sourceOf })).toEqual([]);
    expect(spread(ranking([1, 2]), { limit: 0, sourceOf })).toEqual([]);
  });

  it('reads no further once every place is taken', () => {
    let read = 0;
    function* endless(): Generator<Item> {
      for (;;) {
        yield { source: read, at: read };
        read += 1;
      }
    }
    expect(spread(endless(), { limit: 10, sourceOf })).toHaveLength(10);
    expect(read).toBeLessThan(15);
  });
});
