/** JSON with one spelling for equal values, so that hashes of inputs can be compared. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** The value as JSON with object keys in code-unit order and `undefined` members left out. */
export function canonical(value: Json): string {
  return JSON.stringify(value, (_key, member: Json) => {
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
