/** The requests about prompts, and completion of what prompts and resources ask for. */

import type { McpServer } from '@modelcontextprotocol/server';
import { Fault } from '../../core/errors.ts';
import { completeArgument, completeUri, completion, type CompletionParts } from './completion.ts';
import { oneNamed } from './named.ts';
import type { Prompt } from './prompt.ts';
import { compare } from './prompts/compare.ts';
import { deepResearch } from './prompts/deep-research.ts';
import { dueDiligence } from './prompts/due-diligence.ts';
import { literatureReview } from './prompts/literature-review.ts';
import { answered, type Defect } from './protocol-error.ts';
import { TEMPLATES } from './resource-uris.ts';

/** In the order of `prompts/list`. */
export const PROMPTS: readonly Prompt[] = [deepResearch, compare, literatureReview, dueDiligence];

interface Serving extends CompletionParts {
  readonly defect: Defect;
}

export function servePrompts({ server }: McpServer, { defect, ...parts }: Serving): void {
  server.setRequestHandler('prompts/list', () => ({ prompts: PROMPTS.map((prompt) => prompt.card()) }));
  server.setRequestHandler('prompts/get', ({ params }) =>
    answered(defect, async () => {
      const prompt = oneNamed('prompt', PROMPTS, params.name);
      const text = prompt.message(params.arguments);
      return { description: prompt.description, messages: [{ role: 'user', content: { type: 'text', text } }] };
    }),
  );
  server.setRequestHandler('completion/complete', ({ params: { ref, argument, context } }) =>
    answered(defect, async () => {
      if (ref.type === 'ref/prompt') {
        const { completable } = oneNamed('prompt', PROMPTS, ref.name);
        const of = Object.hasOwn(completable, argument.name) ? completable[argument.name] : undefined;
        return completion(await completeArgument(parts, of, argument.value));
      }
      if (!TEMPLATES.some(({ uriTemplate }) => uriTemplate === ref.uri)) {
        throw new Fault('INVALID_INPUT', `no resource template is ${JSON.stringify(ref.uri.slice(0, 200))}`, {
          hint: `Templates are ${TEMPLATES.map(({ uriTemplate }) => uriTemplate).join(', ')}.`,
        });
      }
      return completion(await completeUri(parts, argument, context?.arguments ?? {}));
    }),
  );
}
