/** What must hold of every answer, whatever was asked: an error is one of the catalogue, none is of our making, nothing is another's. */

import { CATALOGUE, type ErrorCode } from '../../../src/core/errors.ts';
import { isObject, members } from '../../../src/server/mcp/members.ts';
import { STATUS_OF } from '../../../src/server/http/statuses.ts';
import { TENANTS, type TenantName, type Town } from './town.ts';

export interface Answered {
  readonly status: number;
  readonly type: string;
  /** Head and body, as they came. */
  readonly text: string;
  readonly body: string;
  /** Whether the body came to its end, and there was to be one. */
  readonly whole: boolean;
}

interface About {
  readonly town: Pick<Town, 'tenants'>;
  /** The request, whatever of it can be read: what was said may be repeated. */
  readonly asked: string;
}

/** Of the service, and right: it says when to ask again, and why. All others of 500 and above are faults. */
const LEGITIMATE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['QUEUE_FULL', 'SHUTTING_DOWN', 'STORE_LOCKED']);
const UNSAID = new Set(Array.from(LEGITIMATE, (code) => STATUS_OF[code]));
/** Codes of the protocol for what a client did wrong. -32603 is not among them: it is ours. */
const PROTOCOL_CODES: ReadonlySet<unknown> = new Set([-32_700, -32_600, -32_601, -32_602]);
/** Those that a revision or the SDK defines beside them. */
const DEFINED = (code: unknown): boolean => typeof code === 'number' && code <= -32_000 && code > -32_100;

/** Says what is wrong with it; empty when nothing is. */
export function faultsOf(answered: Answered, who: TenantName | null, { town, asked }: About): string[] {
  return [...leaks(answered.text, who, { town, asked }), ...errors(answered)];
}

function leaks(text: string, who: TenantName | null, { town, asked }: About): string[] {
  const others = TENANTS.filter((name) => name !== who).map((name) => town.tenants[name]);
  return others.flatMap(({ name, canary, ended, waiting, ids }) => [
    ...(text.includes(canary) ? [`tells ${who ?? 'nobody'} what is ${name}'s`] : []),
    ...[ended, waiting, ...ids]
      .filter((id) => id.length > 8 && text.includes(id) && !asked.includes(id))
      .map((id) => `tells ${who ?? 'nobody'} of ${name}'s ${id}`),
  ]);
}

function errors({ status, type, body, whole }: Answered): string[] {
  if (!whole) return status >= 500 && !UNSAID.has(status) ? [`is answered ${status}`] : [];
  if (type.startsWith('application/problem+json')) return problem(status, parsed(body));
  if (status >= 500) return [`is answered ${status} without a code`];
  if (status >= 400 && body !== '') return protocol(parsed(body), true);
  if (type.startsWith('text/event-stream')) {
    const data = Array.from(body.matchAll(/^data: (\{.*\})$/gm), (match) => parsed(match[1] ?? ''));
    return data.flatMap((one) => protocol(one, false));
  }
  return type.startsWith('application/json') && body !== '' ? protocol(parsed(body), false) : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Cut off by whoever left: nothing can be said of it.
    return null;
  }
}

function problem(status: number, body: unknown): string[] {
  const { code, title, detail, hint, retryable } = members(body);
  const known = typeof code === 'string' && Object.hasOwn(CATALOGUE, code) ? (code as ErrorCode) : null;
  if (known === null || STATUS_OF[known] !== status)
    return [`is a problem of code ${String(code)} and status ${status}`];
  const worded = [title, detail, hint].every((words) => typeof words === 'string' && words !== '');
  if (!worded || typeof retryable !== 'boolean') return ['is a problem that does not say what it is'];
  return ours(known);
}

function ours(code: ErrorCode): string[] {
  return STATUS_OF[code] >= 500 && !LEGITIMATE.has(code) ? [`is answered ${code}`] : [];
}

/** A message of the protocol, or several; or what a tool answers. */
function protocol(body: unknown, refused: boolean): string[] {
  if (Array.isArray(body)) return body.flatMap((one: unknown) => protocol(one, refused));
  if (!isObject(body)) return refused ? ['is refused without a word'] : [];
  const { error, result } = body;
  if (body['jsonrpc'] !== '2.0') return refused ? ['is refused in no known form'] : [];
  if (isObject(error)) {
    const { code, message } = error;
    const right = PROTOCOL_CODES.has(code) || DEFINED(code);
    return right && typeof message === 'string' ? [] : [`is the error ${String(code)}: ${String(message)}`];
  }
  if (refused) return ['is refused without an error'];
  const code = members(members(members(result)['structuredContent'])['error'])['code'];
  if (code === undefined) return [];
  if (typeof code !== 'string' || !Object.hasOwn(CATALOGUE, code)) return [`is a tool's error ${JSON.stringify(code)}`];
  return ours(code as ErrorCode);
}
