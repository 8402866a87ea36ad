/** What the SDK would take and should not, refused in the protocol's own form. */

import type { MessageId } from '../message-ids.ts';

export const PARSE_ERROR = -32_700;
export const INVALID_REQUEST = -32_600;
export const INVALID_PARAMS = -32_602;
/** Of those that an implementation may give a meaning to. */
export const SERVER_ERROR = -32_000;

export function refused(code: number, message: string, id: MessageId | null = null): Response {
  return Response.json({ jsonrpc: '2.0', id, error: { code, message } }, { status: 400 });
}
