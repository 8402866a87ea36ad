/**
 * A Drummer's work with a language model: on claims, not prose. Code merges what is said in nearly the same words, the model
 * proposes what else says the same or cannot be true together, by ids alone, and code takes no proposal that would drop a
 * claim, a number or a side of a contradiction.
 */

import { z } from 'zod';
import type { Claim, Conflict } from '../../core/claim.ts';
import type { Source } from '../../core/source.ts';
import type { Merged, MergeRequest } from '../../providers/providers.ts';
import { withoutAddresses } from '../evidence/markdown.ts';
import { withTrueMarks } from '../evidence/quotations.ts';
import { LEXICAL_LEAST, supportOf } from '../evidence/support.ts';
import { ask } from './ask.ts';
import { framed } from './frame.ts';
import { packed, statementLine } from './packs.ts';
import { DRUMMER } from './prompts/drummer-1.ts';
import { answerOrWhy, type HurriedAsker } from './unanswered.ts';

/** Characters of statements shown at a time: about 6,000 tokens. */
const MOST_SHOWN = 24_000;
const MOST_OUTPUT = 2000;

const PROPOSAL = z.object({
  groups: z.array(z.object({ keep: z.string(), duplicates: z.array(z.string()) })),
  conflicts: z.array(z.object({ a: z.string(), b: z.string(), subject: z.string() })),
});
export type Proposal = z.infer<typeof PROPOSAL>;

/** `byCode`: the merge that needs no call. Its outcome stands wherever the model has none that holds. */
export async function mergeClaims(
  asker: HurriedAsker,
  request: MergeRequest,
  byCode: (request: MergeRequest) => Promise<Merged>,
): Promise<Merged> {
  const claims = new Map(request.claims.map((claim) => [claim.claim_id, claim]));
  const sources = new Map(request.sources.map((source) => [source.source_id, source]));
  let merged = await byCode(request);
  const cut: string[] = [];
  const left = merged.kept.flatMap((id) => claims.get(id) ?? []);
  // Claims of one objective are likest to say the same: where not all fit, those stand together.
  const ordered = [...left].sort((a, b) => (a.objective < b.objective ? -1 : a.objective > b.objective ? 1 : 0));
  for (const [at, part] of packed(ordered, statementLine, MOST_SHOWN).entries()) {
    if (part.length < 2) continue;
    const key = `merge-${at + 1}`;
    const answered = await answerOrWhy(asker, () => propose(asker, { key, task: request.task, claims: part }));
    if (answered.kind === 'unanswered') {
      cut.push(answered.why);
      if (answered.exhausted) break;
      continue;
    }
    merged = withProposal(merged, answered.value, { claims: part, sources });
  }
  return cut.length === 0 ? merged : { ...merged, cut: [...new Set(cut)] };
}

function propose(
  asker: HurriedAsker,
  of: { readonly key: string; readonly task: string; readonly claims: readonly Claim[] },
): Promise<Proposal> {
  const { key, task, claims } = of;
  const shown = framed(claims.map(statementLine).join('\n'), { task, key, what: 'statements' });
  const text = `The question: ${task}\n\n${shown}`;
  return ask(asker, {
    key,
    share: 'merge',
    prompt: DRUMMER,
    messages: [{ role: 'user', text }],
    answer: PROPOSAL,
    max_output_tokens: MOST_OUTPUT,
  });
}

interface Shown {
  readonly claims: readonly Claim[];
  readonly sources: ReadonlyMap<string, Source>;
}

/** What the proposal adds. One that names what was not shown, or one claim twice, is not taken at all. */
export function withProposal(merged: Merged, proposal: Proposal, shown: Shown): Merged {
  if (!isSound(proposal, shown)) return merged;
  const claims = new Map(shown.claims.map((claim) => [claim.claim_id, claim]));
  const found = proposal.conflicts.flatMap(({ a, b, subject }) => {
    const [one, other] = [claims.get(a), claims.get(b)];
    return one === undefined || other === undefined
      ? []
      : [conflictOf(one, other, { subject, sources: shown.sources })];
  });
  // A contradiction is told by its two sides: merged into a third that tells of both, it would be none any more.
  const sides = new Set([...merged.conflicts, ...found].flatMap(({ claim_ids }) => claim_ids));
  const dropped = new Map<string, string>();
  for (const { keep, duplicates } of proposal.groups) {
    for (const id of duplicates) {
      const [one, other] = [claims.get(id), claims.get(keep)];
      if (one !== undefined && other !== undefined && !sides.has(id) && isSaidBy(one, other)) dropped.set(id, keep);
    }
  }
  return without(merged, dropped, found);
}

function isSound({ groups, conflicts }: Proposal, { claims }: Shown): boolean {
  const known = new Set(claims.map(({ claim_id }) => claim_id));
  const named = groups.flatMap(({ keep, duplicates }) => [keep, ...duplicates]);
  const sides = conflicts.flatMap(({ a, b }) => [a, b]);
  const areKnown = [...named, ...sides].every((id) => known.has(id));
  return areKnown && new Set(named).size === named.length && conflicts.every(({ a, b }) => a !== b);
}

/**
 * Whatever a model says: a claim whose number, date, name or "not" the other does not have is no duplicate of it, and neither is
 * one that has too few of its words to be told by it. What is told twice is read over, what is dropped is gone.
 */
function isSaidBy(duplicate: Claim, keep: Claim): boolean {
  const { score, disagrees } = supportOf(duplicate.text, keep.text, keep.heading);
  return disagrees.length === 0 && score >= LEXICAL_LEAST;
}

/** Claims named as duplicates go, and theirs are the kept claim's then. None that is a side of a conflict is among them. */
function without(merged: Merged, dropped: ReadonlyMap<string, string>, found: readonly Conflict[]): Merged {
  const target = (id: string): string => dropped.get(id) ?? id;
  const moved = merged.duplicates.map(({ claim_id, of }) => ({ claim_id, of: target(of) }));
  const pairs = new Map<string, Conflict>();
  for (const conflict of [...merged.conflicts, ...found]) {
    const pair = [...conflict.claim_ids].sort().join(' ');
    if (!pairs.has(pair)) pairs.set(pair, conflict);
  }
  return {
    ...merged,
    kept: merged.kept.filter((id) => !dropped.has(id)),
    duplicates: [...moved, ...Array.from(dropped, ([claim_id, of]) => ({ claim_id, of }))],
    conflicts: [...pairs.values()],
  };
}

const MOST_SUBJECT = 100;

/** The newer side is told by the dates of the sources, never by the model. */
function conflictOf(
  a: Claim,
  b: Claim,
  of: { readonly subject: string; readonly sources: ReadonlyMap<string, Source> },
): Conflict {
  const dates = [a, b].map(({ source_id }) => of.sources.get(source_id)?.date ?? null);
  const [one, other] = dates;
  const least = Math.min(one?.length ?? 0, other?.length ?? 0);
  const [left = '', right = ''] = dates.map((date) => date?.slice(0, least) ?? '');
  const newer = left === right ? null : left > right ? a.claim_id : b.claim_id;
  const subject = withoutAddresses(withTrueMarks(of.subject, () => false).text)
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, MOST_SUBJECT);
  return {
    claim_ids: [a.claim_id, b.claim_id],
    newer,
    about: `two sources disagree on ${subject === '' ? 'this' : subject}`,
  };
}
