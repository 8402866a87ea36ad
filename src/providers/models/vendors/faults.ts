/**
 * What vendors answer when they do not answer, as faults of the catalogue. Vendors disagree about statuses and words; what
 * counts here is what the user, or the retry, has to do about it.
 */

import { type ErrorCode, Fault } from '../../../core/errors.ts';
import type { Json } from '../../../core/json.ts';
import { LONGEST_WAIT_MS } from '../../../core/retry.ts';
import { plainLine } from '../../plain-line.ts';
import { fields, items, parsed, words } from './fields.ts';

/** Whom a request goes to, for messages. */
export interface Endpoint {
  /** `anthropic`. */
  readonly provider: string;
  readonly base_url: string;
  /** The variable that holds the key, to be named; null where none is needed. */
  readonly key_variable: string | null;
  readonly key: string | null;
}

/** An error as a vendor told it, wherever in its answer that stood. */
export interface Told {
  /** Of HTTP; of an error inside a stream, the one its kind would have had, or null. */
  readonly status: number | null;
  /** Its type and code, lower case, separated by a space. */
  readonly kind: string;
  readonly message: string;
  readonly retry_after_ms: number | null;
}

const LONGEST_MESSAGE = 300;

/** Kinds of errors, as vendors name them inside a stream, by the status they have outside of one. */
const STATUS_OF_KIND: readonly (readonly [RegExp, number])[] = [
  [/authentication|invalid_api_key/, 401],
  [/permission/, 403],
  [/insufficient_quota|billing/, 402],
  [/not_found/, 404],
  [/rate_limit|too_many_requests|resource_exhausted/, 429],
  [/overloaded/, 529],
  [/timeout/, 408],
  [/invalid|context_length|request_too_large|content_policy/, 400],
  [/server_error|api_error|internal|unavailable|vector_store_timeout/, 500],
];

const TOO_LONG =
  /context[_ ](?:length|window|limit|size)|maximum context|prompt is too long|input is too long|too many (?:input )?tokens|request_too_large|exceeds? the (?:maximum|available|model).{0,40}(?:tokens|context)|input token count.{0,40}exceeds|reduce the length/;
/** A request that is larger than what may be sent in a minute: no wait makes it fit. */
const NEVER_FITS = /request too large/;
const QUOTA_KIND = /insufficient_quota|billing|insufficient_balance|credits?_exhausted|payment_required/;
const QUOTA =
  /insufficient (?:balance|credits?|funds|quota)|credit balance|out of credits|(?:no|not enough|more) credits|used all available credits|spending limit|usage limits?\b|billing/;
/** What a limit says that is over after a while, whatever else it is called. */
const PASSES = /per[ -](?:second|minute|hour)|rate limit|retry (?:in|after|later)|try(?:ing)? again|please wait/;
const MODEL =
  /model.{0,80}(?:not found|does ?n[o']t exist|not exist|is not (?:available|supported|valid)|unknown|not loaded|decommissioned|deprecated)|(?:unknown|invalid|no such) model|no models? loaded|model_not_found|not a valid model|does not support (?:tools|tool|function|json|response|structured|image)|(?:tools?|function calling|tool_choice|response_format|structured outputs?).{0,60}not supported/;

/** The fault an error of a vendor is. */
export function faultOf(endpoint: Endpoint, told: Told): Fault {
  const said = `${told.kind} ${told.message}`.toLowerCase();
  const status = told.status ?? statusOf(told.kind);
  const code = codeOf(status, said, told);
  const where = told.status === null ? endpoint.provider : `${endpoint.provider} (HTTP ${told.status})`;
  const message = plainLine(told.message === '' ? told.kind : told.message, endpoint.key, LONGEST_MESSAGE);
  const wait = told.retry_after_ms === null ? {} : { retryAfterMs: told.retry_after_ms };
  return new Fault(code, `${where}: ${message === '' ? 'no reason given' : message}`, {
    ...hint(code, endpoint),
    ...(code === 'PROVIDER_LIMITED' || code === 'PROVIDER_UNAVAILABLE' ? wait : {}),
  });
}

function codeOf(status: number, said: string, { kind, retry_after_ms }: Told): ErrorCode {
  const passes = status === 429 && (retry_after_ms !== null || PASSES.test(said));
  if (passes && !NEVER_FITS.test(said) && !QUOTA_KIND.test(kind)) return 'PROVIDER_LIMITED';
  if (status < 500 && status !== 401 && (TOO_LONG.test(said) || NEVER_FITS.test(said))) return 'CONTEXT_TOO_LONG';
  if (status === 402 || QUOTA_KIND.test(kind)) return 'PROVIDER_QUOTA';
  if ([400, 403, 429].includes(status) && QUOTA.test(said) && !PASSES.test(said)) return 'PROVIDER_QUOTA';
  if (status === 401) return 'PROVIDER_REFUSED';
  if (MODEL.test(said) && status < 500) return 'MODEL_REJECTED';
  if (status === 403) return 'PROVIDER_REFUSED';
  if (status === 429) return 'PROVIDER_LIMITED';
  if (status === 413) return 'CONTEXT_TOO_LONG';
  if (status === 408 || status === 409 || status === 425 || status >= 500) return 'PROVIDER_UNAVAILABLE';
  if (status === 405 || status === 406 || status === 415 || status < 400) return 'PROVIDER_PROTOCOL';
  return 'MODEL_REJECTED';
}

function statusOf(kind: string): number {
  return STATUS_OF_KIND.find(([pattern]) => pattern.test(kind))?.[1] ?? 500;
}

function hint(code: ErrorCode, { key_variable, base_url }: Endpoint): { readonly hint?: string } {
  if (code === 'PROVIDER_REFUSED' && key_variable !== null) {
    return {
      hint: `Check the key in ${key_variable}, and that it may use this model; \`beltalowda doctor\` tries it.`,
    };
  }
  if (code === 'PROVIDER_PROTOCOL') return { hint: `Check the base URL, its path included: ${base_url}` };
  return {};
}

/** The error within an answer's body, in any of the shapes there are; null where there is none. */
export function errorIn(body: Json | undefined): Pick<Told, 'kind' | 'message'> | null {
  const whole = fields(Array.isArray(body) ? items(body)[0] : body);
  const { error, detail } = whole;
  if (error === undefined || error === null) {
    const failed = words(whole['object']) === 'error' || words(whole['message']) !== '';
    if (failed) return { kind: kindOf(whole), message: words(whole['message']) };
    if (typeof detail === 'string') return { kind: '', message: detail };
    return items(detail).length === 0 ? null : { kind: '', message: JSON.stringify(detail) };
  }
  if (typeof error === 'string') return { kind: kindOf(whole), message: error };
  const inner = fields(error);
  const raw = words(fields(inner['metadata'])['raw']);
  return { kind: kindOf(inner), message: [words(inner['message']), raw].filter((part) => part !== '').join(': ') };
}

function kindOf(error: ReturnType<typeof fields>): string {
  return [error['type'], error['code'], error['status']]
    .map(words)
    .filter((part) => part !== '')
    .join(' ')
    .toLowerCase();
}

/** The status a vendor wrote into its error instead of into HTTP; null where there is none. */
export function statusIn(body: Json | undefined): number | null {
  const { code } = fields(fields(Array.isArray(body) ? items(body)[0] : body)['error']);
  return typeof code === 'number' && code >= 400 && code < 600 ? code : null;
}

/** The fault an answer with an error status is. A page instead of JSON means that another server answers there. */
export function refusal(
  endpoint: Endpoint,
  answer: { status: number; body: string; retry_after_ms: number | null },
): Fault {
  const { status, body, retry_after_ms } = answer;
  const found = errorIn(parsed(body)?.value);
  if (status >= 300 && status < 400) {
    return protocolFault(endpoint, `answers with a redirect (HTTP ${status}), which is not followed with a key`);
  }
  if (found === null && (status === 404 || status === 405)) {
    return protocolFault(endpoint, `has no such interface (HTTP ${status})`);
  }
  const told = found ?? { kind: '', message: isPage(body) ? 'a web page instead of an answer' : body };
  return faultOf(endpoint, { ...told, status, retry_after_ms });
}

/** An answer that ended for a reason nobody knows to be a whole answer's: it may stop in the middle of a word. */
export function endedBy({ provider, key }: Endpoint, reason: string): Fault {
  const why = plainLine(reason, key, LONGEST_MESSAGE);
  return new Fault('PROVIDER_UNAVAILABLE', `${provider} ended its answer before it was whole: ${why}`);
}

/** What came is not this interface. Names the base URL, the usual cause. */
export function protocolFault({ provider, base_url }: Endpoint, what: string): Fault {
  return new Fault('PROVIDER_PROTOCOL', `${provider} at ${base_url} ${what}`, {
    hint: `Check the base URL, its path included: ${base_url}`,
  });
}

export function isPage(body: string): boolean {
  return /^\s*<(?:!doctype|html|head|body|\?xml)/i.test(body);
}

/**
 * How long a vendor asks to wait, in milliseconds, LONGEST_WAIT_MS at most: `retry-after-ms`, else `retry-after` in seconds or as
 * a date. Null where it does not say, or says it in no form there is.
 */
export function retryAfter(header: (name: string) => string | null, now: number): number | null {
  const said = saidToWait(header, now);
  return said === null ? null : Math.min(said, LONGEST_WAIT_MS);
}

function saidToWait(header: (name: string) => string | null, now: number): number | null {
  const exact = Number.parseFloat(header('retry-after-ms') ?? '');
  if (Number.isFinite(exact) && exact >= 0) return Math.ceil(exact);
  const said = (header('retry-after') ?? '').trim();
  if (/^\d+(?:\.\d+)?$/.test(said)) return Math.ceil(Number(said) * 1000);
  const date = said === '' ? Number.NaN : Date.parse(said);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
