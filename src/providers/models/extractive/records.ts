/** Fields of JSON records made readable: what a record is named by, and one of its fields. */

import type { Hit } from '../../providers.ts';

const FIELD = /^"(?<key>[^"]+)"\s*:\s*(?<value>.+?),?$/su;
const STRING = /"((?:[^"\\]|\\.)*)"/g;
const FIRST_FIELD = /^[\s{[]*(?<field>"(?<key>[^"]{1,40})"\s*:\s*"(?<value>[^"]{1,80})")/u;

/** Fields about the file, not about its subject. */
const BOOKKEEPING = /^(?:\$schema|title|name|id|uuid|updated|created|modified|date|version|url|author)$/i;

/** A longer span is a record to read, not a quote. */
const LONGEST_SPAN = 560;

/** Its first field, which says whose the later ones are; null for a file that is no list of records. */
export interface RecordName {
  readonly text: string;
  readonly start: number;
}

export function recordName({ raw }: Hit): RecordName | null {
  const first = raw.trimStart().startsWith('{') ? FIRST_FIELD.exec(raw) : null;
  const { field = '', key = '', value = '' } = first?.groups ?? {};
  return first === null ? null : { text: `${key}: ${value}`, start: first.index + first[0].length - field.length };
}

/**
 * One field without its punctuation, behind the record's first field where a quote can span both: no text may say what
 * its quote does not hold. Null for a field that says nothing of the subject.
 */
export function readableField(
  hit: Hit,
  unit: { readonly start: number; readonly end: number },
  record: RecordName | null,
): { readonly start: number; readonly end: number; readonly text: string } | null {
  const field = FIELD.exec(hit.raw.slice(unit.start, unit.end))?.groups;
  const value = plainValue(field?.['value'] ?? '');
  if (field === undefined || value === '' || BOOKKEEPING.test(field['key'] ?? '')) return null;
  const text = `${field['key'] ?? ''}: ${value}`;
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
