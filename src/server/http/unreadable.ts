/** What is no request to begin with: a path or a host that no URL can be made of. It passes by the guard, but costs as much. */

import type { IncomingMessage } from 'node:http';
import { Fault, toFault } from '../../core/errors.ts';
import { ownHeaders, requestId } from './own-headers.ts';
import { problem } from './problem.ts';
import type { RateLimit } from './rate-limit.ts';

interface Answering {
  readonly rate: RateLimit;
  readonly log: { debug(fields: object, message: string): void };
}

export function unreadable(
  thrown: unknown,
  { headers, method, socket }: Pick<IncomingMessage, 'headers' | 'method' | 'socket'>,
  { rate, log }: Answering,
): Response {
  const given = headers['x-request-id'];
  const request_id = requestId(typeof given === 'string' ? given : undefined);
  const answer = problem(faultOf(thrown, () => rate.take(socket.remoteAddress ?? '')));
  ownHeaders(answer.headers, request_id);
  log.debug({ request_id, method, status: answer.status }, 'request');
  return answer;
}

function faultOf(thrown: unknown, count: () => void): Fault {
  try {
    count();
  } catch (refused) {
    return toFault(refused);
  }
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new Fault('INVALID_INPUT', `the request cannot be read: ${reason}`);
}
