/** Prose from a pack of claims, asked for again once where it is not grounded in them; what is still not is left out. */

import { z } from 'zod';
import type { Claim } from '../../core/claim.ts';
import type { ComposeRequest } from '../../providers/providers.ts';
import { evidenceFor } from '../evidence/evidence.ts';
import {
  type Evidence,
  paragraphProblems,
  paragraphsOf,
  sentencesOf,
  tidyProse,
  withoutMarks,
} from '../evidence/prose.ts';
import { renderedProblems, renderProse } from '../evidence/render-prose.ts';
import { ask } from './ask.ts';
import { framed } from './frame.ts';
import { evidenceLines, packed } from './packs.ts';
import type { Prompt } from './prompt.ts';
import { answerOrWhy, type HurriedAsker } from './unanswered.ts';

/** Characters of evidence shown: about 5,000 tokens. Claims beyond stand in the report as they are. */
const MOST_SHOWN = 20_000;
const MOST_OUTPUT = 1500;
const MOST_PROBLEMS = 6;

/** Several times what is asked for. Holding prose against its claims takes a time for each of its sentences. */
const MOST_PROSE = 20_000;
const MOST_SENTENCES = 100;

const PROSE = z.object({ prose: z.string().max(MOST_PROSE) });

export interface Writing {
  readonly key: string;
  readonly prompt: Prompt;
  readonly request: Pick<ComposeRequest, 'task' | 'sources'>;
  readonly claims: readonly Claim[];
  /** What is asked, before the evidence. */
  readonly about: string;
}

/** Paragraphs every one of which cites claims and says no number that they do not; '' where none does. Rejects as `ask` does. */
export async function writeProse(asker: HurriedAsker, writing: Writing): Promise<string> {
  const { key, prompt, request, about } = writing;
  const sources = new Map(request.sources.map((source) => [source.source_id, source]));
  const shownAs = (claim: Claim): string => evidenceLines(claim, sources.get(claim.source_id));
  const [shown = []] = packed(writing.claims, shownAs, MOST_SHOWN);
  const evidence = evidenceFor(shown, request.sources, new Map());
  const text = framed(shown.map(shownAs).join('\n'), { task: request.task, key, what: 'claims with their quotes' });
  const question = { role: 'user', text: `${about}\n\n${text}` } as const;
  const asked = { share: 'write', prompt, answer: PROSE, max_output_tokens: MOST_OUTPUT } as const;
  const first = stored((await ask(asker, { ...asked, key, messages: [question] })).prose);
  const problems = paragraphsOf(first).flatMap((paragraph) => paragraphProblems(paragraph, evidence));
  if (problems.length === 0) return grounded(first, shown, evidence);
  const told = [
    'This cannot stand as it is:',
    ...problems.slice(0, MOST_PROBLEMS).map((problem) => `- ${problem}`),
    'Write it again, in full.',
  ].join('\n');
  const messages = [
    question,
    { role: 'assistant', text: JSON.stringify({ prose: first }), tool_uses: [], opaque: null } as const,
    { role: 'user', text: told } as const,
  ];
  const again = await answerOrWhy(asker, () => ask(asker, { ...asked, key: `${key}/grounded`, messages }));
  return grounded(again.kind === 'answered' ? stored(again.value.prose) : first, shown, evidence);
}

/** In the form that is stored, as many paragraphs of it as are looked at: the claims of the others are listed. */
function stored(prose: string): string {
  let sentences = 0;
  const within = paragraphsOf(tidyProse(prose)).filter((paragraph) => {
    sentences += sentencesOf(paragraph).length;
    return sentences <= MOST_SENTENCES;
  });
  return within.join('\n\n');
}

/** Without marks that name nothing, and without paragraphs that still cannot stand: their claims are listed instead. */
function grounded(prose: string, shown: readonly Claim[], evidence: Evidence): string {
  const claims = new Map(shown.map((claim) => [claim.claim_id, claim]));
  return paragraphsOf(prose)
    .map((paragraph) => withoutMarks(paragraph, (id) => !evidence.has(id)))
    .filter((paragraph) => paragraph !== '' && paragraphProblems(paragraph, evidence).length === 0)
    .filter((paragraph) => {
      // As the report will show it, so that none fails there, where it could not be asked for again.
      const { text } = renderProse(paragraph, { claims, evidence, number: () => 1 });
      return renderedProblems(paragraph, text).length === 0;
    })
    .join('\n\n');
}
