/**
 * A language model of a vendor, behind one small port: a conversation in, one answer out, streamed on the way. It makes one
 * request; that it is paid once, retried, limited and recorded is for those who call it.
 */

import type { Sign, Usage } from '../core/call.ts';
import type { Fault } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { Price } from '../core/price.ts';

/** A JSON Schema (2020-12) of an object. */
export type ObjectSchema = { readonly [keyword: string]: Json };

/** A tool as a model is shown it. */
export interface ToolCard {
  /** `[a-zA-Z0-9_-]{1,64}`, which every vendor takes. */
  readonly name: string;
  readonly description: string;
  readonly input_schema: ObjectSchema;
}

/** A tool call as a model made it. `input` is what it wrote, parsed; null where that was no JSON object: then `raw` says it. */
export interface ToolUse {
  readonly id: string;
  readonly name: string;
  readonly input: { readonly [name: string]: Json } | null;
  readonly raw: string;
}

export type Message =
  | { readonly role: 'user'; readonly text: string }
  | {
      readonly role: 'assistant';
      readonly text: string;
      readonly tool_uses: readonly ToolUse[];
      /** What the vendor wants back unread with the next request (signed reasoning); belongs to that vendor alone. */
      readonly opaque: Json;
    }
  | {
      readonly role: 'tool';
      readonly id: string;
      readonly name: string;
      readonly text: string;
      readonly failed: boolean;
    };

export interface ModelRequest {
  readonly system: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolCard[];
  /** `required`: some tool; a name: that one. Of no meaning without tools. */
  readonly tool_choice: 'auto' | 'none' | 'required' | { readonly name: string };
  /** The answer is to be JSON of this schema. Vendors that cannot promise it get a forced tool of that name instead. */
  readonly output: { readonly name: string; readonly schema: ObjectSchema } | null;
  /** Reasoning counts. */
  readonly max_output_tokens: number;
}

export interface ModelAnswer {
  /** Without reasoning. */
  readonly text: string;
  readonly tool_uses: readonly ToolUse[];
  readonly opaque: Json;
  /** `length`: cut off at max_output_tokens, and not to be taken for an answer. */
  readonly stop: 'end' | 'tools' | 'length' | 'refused';
  /** Null where the vendor did not say. */
  readonly usage: Usage | null;
  /** The model as the vendor named it. */
  readonly model: string;
}

/** How a request ended. A request that failed may have cost something all the same. */
export type Exchange =
  | { readonly kind: 'answered'; readonly answer: ModelAnswer }
  | {
      readonly kind: 'failed';
      readonly fault: Fault;
      /** What it cost: as the vendor said; null where nobody knows. NO_USAGE where the vendor answered nothing. */
      readonly usage: Usage | null;
    };

export interface ExchangeOptions {
  readonly signal: AbortSignal;
  /** The same for every attempt of the same call. */
  readonly idempotency_key: string;
  /** Told of text as it comes. */
  readonly delta?: (text: string) => void;
  /** Told while it waits for its turn, and of each piece of the answer, whatever it holds. */
  readonly sign?: (sign: Sign) => void;
}

export interface LanguageModel {
  /** `provider/model`. */
  readonly name: string;
  /** Tokens of a whole conversation, answer included; null where it is not known. */
  readonly context_tokens: number | null;
  /** Null where no price is known. */
  readonly price: Price | null;
  /** Longest that nothing comes before it ends a request by itself, milliseconds; absent: it never does. */
  readonly quiet_ms?: number;
  /**
   * Makes one request. Never rejects but when its signal aborts once something was sent: then with the signal's reason. Given up
   * before, it has failed, with NO_USAGE.
   */
  exchange(request: ModelRequest, options: ExchangeOptions): Promise<Exchange>;
}
