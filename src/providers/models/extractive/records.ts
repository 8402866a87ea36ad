/** Fields of JSON records made readable: what a record is named by, and one of its fields. */

import type { Hit } from '../../providers.ts';

const FIELD = /^"(?<key>[^"]+)"\s*:\s*(?<value>.+?),?$/su;
const STRING = /"((?:[^"\\]|\\.)*)"/g;
const FIRST_FIELD = /^\{\s*(?<field>"(?<key>[^"]{1,40})"\s*:\s*"(?<value>[^"]{1,80})")/u;

/** Fields about the file, not about its subject. */
const BOOKKEEPING = /^(?:\$schema|title|name|id|uuid|updated|created|modified|date|version|url|author)$/i;

/** A longer span is a record to read, not a quote. */
const LONGEST_SPAN = 560;

/** The first field of the object that holds a place, which says whose the field there is. */
interface RecordName {
  readonly text: string;
  readonly start: number;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}]/g;

/** Null where the passage does not hold the beginning of the object, or it does not begin with a text. */
function recordName({ raw }: Hit, at: number): RecordName | null {
  const open: number[] = [];
  for (const { 0: token, index } of raw.slice(0, at).matchAll(TOKEN)) {
    if (token === '{') open.push(index);
    else if (token === '}') open.pop();
  }
  const begin = open.at(-1);
  const first = begin === undefined ? null : FIRST_FIELD.exec(raw.slice(begin));
  if (begin === undefined || first === null) return null;
  const { field = '', key = '', value = '' } = first.groups ?? {};
  return { text: `${key}: ${value}`, start: begin + first[0].length - field.length };
}

/**
 * One field without its punctuation, behind the first field of its own object where a quote can span both: no text may say
 * what its quote does not hold, nor of whom it does not say it. Null for a field that says nothing of the subject.
 */
export function readableField(
  hit: Hit,
  unit: { readonly start: number; readonly end: number },
): { readonly start: number; readonly end: number; readonly text: string } | null {
  const field = FIELD.exec(hit.raw.slice(unit.start, unit.end))?.groups;
  const value = plainValue(field?.['value'] ?? '');
  if (field === undefined || value === '' || BOOKKEEPING.test(field['key'] ?? '')) return null;
  const text = `${field['key'] ?? ''}: ${value}`;
  const record = recordName(hit, unit.start);
  if (text === record?.text) return null;
  if (record === null || record.start > unit.start || unit.end - record.start > LONGEST_SPAN) return { ...unit, text };
  return { start: record.start, end: unit.end, text: `${record.text}; ${text}` };
}

/** A string without its quotation marks, a list of strings as its members. */
function plainValue(value: string): string {
  const bare = value.startsWith('[')
    ? [...value.matchAll(STRING)].map(([, member]) => member ?? '').join(', ')
    : value.replace(/^"|"$/g, '');
  return bare.replaceAll(String.raw`\"`, '"');
}
