/** What one report is worth as the answer to one question. Pure: judges what a user was given, knows nothing of how it came about. */

import type { EvidenceClaim, ResultView } from '../../src/core/views.ts';
import type { Fact, Question } from './questions.ts';
import { holds, plainly } from './wording.ts';

/** A longer quote is a passage to read, not an answer. */
const LONGEST_QUOTE = 600;
/** Words with which a line, or the heading above it, says that something no longer holds. */
const OUTDATED = /\b(?:older|earlier|outdated|superseded|replaced|withdrawn|formerly|previously|no longer|until)\b/i;
const MARK = /(?<!\\)\[(\d+)\]/g;
const DISAGREEMENT = /\bdisagree/i;

/** How an outdated value was shown: not at all, marked as outdated, as one side of an open disagreement, or as what holds. */
type StaleShown = 'no' | 'outdated' | 'open' | 'current';

export interface Judgement {
  /** Facts of the answer found in a cited quote of the right document. */
  readonly quoted: readonly boolean[];
  /** Facts found in a marked line of the summary. */
  readonly summarised: readonly boolean[];
  /** Facts found anywhere in the report. */
  readonly mentioned: readonly boolean[];
  readonly stale: readonly StaleShown[];
  /** All values of the answer stand beside each other as a disagreement. */
  readonly disagreement: boolean;
  /** The summary says that nothing was found and cites nothing. */
  readonly admitted: boolean;
  readonly citationErrors: readonly string[];
}

/** What the report was made of, to check it against. */
export interface Material {
  /** Stored text by source_id. */
  readonly texts: ReadonlyMap<string, string>;
  /** Path below the folder of documents, by source_id. */
  readonly documents: ReadonlyMap<string, string>;
}

interface Line {
  readonly text: string;
  /** Heading of its section. */
  readonly section: string;
  /** Documents its marks lead to. */
  readonly documents: ReadonlySet<string>;
}

/** `view` is the whole result with its evidence, on one page. */
export function judge(question: Question, view: ResultView, material: Material): Judgement {
  const claims = view.claims ?? [];
  const lines = linesOf(view, material);
  const inLine = (section: (heading: string) => boolean) => (fact: Fact) =>
    lines.some((line) => section(line.section) && holds(line.text, fact) && cites(line.documents, fact));
  return {
    quoted: question.facts.map((fact) => claims.some((claim) => carries(claim, fact, material))),
    summarised: question.facts.map(inLine((heading) => heading === 'Summary')),
    mentioned: question.facts.map((fact) => lines.some((line) => holds(line.text, fact))),
    stale: question.stale.map((fact) => staleness(fact, lines, claims)),
    disagreement: question.facts.length > 1 && question.facts.every(inLine((heading) => DISAGREEMENT.test(heading))),
    admitted: /nothing found/i.test(view.summary ?? '') && (view.summary ?? '').search(MARK) < 0,
    citationErrors: citationErrors(view, material),
  };
}

function cites(documents: ReadonlySet<string>, fact: Fact): boolean {
  return fact.documents.some((document) => documents.has(document));
}

function carries(claim: EvidenceClaim, fact: Fact, { documents }: Material): boolean {
  if (claim.quote.length > LONGEST_QUOTE || !fact.documents.includes(documents.get(claim.source_id) ?? ''))
    return false;
  // What a cell is about stands in its row and column; the reader sees these in the claim's wording.
  const about = `${claim.quote} ${claim.text}`;
  return holds(claim.quote, { values: fact.values }) && holds(about, fact);
}

/** Lines of the report that state something: not its title, its notes, or its list of sources. */
function linesOf(view: ResultView, { documents }: Material): readonly Line[] {
  const byNumber = new Map(view.sources.map((source) => [source.number, documents.get(source.source_id) ?? '']));
  let section = '';
  const lines: Line[] = [];
  for (const text of view.text.split('\n')) {
    const heading = /^#+ (.*)$/.exec(text)?.[1];
    section = heading ?? section;
    if (heading !== undefined || text.trim() === '' || section === 'Sources' || section === 'What is missing') continue;
    const cited = Array.from(text.matchAll(MARK), (mark) => byNumber.get(Number(mark[1])) ?? '');
    lines.push({ text, section, documents: new Set(cited) });
  }
  return lines;
}

function staleness(fact: Fact, lines: readonly Line[], claims: readonly EvidenceClaim[]): StaleShown {
  const shown = new Set(
    lines
      .filter((line) => cites(line.documents, fact) && holds(line.text, fact))
      .map((line): StaleShown => {
        // The document's own words are no warning of ours: "replaced after 4 years" says nothing of the sentence's age.
        const whole = plainly(line.text).replaceAll(/“[^”]*”/g, '');
        const ours = claims.reduce((rest, claim) => rest.replaceAll(plainly(claim.text), ''), whole);
        if (OUTDATED.test(ours) || OUTDATED.test(line.section)) return 'outdated';
        return DISAGREEMENT.test(line.section) ? 'open' : 'current';
      }),
  );
  return (['current', 'open', 'outdated'] as const).find((manner) => shown.has(manner)) ?? 'no';
}

function citationErrors(view: ResultView, { texts }: Material): readonly string[] {
  const marks = new Set(Array.from(view.text.matchAll(MARK), (mark) => Number(mark[1])));
  const numbers = new Set(view.sources.map((source) => source.number));
  const listed = new Set(view.sources.map((source) => source.source_id));
  // The list of sources names each by its mark, which is no use of it.
  const [body = ''] = view.text.split('\n## Sources\n');
  const used = new Set(Array.from(body.matchAll(MARK), (mark) => Number(mark[1])));
  return [
    ...[...marks].filter((mark) => !numbers.has(mark)).map((mark) => `mark [${mark}] leads nowhere`),
    ...[...numbers].filter((number) => !used.has(number)).map((number) => `source [${number}] is not cited`),
    ...(view.claims ?? []).flatMap(({ claim_id, source_id, quote, start, end }) => {
      if (!listed.has(source_id)) return [`${claim_id} is of ${source_id}, which is not listed`];
      const verbatim = quote !== '' && texts.get(source_id)?.slice(start, end) === quote;
      return verbatim ? [] : [`the quote of ${claim_id} is not in ${source_id} at ${start} to ${end}`];
    }),
  ];
}
