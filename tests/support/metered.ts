/**
 * A vendor that counts: the analyst's answers, with tokens as a vendor would count them. The same text always takes the same,
 * and an answer something between what it holds and what was allowed. Some agents work in several turns and note in between.
 */

import type { ChatCompletionRequest, FixtureResponse } from '@copilotkit/aimock';
import { hash } from 'node:crypto';
import { analyst } from './analyst.ts';
import { Random } from './random.ts';

export interface Meter {
  readonly seed: number;
  /** Tokens of a byte, in (0, 1]. */
  readonly density: number;
}

/** The same conversation gets the same answer and the same count, in whatever order agents ask. */
export function metered({ seed, density }: Meter): (request: ChatCompletionRequest) => FixtureResponse {
  const tokens = (text: string): number => Math.ceil(Buffer.byteLength(text, 'utf8') * density);
  return (request) => {
    const { messages } = request;
    const [system, user, ...rest] = messages.map(({ content }) => said(content));
    const opening = Number.parseInt(hash('sha256', `${system}${user}`, 'hex').slice(0, 7), 16);
    const answer = paced(request, new Random(seed + opening));
    const chance = new Random(seed + opening + rest.length);
    const allowed = Number(request.max_tokens ?? request['max_completion_tokens']);
    const shown = messages
      .map(({ content, tool_calls = [] }) => said(content) + tool_calls.map(called).join(''))
      .join('');
    const output_tokens = Math.min(allowed, tokens(written(answer)) + chance.below(allowed));
    return { ...answer, usage: { input_tokens: tokens(shown), output_tokens } };
  };
}

function called({ function: { name, arguments: input } }: { readonly function: { name: string; arguments: string } }) {
  return name + input;
}

function said(content: unknown): string {
  return typeof content === 'string' ? content : content === null ? '' : JSON.stringify(content);
}

function written(answer: FixtureResponse): string {
  if ('toolCalls' in answer) return answer.toolCalls.map((call) => call.name + call.arguments).join('');
  return 'content' in answer ? said(answer.content) : '';
}

/** The analyst's answer; half of the researchers take four turns where it takes two. */
function paced(request: ChatCompletionRequest, random: Random): FixtureResponse {
  const answer = analyst(request);
  const turns = request.messages.filter(({ role }) => role === 'tool').length;
  if (!('toolCalls' in answer) || random.chance(0.5) || turns === 0) return answer;
  if (turns === 2)
    return { toolCalls: [{ name: 'search_documents', arguments: JSON.stringify({ query: 'disk cache' }) }] };
  const [noting] = answer.toolCalls;
  const note: object = JSON.parse(noting?.arguments ?? '{}');
  const input = turns === 1 ? { ...note, done: false } : { claims: [], gaps: [], done: true };
  return { toolCalls: [{ name: 'note', arguments: JSON.stringify(input) }] };
}
