/** The body of a request, with a limit to what is read of it and to what it becomes. */

import { Fault } from '../../core/errors.ts';
import { excess } from '../message-shape.ts';

/** The largest valid request is far below it: sources are named, not sent. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

/**
 * The body as text. Throws BODY_TOO_LARGE before it is parsed, and before it is read where its length was announced;
 * INVALID_INPUT when it is no UTF-8 or stops before its end, MEDIA_TYPE_UNSUPPORTED when it is compressed.
 */
export async function readBody(request: Request): Promise<string> {
  const coding = request.headers.get('content-encoding') ?? 'identity';
  if (coding.trim().toLowerCase() !== 'identity') {
    const message = `a body in the coding ${JSON.stringify(coding.slice(0, 60))} is not read`;
    throw new Fault('MEDIA_TYPE_UNSUPPORTED', message, { hint: 'Send it as it is, without Content-Encoding.' });
  }
  const length = request.headers.get('content-length');
  const announced = Number(length ?? 0);
  if (announced > MAX_BODY_BYTES) throw tooLarge(`of ${announced} bytes is too long`);
  // No more comes than was announced, and in one piece it is read without a stream.
  const bytes = length === null ? await gathered(request) : await whole(request);
  const text = decoded(bytes);
  const tooMuch = excess(text);
  if (tooMuch !== null) throw new Fault('BODY_TOO_LARGE', `the body ${tooMuch}`);
  return text;
}

function tooLarge(what: string): Fault {
  return new Fault('BODY_TOO_LARGE', `a body ${what}: at most ${MAX_BODY_BYTES} bytes are read`);
}

async function gathered(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of pieces(request)) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw tooLarge('is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function* pieces(request: Request): AsyncGenerator<Uint8Array> {
  if (request.body === null) return;
  try {
    yield* request.body;
  } catch (thrown) {
    throw thrown instanceof Fault ? thrown : stopped(thrown);
  }
}

async function whole(request: Request): Promise<Uint8Array> {
  try {
    return new Uint8Array(await request.arrayBuffer());
  } catch (thrown) {
    throw stopped(thrown);
  }
}

function stopped(cause: unknown): Fault {
  return new Fault('INVALID_INPUT', 'the body stopped before its end', { cause });
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (thrown) {
    throw new Fault('INVALID_INPUT', 'the body is not valid UTF-8', { cause: thrown });
  }
}

/** The body as JSON; an empty one is no arguments. Throws INVALID_INPUT. */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Fault('INVALID_INPUT', `the body is not JSON: ${reason}`, { hint: 'Send one JSON object.' });
  }
}

/** Whether the request declares JSON: `application/json`, perhaps with parameters. */
export function isJson(type: string | null): boolean {
  return type !== null && /^application\/json[ \t]*(?:;|$)/i.test(type.trim());
}
