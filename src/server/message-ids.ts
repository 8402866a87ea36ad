/** Ids of JSON-RPC messages, also of those that are never parsed: an answer without one tells its client nothing. */

export type MessageId = string | number;

/** An id as the protocol has it: a text or a whole number. */
export function messageId(value: unknown): MessageId | undefined {
  return typeof value === 'string' || Number.isSafeInteger(value) ? (value as MessageId) : undefined;
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
