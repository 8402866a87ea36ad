/**
 * Quotation marks that a model wrote. They tell a reader that the words between them are a source's own: where they are not,
 * the marks go and the words stay, as what they are.
 */

import { type Evidence, marksIn, sentenceSpans, sentencesOf, withoutMarks } from './prose.ts';

export interface Quoted {
  /** Without the marks that were not true. */
  readonly text: string;
  /** What stood between those. */
  readonly untrue: readonly string[];
}

const APOSTROPHES = String.raw`(?:[^'‘’]|(?<=\p{L})['’](?=\p{L}))+`;
/** A run in marks of one kind, or a mark that opens or closes nothing. A straight one behind a digit is an inch. */
const RUN = new RegExp(
  [
    String.raw`“(?<curly>[^“”„]*)”`,
    String.raw`„(?<low>[^“”„]*)[“”]`,
    String.raw`«(?<angled>[^«»]*)»`,
    String.raw`»(?<turned>[^«»]*)«`,
    String.raw`‹(?<single>[^‹›]*)›`,
    String.raw`「(?<corner>[^「」]*)」`,
    String.raw`『(?<white>[^『』]*)』`,
    String.raw`(?<!\d)"(?<straight>[^"]*)"`,
    String.raw`(?<![\p{L}\p{N}])‘(?<high>${APOSTROPHES})’(?![\p{L}\p{N}])`,
    String.raw`(?<![\p{L}\p{N}])'(?=\p{L})(?<plain>${APOSTROPHES})'(?![\p{L}\p{N}])`,
    String.raw`[“”„«»「」『』]|(?<!\d)"`,
  ].join('|'),
  'gu',
);

/** `holds`: whether the words at this place of the text are a source's own. A mark without its other half goes as well. */
export function withTrueMarks(text: string, holds: (words: string, at: number) => boolean): Quoted {
  const untrue: string[] = [];
  const kept = (part: string, from: number): string =>
    part.replaceAll(RUN, (whole: string, ...rest: unknown[]) => {
      const groups = rest.at(-1) as Readonly<Record<string, string | undefined>>;
      const at = rest.at(-3) as number;
      const run = Object.values(groups).find((each) => each !== undefined);
      if (run !== undefined && holds(run, from + at)) return whole;
      if (run !== undefined) untrue.push(run);
      const bare = run === undefined ? '' : kept(run, from + at + 1);
      return apart(
        part.slice(Math.max(0, at - 2), at),
        bare,
        part.slice(at + whole.length, at + whole.length + LOOKED_AT),
      );
    });
  return { text: kept(text, 0), untrue };
}

const OPEN_LAST = /[\s([{]$/u;
/** A space, or points behind which there is one. */
const CLOSES = /^(?:[.,;:!?…)\]}]{0,8}(?:\s|$)|\[\[)/u;
/** Characters behind a mark in which that is looked for. */
const LOOKED_AT = 12;

/** What only a mark kept apart stays apart: two words, or the parts of what would be an address. */
function apart(before: string, bare: string, after: string): string {
  if (bare === '') return between(before, after);
  return `${between(before, bare)}${bare}${between(bare, after)}`;
}

/** A space before a point would be taken out again, so there it is a dash. */
function between(one: string, other: string): string {
  if (one === '' || CLOSES.test(other.slice(0, LOOKED_AT))) return '';
  if (/^[.,;:!?]/.test(other)) return ' –';
  return OPEN_LAST.test(one.slice(-2)) ? '' : ' ';
}

/** Words as they are compared: the form of letters, marks and points is no part of what was said, signs of numbers are. */
const WORD =
  /-?\d+(?:[.,]\d+)*|[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]|[\p{L}\p{M}\p{N}]+|[^\s\p{P}]|[%&@#/]/gu;

function wordsIn(text: string): readonly string[] {
  return (
    text
      .normalize('NFKC')
      .replaceAll(/[‐‑‒–—―−]/g, '-')
      .toLowerCase()
      .match(WORD) ?? []
  );
}

/** Whether the words stand in one of the spans, in their order and without a gap. */
export function areWordsOf(spans: readonly string[], words: string): boolean {
  const said = wordsIn(words);
  return said.length > 0 && spans.some((span) => ` ${wordsIn(span).join(' ')} `.includes(` ${said.join(' ')} `));
}

/** From so many words on, words in marks are what someone is said to have said, and not a term that is merely named. */
const LEAST_SAID = 4;

/** A paragraph of prose, held against the quotes that the sentences of each run cite, or where they cite none, the paragraph. */
export function withTrueQuotations(
  paragraph: string,
  evidence: Evidence,
): { readonly text: string; readonly misquotes: (sentence: string) => boolean } {
  const sentences = sentenceSpans(paragraph);
  const cited = new Map<string, readonly string[]>();
  const spansOf = (text: string): readonly string[] => {
    const spans = cited.get(text) ?? marksIn(text).flatMap((id) => evidence.get(id)?.span ?? []);
    cited.set(text, spans);
    return spans;
  };
  const { text, untrue } = withTrueMarks(paragraph, (run, at) => {
    const end = at + run.length + 2;
    const around = sentences.filter((one) => one.start < end && at < one.end);
    const within = paragraph.slice(around[0]?.start ?? 0, around.at(-1)?.end);
    const own = spansOf(within);
    return areWordsOf(own.length > 0 ? own : spansOf(paragraph), withoutMarks(run));
  });
  const parts = untrue
    .flatMap((run) => sentencesOf(run))
    .map((part) => wordsIn(part.text))
    .filter(({ length }) => length >= LEAST_SAID)
    .map((words) => ` ${words.join(' ')} `);
  const misquotes = (sentence: string): boolean => {
    const words = ` ${wordsIn(sentence).join(' ')} `;
    return parts.some((part) => words.includes(part));
  };
  return { text, misquotes };
}
