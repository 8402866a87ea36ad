/** The most a model call can take, known before it is made: what is reserved for it. */

import type { Amount } from '../../core/call.ts';
import { mostCost } from '../../core/price.ts';
import type { LanguageModel, ModelAnswer, ModelRequest } from '../../providers/providers.ts';

/** What a vendor counted of the beginning of a conversation. Holds for that model alone: others divide text differently. */
export interface Counted {
  readonly model: string;
  /** So many messages from the beginning, the answer included. */
  readonly messages: number;
  /** Tokens of the instructions, the tools and these messages; null where what it counted before cannot have been all of them. */
  readonly tokens: number | null;
  /** Of the request it counted last: its tokens as counted, and its bytes. */
  readonly last: { readonly input_tokens: number; readonly bytes: number };
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

/**
 * Bytes to a token: hardly any text has fewer, and none has more. Some servers count only what their cache did not hold, and then
 * all of it once they lose that cache: what they counted before is no bound of what the next turn takes.
 */
const FEWEST_BYTES = 3;
const MOST_BYTES = 8;

/** Without what vendors want back unread, which many of them do not count. */
function bytesOf({ system, tools, messages }: ModelRequest): number {
  const read = messages.map((message) => (message.role === 'assistant' ? { ...message, opaque: null } : message));
  return bytes([system, tools, read]);
}

/** At most so many tokens go in. What was counted before is not estimated again. */
function mostInput(request: ModelRequest, model: string, counted: Counted | null): number {
  const before = counted?.model === model && counted.messages <= request.messages.length ? counted.tokens : null;
  const added = request.messages.slice(before === null ? 0 : counted?.messages);
  const said = added.reduce((sum, message) => sum + bytes(message) + MESSAGE_TOKENS, 0);
  // The form of the answer may be new to a conversation that was counted without it.
  const form = request.output === null ? 0 : bytes(request.output) + TOOLS_TOKENS;
  if (before !== null) return Math.max(before + said + form, Math.ceil(bytesOf(request) / FEWEST_BYTES));
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

/**
 * What is known of a conversation once this answer stands in it; null where the vendor did not say. A model that counted far less of
 * more, or less than any text has, is not taken at its word in this conversation any more.
 */
export function countedAfter(
  asked: { readonly model: string; readonly request: ModelRequest; readonly before: Counted | null },
  { usage }: Pick<ModelAnswer, 'usage'>,
): Counted | null {
  if (usage === null) return null;
  const { model, request } = asked;
  const before = asked.before?.model === model ? asked.before : null;
  const last = { input_tokens: usage.input_tokens, bytes: bytesOf(request) };
  // Reasoning of earlier turns may rightly be left out of a later one: half is beyond that.
  const fell = before !== null && last.bytes >= before.last.bytes && last.input_tokens < before.last.input_tokens / 2;
  const doubted = before?.tokens === null || fell || last.input_tokens < last.bytes / MOST_BYTES;
  const tokens = doubted ? null : usage.input_tokens + usage.output_tokens;
  return { model, messages: request.messages.length + 1, tokens, last };
}
