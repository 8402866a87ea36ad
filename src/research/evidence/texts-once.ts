/** Stored texts, unpacked once for all that read them at about the same time. */

import type { TextVerbs } from '../../store/store.ts';

/** Most characters kept, over all workflows: with their layouts some thirty megabytes at the very most. */
const KEPT = 8_000_000;

type Stored = Awaited<ReturnType<TextVerbs['get']>>;

interface Kept {
  readonly stored: Promise<Stored>;
  /** 0 until it is read. */
  characters: number;
}

/**
 * A text is named by its hash and never changes, and each agent and the report check their quotes in it: every time it would
 * be decompressed, hashed and its layout parsed anew. Those read last are kept; readers that come while one is being read
 * share that reading, and one that failed is nobody's.
 */
export function textsOnce({ get }: Pick<TextVerbs, 'get'>, kept = KEPT): TextVerbs['get'] {
  const known = new Map<string, Kept>();
  let total = 0;
  const forget = (key: string, one: Kept): void => {
    known.delete(key);
    total -= one.characters;
  };
  const count = async (key: string, one: Kept): Promise<void> => {
    try {
      one.characters = Math.max(1, (await one.stored).text.length);
    } catch {
      // Told to those who asked for it.
      known.delete(key);
      return;
    }
    total += one.characters;
    for (const [oldest, other] of known) {
      if (total <= kept) break;
      if (other.characters > 0) forget(oldest, other);
    }
  };
  return (sha256, format) => {
    const key = `${sha256}/${format}`;
    const found = known.get(key);
    const one = found ?? { stored: get(sha256, format), characters: 0 };
    // Read last: the last to go.
    known.delete(key);
    known.set(key, one);
    if (found === undefined) void count(key, one);
    return one.stored;
  };
}
