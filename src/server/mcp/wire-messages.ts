/** What messages of the protocol mean to a transport that must know which of them wait for an answer. */

import { type JSONRPCMessage, type RequestId, SUBSCRIPTION_ID_META_KEY } from '@modelcontextprotocol/server';
import { messageId } from '../message-ids.ts';
import type { Interest } from './change-feed.ts';
import { isObject, members } from './members.ts';

const LISTEN = 'subscriptions/listen';
/** Notifications that only say where to look, so that a later one makes up for all before it. */
const CHANGED = 'notifications/resources/';

/** Whether somebody waits for an answer to this message. To a subscription it is the word that it is on, or refused. */
export function isRequest(message: JSONRPCMessage): message is JSONRPCMessage & { readonly id: RequestId } {
  return 'method' in message && 'id' in message;
}

/** The request that this message answers. */
export function answeredId(message: JSONRPCMessage): RequestId | undefined {
  return 'method' in message ? agreement(message)?.id : message.id;
}

/** A cancelled request gets no answer. */
export function cancelledId(message: JSONRPCMessage): RequestId | undefined {
  if (!('method' in message) || message.method !== 'notifications/cancelled') return undefined;
  return messageId(message.params?.['requestId']);
}

export function isHint(message: JSONRPCMessage): boolean {
  return 'method' in message && message.method.startsWith(CHANGED);
}

/** Whether nobody misses it: how far a call is, which its answer or the next such message says as well. */
export function isPassing(message: JSONRPCMessage): boolean {
  return 'method' in message && message.method === 'notifications/progress';
}

interface Agreement {
  readonly id: RequestId;
  readonly interest: Interest;
}

/** A subscription as the SDK acknowledges it: under the id of its request, narrowed to what the server can tell. */
export function agreement(message: JSONRPCMessage): Agreement | undefined {
  if (!('method' in message) || message.method !== 'notifications/subscriptions/acknowledged') return undefined;
  const id = messageId(message.params?._meta?.[SUBSCRIPTION_ID_META_KEY]);
  if (id === undefined) return undefined;
  const { resourceSubscriptions: uris, resourcesListChanged } = members(message.params?.['notifications']);
  const strings = Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [];
  return { id, interest: { uris: strings, list: resourcesListChanged === true } };
}

/** How many URIs this message wants to be told of. */
export function urisWanted(message: JSONRPCMessage): number {
  if (!('method' in message) || message.method !== LISTEN || !isObject(message.params)) return 0;
  const { resourceSubscriptions: uris } = members(message.params['notifications']);
  return Array.isArray(uris) ? uris.length : 0;
}

/**
 * What a request for a subscription asks to be told of, or null when it is no such request. What the SDK agrees to is part of
 * it; over HTTP only the request passes by before the SDK has it.
 */
export function listened(message: unknown): Interest | null {
  const { method, params } = members(message);
  if (method !== LISTEN) return null;
  const { resourceSubscriptions: uris, resourcesListChanged } = members(members(params)['notifications']);
  const strings = Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [];
  return { uris: strings, list: resourcesListChanged === true };
}
