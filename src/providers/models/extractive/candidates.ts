/** The sentences of retrieved passages that a claim could quote, as a reader would see them. */

import { READS, type SourceFormat } from '../../../core/source.ts';
import type { Hit } from '../../providers.ts';
import { readableField } from './records.ts';
import { legible, type Unit, type UnitKind, units } from './sentences.ts';
import { csvRecords, headingColumns, markdownCells, markdownColumns, readableRow } from './tables.ts';
import { stemSet, surfaceWords } from './text.ts';
import { BASE_UNITS } from '../../../core/units.ts';
import { valuesOf } from './values.ts';

export interface Candidate {
  readonly hit: Hit;
  readonly kind: UnitKind;
  /** Offsets in the hit. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly words: ReadonlySet<string>;
  /** Opens with a word that points at something said before (`This`, `It`, `However`). */
  readonly leans: boolean;
  /** Two sentences, or a comment and the code below it, that may be candidates of their own as well. */
  readonly pair: 'sentences' | 'comment' | null;
}

export interface Ranked {
  readonly hit: Hit;
  /** Best score over the queries, each query's best hit being 1. */
  readonly rank: number;
}

export interface Scored {
  readonly candidate: Candidate;
  readonly score: number;
}

/** A sentence below this many words is a fragment; a list item or row may be shorter. */
const LEAST_WORDS = 4;
const LEAST_ITEM_WORDS = 3;
const LONGEST_TEXT = 620;
/** With its predecessor a leaning sentence may grow to this many characters, or it stands alone. */
const LONGEST_PAIR = 420;
const LONGEST_LIST = 420;
const LONGEST_DATA = 160;

/** "In WAL mode it can …", "Without it, …", "Only after that …": the pointing word comes a little later. */
const LEANS_LATE =
  /^(?:only )?(?:in|on|at|with|without|after|before|when|if|for|from|under|during|until|once|as|because|since|while|by|to|like|unlike)(?: [^\s,]+){0,3} (?:it|they|them|this|that|these|those|such)\b[^-]/i;
const LEANS =
  /^["'“(]?(?:this|that|these|those|it|its|they|them|their|he|she|his|her|such|however|but|and|or|so|thus|hence|therefore|consequently|otherwise|instead|moreover|furthermore|additionally|also|besides|similarly|likewise|conversely|nevertheless|nonetheless|in contrast|by contrast|on the other hand|for example|for instance|in addition|as a result|in (?:this|that|these|both|such) |at (?:this|that) |as such|then|here|there(?:by|fore)|both|neither|the (?:former|latter|first|second|third|same|other|others|result|reason|above|remedy|effect)|first|second|third|finally|next|only (?:after|then|when) (?:this|that)|another|none of (?:them|these)|nothing of|some of (?:them|these)|all of (?:them|these)|one (?:of|such)|dies(?:e[rsmn]?)?|er|sie|es|il|elle|cela|ce|esto|eso)\b/i;
/** "That a page is torn is found …", "It is safe to …", "This document …" stand on their own. */
const STANDS =
  /^(?:(?:it|there) (?:is|was|are) (?:\w+ ){1,2}(?:to|that)\b|this (?:document|page|guide|report|paper|note|chapter|article|section)\b|these notes\b)/i;

/** Candidates of one passage in reading order. */
export function candidatesOf(hit: Hit, format: SourceFormat): readonly Candidate[] {
  const list = units({ raw: hit.raw, masked: hit.text, format });
  const columns = READS[format] === 'rows' ? headingColumns(hit.heading) : tableColumns(hit);
  const out: Candidate[] = [];
  for (const [index, unit] of list.entries()) {
    const candidate =
      READS[format] === 'records'
        ? fieldCandidate(hit, unit)
        : unit.kind === 'row'
          ? rowCandidate(hit, unit, { columns, format })
          : proseCandidate(hit, list, index);
    if (candidate !== null) out.push(candidate);
    const pair = unit.kind === 'row' ? null : pairCandidate(hit, list, index);
    if (pair !== null) out.push(pair);
  }
  return out;
}

function tableColumns(hit: Hit): readonly string[] {
  const own = markdownColumns(hit.raw, hit.text);
  return own.length > 0 ? own : headingColumns(hit.heading);
}

function rowCandidate(
  hit: Hit,
  unit: Unit,
  { columns, format }: { readonly columns: readonly string[]; readonly format: SourceFormat },
): Candidate | null {
  const raw = hit.raw.slice(unit.start, unit.end);
  const cells =
    READS[format] === 'rows'
      ? (csvRecords(raw)[0]?.cells ?? [])
      : markdownCells(raw, hit.text.slice(unit.start, unit.end));
  const filled = cells.filter((cell) => cell !== '');
  const isHead = cells.length > 1 && cells.every((cell, index) => cell === columns[index]);
  if (filled.length < 2 || isHead) return null;
  const text = readableRow(cells, columns);
  return text.length > LONGEST_TEXT ? null : made({ hit, unit, text, leans: false });
}

function fieldCandidate(hit: Hit, unit: Unit): Candidate | null {
  const field = readableField(hit, unit);
  if (field === null || field.text.length > LONGEST_TEXT) return null;
  return made({ hit, unit: { kind: unit.kind, start: field.start, end: field.end }, text: field.text, leans: false });
}

function made(options: {
  readonly hit: Hit;
  readonly unit: { readonly start: number; readonly end: number; readonly kind: UnitKind };
  readonly text: string;
  readonly leans: boolean;
}): Candidate {
  const { hit, unit, text, leans } = options;
  return {
    hit,
    kind: unit.kind,
    start: unit.start,
    end: unit.end,
    text,
    words: stemSet(withParts(text)),
    leans,
    pair: null,
  };
}

const IDENTIFIER = /[\p{L}\p{N}]+_[\p{L}\p{N}_]+|\p{Ll}+(?:\p{Lu}\p{Ll}+)+/gu;

/** `home_port` and `maxAttempts` are found by their words, too. */
function withParts(text: string): string {
  const parts = (text.match(IDENTIFIER) ?? []).map((name) => name.replaceAll(/_|(?<=\p{Ll})(?=\p{Lu})/gu, ' '));
  return parts.length === 0 ? text : `${text} ${parts.join(' ')}`;
}

function proseCandidate(hit: Hit, list: readonly Unit[], index: number): Candidate | null {
  const unit = list[index];
  if (unit === undefined) return null;
  const read = (start: number, end: number): string => legible(hit.raw.slice(start, end), hit.text.slice(start, end));
  const text = read(unit.start, unit.end);
  if (text.endsWith(':')) return listCandidate(hit, list, index);
  if (!isReadable(text, unit.kind)) return null;
  if (!leansBack(text)) return made({ hit, unit, text, leans: false });
  const before = list[index - 1];
  if (before?.block === unit.block && before.kind === unit.kind && unit.end - before.start <= LONGEST_PAIR) {
    const pair = read(before.start, unit.end);
    if (isReadable(read(before.start, before.end), before.kind)) {
      return made({ hit, unit: { ...unit, start: before.start }, text: pair, leans: leansBack(pair) });
    }
  }
  return made({ hit, unit, text, leans: true });
}

/** "Tighten them to 180 Nm.", "Cold air gathers there": points back from within, which reads well only where it is meant. */
const POINTS_WITHIN =
  /\S\s(?:it|its|them|they|their|there|this|these|those|such|then)\b(?! (?:is|are|was|were|will) )/i;

/** A sentence that may point back, together with the one it points at; the choice between it and the one alone is left open. */
function pairCandidate(hit: Hit, list: readonly Unit[], index: number): Candidate | null {
  const [before, unit] = [list[index - 1], list[index]];
  if (unit === undefined || before === undefined) return null;
  if (unit.kind === 'code' && before.kind === 'sentence') return commentedCode(hit, before, unit);
  if (before.block !== unit.block || before.kind !== unit.kind) return null;
  if (unit.kind === 'code' || unit.end - before.start > LONGEST_PAIR) return null;
  const read = (start: number, end: number): string => legible(hit.raw.slice(start, end), hit.text.slice(start, end));
  const [first, text] = [read(before.start, before.end), read(unit.start, unit.end)];
  if (leansBack(text) || !POINTS_WITHIN.test(text) || first.endsWith(':') || text.endsWith(':')) return null;
  if (!isReadable(first, before.kind) || !isReadable(text, unit.kind)) return null;
  const pair = read(before.start, unit.end);
  return {
    ...made({ hit, unit: { ...unit, start: before.start }, text: pair, leans: leansBack(pair) }),
    pair: 'sentences',
  };
}

/** `MOST = 7`, `"timeout": 30`: says a value by itself, which the head of a function does not. */
const ASSIGNS = /^[^(){}]*[=:]\s*[^\s={][^{]*$/u;

/** What a comment says of the line of code right below it is told by both. */
function commentedCode(hit: Hit, comment: Unit, code: Unit): Candidate | null {
  const between = hit.raw.slice(comment.end, code.start);
  if (!ASSIGNS.test(hit.raw.slice(code.start, code.end))) return null;
  if (/[\p{L}\p{N}]/u.test(between) || (between.match(/\n/g) ?? []).length !== 1) return null;
  const read = (unit: Unit): string =>
    legible(hit.raw.slice(unit.start, unit.end), hit.text.slice(unit.start, unit.end));
  if (code.end - comment.start > LONGEST_PAIR || !isReadable(read(comment), comment.kind)) return null;
  const unit = { kind: comment.kind, start: comment.start, end: code.end };
  return { ...made({ hit, unit, text: `${read(comment)} ${read(code)}`, leans: false }), pair: 'comment' };
}

/** "The log guarantees:" says nothing without the list it announces; a short list is quoted with it. */
function listCandidate(hit: Hit, list: readonly Unit[], index: number): Candidate | null {
  const lead = list[index];
  if (lead === undefined || lead.kind === 'code') return null;
  const items: Unit[] = [];
  for (const unit of list.slice(index + 1)) {
    if (unit.kind !== 'item') break;
    items.push(unit);
  }
  const last = items.at(-1);
  if (last === undefined || last.end - lead.start > LONGEST_LIST) return null;
  const parts = items.map(({ start, end }) => legible(hit.raw.slice(start, end), hit.text.slice(start, end)));
  const opening = legible(hit.raw.slice(lead.start, lead.end), hit.text.slice(lead.start, lead.end));
  const text = `${opening} ${parts.map((part) => part.replace(/[.;,]+$/u, '')).join('; ')}`;
  return made({ hit, unit: { start: lead.start, end: last.end, kind: 'item' }, text, leans: leansBack(text) });
}

const COMMAND =
  /^(?:\$ |> )?(?:(?:npx|npm|pnpm|yarn|git|curl|sudo|pip3?|docker|mkdir|export) [-@./\w$]|(?:SELECT|INSERT INTO|CREATE TABLE|BEGIN|PRAGMA)\b)/;

/** What only program text has: declarations, calls that end a statement, comments after code. */
const STATEMENT =
  /^(?:const|let|var|import|export|function|return|class|struct|typedef|static|def|from \S+ import|#include|@\w+\()\b.*[=({;"']|\b(?:const|let|var) \w+ =|=>|===?|\);|\(\{|\}\)|[{;] *\/\/|^\/\/|&&|\|\||\brequire\(|\w\(\)? *\{|^[{[]|<\/\w+>|\.\w+\(['"\w].*\.\w+\(['"\w]/;
/** A word with brackets, operators or a path in it, or an operator by itself. */
const CODE_WORD = /[{}=;<>|$\\]|\w\(\S*\)?|^[([]?(?:--?\w|\/\w)|[\w"]:[\w*]|^[^\p{L}\p{N}]+$/u;
const CODE_SHARE = 0.34;
const CODE_SHARE_OF_STATEMENT = 0.14;

/** Program text that a document quotes: its layout is gone once it stands in a line. */
function isProgram(text: string): boolean {
  if (COMMAND.test(text) || /^[{[<]\s|\s\/\/\s.*[({]|\bstruct \w+ \{/.test(text)) return true;
  const parts = text.split(' ');
  const share = parts.filter((part) => CODE_WORD.test(part)).length / parts.length;
  return parts.length >= 4 && share >= (STATEMENT.test(text) ? CODE_SHARE_OF_STATEMENT : CODE_SHARE);
}

/** A line without closing punctuation is a statement only where small words join the others; a list of names has none. */
function isJoined(text: string): boolean {
  return (text.match(/(?:^|\s)\p{Ll}{1,3}(?=[\s,;]|$)/gu) ?? []).length >= 2;
}

/** "Group commit shares that price." is too short to say what it points at. */
function pointsBack(text: string): boolean {
  return text.length < 60 && /\S\s(?:this|that|these|those|such)\s\w+[.,;]/i.test(text);
}

const LEANS_WITHIN =
  /^[^;:.]{0,70}\b(?:does|do|did|done)(?: so)?[,;:]|\b(?:in (?:exactly |just |much )?(?:this|that|the same) way|(?:does|do|did|done) so)\b/i;

function leansBack(text: string): boolean {
  return (
    pointsBack(text) || ((LEANS.test(text) || LEANS_LATE.test(text) || LEANS_WITHIN.test(text)) && !STANDS.test(text))
  );
}

function isReadable(text: string, kind: UnitKind): boolean {
  const count = surfaceWords(text).length;
  if (text.length > LONGEST_TEXT || (kind !== 'code' && isProgram(text))) return false;
  if (kind === 'code') return count >= 2;
  if (kind === 'item') return count >= LEAST_ITEM_WORDS || (count >= 2 && /\d/.test(text));
  if (count < LEAST_WORDS && !isUnspaced(text)) return false;
  if (isData(text)) return true;
  // Without closing punctuation it is a title, a caption or a broken line, unless it is long enough to say something.
  return (
    /[.!?…:;。！？][\])"'”’*]*(?:\[\d+\])?$/u.test(text) ||
    (count >= 8 && !isTitleCase(text) && (isJoined(text) || isUnspaced(text)))
  );
}

/** "Harbour 4.2 MW 1,000 V": the row of a table that has lost its lines. */
function isData(text: string): boolean {
  const known = valuesOf(text).filter(({ unit }) => BASE_UNITS.has(unit));
  const closes = known.some(({ end }) => end === text.length);
  return /^[\p{L}\p{N}]/u.test(text) && (known.length >= 2 || closes) && text.length <= LONGEST_DATA;
}

/** Chinese, Japanese, Thai and their like: words are not counted by spaces. */
function isUnspaced(text: string): boolean {
  return /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Thai}/u.test(text) && text.length >= 8;
}

function isTitleCase(text: string): boolean {
  const list = surfaceWords(text).filter((word) => word.length > 3);
  return list.filter((word) => /^\p{Lu}/u.test(word)).length > list.length * 0.6;
}
