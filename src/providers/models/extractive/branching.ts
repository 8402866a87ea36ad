/** Which branch applies, without a language model: the one whose condition a sentence of the documents bears out best. */

import type { Claim } from '../../../core/claim.ts';
import type { Choice, ChooseRequest, Findings } from '../../providers.ts';
import { bearsOut } from './conditions.ts';
import { research } from './research.ts';
import { pathWords, shortened } from './text.ts';

const AGENT = 'choice';
/** Claims shown for a branch. */
const MOST_CLAIMS = 3;
const SHOWN = 160;

interface Weighed {
  readonly name: string;
  readonly when: string;
  readonly passages: Findings['passages'];
  /** Those that bear the condition out, best first. */
  readonly claims: readonly { readonly claim: Claim; readonly weight: number }[];
}

/** Of branches borne out alike, the first; none where no sentence bears one out. */
export async function chooseBranch(request: ChooseRequest): Promise<Choice> {
  const weighed: Weighed[] = [];
  for (const branch of request.branches) {
    request.progress(`looking for: ${shortened(branch.when, 70)}`);
    weighed.push(await weigh(request, branch));
  }
  const weight = ({ claims }: Weighed): number => claims[0]?.weight ?? 0;
  let best: Weighed | null = null;
  for (const branch of weighed) if (weight(branch) > (best === null ? 0 : weight(best))) best = branch;
  if (best === null) {
    const conditions = weighed.map(({ when }) => `“${shortened(when, SHOWN)}”`).join(' or ');
    const why =
      weighed.length === 0 ? 'No branch has a condition.' : `No sentence of the documents bears out ${conditions}.`;
    return { branch: null, why, claims: [], passages: [] };
  }
  const claims = best.claims
    .slice(0, MOST_CLAIMS)
    .map(({ claim }, at) => ({ ...claim, claim_id: `${AGENT}.${at + 1}` }));
  const cited = new Set(claims.map(({ source_id }) => source_id));
  return {
    branch: best.name,
    why: `“${shortened(best.when, SHOWN)}” is borne out by the documents:`,
    claims,
    passages: best.passages.filter(({ source_id }) => cited.has(source_id)),
  };
}

async function weigh(request: ChooseRequest, branch: ChooseRequest['branches'][number]): Promise<Weighed> {
  const { context, corpus, library, signal } = request;
  const { when } = branch;
  const { claims, passages } = await research({
    task: when,
    context,
    shape: 'fact',
    subtask: { agent_id: AGENT, objective: when, queries: [when], domain: null },
    corpus,
    library,
    progress: () => {},
    signal,
  });
  const titles = new Map(
    corpus.sources.map((source) => [source.source_id, `${source.title} ${pathWords(source.location)}`]),
  );
  const borne = claims.map((claim) => ({
    claim,
    weight: bearsOut(when, claim.text, `${claim.heading} ${titles.get(claim.source_id) ?? ''}`),
  }));
  return {
    ...branch,
    passages,
    claims: borne
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight || b.claim.score - a.claim.score),
  };
}
