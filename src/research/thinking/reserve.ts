/** The most a model call can take, known before it is made: what is reserved for it. */

import type { Amount } from '../../core/call.ts';
import { mostCost } from '../../core/price.ts';
import type { LanguageModel, ModelAnswer, ModelRequest } from '../../providers/providers.ts';

/** What a vendor counted of the beginning of a conversation. Holds for that model alone: others divide text differently. */
export interface Counted {
  readonly model: string;
  /** So many messages from the beginning, the answer included. */
  readonly messages: number;
  /** Tokens of the instructions, the tools and these messages. */
  readonly tokens: number;
}

/** What vendors put around each message: roles, separators, ids. */
const MESSAGE_TOKENS = 24;
/** What vendors add of their own: a date, and how tools are to be called (804 tokens at most were documented). */
const FRAME_TOKENS = 256;
const TOOLS_TOKENS = 1024;

/** A token is at least one byte of UTF-8 for every vendor, so bytes are an upper bound of tokens. */
function bytes(value: unknown): number {
  return Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value), 'utf8');
}

/** At most so many tokens go in. What was counted before is not estimated again. */
function mostInput(request: ModelRequest, model: string, counted: Counted | null): number {
  const known = counted !== null && counted.model === model && counted.messages <= request.messages.length;
  const added = request.messages.slice(known ? counted.messages : 0);
  const said = added.reduce((sum, message) => sum + bytes(message) + MESSAGE_TOKENS, 0);
  // The form of the answer may be new to a conversation that was counted without it.
  const form = request.output === null ? 0 : bytes(request.output) + TOOLS_TOKENS;
  if (known) return counted.tokens + said + form;
  const tools = request.tools.length === 0 ? 0 : bytes(request.tools) + TOOLS_TOKENS;
  return FRAME_TOKENS + bytes(request.system) + tools + form + said;
}

export function mostOf(
  request: ModelRequest,
  model: Pick<LanguageModel, 'name' | 'price'>,
  counted: Counted | null,
): Amount {
  const input = mostInput(request, model.name, counted);
  const output = request.max_output_tokens;
  const microusd = model.price === null ? null : mostCost({ input, output }, model.price);
  return { tokens: input + output, microusd };
}

/** What is known of a conversation once this answer stands in it; null where the vendor did not say. */
export function countedAfter(model: string, messages: number, answer: Pick<ModelAnswer, 'usage'>): Counted | null {
  if (answer.usage === null) return null;
  return { model, messages: messages + 1, tokens: answer.usage.input_tokens + answer.usage.output_tokens };
}
