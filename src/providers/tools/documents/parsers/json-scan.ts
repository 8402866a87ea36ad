/** A JSON reader that keeps positions and needs no call stack, so that deep nesting and large files are ordinary. */

import { parseDate } from '../dates.ts';
import { HEADING_JOIN, tidyHeading, type Span } from '../layout.ts';
import { MAX_PASSAGE } from '../split.ts';

/** A stretch worth a passage: a record, or one or more members. */
interface JsonUnit {
  readonly start: number;
  readonly end: number;
  readonly heading: number;
  /** An element of an array or a line of JSON Lines: stays by itself. */
  readonly record: boolean;
}

export interface JsonScan {
  readonly units: readonly JsonUnit[];
  readonly headings: readonly string[];
  /** Escapes inside strings (`\n`, the backslash of `\"`). */
  readonly blanks: readonly Span[];
  readonly title: string | null;
  readonly date: string | null;
}

/** Keys beyond this depth no longer lengthen the path. */
const PATH_DEPTH = 8;

interface Frame {
  readonly array: boolean;
  /** Where the container's value, or the key before it, begins. */
  readonly start: number;
  /** How many units there were before it: closing a small container folds the later ones into one. */
  readonly units: number;
  /** Heading of the container itself, and of what stands in it. */
  readonly outer: number;
  readonly heading: number;
  readonly depth: number;
  /** Whether it is an element of an array, or a whole line. */
  readonly record: boolean;
  /** Set once it holds records, which then keep their own passages. */
  holdsRecords: boolean;
  key: { readonly name: string; readonly start: number } | null;
  /** What may come next. */
  expects: 'key' | 'colon' | 'value' | 'comma';
}

interface Scan {
  readonly text: string;
  readonly stack: Frame[];
  readonly units: JsonUnit[];
  readonly headings: string[];
  readonly known: Map<string, number>;
  readonly blanks: Span[];
  readonly stated: Map<string, string>;
  at: number;
  /** Values at the top: more than one is JSON Lines, whose records do not speak for the file. */
  values: number;
}

/** Scans the whole text; null when it is not JSON (nor JSON Lines, nor JSON with comments and trailing commas). */
export function scanJson(text: string): JsonScan | null {
  const scan: Scan = {
    text,
    stack: [],
    units: [],
    headings: [],
    known: new Map(),
    blanks: [],
    stated: new Map(),
    at: 0,
    values: 0,
  };
  for (;;) {
    if (!skipSpace(scan)) return null;
    if (scan.at >= text.length) break;
    if (!step(scan)) return null;
  }
  if (scan.stack.length > 0 || scan.units.length === 0) return null;
  const { units, headings, blanks } = scan;
  const stated = scan.values === 1 ? scan.stated : new Map<string, string>();
  const dated = ['updated', 'last_updated', 'date', 'published'].map((key) => parseDate(stated.get(key) ?? ''));
  return {
    units,
    headings,
    blanks,
    title: stated.get('title') ?? stated.get('name') ?? null,
    date: dated.find((date) => date !== null) ?? null,
  };
}

const SPACES = /[\s\uFEFF]*/uy;

/** Skips spaces and comments; false at a comment that never ends. */
function skipSpace(scan: Scan): boolean {
  for (;;) {
    SPACES.lastIndex = scan.at;
    SPACES.test(scan.text);
    scan.at = SPACES.lastIndex;
    const pair = scan.text.slice(scan.at, scan.at + 2);
    if (pair !== '//' && pair !== '/*') return true;
    const end = pair === '//' ? scan.text.indexOf('\n', scan.at) : scan.text.indexOf('*/', scan.at + 2);
    if (end === -1 && pair === '/*') return false;
    scan.at = end === -1 ? scan.text.length : end + (pair === '//' ? 1 : 2);
  }
}

/** Reads one token; false when it does not belong there. */
function step(scan: Scan): boolean {
  const frame = scan.stack.at(-1);
  const char = scan.text.charAt(scan.at);
  if (frame !== undefined && (char === '}' || char === ']')) return closeContainer(scan, frame, char);
  if (frame?.expects === 'comma') {
    if (char !== ',') return false;
    frame.expects = frame.array ? 'value' : 'key';
    scan.at += 1;
    return true;
  }
  if (frame?.expects === 'colon') {
    if (char !== ':') return false;
    frame.expects = 'value';
    scan.at += 1;
    return true;
  }
  if (frame?.expects === 'key') return readKey(scan, frame);
  return char === '{' || char === '[' ? openContainer(scan, frame, char) : readScalar(scan, frame);
}

function readKey(scan: Scan, frame: Frame): boolean {
  const start = scan.at;
  if (scan.text.charAt(start) !== '"' || !skipString(scan)) return false;
  frame.key = { name: scan.text.slice(start + 1, Math.min(scan.at - 1, start + 201)), start };
  frame.expects = 'colon';
  return true;
}

function openContainer(scan: Scan, frame: Frame | undefined, char: string): boolean {
  const outer = frame?.heading ?? -1;
  const name = frame?.array === false ? (frame.key?.name ?? '') : '';
  const depth = (frame?.depth ?? 0) + (name === '' ? 0 : 1);
  const array = char === '[';
  scan.stack.push({
    array,
    start: frame?.array === false ? (frame.key?.start ?? scan.at) : scan.at,
    units: scan.units.length,
    outer,
    heading: name === '' || depth > PATH_DEPTH ? outer : pathIndex(scan, outer, name),
    depth,
    record: frame === undefined || frame.array,
    holdsRecords: false,
    key: null,
    expects: array ? 'value' : 'key',
  });
  if (frame?.array === true) frame.holdsRecords = true;
  scan.at += 1;
  return true;
}

function pathIndex(scan: Scan, outer: number, name: string): number {
  const parent = scan.headings[outer];
  const path = parent === undefined ? tidyHeading(name) : `${parent}${HEADING_JOIN}${tidyHeading(name)}`;
  const known = scan.known.get(path);
  if (known !== undefined) return known;
  scan.known.set(path, scan.headings.length);
  return scan.headings.push(path) - 1;
}

function closeContainer(scan: Scan, frame: Frame, char: string): boolean {
  if (char !== (frame.array ? ']' : '}') || frame.expects === 'colon') return false;
  if (frame.expects === 'value' && frame.key !== null) return false;
  scan.at += 1;
  scan.stack.pop();
  const parent = scan.stack.at(-1);
  fold(scan, frame, parent);
  finishValue(scan, parent);
  return true;
}

/** A small container becomes one unit, unless it holds records of its own and is not a record itself. */
function fold(scan: Scan, frame: Frame, parent: Frame | undefined): void {
  const record = frame.record && parent !== undefined;
  const keepsRecords = frame.holdsRecords && !record;
  if (keepsRecords || scan.at - frame.start > MAX_PASSAGE) {
    if (parent !== undefined) parent.holdsRecords = true;
    return;
  }
  scan.units.length = frame.units;
  // A record is named by the path that leads to its array; a member by the object it stands in.
  const heading = frame.record ? frame.heading : frame.outer;
  scan.units.push({ start: frame.start, end: scan.at, heading, record: frame.record });
}

function finishValue(scan: Scan, frame: Frame | undefined): void {
  if (frame === undefined) {
    scan.values += 1;
    return;
  }
  frame.expects = 'comma';
  frame.key = null;
}

const LITERAL = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/uy;

function readScalar(scan: Scan, frame: Frame | undefined): boolean {
  const valueStart = scan.at;
  if (scan.text.charAt(scan.at) === '"') {
    if (!skipString(scan)) return false;
  } else {
    LITERAL.lastIndex = scan.at;
    if (!LITERAL.test(scan.text)) return false;
    scan.at = LITERAL.lastIndex;
  }
  const start = frame?.array === false ? (frame.key?.start ?? valueStart) : valueStart;
  scan.units.push({ start, end: scan.at, heading: frame?.heading ?? -1, record: frame === undefined });
  if (frame?.key != null && scan.stack.length <= 2) state(scan, frame.key.name, valueStart);
  finishValue(scan, frame);
  return true;
}

/** Remembers what the document says of itself near its top: title, name, dates. */
function state(scan: Scan, key: string, start: number): void {
  if (scan.text.charAt(start) !== '"' || scan.at - start > 300 || start > 20_000) return;
  const name = key.toLowerCase();
  if (scan.stack.length === 2 && scan.stack[0]?.array !== false) return;
  if (!scan.stated.has(name)) scan.stated.set(name, scan.text.slice(start + 1, scan.at - 1));
}

const STRING_PART = /[^"\\]*/uy;

/** Moves past a string and notes its escapes; false when it never ends. */
function skipString(scan: Scan): boolean {
  scan.at += 1;
  for (;;) {
    STRING_PART.lastIndex = scan.at;
    STRING_PART.test(scan.text);
    scan.at = STRING_PART.lastIndex;
    const char = scan.text.charAt(scan.at);
    if (char === '') return false;
    scan.at += 1;
    if (char === '"') return true;
    const escaped = scan.text.charAt(scan.at);
    if ('nrtbf'.includes(escaped)) scan.blanks.push([scan.at - 1, scan.at + 1]);
    else if ('"\\/'.includes(escaped)) scan.blanks.push([scan.at - 1, scan.at]);
    scan.at += 1;
  }
}
