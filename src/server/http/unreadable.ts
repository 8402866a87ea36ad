/**
 * What is no request to begin with: bytes that are no HTTP, or come too slowly, and a path or a host that no URL can be made of.
 * It passes by the guard, but costs as much, and is told what is wrong in the form of every refusal.
 */

import { type IncomingMessage, maxHeaderSize, STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Fault, toFault } from '../../core/errors.ts';
import { HEADERS_MS, REQUEST_MS } from './node-server.ts';
import { ownHeaders, requestId } from './own-headers.ts';
import type { Pipelines } from './pipelines.ts';
import { problem, problemParts } from './problem.ts';
import type { RateLimit } from './rate-limit.ts';

interface Answering {
  readonly rate: RateLimit;
  readonly log: { debug(fields: object, message: string): void };
}

/** Answers a request whose head was read, but names nothing. */
export function unreadable(
  thrown: unknown,
  { headers, method, socket }: Pick<IncomingMessage, 'headers' | 'method' | 'socket'>,
  { rate, log }: Answering,
): Response {
  const given = headers['x-request-id'];
  const request_id = requestId(typeof given === 'string' ? given : undefined);
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const fault = new Fault('INVALID_INPUT', `the request cannot be read: ${reason}`);
  const answer = problem(counted(socket, rate) ?? fault);
  ownHeaders(answer.headers, request_id);
  // What follows on the connection may be no request either.
  answer.headers.set('Connection', 'close');
  log.debug({ request_id, method, status: answer.status }, 'request');
  return answer;
}

/**
 * Answers what Node gives up, which it would with a status line alone, and ends the connection. Where an answer has begun nothing
 * can be said any more.
 */
export function unparsed(
  error: Error,
  socket: Duplex,
  { rate, log, pipelines }: Answering & { readonly pipelines: Pipelines },
): void {
  if (!(socket instanceof Socket)) {
    socket.destroy();
    return;
  }
  if (socket.writable && !pipelines.answering(socket)) {
    const request_id = requestId(undefined);
    const { status, headers: own, body } = problemParts(counted(socket, rate) ?? givenUp(error));
    const headers = new Headers(own);
    ownHeaders(headers, request_id);
    const fields = [...headers, ['content-length', Buffer.byteLength(body)], ['connection', 'close']] as const;
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}\r\n${body}`);
    log.debug({ request_id, status }, 'request');
  }
  socket.destroySoon();
}

/** Null, or why it is not even told what is wrong. */
function counted({ remoteAddress = '' }: Pick<Socket, 'remoteAddress'>, rate: RateLimit): Fault | null {
  try {
    rate.take(remoteAddress);
    return null;
  } catch (refused) {
    return toFault(refused);
  }
}

function givenUp(error: Error): Fault {
  switch ('code' in error ? error.code : null) {
    case 'ERR_HTTP_REQUEST_TIMEOUT': {
      const [headers, all] = [HEADERS_MS / 1000, REQUEST_MS / 1000];
      return new Fault('REQUEST_TIMEOUT', `headers are waited for ${headers} s, and a whole request ${all} s`);
    }
    case 'HPE_HEADER_OVERFLOW':
      return new Fault('HEADERS_TOO_LARGE', `path and headers have at most ${maxHeaderSize} bytes`);
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new Fault('BODY_TOO_LARGE', 'the extensions of a chunk of the body are too long');
    default:
      return new Fault('INVALID_INPUT', `the request cannot be read: ${error.message}`, {
        hint: 'Send whole requests of HTTP/1.1, without TLS: that belongs to a proxy before this service.',
      });
  }
}
