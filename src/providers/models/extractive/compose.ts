/** Camina's work without a language model: duplicates across groups merged, claims ordered, headings from objectives. */

import type { Claim, Conflict } from '../../../core/claim.ts';
import type { Composition } from '../../../core/report.ts';
import type { ComposeRequest } from '../../providers.ts';
import { conflictsAmong } from './conflicts.ts';
import { newerEditions } from './editions.ts';
import { type Deduplicated, withoutDuplicates } from './merge.ts';
import { pace } from './pacing.ts';
import { type Section, summaryOf } from './summary.ts';
import { capitalised, compareIds, jaccard, stemSet } from './text.ts';

const LONGEST_TITLE = 100;
/** Headings that share this much of their words are one section. */
const SAME_HEADING = 0.6;
const MANY_SECTIONS = 4;
/** What only an earlier edition of a document says may have been dropped on purpose: it never stands as what holds. */
const OLDER_EDITIONS = 'In older editions of these documents';

/** Cites each claim once: in the summary or in a section; the older side of a conflict only among the conflicts. */
export async function compose(request: ComposeRequest): Promise<Composition> {
  request.signal.throwIfAborted();
  const pause = pace(request.signal);
  const { kept, duplicates, statements } = await withoutDuplicates(request.claims, request, pause);
  const found = await conflictsAmong(statements, pause);
  const conflicts = allConflicts(request, { kept, duplicates, found });
  const older = new Set(
    conflicts.flatMap(({ claim_ids, newer }) => (newer === null ? [] : claim_ids.filter((id) => id !== newer))),
  );
  const cited = new Set(kept.map(({ source_id }) => source_id));
  const cases = request.sources.filter(({ source_id }) => cited.has(source_id));
  const replaced = newerEditions(cases, request.sources, request.task);
  const usable = kept.filter(({ claim_id, source_id }) => !older.has(claim_id) && !replaced.has(source_id));
  const dated = kept.filter(({ claim_id, source_id }) => !older.has(claim_id) && replaced.has(source_id));
  const inOrder = request.in_order === true;
  const sections = inOrder ? stepSections(usable, request) : sectionsOf(usable, request);
  const summary = inOrder
    ? openingOf(sections)
    : withOtherSides(summaryOf(sections, request, namedSections(sections, request)), conflicts);
  const told = new Set(summary);
  const shown = [...sections, { heading: OLDER_EDITIONS, claims: dated }].map(({ heading, claims }) => ({
    heading,
    claims: reading(claims).filter((id) => !told.has(id)),
  }));
  return {
    title: titleOf(request.task),
    summary,
    // A step keeps its place also where nothing was found for it.
    sections: shown.filter(({ claims }, at) => claims.length > 0 || (inOrder && at < sections.length)),
    conflicts: conflicts.map(({ about, claim_ids, newer }) => ({ about, claims: claim_ids, newer })),
  };
}

/** What sources of equal standing dispute is not told by one of them alone. */
function withOtherSides(summary: readonly string[], conflicts: readonly Conflict[]): readonly string[] {
  const others = conflicts
    .filter(({ newer }) => newer === null)
    .flatMap(({ claim_ids: [a, b] }) => (summary.includes(a) ? [b] : summary.includes(b) ? [a] : []));
  return [...new Set([...summary, ...others])];
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
  { kept, duplicates, found }: Pick<Deduplicated, 'kept' | 'duplicates'> & { readonly found: readonly Conflict[] },
): readonly Conflict[] {
  const standIn = new Map(duplicates.map(({ claim_id, of }) => [claim_id, of]));
  const known = new Set(request.claims.map(({ claim_id }) => claim_id));
  const target = (id: string): string => standIn.get(id) ?? id;
  const pairOf = ([a, b]: readonly [string, string]): string => [target(a), target(b)].sort(compareIds).join(' ');
  const byPair = new Map<string, Conflict>();
  for (const { about, claim_ids, newer } of [...request.conflicts, ...found]) {
    const [a, b] = [target(claim_ids[0]), target(claim_ids[1])];
    const pair = pairOf(claim_ids);
    if (a === b || !known.has(a) || !known.has(b) || byPair.has(pair)) continue;
    byPair.set(pair, { about, claim_ids: [a, b], newer: newer === null ? null : target(newer) });
  }
  return oncePerValue(byPair, {
    kept,
    values: new Map(found.map(({ claim_ids, about }) => [pairOf(claim_ids), about])),
  });
}

/**
 * Three sources that repeat one pair of values are one conflict: the same sentence about it is not told twice. `values`: by pair,
 * what code found to differ. What a model found names its subject alone, and two disagreements on one subject are two.
 */
function oncePerValue(
  conflicts: ReadonlyMap<string, Conflict>,
  { kept, values }: { readonly kept: readonly Claim[]; readonly values: ReadonlyMap<string, string> },
): readonly Conflict[] {
  const score = new Map(kept.map((claim) => [claim.claim_id, claim.score]));
  const weight = ({ claim_ids: [a, b] }: Conflict): number => (score.get(a) ?? 0) + (score.get(b) ?? 0);
  const chosen = new Map<string, Conflict>();
  for (const [pair, conflict] of conflicts) {
    const key = values.get(pair) ?? `${conflict.about} ${pair}`;
    const other = chosen.get(key);
    if (other === undefined || weight(conflict) > weight(other)) chosen.set(key, conflict);
  }
  return [...chosen.values()];
}

/** Places of the sections that answer what the task itself names, in plan order: its questions, the things it compares. */
function namedSections(sections: readonly Section[], { objectives, shape }: ComposeRequest): readonly number[] {
  const isNamed = (objective: string): boolean =>
    shape === 'comparison' ? !isDifference(objective) : objectives.length > 1 && topicIn(objective) === '';
  return [...sections.keys()].filter((at) => sections[at]?.claims.some(({ objective }) => isNamed(objective)) === true);
}

function isDifference(objective: string): boolean {
  return /^differences between /i.test(objective);
}

// --- Sections ----------------------------------------------------------------------------------------------------

/** A section for each step, in their order. */
function stepSections(claims: readonly Claim[], { objectives }: ComposeRequest): readonly Section[] {
  return objectives.map(({ objective, name, agent_id }) => ({
    heading: capitalised(name ?? objective),
    claims: claims.filter((claim) => claim.agent_id === agent_id),
  }));
}

/** The best claim of each step that has others to keep: no step is left without one for the summary's sake. */
function openingOf(sections: readonly Section[]): readonly string[] {
  return sections.flatMap(({ claims }) => {
    const [best] = [...claims].sort((a, b) => b.score - a.score || compareIds(a.claim_id, b.claim_id));
    return best === undefined || claims.length < 2 ? [] : [best.claim_id];
  });
}

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
      return [objective, capitalised(withoutOrder(heading).replace(/[\s.,;:]+$/u, ''))];
    }),
  );
}

/** "Cover logs and checkpoints" is an order to the writer; what it orders is the heading. */
const ORDER =
  /^(?:please |then |also |finally |(?:do not|don't) forget to |remember to |make sure to |be sure to )*(?:(?:write|give|prepare|draft|provide|produce)(?: me)? (?:an? )?(?:\w+ )?(?:overview|report|summary|essay|article|survey|account|introduction|analysis|note)s? (?:of|on|about|to)|cover|mention|say|tell(?: me)?(?: about)?|explain|describe|discuss|include|outline|address|list|summari[sz]e|show) (?=\S)/i;

function withoutOrder(text: string): string {
  return text.replace(ORDER, '');
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
