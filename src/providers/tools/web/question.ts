/** A question to an interface, and its answer in the shape it has to have. */

import { Fault } from '../../../core/errors.ts';
import type { Json } from '../../../core/json.ts';

export interface Question {
  /** For messages: `Brave Search`. */
  readonly provider: string;
  /** The variable with its key, to be named where the key is refused; null where there is none. */
  readonly key_variable: string | null;
  /** As it is sent, so that no message tells it; empty where there is none. */
  readonly key: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON by POST; absent means GET. */
  readonly body?: Json;
  /** Least milliseconds between two questions to this provider, where it asks for that. */
  readonly spacing_ms?: number;
}

/** What came is not this interface; asking again changes nothing. */
export function protocolFault({ provider, url }: Question, what: string): Fault {
  return new Fault('PROVIDER_PROTOCOL', `${provider} at ${url.origin} ${what}`, { retryable: false });
}

/** The JSON of an answer. Throws PROVIDER_PROTOCOL where it is none. */
function jsonOf(text: string, question: Question): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw protocolFault(question, 'does not answer JSON');
    throw error;
  }
}

/** The answer in the shape it has to have. Throws PROVIDER_PROTOCOL where it has not. */
export function shaped<T>(
  text: string,
  question: Question,
  shape: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
): T {
  const parsed = shape.safeParse(jsonOf(text, question));
  if (!parsed.success) throw protocolFault(question, 'does not answer in the shape of its interface');
  return parsed.data;
}

/** A base URL with a path and query below it: `https://host/prefix` + `/search`. */
export function below(base: string, path: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(`${base.replace(/\/+$/u, '')}${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}
