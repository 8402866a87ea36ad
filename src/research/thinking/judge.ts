/**
 * Asks a model whether quotes bear out claims, where code alone cannot be sure and it matters: claims that carry the report,
 * hold numbers or are disputed. One vote; a second only where the first goes against what code found. Never more than its share
 * of the budget: without an answer the label stays what code gave.
 */

import { z } from 'zod';
import type { Claim } from '../../core/claim.ts';
import type { Composition } from '../../core/report.ts';
import { ask } from './ask.ts';
import { framed } from './frame.ts';
import { packed, quoteLines } from './packs.ts';
import { JUDGE } from './prompts/judge-1.ts';
import { answerOrWhy, type HurriedAsker } from './unanswered.ts';

const MOST_SHOWN = 12_000;
const MOST_OUTPUT = 1200;

const VERDICTS = z.object({ verdicts: z.array(z.object({ id: z.string(), supported: z.boolean() })) });

type Judged = NonNullable<Composition['judged']>;

export interface Judgement {
  /** On those claims that need a verdict and got one, in the order of the claims. */
  readonly judged: Judged;
  /** Why claims that need one got none; null when all were asked about. */
  readonly unanswered: string | null;
}

export interface Judging {
  readonly task: string;
  readonly claims: readonly Claim[];
  /** Claims the summary rests on. */
  readonly bearing: ReadonlySet<string>;
  /** Claims that others contradict. */
  readonly contested: ReadonlySet<string>;
}

/** Asks about the claims that need it. Without an answer it says why, and their labels stay. */
export async function judgeClaims(asker: HurriedAsker, judging: Judging): Promise<Judgement> {
  const open = judging.claims.filter((claim) => needsJudge(claim, judging));
  const first = await votes(asker, { key: 'judge', task: judging.task, claims: open });
  const against = open.filter(({ claim_id, label }) => {
    const vote = first.found.get(claim_id);
    return vote !== undefined && vote !== (label !== 'unsupported');
  });
  const second = await votes(asker, { key: 'judge-again', task: judging.task, claims: against });
  const disputed = new Set(against.map(({ claim_id }) => claim_id));
  const judged = open.flatMap(({ claim_id }) => {
    const vote = first.found.get(claim_id);
    // One vote against what code found is not enough.
    const isSettled = vote !== undefined && (!disputed.has(claim_id) || second.found.get(claim_id) === vote);
    return isSettled ? [{ claim_id, supported: vote }] : [];
  });
  return { judged, unanswered: first.unanswered ?? second.unanswered };
}

function needsJudge({ claim_id, text, label }: Claim, { bearing, contested }: Judging): boolean {
  if (label === 'quoted') return false;
  return bearing.has(claim_id) || contested.has(claim_id) || /\p{N}/u.test(text);
}

async function votes(
  asker: HurriedAsker,
  of: { readonly key: string; readonly task: string; readonly claims: readonly Claim[] },
): Promise<{ readonly found: ReadonlyMap<string, boolean>; readonly unanswered: string | null }> {
  const found = new Map<string, boolean>();
  for (const [at, part] of packed(of.claims, quoteLines, MOST_SHOWN).entries()) {
    const key = `${of.key}-${at + 1}`;
    const text = framed(part.map(quoteLines).join('\n'), { task: of.task, key, what: 'statements and quotes' });
    const answered = await answerOrWhy(asker, () =>
      ask(asker, {
        key,
        share: 'check',
        prompt: JUDGE,
        messages: [{ role: 'user', text }],
        answer: VERDICTS,
        max_output_tokens: MOST_OUTPUT,
      }),
    );
    if (answered.kind === 'unanswered') return { found, unanswered: answered.why };
    const asked = new Set(part.map(({ claim_id }) => claim_id));
    for (const { id, supported } of answered.value.verdicts) if (asked.has(id)) found.set(id, supported);
  }
  return { found, unanswered: null };
}
