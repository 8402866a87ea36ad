/**
 * Whether a wording is a span's own, character by character: spaces, line breaks and the forms of quotation marks and dashes may
 * differ, and markup that a reader does not see; case, signs and numbers may not. `5 mW` is not `5 MW`, and `C` is not `C++`.
 * A list or a table row is made readable by joints between its items or cells, and a cell by its column's name before it.
 */

import type { Layout } from '../../core/source.ts';
import { foldText, type Folded, partsNumbers, SPACE } from './fold-text.ts';
import { CURRENCY_CODES, CURRENCY_CODES_OR_NAMES, measureAt } from './measures.ts';
import { numbersInWords } from './number-words.ts';
import { holdsCue } from './polarity.ts';

/** A span as it is stored, with the markup in it. */
export interface Passage {
  readonly text: string;
  /** Offsets count from the beginning of `text`. */
  readonly blanks: Layout['blanks'];
  /** The line goes on before it or behind it: which column its first cell is of cannot be told. */
  readonly isCut?: boolean;
}

/** Names that may stand before a cell. */
export interface Labels {
  /** Of columns by their place, '' where none may stand: each reading of a heading, where a name may have a comma in it. */
  readonly columns: readonly (readonly string[])[];
  /** What stands above the span as a whole. */
  readonly steps: readonly string[];
}

const NO_LABELS: Labels = { columns: [[]], steps: [] };

/** Labels under a heading path whose last step may be the names of columns. A name that denies turns round what it labels. */
export function labelsOf(heading: string): Labels {
  const steps = heading.split(' › ').filter((step) => step !== '');
  const names = (steps.at(-1) ?? '').split(', ').map((name) => name.trim());
  // "First answer, severity 1" is one name: what begins in lower case may go on from the name before.
  const joined = names.reduce<readonly string[]>(
    (all, name) =>
      all.length > 0 && /^\p{Ll}/u.test(name) ? [...all.slice(0, -1), `${all.at(-1)}, ${name}`] : [...all, name],
    [],
  );
  const whole = names.length < 2 ? [] : [names, ...(joined.length < names.length ? [joined] : [])];
  return {
    // A table whose corner is empty has one name less: its first cell names the row.
    columns: [[], ...whole, ...whole.map((each) => ['', ...each])].map((each) =>
      each.map((name) => (holdsCue(name) ? '' : name)),
    ),
    steps: steps.filter((step) => !holdsCue(step) && !/\p{N}/u.test(step)),
  };
}

/** Marks of lists and comments at the beginning of a line, which a line of prose made of several has no more. */
const LINE_MARK = /\n[ \t]*(?<mark>[-*+•‣◦]|>+|#{1,6}|\/{2,}|--)(?=[ \t]+(?<after>[^\n]{0,24}))/g;

export function readsAs(said: string, { text, blanks, isCut }: Passage, labels: Labels = NO_LABELS): boolean {
  const claim = foldText(said, []);
  if (claim.length === 0) return false;
  const hidden = [...blanks, ...lineMarks(text)].sort(([a], [b]) => a - b);
  const rows = isCut === true ? [[]] : labels.columns;
  return [blanks, hidden].some((each) => {
    const held = { text, folded: foldText(text, each) };
    return rows.some((columns) => new Reading(claim, held, { columns, steps: labels.steps }).isWhole());
  });
}

/**
 * `fell to\n- 5 degrees`: before a number the mark may be a sign or a bound, and is one of a line only where the line before is an
 * item too, announces items or is blank.
 */
function lineMarks(text: string): readonly (readonly [number, number])[] {
  return Array.from(text.matchAll(LINE_MARK)).flatMap(({ 0: all, index, groups }) => {
    const { mark = '', after = '' } = groups ?? {};
    const before = text.slice(text.lastIndexOf('\n', index - 1) + 1, index);
    const isItem = /^[ \t]*$|:[ \t]*$/.test(before) || before.trimStart().startsWith(mark);
    if (beginsNumber(after) && !isItem) return [];
    return [[index, index + all.length] as const];
  });
}

/** Characters in which a number begins, or does not. */
const NUMBER_REACH = 32;
/** Behind a number of which a currency was before: `XYZ 5 million`. */
const SCALED = String.raw`\s?(?:[\d.,'’\s]*\d|\p{Ll}+(?:[\s-]\p{Ll}+){0,3}?)[\s-]?(?:hundred|thousand|lakh|crore|(?:m|b|tr)illion|mio|mrd|bn|mn|tn|[MmBbKk])s?(?![\p{L}\p{N}])`;
/** A currency before its number: `USD 5`, `US$5`, `Rs. 5`, `PHP 500`. `AES 256`, `ISO 9001` and `PHP 8` are names. */
const MONEY = new RegExp(
  String.raw`^(?:${CURRENCY_CODES.join('|')}|(?:${CURRENCY_CODES_OR_NAMES.join('|')})(?=\s?\d(?:\d\d|\d?[,’'\s]\d{3}))|\p{Lu}{3}(?=${SCALED})|\p{L}{1,3}\p{Sc}|(?:[Rr]s|[Kk]r|S?[Ff]r)\.?|(?:[Ee]uro|[Dd]ollar|[Pp]ound|[Ff]ranc|[Rr]upee)s?|[Yy](?:en|uan))(?!\p{L})\s?`,
  'u',
);
const SCALE = 'dozen|score|hundred|thousand|million|billion|trillion';
/** Numbers that begin with a word which is none by itself, or is a pronoun elsewhere. */
const ROUND = new RegExp(
  String.raw`^(?:(?:(?:an?|one)\s+)?(?:half[\s-]+(?:an?\s+)?)?(?:${SCALE})(?![\p{L}-])|(?:an?|one)[\s-]+(?:half|quarter|third)\s+of\b|one\s+(?:and\s+an?\s+half|point)\b)`,
  'iu',
);
/** "One process writes", "Half went": a number only of what is measured or counted off. */
const ONE_OR_HALF = /^(?:one|half(?:\s+an?)?)(?=[\s(-])/iu;
const FRACTION =
  'hal(?:f|ves)|thirds?|quarters?|fourths?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?|elevenths?|twelfths?|[a-z]+t(?:een|ie)ths?|(?:hundred|thousand|million|billion)ths?';
const COIN =
  'cents?|penn(?:y|ies)|pence|dimes?|pesos?|rand|krone[rn]?|kron[ao]r?|lira|zloty|forints?|koruna|hryvnia|shekels?|dirhams?|dinars?|riyals?|rials?|ringgit|baht|rupiah|naira|cedi|taka|francs?|renminbi|bitcoins?|guilders?|schillings?|shillings?|escudos?|pesetas?|drachmas?|deutschmarks?';
/** Which are money only where nothing is said of them: "one real process". */
const COIN_OR_WORD = 'real|won|mark|crown|dong';
/** Of these, which are no units by themselves. */
const OF_MEASURE = new RegExp(
  String.raw`^[\s-]+(?:(?:of|degrees?|(?:(?:percentage|basis)\s+)?points?|lakhs?|crores?|${FRACTION}|${COIN})(?!\p{L})|(?:${COIN_OR_WORD})(?=\s*(?:[^\p{L}\s]|$)))`,
  'iu',
);
/** Behind it another number, in brackets or of the same range, sum or share. */
const AND_NUMBER = /^(?:\s*[([]\s*|\s*-\s*|\s+(?:in|to|or|and|out\s+of)\s+)(?=\S)/iu;
/** "One full degree", "one Hong Kong dollar": words before what it measures. */
const WORDS_BEFORE = 2;

function beginsMeasured(text: string): boolean {
  const [written] = ONE_OR_HALF.exec(text) ?? [];
  if (written === undefined) return false;
  let rest = text.slice(written.length);
  const [joint] = AND_NUMBER.exec(rest) ?? [];
  if (joint !== undefined && isNumberAtStart(rest.slice(joint.length))) return true;
  for (let word = 0; word <= WORDS_BEFORE; word += 1) {
    // Behind words that are none of a measure, "of" is any.
    if ((word === 0 || !/^\s+of\b/iu.test(rest)) && OF_MEASURE.test(rest)) return true;
    if (measureAt(rest, 0, false).unit !== null) return true;
    // What the next line or item begins with measures nothing of this one.
    [rest = ''] = rest.replace(/^[\s-]+[\p{L}.]+/u, '').split('\n', 1);
  }
  return false;
}

function isNumberAtStart(text: string): boolean {
  return /^[^\p{L}\s]{0,3}\s?\p{N}/u.test(text) || ROUND.test(text) || [...numbersInWords(text)][0]?.start === 0;
}

/** Whether a number stands here, with a sign, a bracket or a currency before it or none, in digits or in words. */
function beginsNumber(text: string): boolean {
  const bare = text.replace(/^[^\p{L}\p{N}\s]{1,3}(?=\p{L})/u, '').replace(MONEY, '');
  return [text, bare].some((each) => isNumberAtStart(each) || beginsMeasured(each));
}

interface Held {
  readonly text: string;
  readonly folded: Folded;
}

/** Reads claim and span side by side. */
class Reading {
  readonly #claim: Folded;
  readonly #held: Held;
  readonly #columns: readonly Folded[];
  readonly #steps: readonly Folded[];
  #at = 0;
  #there = 0;
  /** Where the cell or item begins: the space before it is its joint's. */
  #begins = 0;
  /** Which cell of its row is read; no number where a row ended. */
  #cell = 0;
  #isNamedByColumn = false;

  constructor(
    claim: Folded,
    held: Held,
    { columns, steps }: { readonly columns: readonly string[]; readonly steps: readonly string[] },
  ) {
    this.#claim = claim;
    this.#held = held;
    this.#columns = columns.map((name) => foldText(name === '' ? '' : `${name}:`, []));
    this.#steps = steps.map((name) => foldText(`${name}:`, []));
  }

  isWhole(): boolean {
    if (this.#held.folded.length === 0) return false;
    this.#skip('|"');
    this.#cell = cellsEnded(this.#passed(0), 'outside');
    this.#label();
    while (this.#at < this.#claim.length && this.#there < this.#held.folded.length) {
      if (!this.#joint() && !this.#letter()) return false;
    }
    // The full stop of a sentence, the bar of a row: what closes a span says nothing.
    const last = this.#there;
    this.#skip('.,;:|"');
    if (this.#isNamedByColumn && this.#cell + 1 + cellsEnded(this.#passed(last), 'outside') !== this.#columns.length)
      return false;
    const isClosed = this.#at === this.#claim.length - 1 && '.;:'.includes(this.#said(this.#at));
    return this.#there === this.#held.folded.length && (this.#at === this.#claim.length || isClosed);
  }

  #letter(): boolean {
    const { folded } = this.#held;
    if (this.#claim.units[this.#at] !== folded.units[this.#there]) return false;
    const [gap, wanted] = [folded.gaps[this.#there] ?? 0, this.#claim.gaps[this.#at] ?? 0];
    const isMarkup = gap === SPACE.markup && !(wanted === SPACE.none && partsNumbers(folded, this.#there));
    const isFree = isMarkup || this.#at === this.#begins || this.#closes();
    if (gap !== wanted && !isFree) return false;
    this.#at += 1;
    this.#there += 1;
    return true;
  }

  /** `It ends .`: where a sign closes, markup before it leaves a space that is none. */
  #closes(): boolean {
    const isLast = this.#there + 1 === this.#held.folded.length;
    return ',.;:!?)]'.includes(this.#said(this.#at)) && (isLast || this.#held.folded.gaps[this.#there + 1] !== 0);
  }

  /**
   * Between items or cells: `; ` or ` – ` in the claim, a line's end or a cell's in the span. A dash before a number would be read as
   * its sign, and a line that ends within one parts no items.
   */
  #joint(): boolean {
    const sign = this.#said(this.#at);
    const isSpaced = this.#claim.gaps[this.#at + 1] === SPACE.white;
    if (!isSpaced || !(sign === ';' || (sign === '-' && this.#claim.gaps[this.#at] === SPACE.white))) return false;
    const [at, there] = [this.#at, this.#there];
    this.#at += 1;
    this.#begins = this.#at;
    // An item loses the sign that closed it.
    if ('.,;'.includes(this.#read(there)) && this.#breaks(there + 1)) this.#there += 1;
    const isBroken = this.#breaks(this.#there);
    const first = this.#read(this.#there);
    this.#skip(',;|"');
    const cell = this.#cell;
    this.#cell += cellsEnded(this.#passed(there), 'within');
    const isNamed = this.#label();
    const isTorn = isNamed ? false : sign === '-' ? this.#isBeforeNumber() : this.#isWithinNumber(there);
    // A comma may be within a number: it parts cells only where the next one is named.
    if (!isTorn && (isBroken || (this.#there > there && (isNamed || first !== ',')))) return true;
    [this.#at, this.#there, this.#cell] = [at, there, cell];
    return false;
  }

  #isBeforeNumber(): boolean {
    const start = this.#held.folded.starts[this.#there] ?? 0;
    return beginsNumber(this.#held.text.slice(start, start + NUMBER_REACH));
  }

  /** Whether digits stand before the joint and behind it, and nothing parts them but that the line ends. */
  #isWithinNumber(there: number): boolean {
    const parting = this.#passed(there);
    return (
      /^[^\S\t]*$/.test(parting) &&
      [this.#read(there - 1), this.#read(this.#there)].every((each) => /\p{N}/u.test(each))
    );
  }

  /** What stands, markup and all, behind the character before `from` and before the one that is read next. */
  #passed(from: number): string {
    const { text, folded } = this.#held;
    const end = this.#there < folded.length ? (folded.starts[this.#there] ?? 0) : text.length;
    return text.slice(from === 0 ? 0 : (folded.ends[from - 1] ?? 0), end);
  }

  /** Whether a line or a tabulated cell ends before this character. */
  #breaks(at: number): boolean {
    const { text, folded } = this.#held;
    return /[\n\t]/.test(text.slice(folded.ends[at - 1] ?? 0, folded.starts[at] ?? 0));
  }

  /** Whether `name: ` stands here; it is passed over. */
  #label(): boolean {
    const column = this.#columns[this.#cell];
    const isColumn = column !== undefined && column.length > 0 && this.#isNamed(column);
    const name = isColumn ? column : this.#steps.find((step) => this.#isNamed(step));
    if (name === undefined) return false;
    this.#isNamedByColumn ||= isColumn;
    this.#at += name.length;
    this.#begins = this.#at;
    return true;
  }

  #isNamed({ units, length }: Folded): boolean {
    for (let at = 0; at < length; at += 1) if (this.#claim.units[this.#at + at] !== units[at]) return false;
    return this.#claim.gaps[this.#at + length] === SPACE.white;
  }

  #skip(signs: string): void {
    while (this.#there < this.#held.folded.length && signs.includes(this.#read(this.#there))) this.#there += 1;
  }

  #said(at: number): string {
    return String.fromCharCode(this.#claim.units[at] ?? 0);
  }

  #read(at: number): string {
    return String.fromCharCode(this.#held.folded.units[at] ?? 0);
  }
}

/** How many cells end in what parts two of a row, or, outside it, how many are empty there. No number where the row itself ends. */
function cellsEnded(parting: string, place: 'within' | 'outside'): number {
  if (place === 'within' && parting.includes('\n')) return NaN;
  const count = (sign: string): number => parting.split(sign).length - 1;
  const bars = count('|') - (place === 'outside' ? 1 : 0);
  return Math.max(0, bars, ...[',', ';', '\t'].map(count));
}
