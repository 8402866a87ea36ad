/** Which branch applies, without a language model: the one whose condition a sentence of the documents bears out best. */

import type { Choice, ChooseRequest } from '../../providers.ts';
import { candidatesOf, type Ranked, type Scored } from './candidates.ts';
import { bearsOut } from './conditions.ts';
import { newerEditions } from './editions.ts';
import { claimOf, passagesOf } from './research.ts';
import { pathWords, shortened } from './text.ts';

/** What the port calls the agent of these claims. */
const CHOICE_AGENT = 'choice';
/** Claims shown for a branch. */
const MOST_CLAIMS = 3;
const SHOWN = 160;

/** Passages in which a condition is looked for. */
const PASSAGES = 24;

interface Weighed {
  readonly name: string;
  readonly when: string;
  /** Those that bear the condition out, best first. */
  readonly borne: readonly Scored[];
}

/** Of branches borne out alike, the first; none where no sentence bears one out. */
export async function chooseBranch(request: ChooseRequest): Promise<Choice> {
  const weighed: Weighed[] = [];
  for (const branch of request.branches) {
    request.progress(`looking for: ${shortened(branch.when, 70)}`);
    weighed.push(await weigh(request, branch));
  }
  const weight = ({ borne }: Weighed): number => borne[0]?.score ?? 0;
  let best: Weighed | null = null;
  for (const branch of weighed) if (weight(branch) > (best === null ? 0 : weight(best))) best = branch;
  if (best === null) {
    const conditions = weighed.map(({ when }) => `“${shortened(when, SHOWN)}”`).join(' or ');
    const why =
      weighed.length === 0 ? 'No branch has a condition.' : `No sentence of the documents bears out ${conditions}.`;
    return { branch: null, why, claims: [], passages: [] };
  }
  const subtask = { agent_id: CHOICE_AGENT, objective: best.when, queries: [best.when], domain: null };
  const texts = best.borne.map(({ candidate }) => candidate.text);
  const distinct = best.borne.filter((_, at) => texts.indexOf(texts[at] ?? '') === at);
  const shown = distinct.slice(0, MOST_CLAIMS);
  return {
    branch: best.name,
    why: `“${shortened(best.when, SHOWN)}” is borne out by the documents:`,
    claims: shown.map((scored, at) => claimOf({ subtask }, scored, at + 1)),
    passages: passagesOf({ subtask }, shown, distinctHits(shown)),
  };
}

function distinctHits(shown: readonly Scored[]): readonly Ranked[] {
  return [...new Set(shown.map(({ candidate }) => candidate.hit))].map((hit) => ({ hit, rank: 1 }));
}

async function weigh(request: ChooseRequest, branch: ChooseRequest['branches'][number]): Promise<Weighed> {
  const { context, corpus, library, signal } = request;
  const { when } = branch;
  signal.throwIfAborted();
  const favoured = context === null ? {} : { context };
  const hits = await library.search(corpus, { query: when, ...favoured, limit: PASSAGES, signal });
  const sources = new Map(corpus.sources.map((source) => [source.source_id, source]));
  // What only an older edition of a document says does not hold any more.
  const replaced = newerEditions(corpus.sources, corpus.sources, when);
  const borne = hits.flatMap((hit) => {
    const source = sources.get(hit.source_id);
    if (source === undefined || replaced.has(hit.source_id)) return [];
    const around = `${hit.heading} ${source.title} ${pathWords(source.location)}`;
    return candidatesOf(hit, source.format).map((candidate) => ({
      candidate,
      score: bearsOut(when, candidate.text, around),
    }));
  });
  // Hits come best first, and what is borne out alike stays in their order.
  return { ...branch, borne: borne.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score) };
}
