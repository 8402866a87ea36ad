/**
 * Chat Completions, which every compatible endpoint speaks, each in a dialect of its own: what they differ in stands in
 * `Dialect`, and what is read is read from whichever place a server puts it.
 */

import type { Json } from '../../../core/json.ts';
import type { Message, ModelRequest, ToolCard } from '../../language-model.ts';
import { ChatReader } from './chat-reader.ts';
import { fields, items } from './fields.ts';
import { closed, withOutputTool } from './output.ts';
import type { Wire } from './wire.ts';

export interface Dialect {
  /** Under which name the limit of the output, reasoning included, is known. */
  readonly limit: 'max_tokens' | 'max_completion_tokens';
  /** Whether `response_format` with a schema is taken. Not together with tools, which grammars of local servers would forbid. */
  readonly schema: boolean;
  /** Whether it counts only when told to, or refuses to be told. */
  readonly usage: 'asked' | 'always';
  /** What of its own it wants back with the next request: `reasoning_content`, `reasoning_details`. */
  readonly back: readonly ('reasoning_content' | 'reasoning_details')[];
  /** Ids of tool calls are nine letters and digits, or it refuses them. */
  readonly short_ids: boolean;
}

export function openaiChat(provider: string, dialect: Dialect): Wire {
  return {
    path: '/chat/completions',
    headers: (key) => (key === null ? {} : { authorization: `Bearer ${key}` }),
    body: (request, model) => body(request, { model, mark: `${provider}/${model}`, dialect }),
    reader: (options) => new ChatReader(options, dialect.back),
  };
}

interface To {
  readonly model: string;
  readonly mark: string;
  readonly dialect: Dialect;
}

function body(request: ModelRequest, to: To): Json {
  const { system, output } = request;
  const format = output !== null && to.dialect.schema && request.tools.length === 0 ? output : null;
  const { tools, tool_choice } = format === null ? withOutputTool(request) : request;
  return {
    model: to.model,
    stream: true,
    ...(to.dialect.usage === 'asked' ? { stream_options: { include_usage: true } } : {}),
    [to.dialect.limit]: request.max_output_tokens,
    messages: [
      ...(system === '' ? [] : [{ role: 'system', content: system }]),
      ...request.messages.map((message) => messageOf(message, to)),
    ],
    ...(tools.length === 0 ? {} : { tools: tools.map(toolOf), tool_choice: choiceOf(tool_choice) }),
    ...(format === null ? {} : { response_format: formatOf(format) }),
  };
}

function formatOf({ name, schema }: NonNullable<ModelRequest['output']>): Json {
  return { type: 'json_schema', json_schema: { name, schema: closed(schema) } };
}

function toolOf({ name, description, input_schema }: ToolCard): Json {
  return { type: 'function', function: { name, description, parameters: input_schema } };
}

function choiceOf(choice: ModelRequest['tool_choice']): Json {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
}

function messageOf(message: Message, { mark, dialect }: To): Json {
  const id = (given: string): string => (dialect.short_ids ? shortId(given) : given);
  if (message.role === 'user') return { role: 'user', content: message.text };
  if (message.role === 'tool') {
    const content = message.failed ? `Error: ${message.text}` : message.text;
    return { role: 'tool', tool_call_id: id(message.id), content };
  }
  const opaque = fields(message.opaque);
  const own = opaque['of'] === mark ? opaque : {};
  const back = dialect.back.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]] as const]));
  // Gemini signs its calls, and refuses them back without.
  const extras = new Map(items(own['extras']).map((one) => [fields(one)['id'], fields(one)['extra_content']]));
  const calls = message.tool_uses.map((use) => ({
    id: id(use.id),
    type: 'function',
    function: { name: use.name, arguments: use.input === null ? '{}' : use.raw.trim() === '' ? '{}' : use.raw },
    ...(extras.has(use.id) ? { extra_content: extras.get(use.id) } : {}),
  }));
  return {
    role: 'assistant',
    content: message.text === '' && calls.length > 0 ? null : message.text,
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...Object.fromEntries(back),
  };
}

/** Nine letters and digits that are the same for the same id; those that are so already stay. */
function shortId(id: string): string {
  if (/^[a-zA-Z0-9]{9}$/.test(id)) return id;
  let hash = 0n;
  for (const letter of id) hash = (hash * 131n + BigInt(letter.codePointAt(0) ?? 0)) % 36n ** 9n;
  return hash.toString(36).padStart(9, '0');
}
