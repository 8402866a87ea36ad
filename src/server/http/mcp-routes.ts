/** `/mcp`: the protocol over streamable HTTP. */

import { z } from 'zod';
import { toFault } from '../../core/errors.ts';
import { ID_TOO_LONG, idOf, repeatsTooMuch } from '../message-ids.ts';
import { members } from '../mcp/members.ts';
import { listened } from '../mcp/wire-messages.ts';
import { isJson, parseJson } from './body.ts';
import { answeredSingly, isServedSingly } from './mcp-batch.ts';
import { INVALID_PARAMS, INVALID_REQUEST, PARSE_ERROR, refused } from './refusal.ts';
import type { Exchange, RouteGroup } from './route.ts';
import { taken } from './taken-stream.ts';

/** Messages of one batch, which only the revision of 2025-03-26 has; URIs of one subscription. */
const MAX_BATCH = 100;
const MAX_SUBSCRIBED = 1000;

async function message(exchange: Exchange): Promise<Response> {
  const { request, body, caller, principal, gone, ends, lapsed, cut, service } = exchange;
  let value: unknown;
  try {
    value = parseJson(body);
  } catch (thrown) {
    return refused(PARSE_ERROR, toFault(thrown).message);
  }
  if (Array.isArray(value) && (value.length === 0 || value.length > MAX_BATCH)) {
    return refused(INVALID_REQUEST, `A batch holds 1 to ${MAX_BATCH} messages.`);
  }
  // Of a batch none is answered: the others would come in an answer that is an error as well.
  const messages: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (messages.some((one) => repeatsTooMuch(one))) return refused(INVALID_REQUEST, ID_TOO_LONG, null);
  if ((listened(value)?.uris.length ?? 0) > MAX_SUBSCRIBED) {
    return refused(INVALID_PARAMS, `A subscription names at most ${MAX_SUBSCRIBED} resources.`, idOf(value));
  }
  const sender = { caller, scopes: principal.scopes, gone, ends, lapsed };
  const reader = { clock: service.clock, gone, cut };
  if (Array.isArray(value) && isServedSingly(value)) {
    const answer = (one: unknown, until: AbortSignal): Promise<Response> =>
      service.mcp.once(request, one, { ...sender, ends: until });
    return answeredSingly(value, { answer, ends, reader });
  }
  const answer = await service.mcp.fetch(request, value, sender);
  if (answer.body === null) return answer;
  // All of it is there: as one piece it leaves with its length, in one write.
  if (isJson(answer.headers.get('content-type'))) return new Response(await answer.text(), answer);
  return new Response(await taken(answer.body, reader), answer);
}

export const MCP: RouteGroup = {
  name: 'mcp',
  description: 'The Model Context Protocol over streamable HTTP, both eras, without sessions.',
  routes: [
    {
      method: 'POST',
      path: '/mcp',
      scope: 'read',
      // Hosts add to the URL they were given what they like.
      query: z.looseObject({}),
      summary: 'One JSON-RPC message; the answer is JSON, or a stream of events that ends with it',
      body: () => members({ type: ['object', 'array'], description: 'A JSON-RPC 2.0 message' }),
      answer: { media: 'application/json', description: 'The answer, as JSON or as `text/event-stream`' },
      handle: message,
    },
  ],
};
