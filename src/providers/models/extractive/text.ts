/** Word sets of texts: what scoring, merging and conflicts compare. */

import { stems } from '../../../core/words.ts';

/** Distinct stems of a text's telling words. */
export function stemSet(text: string): ReadonlySet<string> {
  return new Set(stems(text));
}

export function shared(a: ReadonlySet<string>, b: { readonly has: (stem: string) => boolean }): number {
  let count = 0;
  for (const stem of a) if (b.has(stem)) count += 1;
  return count;
}

/** Shared words over all words, 0 to 1; 0 for two empty sets. */
export function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = shared(a, b);
  const all = a.size + b.size - both;
  return all === 0 ? 0 : both / all;
}

/** Shared words over the smaller set, 0 to 1. */
export function containment(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const least = Math.min(a.size, b.size);
  return least === 0 ? 0 : shared(a, b) / least;
}

/** Code-unit order, the same on every machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Ids in counting order: `belter-2.9` before `belter-2.10`, `s2` before `s10`. */
export function compareIds(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const numeric = /^\d/.test(part) && /^\d/.test(other);
    const order = numeric ? Number(part) - Number(other) : compareText(part, other);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Words as written, without punctuation around them. */
export function surfaceWords(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}_'’./+#-]*[\p{L}\p{N}+#]|[\p{L}\p{N}]/gu) ?? [];
}

/** The words of a path: folders often say what their documents are about. */
export function pathWords(location: string): string {
  return location.replaceAll(/[^\p{L}\p{N}]+/gu, ' ');
}

/** First letter in upper case, the rest as it is. */
export function capitalised(text: string): string {
  const [first = ''] = text;
  return first.toUpperCase() + text.slice(first.length);
}

/** At most `limit` characters, cut at a word, with an ellipsis where something was cut. */
export function shortened(text: string, limit: number): string {
  const plain = text.replaceAll(/\s+/g, ' ').trim();
  if (plain.length <= limit) return plain;
  const cut = plain.slice(0, limit);
  const space = cut.lastIndexOf(' ');
  return `${(space > limit / 2 ? cut.slice(0, space) : cut).replace(/[\s,;:.–-]+$/u, '')}…`;
}
