/**
 * The model of tests: answers from a script, or from a recording that is found by the hash of the conversation. A request that
 * was not foreseen is an error that shows it beside the nearest one there is; nothing is ever made up. It lives here, where no
 * configuration of a user leads.
 */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Usage } from '../../src/core/call.ts';
import { type ErrorCode, Fault } from '../../src/core/errors.ts';
import { canonical, type Json } from '../../src/core/json.ts';
import type { Price } from '../../src/core/price.ts';
import type {
  Exchange,
  ExchangeOptions,
  LanguageModel,
  Message,
  ModelAnswer,
  ModelRequest,
} from '../../src/providers/language-model.ts';

/** An answer in short: what is left out is empty, or follows from the rest. */
export interface Reply {
  readonly text?: string;
  readonly tool_uses?: readonly { readonly name: string; readonly input: { readonly [name: string]: Json } }[];
  readonly opaque?: Json;
  /** Default: `tools` with tool uses, else `end`. */
  readonly stop?: ModelAnswer['stop'];
  /** Default: a token for each four bytes, of the request and of the answer. */
  readonly usage?: Usage | null;
}

/** A Fault is an exchange that failed and cost nothing; an Exchange is taken as it is. */
type Scripted = Reply | Fault | Exchange;

/** What comes for a request: `turn` counts requests from 0. Throwing says that it was not foreseen. */
export type Script = readonly Scripted[] | ((request: ModelRequest, turn: number) => Scripted | Promise<Scripted>);

interface ModelOptions {
  /** Default: `cassette/test`. */
  readonly name?: string;
  readonly context_tokens?: number | null;
  readonly price?: Price | null;
}

export interface TestModel extends LanguageModel {
  /** What was asked so far, in order. */
  readonly requests: readonly ModelRequest[];
}

/** 3 dollars a million in, 15 out: sums that are easy to check by hand. */
export const TEST_PRICE: Price = {
  input: 3_000_000,
  cached: 300_000,
  cache_write: 3_750_000,
  output: 15_000_000,
  reasoning: null,
  as_of: '2026-01-01',
};

/** Answers by a script: one after the other, or by a function of the request. */
export function scripted(script: Script, options: ModelOptions = {}): TestModel {
  const requests: ModelRequest[] = [];
  return {
    ...described(options),
    requests,
    async exchange(request, { signal, delta }) {
      signal.throwIfAborted();
      const turn = requests.length;
      requests.push(request);
      const found = typeof script === 'function' ? await script(request, turn) : script[turn];
      signal.throwIfAborted();
      if (found === undefined) {
        throw new Error(`the script ends after ${turn} answers; request ${turn + 1} is\n${shown(normalised(request))}`);
      }
      const exchange = exchangeOf(found, request, turn);
      if (exchange.kind === 'answered' && exchange.answer.text !== '') delta?.(exchange.answer.text);
      return exchange;
    },
  };
}

/** What stands on a cassette: one entry for each different request, with its outcomes in order. */
interface Track {
  readonly hash: string;
  readonly request: Json;
  readonly exchanges: Taped[];
}

type Taped =
  | { readonly kind: 'answered'; readonly answer: ModelAnswer }
  | {
      readonly kind: 'failed';
      readonly usage: Usage | null;
      readonly fault: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly hint: string;
        readonly retryable: boolean;
        readonly retryAfterMs: number | null;
      };
    };

export interface CassetteOptions extends ModelOptions {
  /** JSON; made by `save`. */
  readonly file: string;
  /** Asked where the cassette has no answer, which is then recorded. Without it such a request is an error. */
  readonly live?: LanguageModel;
}

export interface Cassette extends TestModel {
  /** Writes what was recorded, sorted, so that recording again changes only what differs. */
  save(): void;
}

/** Replays a recording. The outcomes of equal requests come in the order in which they were recorded, the last one from then on. */
export function cassette({ file, live, ...options }: CassetteOptions): Cassette {
  const tracks = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Track[]) : [];
  const played = new Map<string, number>();
  const requests: ModelRequest[] = [];
  return {
    ...described({ ...(live === undefined ? {} : of(live)), ...options }),
    requests,
    async exchange(request, exchangeOptions) {
      exchangeOptions.signal.throwIfAborted();
      requests.push(request);
      const conversation = normalised(request);
      const hash = hashOf(conversation);
      const count = played.get(hash) ?? 0;
      const track = tracks.find((each) => each.hash === hash);
      const taped = track?.exchanges[live === undefined ? Math.min(count, track.exchanges.length - 1) : count];
      played.set(hash, count + 1);
      if (taped !== undefined) return replayed(taped, exchangeOptions);
      if (live === undefined) throw new Error(missing(file, conversation, tracks));
      const exchange = await live.exchange(request, exchangeOptions);
      if (track === undefined) tracks.push({ hash, request: conversation, exchanges: [tape(exchange)] });
      else track.exchanges.push(tape(exchange));
      return exchange;
    },
    save() {
      const sorted = [...tracks].sort((a, b) => (a.hash < b.hash ? -1 : 1));
      writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`);
    },
  };
}

function described({ name = 'cassette/test', context_tokens = 200_000, price = TEST_PRICE }: ModelOptions) {
  return { name, context_tokens, price };
}

function of({ name, context_tokens, price }: LanguageModel): ModelOptions {
  return { name, context_tokens, price };
}

/**
 * The conversation without what differs from one run to the next and decides nothing: a vendor's ids of tool calls, which are
 * counted instead, and what it wants back unread. White space at the ends of lines is no difference either.
 */
function normalised(request: ModelRequest): Json {
  const ids = new Map<string, string>();
  const plain = (id: string): string => {
    const known = ids.get(id) ?? `call-${ids.size + 1}`;
    ids.set(id, known);
    return known;
  };
  const message = (one: Message): Json => {
    if (one.role === 'user') return { role: one.role, text: clean(one.text) };
    if (one.role === 'tool') return { ...one, id: plain(one.id), text: clean(one.text) };
    const tool_uses = one.tool_uses.map(({ id, name, input, raw }) => ({ id: plain(id), name, input: input ?? raw }));
    return { role: one.role, text: clean(one.text), tool_uses };
  };
  return {
    system: clean(request.system),
    messages: request.messages.map(message),
    tools: [...request.tools]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, description, input_schema }) => ({ name, description: clean(description), input_schema })),
    tool_choice: request.tool_choice,
    output: request.output,
    max_output_tokens: request.max_output_tokens,
  };
}

function clean(text: string): string {
  return text.replaceAll(/[ \t\r]+$/gm, '').trim();
}

function hashOf(conversation: Json): string {
  return createHash('sha256').update(canonical(conversation)).digest('hex');
}

function exchangeOf(found: Scripted, request: ModelRequest, turn: number): Exchange {
  if (found instanceof Fault) {
    const nothing = { input_tokens: 0, cached_tokens: 0, cache_write_tokens: 0, output_tokens: 0, reasoning_tokens: 0 };
    return { kind: 'failed', fault: found, usage: nothing };
  }
  if ('kind' in found) return found;
  const { text = '', opaque = null } = found;
  const tool_uses = (found.tool_uses ?? []).map(({ name, input }, index) => ({
    id: `call_${turn}_${index}`,
    name,
    input,
    raw: JSON.stringify(input),
  }));
  const counted: Usage = {
    input_tokens: tokens(normalised(request)),
    cached_tokens: 0,
    cache_write_tokens: 0,
    output_tokens: tokens({ text, tool_uses }),
    reasoning_tokens: 0,
  };
  const stop = found.stop ?? (tool_uses.length > 0 ? 'tools' : 'end');
  const usage = found.usage === undefined ? counted : found.usage;
  return { kind: 'answered', answer: { text, tool_uses, opaque, stop, usage, model: 'test' } };
}

function tokens(said: Json): number {
  return Math.ceil(Buffer.byteLength(canonical(said)) / 4);
}

function tape(exchange: Exchange): Taped {
  if (exchange.kind === 'answered') return exchange;
  const { fault, usage } = exchange;
  return { kind: 'failed', usage, fault: { ...fault.toRecord(), retryAfterMs: fault.retryAfterMs } };
}

function replayed(taped: Taped, { delta }: ExchangeOptions): Exchange {
  if (taped.kind === 'answered') {
    if (taped.answer.text !== '') delta?.(taped.answer.text);
    return taped;
  }
  const { code, message, retryAfterMs, ...rest } = taped.fault;
  const wait = retryAfterMs === null ? {} : { retryAfterMs };
  return { kind: 'failed', fault: new Fault(code, message, { ...rest, ...wait }), usage: taped.usage };
}

function missing(file: string, conversation: Json, tracks: readonly Track[]): string {
  const asked = lines(conversation);
  const known = new Set(asked);
  let nearest: readonly string[] | null = null;
  let most = -1;
  for (const { request } of tracks) {
    const candidate = lines(request);
    const shared = candidate.filter((line) => known.has(line)).length - Math.abs(candidate.length - asked.length) / 2;
    if (nearest !== null && shared <= most) continue;
    nearest = candidate;
    most = shared;
  }
  const what = `${file} has no answer for this request (${tracks.length} recorded).`;
  if (nearest === null) return `${what}\n${shown(conversation)}`;
  return `${what} Beside the nearest recorded one (-):\n${difference(nearest, asked).join('\n')}`;
}

const CONTEXT = 2;
const MOST_LINES = 60;

/** What lies between the parts that are equal at both ends: recorded lines with `-`, those asked for with `+`. */
function difference(recorded: readonly string[], asked: readonly string[]): readonly string[] {
  let start = 0;
  while (start < asked.length && recorded[start] === asked[start]) start += 1;
  let end = 0;
  const room = Math.min(asked.length, recorded.length) - start;
  while (end < room && recorded.at(-1 - end) === asked.at(-1 - end)) end += 1;
  const changed = (all: readonly string[], mark: string): string[] => {
    const cut = all.slice(start, all.length - end).map((line) => `${mark} ${line}`);
    return cut.length > MOST_LINES ? [...cut.slice(0, MOST_LINES), `${mark} … ${cut.length - MOST_LINES} more`] : cut;
  };
  const around = (from: number, to: number): string[] => asked.slice(Math.max(0, from), to).map((line) => `  ${line}`);
  return [
    ...around(start - CONTEXT, start),
    ...changed(recorded, '-'),
    ...changed(asked, '+'),
    ...around(asked.length - end, asked.length - end + CONTEXT),
  ];
}

/** Texts with their line breaks, so that a difference within one shows where it is. */
function lines(value: Json): readonly string[] {
  return JSON.stringify(value, null, 1)
    .replaceAll(String.raw`\n`, '\n')
    .split('\n');
}

function shown(conversation: Json): string {
  return lines(conversation).slice(0, MOST_LINES).join('\n');
}
