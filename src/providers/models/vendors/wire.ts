/** A vendor's wire format as a language model: the request translated, the events read, every end told with what it cost. */

import { createHash } from 'node:crypto';
import { NO_USAGE, type Usage } from '../../../core/call.ts';
import { Fault } from '../../../core/errors.ts';
import { canonical, type Json } from '../../../core/json.ts';
import type { Price } from '../../../core/price.ts';
import type { Exchange, ExchangeOptions, LanguageModel, ModelAnswer, ModelRequest } from '../../language-model.ts';
import { type Endpoint, protocolFault } from './faults.ts';
import { fields, type Fields, parsed } from './fields.ts';
import type { Heard, Outcome, Transport } from './transport.ts';

/** Makes an answer of a vendor's events. */
export interface Reader {
  /** One event. Throws a Fault for an error within the stream. */
  event(data: Fields): Heard;
  /** The vendor's own last count; null where it has not come: what was heard says nothing of what was charged. */
  usage(): Usage | null;
  /** The whole answer; null where the vendor never said that it is whole, and a Fault where it says that it is not. */
  answer(): ModelAnswer | Fault | null;
}

export interface ReaderOptions {
  readonly request: ModelRequest;
  readonly endpoint: Endpoint;
  /** The model as it was asked for: what belongs to it alone goes back to no other. */
  readonly model: string;
  readonly delta: (text: string) => void;
}

/** One wire format. Pure: what is sent, and how what comes is read. */
export interface Wire {
  /** Below the base URL: `/chat/completions`. */
  readonly path: string;
  headers(key: string | null): Readonly<Record<string, string>>;
  body(request: ModelRequest, model: string): Json;
  reader(options: ReaderOptions): Reader;
}

export interface VendorModel {
  readonly wire: Wire;
  readonly endpoint: Endpoint;
  /** As the vendor calls it. */
  readonly model: string;
  readonly context_tokens: number | null;
  readonly price: Price | null;
  readonly transport: Pick<Transport, 'post'>;
  /** Longest the transport waits for anything to come. */
  readonly quiet_ms: number;
  /** Told of the headers of each answer that streams: they say what may be sent next. */
  readonly heard: (header: (name: string) => string | null) => void;
}

export function vendorModel(parts: VendorModel): LanguageModel {
  const { endpoint, model, context_tokens, price, quiet_ms } = parts;
  const name = `${endpoint.provider}/${model}`;
  return { name, context_tokens, price, quiet_ms, exchange: (request, options) => exchange(parts, request, options) };
}

async function exchange(parts: VendorModel, request: ModelRequest, options: ExchangeOptions): Promise<Exchange> {
  const { wire, endpoint, model, transport, heard } = parts;
  const delta = options.delta ?? (() => {});
  const reader = wire.reader({ request, endpoint, model, delta });
  const message = {
    url: `${endpoint.base_url.replace(/\/+$/, '')}${wire.path}`,
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      'idempotency-key': headerKey(options.idempotency_key),
      ...wire.headers(endpoint.key),
    },
    body: canonical(wire.body(request, model)),
  };
  const outcome = await transport.post(endpoint, message, {
    signal: options.signal,
    headers: heard,
    heard: () => options.sign?.('heard'),
    event: (data, whole) => {
      if (data.trim() === '[DONE]') return 'last';
      const value = parsed(data);
      if (value === null && !whole) return 'more';
      if (value === null) throw protocolFault(endpoint, 'sends events that are no JSON');
      return reader.event(fields(value.value));
    },
  });
  return ended(outcome, reader, endpoint);
}

/** A header holds no more than this, and vendors no longer keys; any other gets one that is as much its own. */
function headerKey(key: string): string {
  return /^[\x21-\x7E]{1,255}$/.test(key) ? key : createHash('sha256').update(key).digest('hex');
}

function ended(outcome: Outcome, reader: Reader, endpoint: Endpoint): Exchange {
  if (outcome.kind === 'failed') {
    const { fault, reached } = outcome;
    const free = reached === 'nothing' || reached === 'refused';
    return { kind: 'failed', fault, usage: free ? NO_USAGE : believed(reader.usage()) };
  }
  const answer = reader.answer();
  if (answer instanceof Fault) return { kind: 'failed', fault: answer, usage: believed(reader.usage()) };
  if (answer !== null) return { kind: 'answered', answer: { ...answer, usage: believed(answer.usage) } };
  const where = `${endpoint.provider} at ${endpoint.base_url}`;
  const fault = new Fault('PROVIDER_UNAVAILABLE', `${where} ended its answer before it was whole`);
  return { kind: 'failed', fault, usage: believed(reader.usage()) };
}

/** No request takes more tokens. Beyond, sums of them are no whole numbers any more, and then none that a database keeps. */
const MOST_TOKENS = 1e9;

/** The count, or null where it is none that can be true: then nobody counted, and what was reserved is the bill. */
function believed(usage: Usage | null): Usage | null {
  return usage !== null && Object.values(usage).every((tokens) => tokens <= MOST_TOKENS) ? usage : null;
}

/** How many of the output's tokens were reasoning, by its part of the text, where the vendor counts them together. */
export function reasoningShare(
  output_tokens: number,
  text: { readonly reasoning: number; readonly all: number },
): number {
  return text.all === 0 ? 0 : Math.min(output_tokens, Math.round((output_tokens * text.reasoning) / text.all));
}
