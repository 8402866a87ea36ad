/** Camina's work without a language model: duplicates across groups merged, claims ordered, headings from objectives. */

import type { Claim, Conflict } from '../../../core/claim.ts';
import type { Composition } from '../../../core/report.ts';
import type { ComposeRequest } from '../../providers.ts';
import { findConflicts } from './conflicts.ts';
import { withoutDuplicates } from './merge.ts';
import { keyStems } from './question.ts';
import { isRow } from './row-conflicts.ts';
import { contrastBonus } from './score.ts';
import { capitalised, compareIds, jaccard, shared, stemSet } from './text.ts';

const LONGEST_TITLE = 100;
const SUMMARY_CLAIMS = 5;
const LEAST_FOR_LONG_SUMMARY = 12;
const FACT_SUMMARY_CLAIMS = 1;
/** Headings that share this much of their words are one section. */
const SAME_HEADING = 0.6;
/** A summary sentence this close to one already chosen repeats it. */
const REPEATS = 0.5;
const MANY_SECTIONS = 4;
const DIRECT_ANSWER = 0.2;
/** Shorter than this a sentence rarely sums anything up. */
const SHORT_SENTENCE = 60;

interface Section {
  readonly heading: string;
  readonly claims: readonly Claim[];
}

/** Cites each claim once: in the summary or in a section; the older side of a conflict only among the conflicts. */
export function compose(request: ComposeRequest): Composition {
  request.signal.throwIfAborted();
  const { kept, duplicates } = withoutDuplicates(request.claims, request.sources);
  const conflicts = allConflicts(request, kept, duplicates);
  const older = new Set(
    conflicts.flatMap(({ claim_ids, newer }) => (newer === null ? [] : claim_ids.filter((id) => id !== newer))),
  );
  const usable = kept.filter(({ claim_id }) => !older.has(claim_id));
  const sections = sectionsOf(usable, request);
  const summary = summaryOf(sections, request);
  const told = new Set(summary);
  return {
    title: titleOf(request.task),
    summary,
    sections: sections
      .map(({ heading, claims }) => ({ heading, claims: reading(claims).filter((id) => !told.has(id)) }))
      .filter(({ claims }) => claims.length > 0),
    conflicts: conflicts.map(({ about, claim_ids, newer }) => ({ about, claims: claim_ids, newer })),
  };
}

/** The task as a title: one line, cut at a word, no closing punctuation but a question mark. */
export function titleOf(task: string): string {
  const line = (task.split(/\n+/).find((text) => text.trim() !== '') ?? task).replaceAll(/\s+/g, ' ').trim();
  const whole = capitalised(line.replace(/[\s.,;:!…–-]+$/u, ''));
  if (whole.length <= LONGEST_TITLE) return whole;
  const sentence = /^.{15,}?[?.!](?=\s)/u.exec(whole.slice(0, LONGEST_TITLE + 1));
  if (sentence !== null) return sentence[0].replace(/[.!]+$/u, '');
  const cut = whole.slice(0, LONGEST_TITLE);
  const space = cut.lastIndexOf(' ');
  return `${cut.slice(0, space > 0 ? space : LONGEST_TITLE).replace(/[\s.,;:!?–-]+$/u, '')}…`;
}

// --- Conflicts ---------------------------------------------------------------------------------------------------

/** The groups' conflicts and those across groups, moved to the claims kept, each pair once. */
function allConflicts(
  request: ComposeRequest,
  kept: readonly Claim[],
  duplicates: readonly { readonly claim_id: string; readonly of: string }[],
): readonly Conflict[] {
  const standIn = new Map(duplicates.map(({ claim_id, of }) => [claim_id, of]));
  const known = new Set(request.claims.map(({ claim_id }) => claim_id));
  const target = (id: string): string => standIn.get(id) ?? id;
  const byPair = new Map<string, Conflict>();
  for (const conflict of [...request.conflicts, ...findConflicts(kept, request.sources)]) {
    const [a, b] = [target(conflict.claim_ids[0]), target(conflict.claim_ids[1])];
    const pair = [a, b].sort(compareIds).join(' ');
    if (a === b || !known.has(a) || !known.has(b) || byPair.has(pair)) continue;
    byPair.set(pair, {
      about: conflict.about,
      claim_ids: [a, b],
      newer: conflict.newer === null ? null : target(conflict.newer),
    });
  }
  return oncePerValue([...byPair.values()], kept);
}

/** Three sources that repeat one pair of values are one conflict: the same sentence about it is not told twice. */
function oncePerValue(conflicts: readonly Conflict[], kept: readonly Claim[]): readonly Conflict[] {
  const score = new Map(kept.map((claim) => [claim.claim_id, claim.score]));
  const weight = ({ claim_ids: [a, b] }: Conflict): number => (score.get(a) ?? 0) + (score.get(b) ?? 0);
  const chosen = new Map<string, Conflict>();
  for (const conflict of conflicts) {
    const other = chosen.get(conflict.about);
    if (other === undefined || weight(conflict) > weight(other)) chosen.set(conflict.about, conflict);
  }
  return [...chosen.values()];
}

// --- Sections ----------------------------------------------------------------------------------------------------

function sectionsOf(claims: readonly Claim[], { objectives, task }: ComposeRequest): readonly Section[] {
  const order = [
    ...new Set([...objectives.map(({ objective }) => objective), ...claims.map(({ objective }) => objective)]),
  ];
  const headings = readableHeadings(order);
  const sections: { heading: string; words: ReadonlySet<string>; claims: Claim[] }[] = [];
  for (const objective of order) {
    const own = claims.filter((claim) => claim.objective === objective);
    if (own.length === 0) continue;
    const heading = headings.get(objective) ?? objective;
    const words = stemSet(heading);
    const like = sections.find((section) => section.heading === heading || isSameHeading(section, { heading, words }));
    if (like === undefined) sections.push({ heading, words, claims: own });
    else like.claims.push(...own);
  }
  return named(withoutThin(sections), task);
}

/** In a report of many sections one with a single sentence reads as an accident: such sentences end together. */
function withoutThin(sections: readonly Section[]): readonly Section[] {
  const thin = sections.filter(({ claims }, index) => index > 0 && claims.length < 2);
  if (sections.length < MANY_SECTIONS || thin.length < 2) return sections;
  const others = { heading: 'Further findings', claims: thin.flatMap(({ claims }) => claims) };
  return [...sections.filter((section) => !thin.includes(section)), others];
}

function named(sections: readonly Section[], task: string): readonly Section[] {
  const title = titleOf(task);
  const general = sections.length > 1 ? 'Overview' : 'Findings';
  // The title already is the question; a heading that repeats it says nothing.
  return sections.map(({ heading, claims: own }) => ({
    heading: titleOf(heading) === title ? general : heading,
    claims: own,
  }));
}

interface Heading {
  readonly heading: string;
  readonly words: ReadonlySet<string>;
}

function isSameHeading(a: Heading, b: Heading): boolean {
  return domainPart(a.heading) === domainPart(b.heading) && jaccard(a.words, b.words) >= SAME_HEADING;
}

/** What a swarm's plan puts behind an objective: `(academic sources)`. */
function domainPart(text: string): string {
  return /(?:^| \()(\w+) sources\)?$/u.exec(text)?.[1]?.toLowerCase() ?? '';
}

/**
 * `topic: theme` reads as `Theme` where several objectives share the topic, and one objective asked of several domains
 * reads as the domain: the title already says the rest.
 */
function readableHeadings(objectives: readonly string[]): ReadonlyMap<string, string> {
  const topics = counted(objectives.map(topicIn));
  const wholes = counted(objectives.map(withoutDomain));
  return new Map(
    objectives.map((objective) => {
      const topic = topicIn(objective);
      const isShared =
        topic !== '' &&
        ((topics.get(topic) ?? 0) > 1 || objectives.some((other) => other.includes(topic) && other !== objective));
      const isAskedTwice = (wholes.get(withoutDomain(objective)) ?? 0) > 1;
      const rest = isShared ? objective.slice(topic.length + 2) : objective;
      const heading = isAskedTwice && !isShared ? `${domainPart(objective)} sources` : rest;
      return [objective, capitalised(heading.replace(/[\s.,;:]+$/u, ''))];
    }),
  );
}

function topicIn(text: string): string {
  return /^(.{3,}?): \S/u.exec(text)?.[1] ?? '';
}

function withoutDomain(text: string): string {
  return text.replace(/ \(\w+ sources\)$/u, '');
}

function counted(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

/** Sources by their best claim, within a source in reading order, so that neighbouring sentences belong together. */
function reading(claims: readonly Claim[]): readonly string[] {
  const best = new Map<string, number>();
  for (const { source_id, score } of claims) best.set(source_id, Math.max(best.get(source_id) ?? 0, score));
  return [...claims]
    .sort(
      (a, b) =>
        (best.get(b.source_id) ?? 0) - (best.get(a.source_id) ?? 0) ||
        compareIds(a.source_id, b.source_id) ||
        a.start - b.start ||
        compareIds(a.claim_id, b.claim_id),
    )
    .map(({ claim_id }) => claim_id);
}

// --- Summary -----------------------------------------------------------------------------------------------------

interface Candidate {
  readonly claim: Claim;
  readonly words: ReadonlySet<string>;
  readonly section: number;
  readonly worth: number;
}

/**
 * The best claims from different sections and sources. A section keeps its only claim unless the summary would
 * otherwise be empty, so that no heading disappears.
 */
function summaryOf(sections: readonly Section[], request: ComposeRequest): readonly string[] {
  const { shape } = request;
  const total = sections.reduce((sum, { claims }) => sum + claims.length, 0);
  const wanted =
    shape === 'fact' ? FACT_SUMMARY_CLAIMS : total >= LEAST_FOR_LONG_SUMMARY ? SUMMARY_CLAIMS : Math.min(3, total);
  const all = candidatesOf(sections, request);
  const prose = all.filter(({ claim }) => !isRow(claim.text));
  // A table row answers a fact; a summary of anything wider wants sentences.
  const candidates = shape === 'fact' || prose.length === 0 ? all : prose;
  const chosen: Candidate[] = [];
  const left = sections.map(({ claims }) => claims.length);
  const take = (isAllowed: (candidate: Candidate) => boolean): void => {
    for (const candidate of candidates) {
      if (chosen.length >= wanted) return;
      const repeats = chosen.some((other) => other === candidate || jaccard(other.words, candidate.words) >= REPEATS);
      if (repeats || !isAllowed(candidate)) continue;
      chosen.push(candidate);
      left[candidate.section] = (left[candidate.section] ?? 0) - 1;
    }
  };
  const spare = ({ section }: Candidate): boolean => (left[section] ?? 0) > 1;
  const isNewSection = ({ section }: Candidate): boolean => chosen.every((other) => other.section !== section);
  const isNewSource = ({ claim }: Candidate): boolean =>
    chosen.every((other) => other.claim.source_id !== claim.source_id);
  if (shape === 'fact') take(() => true);
  take((candidate) => spare(candidate) && isNewSection(candidate) && isNewSource(candidate));
  take((candidate) => spare(candidate) && isNewSection(candidate));
  take((candidate) => spare(candidate) && isNewSource(candidate));
  take(spare);
  if (chosen.length === 0) take(() => true);
  return chosen.map(({ claim }) => claim.claim_id);
}

/**
 * Best first: a claim's rank in its own section, and how much of the task's words it holds. What answers the task as a
 * whole goes before what answers a theme of it; a comparison is best summed up by sentences that compare.
 */
function candidatesOf(sections: readonly Section[], { task, shape }: ComposeRequest): readonly Candidate[] {
  const wanted = new Set(keyStems(task));
  const list = sections.flatMap(({ claims }, section) => {
    const top = Math.max(...claims.map(({ score }) => score), Number.MIN_VALUE);
    return claims.map((claim) => {
      const words = stemSet(claim.text);
      const coverage = wanted.size === 0 ? 0 : shared(wanted, words) / wanted.size;
      const direct = titleOf(claim.objective) === titleOf(task) ? DIRECT_ANSWER : 0;
      const slight = claim.text.length < SHORT_SENTENCE ? 0.15 : 0;
      const contrast = shape === 'comparison' ? 2 * contrastBonus(claim.text) : 0;
      return { claim, words, section, worth: claim.score / top + 0.3 * coverage + direct + contrast - slight };
    });
  });
  return list.sort((a, b) => b.worth - a.worth || compareIds(a.claim.claim_id, b.claim.claim_id));
}
