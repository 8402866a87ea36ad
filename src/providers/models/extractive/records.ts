/** Fields of JSON records made readable: what a record is named by, and one of its fields. */

import type { Hit } from '../../providers.ts';

const FIELD = /^"(?<key>[^"]+)"\s*:\s*(?<value>.+?),?$/su;
const STRING = /"((?:[^"\\]|\\.)*)"/g;
/** An id before the name says less of whom a record is than the name does. */
const FIRST_FIELD =
  /^\{\s*(?:"(?:\w*_)?(?:id|code|number|no)"\s*:\s*(?:"[^"]{0,80}"|[\d.]+)\s*,\s*(?="(?:\w*_)?(?:name|title|label)"))?(?<field>"(?<key>[^"]{1,40})"\s*:\s*"(?<value>[^"]{1,80})")/u;

/** Fields about the file, not about its subject. */
const BOOKKEEPING = /^(?:\$schema|title|name|id|uuid|updated|created|modified|date|version|url|author)$/i;

/** A longer span is a record to read, not a quote. */
const LONGEST_SPAN = 560;

/** Of an inner object the first field names it only under such a key: a city is not whose address it is in. */
const NAMES = /^(?:id|code)$|(?:^|[_-])(?:name|title|label)$|Name$/;

/** Whose the field at a place is. */
interface Owner {
  /** The first field of the nearest object around it that a text names; null where the passage holds none. */
  readonly name: { readonly text: string; readonly start: number } | null;
  /** Keys that lead to it from there, outermost first. */
  readonly keys: readonly { readonly text: string; readonly start: number }[];
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]]/g;
const KEY_BEFORE = /"(?<key>(?:[^"\\]|\\.){1,40})"\s*:\s*$/u;

/** Outwards through objects that are values of keys; the member of a list is its own, whatever object holds the list. */
function ownerOf({ raw }: Hit, at: number): Owner {
  const open: number[] = [];
  for (const { 0: token, index } of raw.slice(0, at).matchAll(TOKEN)) {
    if (token === '{' || token === '[') open.push(index);
    else if (token === '}' || token === ']') open.pop();
  }
  const keys: { readonly text: string; readonly start: number }[] = [];
  for (const begin of open.toReversed()) {
    if (raw[begin] === '[') break;
    const before = KEY_BEFORE.exec(raw.slice(0, begin));
    const key = before?.groups?.['key'] ?? null;
    const first = FIRST_FIELD.exec(raw.slice(begin));
    const { field = '', key: named = '', value = '' } = first?.groups ?? {};
    if (first !== null && (key === null || NAMES.test(named))) {
      return { name: { text: `${named}: ${value}`, start: begin + first[0].length - field.length }, keys };
    }
    if (before === null || key === null) break;
    keys.unshift({ text: key, start: before.index });
  }
  return { name: null, keys };
}

/**
 * One field without its punctuation, behind whose it is (`name: Birch tank; limits › pressure_bar: 9`) where a quote can span
 * both: no text may say what its quote does not hold, nor of whom it does not say it. Null for a field that says nothing of
 * the subject.
 */
export function readableField(
  hit: Hit,
  unit: { readonly start: number; readonly end: number },
): { readonly start: number; readonly end: number; readonly text: string } | null {
  const field = FIELD.exec(hit.raw.slice(unit.start, unit.end))?.groups;
  const value = plainValue(field?.['value'] ?? '');
  if (field === undefined || value === '' || BOOKKEEPING.test(field['key'] ?? '')) return null;
  const own = `${field['key'] ?? ''}: ${value}`;
  const { name, keys } = ownerOf(hit, unit.start);
  if (own === name?.text && keys.length === 0) return null;
  const isNear = ({ start }: { readonly start: number }): boolean => unit.end - start <= LONGEST_SPAN;
  const near = keys.filter(isNear);
  // Not a colon: what stands before the first one is the name of a cell, and two fields of one object are two cells.
  const text = [...near.map((key) => key.text), own].join(' › ');
  if (name === null || !isNear(name)) return { start: near[0]?.start ?? unit.start, end: unit.end, text };
  return { start: name.start, end: unit.end, text: `${name.text}; ${text}` };
}

/** A string without its quotation marks, a list of strings as its members. */
function plainValue(value: string): string {
  const bare = value.startsWith('[')
    ? [...value.matchAll(STRING)].map(([, member]) => member ?? '').join(', ')
    : value.replace(/^"|"$/g, '');
  return bare.replaceAll(String.raw`\"`, '"');
}
