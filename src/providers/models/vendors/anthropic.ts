/** Anthropic's Messages API. */

import type { Usage } from '../../../core/call.ts';
import type { Fault } from '../../../core/errors.ts';
import type { Json } from '../../../core/json.ts';
import type { Message, ModelAnswer, ModelRequest, ToolCard, ToolUse } from '../../language-model.ts';
import { endedBy, errorIn, faultOf } from './faults.ts';
import { count, type Fields, fields, items, toolInput, words } from './fields.ts';
import { answered, closed, withOutputTool } from './output.ts';
import { type Reader, type ReaderOptions, reasoningShare, type Wire } from './wire.ts';

const VERSION = '2023-06-01';

export const anthropic: Wire = {
  path: '/messages',
  headers: (key) => ({ 'anthropic-version': VERSION, ...(key === null ? {} : { 'x-api-key': key }) }),
  body,
  reader: (options) => new MessageReader(options),
};

/** Models before 4.5, which have no form of answer and get a tool instead. */
const NO_FORMAT = /^claude-(?:[23]|(?:opus|sonnet)-4-(?:[01]\b|2025)|(?:opus|sonnet)-4$|instant)/;
/** Models from 5.5 on always think, and refuse to be made to call a tool; they are asked instead. */
const NEVER_FORCED = /^claude-(?:fable|mythos)-|^claude-[a-z]+-(?:5-[5-9]|[6-9]|\d\d)(?:\b|$)/;

function body(request: ModelRequest, model: string): Json {
  const format = request.output !== null && !NO_FORMAT.test(model) ? request.output : null;
  const { tools, tool_choice } = format === null ? withOutputTool(request) : request;
  const reused = request.tools.length > 0;
  return {
    model,
    stream: true,
    max_tokens: request.max_output_tokens,
    ...(request.system === '' ? {} : { system: [{ type: 'text', text: request.system, ...cache(reused) }] }),
    messages: messagesOf(request.messages, model, reused),
    ...(tools.length === 0 ? {} : { tools: toolsOf(tools, reused), tool_choice: choiceOf(tool_choice, model) }),
    ...(format === null ? {} : { output_config: { format: { type: 'json_schema', schema: closed(format.schema) } } }),
  };
}

/**
 * Where the vendor may keep what it read so far. Writing costs a quarter more than reading once, and reading again a tenth: it
 * pays where another request begins the same, which is so for an agent at its tools and for nobody else.
 */
function cache(reused: boolean): { readonly cache_control?: Json } {
  return reused ? { cache_control: { type: 'ephemeral' } } : {};
}

function toolsOf(tools: readonly ToolCard[], reused: boolean): Json {
  return tools.map(({ name, description, input_schema }, index) => ({
    name,
    description,
    input_schema,
    ...cache(reused && index === tools.length - 1),
  }));
}

function choiceOf(choice: ModelRequest['tool_choice'], model: string): Json {
  if (choice === 'none' || choice === 'auto') return { type: choice };
  if (NEVER_FORCED.test(model)) return { type: 'auto' };
  return choice === 'required' ? { type: 'any' } : { type: 'tool', name: choice.name };
}

/** Turns must alternate, and all results of one turn come in one message. */
function messagesOf(messages: readonly Message[], model: string, reused: boolean): Json {
  const turns: { role: 'user' | 'assistant'; content: Json[] }[] = [];
  for (const message of messages) {
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = contentOf(message, model);
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else if (content.length > 0) turns.push({ role, content });
  }
  // What the next request has in common with this one ends here.
  const last = turns.at(-1);
  const block = last?.content.pop();
  if (last !== undefined && block !== undefined) last.content.push({ ...fields(block), ...cache(reused) });
  return turns;
}

function contentOf(message: Message, model: string): Json[] {
  if (message.role === 'user') return [{ type: 'text', text: message.text }];
  if (message.role === 'tool') {
    const { text, failed } = message;
    return [{ type: 'tool_result', tool_use_id: idOf(message.id), content: text, is_error: failed }];
  }
  const { of, blocks } = fields(message.opaque);
  return [
    ...(of === mark(model) ? items(blocks) : []),
    // Texts of white space alone are refused.
    ...(message.text.trim() === '' ? [] : [{ type: 'text', text: message.text }]),
    ...message.tool_uses.map(({ id, name, input }) => ({ type: 'tool_use', id: idOf(id), name, input: input ?? {} })),
  ];
}

/** Ids of other vendors may hold what this one refuses. */
function idOf(id: string): string {
  return id.replaceAll(/[^\w-]/g, '_');
}

function mark(model: string): string {
  return `anthropic/${model}`;
}

/** What is not here, such as `pause_turn`, ends no whole answer. */
const STOPS: Readonly<Record<string, ModelAnswer['stop']>> = {
  end_turn: 'end',
  stop_sequence: 'end',
  tool_use: 'tools',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'refused',
};

interface Block {
  readonly start: Fields;
  text: string;
  signature: string;
}

class MessageReader implements Reader {
  readonly #options: ReaderOptions;
  readonly #blocks = new Map<number, Block>();
  #usage: Fields = {};
  #counted = false;
  #model = '';
  #stop: string | null = null;
  #whole = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  event(data: Fields): 'more' | 'last' {
    const kind = words(data['type']);
    if (kind === 'message_start') this.#begin(fields(data['message']));
    if (kind === 'content_block_start') {
      const start = fields(data['content_block']);
      const index = count(data['index']) ?? 0;
      this.#blocks.set(index, { start, text: '', signature: '' });
      // A block may begin with its first words in it.
      this.#add(index, start);
    }
    if (kind === 'content_block_delta') this.#add(count(data['index']) ?? 0, fields(data['delta']));
    if (kind === 'message_delta') {
      this.#stop = words(fields(data['delta'])['stop_reason']) || this.#stop;
      const usage = fields(data['usage']);
      this.#count(usage);
      // The count at the beginning knows nothing of the output, and hidden reasoning cannot be counted from what is heard.
      if (count(usage['output_tokens']) !== null) this.#counted = true;
    }
    if (kind === 'error') {
      const told = errorIn(data['error'] === undefined ? data : { error: data['error'] }) ?? { kind: '', message: '' };
      throw faultOf(this.#options.endpoint, { ...told, status: null, retry_after_ms: null });
    }
    if (kind !== 'message_stop') return 'more';
    this.#whole = true;
    return 'last';
  }

  usage(): Usage | null {
    const input_tokens = count(this.#usage['input_tokens']);
    const output_tokens = count(this.#usage['output_tokens']);
    if (!this.#counted || input_tokens === null || output_tokens === null) return null;
    const cached_tokens = count(this.#usage['cache_read_input_tokens']) ?? 0;
    const cache_write_tokens = count(this.#usage['cache_creation_input_tokens']) ?? 0;
    const blocks = [...this.#blocks.values()];
    const told = count(fields(this.#usage['output_tokens_details'])['thinking_tokens']);
    const reasoning = blocks.filter(({ start }) => start['type'] === 'thinking');
    const share = reasoningShare(output_tokens, { reasoning: length(reasoning), all: length(blocks) });
    return {
      // The vendor counts what came from its cache, or went there, beside the input.
      input_tokens: input_tokens + cached_tokens + cache_write_tokens,
      cached_tokens,
      cache_write_tokens,
      output_tokens,
      reasoning_tokens: Math.min(output_tokens, told ?? share),
    };
  }

  answer(): ModelAnswer | Fault | null {
    if (!this.#whole || this.#stop === null) return null;
    const { request, endpoint, model } = this.#options;
    const stop = Object.hasOwn(STOPS, this.#stop) ? STOPS[this.#stop] : undefined;
    if (stop === undefined) return endedBy(endpoint, this.#stop);
    const blocks = [...this.#blocks.entries()].sort(([a], [b]) => a - b).map(([, block]) => block);
    const text = blocks.filter(({ start }) => start['type'] === 'text').map((block) => block.text);
    const said = answered({ text: text.join(''), tool_uses: blocks.flatMap(toolUseOf) }, request.output);
    const thoughts = blocks.flatMap(thoughtOf);
    return {
      ...said,
      opaque: thoughts.length === 0 ? null : { of: mark(model), blocks: thoughts },
      stop: stop === 'tools' && said.tool_uses.length === 0 ? 'end' : stop,
      usage: this.usage(),
      model: this.#model,
    };
  }

  #begin(message: Fields): void {
    this.#model = words(message['model']);
    this.#count(fields(message['usage']));
  }

  #count(usage: Fields): void {
    const said = Object.entries(usage).filter(([, value]) => value !== null);
    this.#usage = { ...this.#usage, ...Object.fromEntries(said) };
  }

  #add(index: number, delta: Fields): void {
    const block = this.#blocks.get(index);
    if (block === undefined) return;
    const text = words(delta['text']);
    block.text += `${text}${words(delta['thinking'])}${words(delta['partial_json'])}`;
    block.signature += words(delta['signature']);
    if (text !== '') this.#options.delta(text);
  }
}

function length(blocks: readonly Block[]): number {
  return blocks.reduce((sum, { text }) => sum + text.length, 0);
}

function toolUseOf({ start, text }: Block): ToolUse[] {
  if (start['type'] !== 'tool_use') return [];
  // Without pieces the input stands in the block itself.
  const raw = text === '' ? JSON.stringify(start['input'] ?? {}) : text;
  return [{ id: words(start['id']), name: words(start['name']), input: toolInput(raw), raw }];
}

/** Signed reasoning, as it has to come back: unchanged. */
function thoughtOf({ start, text, signature }: Block): Json[] {
  if (start['type'] === 'thinking') return [{ type: 'thinking', thinking: text, signature }];
  return start['type'] === 'redacted_thinking' ? [{ type: 'redacted_thinking', data: words(start['data']) }] : [];
}
