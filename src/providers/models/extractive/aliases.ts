/** Abbreviations that the material itself explains: `write-ahead log (WAL)` makes the two one in scoring. */

import { stems } from '../../../core/words.ts';

export interface Alias {
  readonly short: string;
  readonly long: readonly string[];
}

const EXPLAINED =
  /(?<long>(?:[\p{L}\p{N}]+[\s-]+){1,5}[\p{L}\p{N}]+)\W{1,6}\((?:the )?(?<short>\p{Lu}[\p{Lu}\p{N}]{1,6})s?\)|\b(?<shortFirst>\p{Lu}{2,7}) \((?<longLast>(?:[\p{L}\p{N}]+[\s-]+){1,5}[\p{L}\p{N}]+)\)/gu;

/**
 * What every explanation holds. Looked for first, because it begins at a bracket or a capital, while an explanation may begin
 * at any word: over the passages of a question that held up the event loop for a tenth of a second.
 */
const MAY_EXPLAIN = /\((?:the )?\p{Lu}[\p{Lu}\p{N}]{1,6}s?\)|\p{Lu}{2,7} \(/u;

/** Abbreviations explained in the texts, each once, in order of appearance. */
export function aliasesIn(texts: readonly string[]): readonly Alias[] {
  const found = new Map<string, Alias>();
  for (const text of texts) {
    if (!MAY_EXPLAIN.test(text)) continue;
    for (const { groups } of text.matchAll(EXPLAINED)) {
      const short = groups?.['short'] ?? groups?.['shortFirst'] ?? '';
      const long = initialsOf(groups?.['long'] ?? groups?.['longLast'] ?? '', short);
      const [stem] = stems(short);
      if (long !== null && stem !== undefined && !found.has(stem))
        found.set(stem, { short: stem, long: [...new Set(stems(long))] });
    }
  }
  return [...found.values()].filter(({ long }) => long.length > 1);
}

/** The last words whose initials spell the abbreviation, or null. */
function initialsOf(phrase: string, short: string): string | null {
  const parts = phrase.split(/[\s-]+/).filter((part) => part !== '');
  const last = parts.slice(-short.length);
  const initials = last.map((part) => part.charAt(0).toUpperCase()).join('');
  return initials === short ? last.join(' ') : null;
}

/** The words with the other form of every abbreviation they hold in one form. */
export function withAliases(words: ReadonlySet<string>, aliases: readonly Alias[]): ReadonlySet<string> {
  const added = aliases.flatMap(({ short, long }) => {
    if (words.has(short)) return long;
    return long.every((stem) => words.has(stem)) ? [short] : [];
  });
  return added.length === 0 ? words : new Set([...words, ...added]);
}
