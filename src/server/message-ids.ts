/** Ids of JSON-RPC messages, also of those that are never parsed: an answer without one tells its client nothing. */

import { members } from './mcp/members.ts';

export type MessageId = string | number;

/** Characters of an id or a progress token. Every notification repeats them, so a long one is multiplied by all that happens. */
const MAX_ID = 256;
export const ID_TOO_LONG = `An id or a progress token has at most ${MAX_ID} characters.`;

/** An id as the protocol has it: a text or a whole number. */
export function messageId(value: unknown): MessageId | undefined {
  return typeof value === 'string' || Number.isSafeInteger(value) ? (value as MessageId) : undefined;
}

/** Whether answers to this message would repeat more than an id of it may be. */
export function repeatsTooMuch(message: unknown): boolean {
  const { id, params } = members(message);
  return isTooLong(id) || isTooLong(members(members(params)['_meta'])['progressToken']);
}

function isTooLong(id: unknown): boolean {
  return typeof id === 'string' && id.length > MAX_ID;
}

/** The id of something that came as a message and is none; null when it has none that can be answered. */
export function idOf(value: unknown): MessageId | null {
  return typeof value === 'object' && value !== null && 'id' in value ? (messageId(value.id) ?? null) : null;
}

const ID = String.raw`"id"\s*:\s*(-?(?:0|[1-9]\d{0,14})|"[^"\\\u0000-\u001f]{0,100}")`;
const ID_FIRST = new RegExp(String.raw`^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?${ID}\s*,`);
const ID_LAST = new RegExp(String.raw`,\s*${ID}\s*\}\s*$`);

/** The id of a message too big to parse: where clients put it, at its very beginning or end. */
export function idAtAnEnd(head: string, tail: string): MessageId | null {
  const found = ID_FIRST.exec(head)?.[1] ?? ID_LAST.exec(tail)?.[1];
  return found === undefined ? null : (messageId(JSON.parse(found)) ?? null);
}
