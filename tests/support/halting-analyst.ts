/** The analyst, whose researchers come to a halt in the middle of their work: four have noted, one has not. */

import type { ChatCompletionRequest, FixtureResponse } from '@copilotkit/aimock';
import { analyst, OBJECTIVES, USAGE } from './analyst.ts';

/** The one that has searched when the stop comes, and noted nothing. */
export const SLOW = OBJECTIVES[0][0];
export const AGENTS = OBJECTIVES.length;

/** Answers as the analyst, but for researchers: they are never done, and after their notes not answered before `release`. */
export function halting() {
  let held = 0;
  const free = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const hold = async (): Promise<void> => {
    held += 1;
    if (held === AGENTS) reached.resolve();
    await free.promise;
  };
  const answers = async (request: ChatCompletionRequest): Promise<FixtureResponse> => {
    const answer = analyst(request);
    const said = JSON.stringify(request.messages);
    const turn = request.messages.filter(({ role }) => role === 'tool').length;
    if (!said.includes('You are a researcher') || turn === 0) return answer;
    if (turn === 2) {
      await hold();
      return { toolCalls: [{ name: 'note', arguments: '{"done":true}' }], usage: USAGE };
    }
    if (said.includes(`Your objective: ${SLOW}`)) await hold();
    if (!('toolCalls' in answer)) return answer;
    const [noting] = answer.toolCalls;
    const input = { ...(JSON.parse(noting?.arguments ?? '{}') as object), done: false };
    return { ...answer, toolCalls: [{ name: 'note', arguments: JSON.stringify(input) }] };
  };
  return { answers, everyoneHeld: reached.promise, release: free.resolve };
}
