/**
 * The critique of a round without a language model: the condition holds when no objective is left unanswered and every telling
 * word of the condition stands in a finding; what denies or compares must be borne out by one finding, for its opposite has the
 * same words. It reads words and counts nothing: "at least three" is beyond it.
 */

import type { Claim } from '../../../core/claim.ts';
import type { Subtask } from '../../../core/plan.ts';
import type { Critique, CritiqueRequest } from '../../providers.ts';
import { bearsOut, notIn, strictParts, tellingWords } from './conditions.ts';
import { jaccard, shortened, stemSet } from './text.ts';
import { keyWords } from './themes.ts';

/** Claims shown for a condition that holds. */
const MOST_CLAIMS = 3;
/** Objectives this close in words ask for the same. */
const SAME_OBJECTIVE = 0.85;
const SHOWN = 160;

export async function critique(request: CritiqueRequest): Promise<Critique> {
  request.signal.throwIfAborted();
  const { until, claims, asked } = request;
  const texts = claims.map(({ heading, text }) => `${heading} ${text}`);
  const unmet = notIn(tellingWords(until), texts);
  const unshown = strictParts(until).filter(
    (part) => !claims.some((claim) => bearsOut(part, claim.text, claim.heading) > 0),
  );
  const open = asked.filter((one) => isOpen(one, claims, texts));
  const gaps = [...new Set(open.flatMap((one) => one.gaps))];
  const holds = claims.length > 0 && unmet.length === 0 && unshown.length === 0 && open.length === 0;
  const words = unmet.length === 0 ? [] : [`no finding holds these words of the condition: ${unmet.join(', ')}`];
  const missing = [...words, ...unshown.map((part) => `no finding shows by itself: ${part}`), ...gaps];
  return {
    holds,
    why: holds
      ? 'The condition holds:'
      : `Still missing: ${missing.length === 0 ? 'any finding' : missing.join('; ')}.`,
    claims: holds ? shownFor(until, claims) : [],
    missing: missing.length === 0 && !holds ? [`any finding that shows: ${until}`] : missing,
    next: holds ? [] : nextOf(request, { unmet, unshown, open: open.map(({ subtask }) => subtask), texts }),
  };
}

/** An objective whose agent missed something is answered once the findings of all hold its words. */
function isOpen(
  { subtask, round, gaps }: CritiqueRequest['asked'][number],
  claims: readonly Claim[],
  texts: readonly string[],
): boolean {
  // What a critique asked stands for something that is open by itself.
  if (gaps.length === 0 || round > 1) return false;
  const found = claims.some(({ agent_id }) => agent_id === subtask.agent_id);
  const words = tellingWords(subtask.objective);
  return notIn(words, texts).length > 0 || (!found && words.length === 0);
}

/** Claims that bear the condition out by themselves; else those that hold most of its words. */
function shownFor(until: string, claims: readonly Claim[]): readonly string[] {
  const telling = stemSet(tellingWords(until).join(' '));
  const parts = [until, ...strictParts(until)];
  const texts = claims.map(({ text }) => text);
  const distinct = claims.filter((_, at) => texts.indexOf(texts[at] ?? '') === at);
  const weighed = distinct.map((claim) => ({
    claim_id: claim.claim_id,
    weight:
      Math.max(...parts.map((part) => bearsOut(part, claim.text, claim.heading))) +
      jaccard(telling, stemSet(`${claim.heading} ${claim.text}`)),
  }));
  const best = weighed.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  return best.slice(0, MOST_CLAIMS).map(({ claim_id }) => claim_id);
}

/** First what the condition still lacks, together and then word by word; then what objectives lack. Nothing asked before. */
function nextOf(
  { task, asked, most }: CritiqueRequest,
  left: {
    readonly unmet: readonly string[];
    readonly unshown: readonly string[];
    readonly open: readonly Subtask[];
    readonly texts: readonly string[];
  },
): Critique['next'] {
  const lacks = [
    left.unmet,
    ...left.unshown.map(tellingWords),
    ...left.open.map(({ objective }) => notIn(tellingWords(objective), left.texts)),
    ...left.unmet.map((word) => [word]),
  ].filter((words) => words.length > 0);
  const topic = keyWords(task).join(' ');
  const known = asked.map(({ subtask }) => stemSet(subtask.objective));
  const next: { objective: string; queries: readonly string[] }[] = [];
  for (const words of lacks) {
    const objective = `What is known about ${shortened(words.join(', '), SHOWN)}?`;
    const own = stemSet(objective);
    if (known.some((other) => jaccard(other, own) >= SAME_OBJECTIVE)) continue;
    known.push(own);
    next.push({ objective, queries: [...new Set([words.join(' '), `${words.join(' ')} ${topic}`.trim()])] });
    if (next.length >= most) break;
  }
  return next;
}
