/** Whether a text states a value, whatever its line breaks, markup, case and kind of space. */

import type { Fact } from './questions.ts';

/** The text without what does not change its meaning. */
export function plainly(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/\\(?=[!-/:-@[-`{-~])/g, '')
    .replaceAll(/[−‐‑–]/g, '-')
    .replaceAll(/[*_`]/g, '')
    .replaceAll(/\s+/g, ' ')
    .toLowerCase();
}

/** Whether `text` holds the value as a whole: "3 %" is not in "13 %", nor "5" in "2.5". */
export function states(text: string, value: string): boolean {
  const wanted = plainly(value);
  const before = /^[\p{L}\p{N}]/u.test(wanted) ? String.raw`(?<![\p{L}\p{N}]|\p{N}\.)` : '';
  const after = /[\p{L}\p{N}]$/u.test(wanted) ? String.raw`(?![\p{L}\p{N}]|\.\p{N})` : '';
  const pattern = wanted.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
  return new RegExp(before + pattern + after, 'u').test(plainly(text));
}

/** Whether one of the fact's values stands in `text`, and what must stand near it does so too. */
export function holds(text: string, fact: Pick<Fact, 'values' | 'near'>): boolean {
  if (fact.near !== undefined && !plainly(text).includes(plainly(fact.near))) return false;
  return fact.values.some((value) => states(text, value));
}
