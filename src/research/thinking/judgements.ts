/** Choosing a branch and criticising a round with a language model: by ids of claims whose quotes code has found in their sources. */

import { z } from 'zod';
import type { Share } from '../../core/budget.ts';
import type { Claim } from '../../core/claim.ts';
import { Fault } from '../../core/errors.ts';
import type { Choice, ChooseRequest, Critique, CritiqueRequest, Workbench } from '../../providers/providers.ts';
import { withoutAddresses } from '../evidence/markdown.ts';
import { apostrophesOf, withTrueMarks, wordsOf } from '../evidence/quotations.ts';
import { CHOICE as CHOICE_AGENT, OUT_OF_BUDGET } from '../journal.ts';
import { ask, type Asker } from './ask.ts';
import { research } from './belter.ts';
import { framed } from './frame.ts';
import { packed, quoteLines, statementLine } from './packs.ts';
import type { RoleParts } from './parts.ts';
import { CHOICE, CRITIQUE } from './prompts/judgement-1.ts';

/** Characters of claims shown: about 8,000 tokens. */
const MOST_SHOWN = 32_000;
const MOST_OUTPUT = 2000;
const MOST_CLAIMS = 3;
const USED_UP = 'No branch could be chosen: the budget was used up before.';
const WHY = z.string().trim().min(1).max(600);

/**
 * One agent looks for all conditions; what it found and could quote decides. A cap that is used up chooses nothing and says so
 * in `cut`, for the branch without a condition may still be researched. Else rejects as `research` and `ask` do.
 */
export async function choose(parts: RoleParts, request: ChooseRequest, bench: Workbench): Promise<Choice> {
  if (request.branches.length === 0) {
    return { branch: null, why: 'No branch has a condition.', claims: [], passages: [] };
  }
  try {
    return await lookedFor(parts, request, bench);
  } catch (thrown) {
    if (request.signal.aborted || !(thrown instanceof Fault) || thrown.code !== 'BUDGET_EXHAUSTED') throw thrown;
    return { branch: null, why: USED_UP, claims: [], passages: [], cut: [OUT_OF_BUDGET] };
  }
}

/** A first look and its notes come from the agents' part; looking on does not, or nothing would be left for the branch. */
function shareOf(turn: number): Share {
  return turn <= 2 ? 'research' : 'plan';
}

async function lookedFor(parts: RoleParts, request: ChooseRequest, bench: Workbench): Promise<Choice> {
  const { branches, task, context, corpus, library, progress, signal } = request;
  const conditions = branches.map(({ when }, at) => `(${at + 1}) ${when}`).join(' ');
  const subtask = {
    agent_id: CHOICE_AGENT,
    objective: `Find out which of these conditions hold, and quote what shows it: ${conditions}`,
    queries: branches.map(({ when }) => when),
    domain: null,
  };
  const looking = { task, context, shape: 'survey', subtask, corpus, library, progress, signal } as const;
  const { claims, passages, sources = [], cut = [] } = await research(parts, looking, { ...bench, shareOf });
  if (claims.length === 0) {
    const why = cut.includes(OUT_OF_BUDGET) ? USED_UP : 'Nothing was found that shows any of the conditions.';
    return { branch: null, why, claims: [], passages: [], cut };
  }
  const asker: Asker = { models: parts.models, model: parts.model, bench, signal };
  const { branch, why, claims: ids } = await chosen(asker, request, claims);
  const kept = branch === null ? [] : claims.filter(({ claim_id }) => ids.includes(claim_id));
  const cited = new Set(kept.map(({ source_id }) => source_id));
  return {
    branch,
    why,
    claims: kept,
    passages: passages.filter(({ source_id }) => cited.has(source_id)),
    sources: sources.filter(({ source_id }) => cited.has(source_id)),
    cut,
  };
}

/** Which branch the claims speak for. Rejects as `ask` does. */
export async function chosen(
  asker: Asker,
  { task, branches }: Pick<ChooseRequest, 'task' | 'branches'>,
  claims: readonly Claim[],
): Promise<{ readonly branch: string | null; readonly claims: readonly string[]; readonly why: string }> {
  const names = branches.map(({ name, when }) => `- ${JSON.stringify(name)}: ${when}`).join('\n');
  const [shown = []] = packed(claims, quoteLines, MOST_SHOWN);
  const text = framed(shown.map(quoteLines).join('\n'), { task, key: CHOICE_AGENT, what: 'claims and quotes' });
  const answer = await ask(asker, {
    key: CHOICE_AGENT,
    // Asked after whatever was spent on looking: refused, what was found would choose nothing, and another branch be taken.
    share: 'check',
    prompt: CHOICE,
    messages: [{ role: 'user', text: `The question: ${task}\n\nThe branches:\n${names}\n\n${text}` }],
    answer: choiceAmong(new Set(branches.map(({ name }) => name)), idsOf(shown)),
    max_output_tokens: MOST_OUTPUT,
  });
  const asked = branches.flatMap(({ name, when }) => [name, when ?? '']);
  return { ...answer, why: reason(answer.why, [task, ...asked, ...shown.map(({ quote }) => quote)]) };
}

/** As the report tells it: in quotation marks only what a source or the user said, and no address. */
function reason(why: string, held: readonly string[]): string {
  return withoutAddresses(withTrueMarks(why, wordsOf(held), apostrophesOf(held)).text);
}

function choiceAmong(names: ReadonlySet<string>, known: ReadonlySet<string>) {
  const form = z.object({ branch: z.string().nullable(), claims: claimsAmong(known), why: WHY });
  return form.superRefine(({ branch, claims }, context) => {
    if (branch === null) return;
    if (!names.has(branch)) context.addIssue({ code: 'custom', message: `there is no branch ${branch}` });
    if (claims.length > 0) return;
    context.addIssue({ code: 'custom', message: 'a branch is named and no claim that shows its condition' });
  });
}

/** Rejects as `ask` does: without an answer the rounds end with what is there. */
export async function critique(asker: Asker, request: CritiqueRequest): Promise<Critique> {
  const { task, until, round, claims, asked, most } = request;
  const best = [...claims].sort((a, b) => b.score - a.score);
  const [shown = []] = packed(best, statementLine, MOST_SHOWN);
  const before = asked.flatMap(({ subtask, gaps }) => [subtask.objective, ...gaps.map((gap) => `  not found: ${gap}`)]);
  const of = { task, key: `critique-${round}` };
  const text = [
    `The question: ${task}`,
    `The condition: ${until}`,
    `Objectives of the next round at most: ${most}`,
    framed(before.join('\n'), { ...of, what: 'objectives so far and what was not found' }),
    framed(shown.map(statementLine).join('\n'), { ...of, what: 'claims' }),
  ].join('\n\n');
  const judged = await ask(asker, {
    key: 'critique',
    // Asked between rounds, whatever they spent: under the plan's ceiling it would be refused after any round of size.
    share: 'check',
    prompt: CRITIQUE,
    messages: [{ role: 'user', text }],
    answer: critiqueOver(idsOf(shown)),
    max_output_tokens: MOST_OUTPUT,
  });
  const { holds, missing, next } = judged;
  return {
    holds,
    why: reason(judged.why, [task, until, ...shown.map(({ quote }) => quote)]),
    claims: judged.claims,
    missing: holds ? [] : missing.map((line) => withoutAddresses(line)),
    next: holds ? [] : next.slice(0, most),
  };
}

function critiqueOver(known: ReadonlySet<string>) {
  const objective = z.object({
    objective: z.string().trim().min(1).max(1000),
    queries: z.array(z.string().trim().min(1).max(300)).min(1).max(3),
  });
  const form = z.object({
    holds: z.boolean(),
    why: WHY,
    claims: claimsAmong(known),
    missing: z.array(z.string().max(300)).max(10),
    next: z.array(objective),
  });
  return form.superRefine(({ holds, claims }, context) => {
    if (!holds || claims.length > 0) return;
    context.addIssue({ code: 'custom', message: 'the condition is said to hold and no claim shows it' });
  });
}

function idsOf(claims: readonly Claim[]): ReadonlySet<string> {
  return new Set(claims.map(({ claim_id }) => claim_id));
}

function claimsAmong(known: ReadonlySet<string>) {
  const named = z.array(z.string()).max(MOST_CLAIMS);
  return named.superRefine((ids, context) => {
    const unknown = ids.find((id) => !known.has(id));
    if (unknown !== undefined) context.addIssue({ code: 'custom', message: `there is no claim ${unknown}` });
  });
}
