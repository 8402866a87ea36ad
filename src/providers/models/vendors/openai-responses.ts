/** OpenAI's Responses API. Nothing is kept on their side: reasoning comes encrypted, and goes back with the next request. */

import type { Usage } from '../../../core/call.ts';
import type { Fault } from '../../../core/errors.ts';
import type { Json } from '../../../core/json.ts';
import type { Message, ModelAnswer, ModelRequest, ToolUse } from '../../language-model.ts';
import { endedBy, errorIn, faultOf } from './faults.ts';
import { count, type Fields, fields, items, toolInput, words } from './fields.ts';
import { isStrict } from './output.ts';
import type { Reader, ReaderOptions, Wire } from './wire.ts';

export const openaiResponses: Wire = {
  path: '/responses',
  headers: (key) => (key === null ? {} : { authorization: `Bearer ${key}` }),
  body,
  reader: (options) => new ResponseReader(options),
};

/** Models that reason, and whose reasoning can be had. Others refuse the request for it. */
const REASONS = /^(?:o\d|gpt-(?:[5-9]|\d\d)|codex)/;
const CHATS = /chat-latest/;

function body(request: ModelRequest, model: string): Json {
  const { system, tools, tool_choice, output } = request;
  const reasons = REASONS.test(model) && !CHATS.test(model);
  return {
    model,
    stream: true,
    store: false,
    ...(reasons ? { include: ['reasoning.encrypted_content'] } : {}),
    ...(system === '' ? {} : { instructions: system }),
    input: request.messages.flatMap((message) => inputOf(message, model)),
    max_output_tokens: request.max_output_tokens,
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, input_schema }) => ({
            type: 'function',
            name,
            description,
            parameters: input_schema,
            strict: false,
          })),
          tool_choice: typeof tool_choice === 'string' ? tool_choice : { type: 'function', name: tool_choice.name },
        }),
    ...(output === null ? {} : { text: { format: formatOf(output) } }),
  };
}

function formatOf({ name, schema }: NonNullable<ModelRequest['output']>): Json {
  return { type: 'json_schema', name, schema, strict: isStrict(schema) };
}

function inputOf(message: Message, model: string): Json[] {
  if (message.role === 'user') return [{ role: 'user', content: [{ type: 'input_text', text: message.text }] }];
  if (message.role === 'tool') {
    const output = message.failed ? `Error: ${message.text}` : message.text;
    return [{ type: 'function_call_output', call_id: message.id, output }];
  }
  const { of, items: reasoning } = fields(message.opaque);
  const text = { role: 'assistant', content: [{ type: 'output_text', text: message.text }] };
  return [
    ...(of === mark(model) ? items(reasoning) : []),
    ...(message.text === '' ? [] : [text]),
    ...message.tool_uses.map(({ id, name, raw }) => ({ type: 'function_call', call_id: id, name, arguments: raw })),
  ];
}

function mark(model: string): string {
  return `openai/${model}`;
}

/** Why an answer may be incomplete; any other reason says nothing of how much of it there is. */
const STOPS: Readonly<Record<string, ModelAnswer['stop']>> = {
  max_output_tokens: 'length',
  max_tokens: 'length',
  content_filter: 'refused',
};

/** Servers that give none stop at the limit alone. */
function reasonOf(end: Fields): string {
  return words(fields(end['incomplete_details'])['reason']) || 'max_output_tokens';
}

class ResponseReader implements Reader {
  readonly #options: ReaderOptions;
  /** Output items by their place, as far as they are known. */
  readonly #items = new Map<number, Fields>();
  #refused = false;
  #usage: Usage | null = null;
  /** The response as it stood at its end; null before. */
  #end: Fields | null = null;
  #status = '';

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  event(data: Fields): 'more' | 'last' {
    const kind = words(data['type']);
    const place = count(data['output_index']) ?? 0;
    if (kind === 'response.output_item.done') this.#items.set(place, fields(data['item']));
    if (kind === 'response.output_text.delta') this.#options.delta(words(data['delta']));
    if (kind === 'response.refusal.delta' || kind === 'response.refusal.done') this.#refused = true;
    if (kind === 'error') throw this.#fault(data['error'] === undefined ? { error: data } : data);
    const response = fields(data['response']);
    if (kind === 'response.failed') this.#count(fields(response['usage']));
    if (kind === 'response.failed') throw this.#fault(response);
    if (kind !== 'response.completed' && kind !== 'response.incomplete') return 'more';
    // What a response counted before its end is not what it will cost.
    this.#count(fields(response['usage']));
    this.#end = response;
    this.#status = words(response['status']) || kind.slice('response.'.length);
    return 'last';
  }

  usage(): Usage | null {
    return this.#usage;
  }

  answer(): ModelAnswer | Fault | null {
    if (this.#end === null) return null;
    const { endpoint, model } = this.#options;
    const told = items(this.#end['output']).map(fields);
    const streamed = [...this.#items.entries()].sort(([a], [b]) => a - b).map(([, item]) => item);
    const output = told.length > 0 ? told : streamed;
    const text = output.flatMap(textOf).join('');
    const tool_uses = output.flatMap(toolUseOf);
    const reasoning = output.flatMap(reasoningOf);
    const stop = this.#stop(this.#end, output, tool_uses);
    if (stop === null) return endedBy(endpoint, this.#status === 'incomplete' ? reasonOf(this.#end) : this.#status);
    return {
      text,
      tool_uses,
      opaque: reasoning.length === 0 ? null : { of: mark(model), items: reasoning },
      stop,
      usage: this.#usage,
      model: words(this.#end['model']),
    };
  }

  #stop(end: Fields, output: readonly Fields[], tool_uses: readonly ToolUse[]): ModelAnswer['stop'] | null {
    if (this.#status === 'incomplete') {
      const reason = reasonOf(end);
      return Object.hasOwn(STOPS, reason) ? (STOPS[reason] ?? null) : null;
    }
    if (this.#status !== 'completed') return null;
    const refuses = output.some((item) => items(item['content']).some((part) => fields(part)['type'] === 'refusal'));
    if (this.#refused || refuses) return 'refused';
    return tool_uses.length > 0 ? 'tools' : 'end';
  }

  #count(usage: Fields): void {
    const input_tokens = count(usage['input_tokens']);
    const output_tokens = count(usage['output_tokens']);
    if (input_tokens === null || output_tokens === null) return;
    const { cached_tokens, cache_write_tokens } = fields(usage['input_tokens_details']);
    const { reasoning_tokens } = fields(usage['output_tokens_details']);
    this.#usage = {
      input_tokens,
      cached_tokens: count(cached_tokens) ?? 0,
      cache_write_tokens: count(cache_write_tokens) ?? 0,
      output_tokens,
      reasoning_tokens: count(reasoning_tokens) ?? 0,
    };
  }

  #fault(holder: Fields): Fault {
    const told = errorIn(holder) ?? { kind: 'server_error', message: '' };
    return faultOf(this.#options.endpoint, { ...told, status: null, retry_after_ms: null });
  }
}

function textOf(item: Fields): string[] {
  if (item['type'] !== 'message') return [];
  return items(item['content']).map((part) => words(fields(part)['text']));
}

function toolUseOf(item: Fields): ToolUse[] {
  if (item['type'] !== 'function_call') return [];
  const raw = words(item['arguments']);
  return [{ id: words(item['call_id']), name: words(item['name']), input: toolInput(raw), raw }];
}

/** Reasoning that can be sent back. Without its encrypted content it would have to be kept on their side. */
function reasoningOf(item: Fields): Json[] {
  const { type, id, summary, encrypted_content } = item;
  if (type !== 'reasoning' || typeof encrypted_content !== 'string') return [];
  return [{ type, id: id ?? null, summary: items(summary), encrypted_content }];
}
