/** Why a connection came to nothing, in words. */

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host',
  ECONNREFUSED: 'the host takes no connection there',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped half way',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too large',
};

/** The code of what a socket or an HTTP client threw, empty where there is none. */
export function troubleCode(error: Error): string {
  // Where a host has several addresses, the reasons of all are told together; the first one says enough.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error && 'code' in first && typeof first.code === 'string' ? first.code : '';
}

/** What a code means; null for one that says more by itself. */
export function troubleWords(code: string): string | null {
  return WORDS[code] ?? null;
}
