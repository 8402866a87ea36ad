/** A claim taken apart for comparing: its subject words, names, values, negations and conditions. */

import type { Claim } from '../../../core/claim.ts';
import type { Source } from '../../../core/source.ts';
import { type Word, words } from '../../../core/words.ts';
import type { Pace } from './pacing.ts';
import { type Cell, cellsOf } from './tables.ts';
import { valuesOf, type Value } from './values.ts';

interface StatementWord {
  readonly stem: string;
  readonly surface: string;
  readonly start: number;
  /** Written like a name: inner capitals, or a capital inside the sentence. */
  readonly name: boolean;
}

export interface Statement {
  readonly claim: Claim;
  readonly source: Source | undefined;
  /** Telling words outside values, in order. */
  readonly words: readonly StatementWord[];
  /** Every word of the text, function words included. */
  readonly tokens: readonly Word[];
  /** Stems of `words`. */
  readonly stems: ReadonlySet<string>;
  /** Their stems, hedges left out. */
  readonly subject: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
  readonly values: readonly Value[];
  readonly negated: boolean;
  /** Holds only under a condition (`if`, `when`, `unless`), so it does not speak of the general case. */
  readonly conditional: boolean;
  /** Its cells when it is a table row; null for a sentence. */
  readonly cells: readonly Cell[] | null;
  /** Names in the title, heading and file name: what the statement is about when it does not say so itself. */
  readonly context: ReadonlySet<string>;
  /** Stems of title, heading and file name. */
  readonly contextStems: ReadonlySet<string>;
}

/** Words that do not change what a statement is about. */
const HEDGES: ReadonlySet<string> = new Set(
  words(
    'default defaults typically usually generally normally currently now today about approximately roughly around only just also ' +
      'set equal equals amount total value exactly new old still however therefore thus note always never',
  ).map(({ stem }) => stem),
);
const NEGATION = /\b(?:not|never|no|cannot|neither|nor|without|\w+n['’]t)\b/gi;
/** A negation word that does not deny: "not only", "no more than", "no later than". */
const NO_DENIAL =
  /\b(?:not only|not necessarily|not just|no (?:more|less|fewer|later|earlier) than|whether or not|no matter)\b/gi;
const CONDITION =
  /\b(?:if|when|whenever|unless|except|provided|assuming|once|until|while|in case|depending|otherwise|where|after|before)\b/i;

interface Parsed {
  readonly claim: Claim;
  readonly tokens: readonly Word[];
  readonly words: readonly StatementWord[];
}

/** Names are recognised across claims: a word capitalised inside one sentence is a name at the start of another, too. */
export function statements(claims: readonly Claim[], sources: readonly Source[]): readonly Statement[] {
  const parsed = claims.map(parse);
  const known = namesIn(parsed);
  const byId = new Map(sources.map((source) => [source.source_id, source]));
  return parsed.map((entry) => statementOf(entry, known, byId.get(entry.claim.source_id)));
}

/** Reading one claim costs about as much as so many comparisons. */
const READING = 60;

/** The same, giving way to the event loop between claims. */
export async function pacedStatements(
  claims: readonly Claim[],
  sources: readonly Source[],
  pause: Pace,
): Promise<readonly Statement[]> {
  const byId = new Map(sources.map((source) => [source.source_id, source]));
  const parsed: Parsed[] = [];
  for (const claim of claims) {
    parsed.push(parse(claim));
    await pause(READING);
  }
  const known = namesIn(parsed);
  const list: Statement[] = [];
  for (const entry of parsed) {
    list.push(statementOf(entry, known, byId.get(entry.claim.source_id)));
    await pause(READING);
  }
  return list;
}

function parse(claim: Claim): Parsed {
  const tokens = words(claim.text);
  return { claim, tokens, words: contentWords(claim.text, tokens) };
}

function namesIn(parsed: readonly Parsed[]): ReadonlySet<string> {
  return new Set(parsed.flatMap(({ words: list }) => list.filter(({ name }) => name).map(({ stem }) => stem)));
}

function statementOf(
  { claim, tokens, words: list }: Parsed,
  known: ReadonlySet<string>,
  source: Source | undefined,
): Statement {
  const values = valuesOf(claim.text);
  const outside = list.filter(({ start }) => !values.some((value) => start >= value.start && start < value.end));
  const contextText = `${source?.title ?? ''} ${claim.heading} ${fileName(source?.location ?? '')}`;
  const affirmed = claim.text.replaceAll(NO_DENIAL, ' ');
  return {
    claim,
    source,
    words: outside,
    tokens,
    stems: new Set(outside.map(({ stem }) => stem)),
    subject: new Set(outside.map(({ stem }) => stem).filter((stem) => !HEDGES.has(stem))),
    names: new Set(outside.filter(({ stem }) => known.has(stem)).map(({ stem }) => stem)),
    values,
    negated: (affirmed.match(NEGATION) ?? []).length % 2 === 1,
    conditional: CONDITION.test(claim.text),
    cells: cellsOf(claim.text),
    context: contextNames(contextText, known),
    contextStems: new Set(words(contextText).map(({ stem }) => stem)),
  };
}

function fileName(location: string): string {
  return (location.split('/').at(-1) ?? '').replace(/\.\w{1,5}$/, '').replaceAll(/[-_.]+/g, ' ');
}

function contentWords(text: string, tokens: readonly Word[]): readonly StatementWord[] {
  return tokens
    .filter(({ stop, stem }) => !stop && !/^\d+$/.test(stem))
    .map(({ stem, start, end }) => {
      const surface = text.slice(start, end);
      const opens = /(?:^|[.!?:;•]\s*["'“(]*)$/u.test(text.slice(0, start).trimEnd()) || start === 0;
      return { stem, surface, start, name: isNameLike(surface) || (!opens && /^\p{Lu}/u.test(surface)) };
    });
}

/** `SQLite`, `WAL`, `fsyncAll`: capitals that are not just the first letter. */
function isNameLike(surface: string): boolean {
  return /\p{L}.*\p{Lu}/u.test(surface);
}

function contextNames(text: string, known: ReadonlySet<string>): ReadonlySet<string> {
  return new Set(
    words(text)
      .filter(({ stem, start, end, stop }) => !stop && (known.has(stem) || isNameLike(text.slice(start, end))))
      .map(({ stem }) => stem),
  );
}

const SUBJECT_WORDS = 6;

/**
 * What two statements share, in the first one's words: `default page size`. Words before the value name the subject;
 * those after it are taken only when there are none. Where nothing else stands between them they keep their small words.
 */
export function subjectPhrase(
  a: Statement,
  b: Statement,
  { before = Number.POSITIVE_INFINITY, skip }: { readonly before?: number; readonly skip?: ReadonlySet<string> },
): string {
  const others = new Set(b.words.map(({ stem }) => stem));
  const common = a.words.filter(({ stem }) => others.has(stem) && skip?.has(stem) !== true);
  const leading = common.filter(({ start }) => start < before);
  const chosen = (leading.length > 0 ? leading : common).slice(0, SUBJECT_WORDS);
  const [first] = chosen;
  const last = chosen.at(-1);
  if (first === undefined || last === undefined) return 'the same statement';
  const [from, to] = [first.start, last.start + last.surface.length];
  const between = a.words.filter(({ start }) => start >= from && start < to).length;
  const hasValue = a.values.some(({ start }) => start >= from && start < to);
  const spoken = a.claim.text.slice(from, to);
  if (between > chosen.length || hasValue || /[;:.!?]/.test(spoken)) {
    return chosen.map(({ surface, stem }) => (a.names.has(stem) ? surface : surface.toLowerCase())).join(' ');
  }
  return a.names.has(first.stem) ? spoken : spoken.charAt(0).toLowerCase() + spoken.slice(1);
}
