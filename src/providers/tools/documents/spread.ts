/** Keeps one long document that repeats the question's words from crowding every other document out of a ranking. */

export interface SpreadOptions<T> {
  readonly limit: number;
  /** What no single one of may fill the list. */
  readonly sourceOf: (item: T) => number;
}

/**
 * At most `limit` of a ranking, in its order: half are the best whatever their source, for one document may hold it all;
 * the other half goes round the sources, each giving its best, then each its second, and so on. A ranking of one item
 * for each source is simply cut. Reads no further than it needs to.
 */
export function spread<T>(ranked: Iterable<T>, { limit, sourceOf }: SpreadOptions<T>): T[] {
  const half = Math.ceil(limit / 2);
  const given = new Map<number, number>();
  const seen: Seen<T>[] = [];
  let firsts = 0;
  let position = 0;
  for (const item of ranked) {
    if (position >= half && firsts >= limit - half) break;
    const source = sourceOf(item);
    const turn = given.get(source) ?? 0;
    given.set(source, turn + 1);
    if (position >= half && turn === 0) firsts += 1;
    if (position < half || turn < limit) seen.push({ item, position, turn: position < half ? -1 : turn });
    position += 1;
  }
  return seen
    .toSorted((a, b) => a.turn - b.turn || a.position - b.position)
    .slice(0, limit)
    .toSorted((a, b) => a.position - b.position)
    .map(({ item }) => item);
}

interface Seen<T> {
  readonly item: T;
  readonly position: number;
  /** How many of its source came before it; below all turns for what needs none. */
  readonly turn: number;
}
