/**
 * Parameters that do not fit their method, as the caller's error and in a sentence: the SDK's message is the validator's list
 * of findings in JSON, and but for `tools/call` its code that of an internal error of the server.
 */

import { INTERNAL_ERROR, INVALID_PARAMS, type JSONRPCMessage } from '@modelcontextprotocol/server';
import { isObject, members } from './members.ts';

/** The first ones are mended first. */
const MAX_FINDINGS = 5;

const CODES: ReadonlySet<number> = new Set([INTERNAL_ERROR, INVALID_PARAMS]);

/** The same message, or the clear error in its place. */
export function withClearFindings(message: JSONRPCMessage): JSONRPCMessage {
  if (!('error' in message) || !CODES.has(message.error.code)) return message;
  const findings = findingsIn(message.error.message);
  if (findings.length === 0) return message;
  const more = findings.length > MAX_FINDINGS ? '; and more' : '';
  const sentence = `Invalid parameters: ${findings.slice(0, MAX_FINDINGS).join('; ')}${more}`;
  return { ...message, error: { code: INVALID_PARAMS, message: sentence } };
}

/** `params.name: expected string, received number`; none where the message is no such list. */
function findingsIn(message: string): readonly string[] {
  const text = message.replace(/^Invalid \S+ request: /, '');
  if (!text.startsWith('[')) return [];
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return [];
  }
  if (!Array.isArray(list)) return [];
  return list.flatMap((item) => {
    const { path, message: said } = members(item);
    if (!isObject(item) || !Array.isArray(path) || typeof said !== 'string') return [];
    return [`${path.join('.')}: ${said.replace(/^Invalid input: /, '')}`];
  });
}
