/** Reads the chunks of Chat Completions. */

import type { Usage } from '../../../core/call.ts';
import type { Fault } from '../../../core/errors.ts';
import type { Json } from '../../../core/json.ts';
import type { ModelAnswer, ToolUse } from '../../language-model.ts';
import { endedBy, errorIn, faultOf, statusIn } from './faults.ts';
import { count, type Fields, fields, items, toolInput, words } from './fields.ts';
import { answered } from './output.ts';
import { Thoughts } from './thoughts.ts';
import type { Heard } from './transport.ts';
import { type Reader, type ReaderOptions, reasoningShare } from './wire.ts';

/**
 * Reasons as servers write them, in small letters. What is not here (`insufficient_system_resource`, `abort`,
 * `malformed_function_call`) ends an answer that is not whole.
 */
const STOPS: Readonly<Record<string, ModelAnswer['stop']>> = {
  stop: 'end',
  stop_sequence: 'end',
  end_turn: 'end',
  eos: 'end',
  eos_token: 'end',
  tool_calls: 'tools',
  tool_use: 'tools',
  function_call: 'tools',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  content_filter: 'refused',
  refusal: 'refused',
  safety: 'refused',
  recitation: 'refused',
  blocklist: 'refused',
  prohibited_content: 'refused',
  spii: 'refused',
};

interface Call {
  id: string;
  name: string;
  raw: string;
  /** What the server hangs on a call and wants back with it. */
  extra: Json | undefined;
}

type Piece = Pick<Call, 'id' | 'name' | 'raw'>;

export class ChatReader implements Reader {
  readonly #options: ReaderOptions;
  readonly #back: readonly string[];
  readonly #said: Thoughts;
  readonly #calls: Call[] = [];
  /** Places of calls by the index servers give them, which some leave out. */
  readonly #places = new Map<number, Call>();
  /** And by their ids: calls that share an index, or have none, may be sent in turns. */
  readonly #ids = new Map<string, Call>();
  /** The call last spoken of, which a piece without an index goes on with. */
  #last: Call | undefined;
  readonly #details: Json[] = [];
  #reasoning = '';
  #refusal = false;
  #finish: string | null = null;
  #usage: Fields | null = null;
  #model = '';

  constructor(options: ReaderOptions, back: readonly string[]) {
    this.#options = options;
    this.#back = back;
    this.#said = new Thoughts(options.delta);
  }

  event(data: Fields): Heard {
    this.#model = words(data['model']) || this.#model;
    if (data['error'] !== undefined && data['error'] !== null) throw this.#fault(data);
    // Groq counts in a place of its own.
    const usage = data['usage'] ?? fields(data['x_groq'])['usage'];
    // The last chunk has no choice, only the count.
    const choices = items(data['choices']);
    const choice = fields(choices[0]);
    const delta = fields(choice['delta'] ?? choice['message']);
    this.#reasoning += words(delta['reasoning_content']) || words(delta['reasoning']);
    this.#details.push(...items(delta['reasoning_details']));
    this.#said.add(textOf(delta['content']));
    if (words(delta['refusal']) !== '') this.#refusal = true;
    for (const piece of items(delta['tool_calls'])) this.#call(fields(piece));
    const finish = words(choice['finish_reason']);
    if (finish === 'error') throw this.#fault(choice);
    if (finish !== '') this.#finish = finish;
    if (typeof usage === 'object' && usage !== null) this.#count(fields(usage), choices.length === 0);
    return this.#finish !== null && this.#usage !== null ? 'whole' : 'more';
  }

  usage(): Usage | null {
    if (this.#usage === null) return null;
    const usage = this.#usage;
    const input_tokens = count(usage['prompt_tokens']);
    const completion = count(usage['completion_tokens']);
    if (input_tokens === null || completion === null) return null;
    const prompt = fields(usage['prompt_tokens_details']);
    const told = count(fields(usage['completion_tokens_details'])['reasoning_tokens']) ?? 0;
    // Some leave the reasoning out of what they call the completion, but not out of the total, nor off the bill.
    const rest = (count(usage['total_tokens']) ?? 0) - input_tokens;
    const output_tokens = Math.max(completion, rest);
    // Servers that do not count say so with zeros.
    if (output_tokens === 0 && this.#written > 0) return null;
    const lengths = { reasoning: this.#thought, all: this.#thought + this.#written };
    const guess = told > 0 ? told : Math.max(output_tokens - completion, reasoningShare(output_tokens, lengths));
    const cached = count(prompt['cached_tokens']) ?? count(usage['prompt_cache_hit_tokens']) ?? 0;
    return {
      input_tokens,
      cached_tokens: Math.min(input_tokens, cached),
      cache_write_tokens: Math.min(Math.max(0, input_tokens - cached), count(prompt['cache_write_tokens']) ?? 0),
      output_tokens,
      reasoning_tokens: Math.min(output_tokens, guess),
    };
  }

  answer(): ModelAnswer | Fault | null {
    if (this.#finish === null) return null;
    const { request, endpoint } = this.#options;
    const reason = this.#finish.toLowerCase();
    const told = Object.hasOwn(STOPS, reason) ? STOPS[reason] : undefined;
    const stop = this.#refusal ? 'refused' : told;
    if (stop === undefined) return endedBy(endpoint, this.#finish);
    const calls = withoutRepeats(this.#calls);
    const tool_uses = calls.map(({ id, name, raw }, index): ToolUse => {
      return { id: id === '' ? `call_${index}` : id, name, input: toolInput(raw), raw };
    });
    const said = answered({ text: this.#said.end(this.#reasoning !== ''), tool_uses }, request.output);
    const natural = stop === 'end' || stop === 'tools';
    return {
      ...said,
      opaque: this.#opaque(calls, tool_uses),
      // Servers disagree on how a turn with tools ends.
      stop: natural ? (said.tool_uses.length > 0 ? 'tools' : 'end') : stop,
      usage: this.usage(),
      model: this.#model,
    };
  }

  /** Some count with every piece: what came before the end, but by itself, is not yet what will be charged. */
  #count(usage: Fields, alone: boolean): void {
    this.#usage = alone || this.#finish !== null ? usage : null;
  }

  get #thought(): number {
    return this.#reasoning.length + this.#said.thought;
  }

  get #written(): number {
    return this.#said.written + this.#calls.reduce((sum, { name, raw }) => sum + name.length + raw.length, 0);
  }

  #opaque(calls: readonly Call[], tool_uses: readonly ToolUse[]): Json {
    const extras = calls.flatMap(({ extra }, index) => {
      const id = tool_uses[index]?.id;
      return extra === undefined || id === undefined ? [] : [{ id, extra_content: extra }];
    });
    const kept = {
      ...(extras.length === 0 ? {} : { extras }),
      ...(this.#keeps('reasoning_content') && this.#reasoning !== '' ? { reasoning_content: this.#reasoning } : {}),
      ...(this.#keeps('reasoning_details') && this.#details.length > 0 ? { reasoning_details: this.#details } : {}),
    };
    const { endpoint, model } = this.#options;
    return Object.keys(kept).length === 0 ? null : { of: `${endpoint.provider}/${model}`, ...kept };
  }

  #keeps(name: string): boolean {
    return this.#back.includes(name);
  }

  /** A piece of a call: its name and id come once or with every piece, its input in any number of parts. */
  #call(piece: Fields): void {
    const { name, arguments: part } = fields(piece['function']);
    const id = words(piece['id']);
    const index = count(piece['index']);
    const raw = typeof part === 'object' && part !== null ? JSON.stringify(part) : words(part);
    const call = this.#place(index, { id, name: words(name), raw });
    if (call.id === '') call.id = id;
    this.#ids.set(call.id, call);
    this.#last = call;
    if (call.name === '') call.name = words(name);
    call.raw += raw;
    call.extra = piece['extra_content'] ?? call.extra;
  }

  #place(index: number | null, piece: Piece): Call {
    const known = index === null ? this.#last : this.#places.get(index);
    const named = piece.id === '' || known?.id === piece.id ? undefined : this.#ids.get(piece.id);
    if (named !== undefined && goesBack(named, piece, known !== undefined)) {
      if (index !== null && known !== undefined) this.#places.set(index, named);
      return named;
    }
    if (known !== undefined && goesOn(known, piece)) return known;
    const fresh: Call = { id: '', name: '', raw: '', extra: undefined };
    this.#calls.push(fresh);
    if (index !== null) this.#places.set(index, fresh);
    return fresh;
  }

  #fault(holder: Fields) {
    const told = errorIn(holder) ?? { kind: 'server_error', message: '' };
    const fault = faultOf(this.#options.endpoint, { ...told, status: statusIn(holder), retry_after_ms: null });
    return fault;
  }
}

/** Whether a piece belongs to the call at its place. Some servers give every call the index 0 or none: a new id is a new call. */
function goesOn(call: Call, { id, name, raw }: Piece): boolean {
  // Some give every piece an id of its own, which no call has, and the name to the first.
  if (name === '') return id === '' || call.id === '' || call.id === id || call.raw.trim() !== '';
  if (id !== '' && call.id !== '' && call.id !== id) return false;
  if (call.name === '') return true;
  // Nor has every call an id of its own: another name begins another, and so does a name behind an input that is whole.
  return name === call.name && (raw.trim() === '' || !isWhole(call));
}

/**
 * Whether a piece belongs to a call of its id that is not the one at its place. Some servers count their ids anew or give the
 * function's name for one: a name behind an input that is whole begins another call, and so it does at an index that is new.
 */
function goesBack(call: Call, { name, raw }: Piece, isKnown: boolean): boolean {
  if (!isKnown) return name === '' && (raw.trim() === '' || !isWhole(call));
  return name === '' || ((call.name === '' || name === call.name) && !isWhole(call));
}

/**
 * Some servers close a call by saying its id and name once more, behind other calls: at that moment it looks like one that begins,
 * and it is none if no input ever followed.
 */
function withoutRepeats(calls: readonly Call[]): readonly Call[] {
  const whole = new Set<string>();
  return calls.filter((call) => {
    const key = JSON.stringify([call.id, call.name]);
    if (call.id !== '' && call.raw.trim() === '' && whole.has(key)) return false;
    if (isWhole(call)) whole.add(key);
    return true;
  });
}

/** Whether nothing can be added to its input. */
function isWhole({ raw }: Call): boolean {
  return raw.trimEnd().endsWith('}') && toolInput(raw) !== null;
}

/** Text, or the text of its parts: Mistral's models that reason send parts. */
function textOf(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  return items(content)
    .map((part) => (fields(part)['type'] === 'text' ? words(fields(part)['text']) : ''))
    .join('');
}
