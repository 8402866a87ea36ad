/** Judgements added up, for a table. */

import type { Answer, Merging } from './ask.ts';
import { judge, type Judgement } from './judge.ts';
import type { Question } from './questions.ts';

export interface Judged {
  readonly question: Question;
  readonly judgement: Judgement;
  /** How many claims its report cites. */
  readonly citations: number;
  readonly merging: Merging | null;
}

/** Shares are of the questions that have an answer; counts are of what must not happen. Null where nothing could be counted. */
export interface Figures {
  readonly questions: number;
  /** Every fact of the answer stands in a cited quote of the right document. */
  readonly answered: number | null;
  /** The same, fact by fact. */
  readonly facts: number | null;
  /** Every fact stands in the summary, with its mark. */
  readonly in_summary: number | null;
  /** Every fact stands anywhere in the report. */
  readonly mentioned: number | null;
  /** Answerable questions of which the report says that nothing was found. */
  readonly given_up: number;
  /** Outdated values that could have been shown, and how they were. */
  readonly stale: {
    readonly values: number;
    readonly as_current: number;
    readonly open: number;
    readonly marked: number;
  };
  /** Contradictions of which both sides stand beside each other. */
  readonly contradictions: { readonly questions: number; readonly marked: number };
  readonly unanswerable: { readonly questions: number; readonly admitted: number };
  /** Claims cited by a report on average: an answer is not right for having quoted everything. */
  readonly citations: number;
  readonly citation_errors: number;
  readonly merged: Merging;
}

export function judgedBy(question: Question, { view, material, merging }: Answer): Judged {
  return { question, judgement: judge(question, view, material), citations: view.claims?.length ?? 0, merging };
}

export function isAnswered({ question, judgement }: Judged): boolean {
  return question.facts.length === 0 ? judgement.admitted : judgement.quoted.every(Boolean);
}

export function tally(judged: readonly Judged[]): Figures {
  const answerable = judged.filter(({ question }) => question.facts.length > 0);
  const unanswerable = judged.filter(({ question }) => question.facts.length === 0);
  const contradictions = judged.filter(({ question }) => question.kind === 'contradiction');
  const stale = judged.flatMap(({ judgement }) => judgement.stale);
  const all = (found: (one: Judged) => readonly boolean[]) => (one: Judged) => found(one).every(Boolean);
  return {
    questions: judged.length,
    answered: share(answerable.map(isAnswered)),
    facts: share(answerable.flatMap(({ judgement }) => judgement.quoted)),
    in_summary: share(answerable.map(all(({ judgement }) => judgement.summarised))),
    mentioned: share(answerable.map(all(({ judgement }) => judgement.mentioned))),
    given_up: answerable.filter(({ judgement }) => judgement.admitted).length,
    stale: {
      values: stale.length,
      as_current: stale.filter((manner) => manner === 'current').length,
      open: stale.filter((manner) => manner === 'open').length,
      marked: stale.filter((manner) => manner === 'outdated').length,
    },
    contradictions: {
      questions: contradictions.length,
      marked: contradictions.filter(({ judgement }) => judgement.disagreement).length,
    },
    unanswerable: {
      questions: unanswerable.length,
      admitted: unanswerable.filter(({ judgement }) => judgement.admitted).length,
    },
    citations: Number(
      (judged.reduce((sum, { citations }) => sum + citations, 0) / Math.max(1, judged.length)).toFixed(1),
    ),
    citation_errors: judged.reduce((sum, { judgement }) => sum + judgement.citationErrors.length, 0),
    merged: mergedOf(judged),
  };
}

function share(found: readonly boolean[]): number | null {
  return found.length === 0 ? null : Number((found.filter(Boolean).length / found.length).toFixed(3));
}

function mergedOf(judged: readonly Judged[]): Merging {
  const sum = (name: keyof Merging): number => judged.reduce((total, { merging }) => total + (merging?.[name] ?? 0), 0);
  return { findings: sum('findings'), kept: sum('kept'), conflicts: sum('conflicts') };
}
