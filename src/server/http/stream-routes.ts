/** `GET /stream/{id}`: a workflow's events as they happen, from any of them on. */

import { z } from 'zod';
import { Fault } from '../../core/errors.ts';
import { isTerminal } from '../../core/workflow.ts';
import { eventOutput } from '../mcp/outputs.ts';
import { answerSchemaOf } from '../mcp/schema.ts';
import { eventStream } from './event-stream.ts';
import { parseQuery } from './query.ts';
import type { Exchange, RouteGroup } from './route.ts';
import { taskIdOf } from './workflow-routes.ts';

const query = z.strictObject({
  after: z
    .int()
    .min(0)
    .default(0)
    .describe('Only events with a greater `seq`; the header Last-Event-ID counts before it'),
});

/** Proxies that buffer would hold events back until there are many. */
const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

async function stream(exchange: Exchange): Promise<Response> {
  const { service, caller, gone, cut, lapsed } = exchange;
  const task_id = taskIdOf(exchange);
  const after = placeOf(exchange);
  const orchestrator = await service.orchestrator();
  // With the one at that place: most who come back have everything, and only where it is missing is the status worth asking for.
  const { events, status } = await orchestrator.events(task_id, caller, { after: Math.max(0, after - 1), limit: 2 });
  const next = events.find(({ seq }) => seq > after);
  if (next === undefined && after > 0) {
    const version = events[0]?.seq ?? (await orchestrator.status(task_id, caller)).version;
    if (after > version) throw new Fault('INVALID_INPUT', `after is ${after}, and the last event is ${version}`);
    // Nothing will ever come. This is what ends a client that reconnects by itself.
    if (isTerminal(status)) return new Response(null, { status: 204 });
  }
  const first = next !== undefined && next.seq > after + 1 ? gap(task_id, after, next.seq) : null;
  const following = await service.hubs.follow({ task_id, caller }, after);
  const { clock, random, draining } = service;
  const stream = eventStream({ following, clock, random, draining, gone, lapsed: lapsed(), cut, first });
  return new Response(stream, { headers: HEADERS });
}

/** Where the reader is: what it saw last, by the header that browsers send when they come back, else by `after`. */
function placeOf({ request, query: given }: Exchange): number {
  const { after } = parseQuery(query, given);
  const seen = request.headers.get('last-event-id');
  if (seen === null || seen === '') return after;
  if (/^\d{1,15}$/.test(seen)) return Number(seen);
  throw new Fault(
    'INVALID_INPUT',
    `Last-Event-ID must be the number of an event; got ${JSON.stringify(seen.slice(0, 60))}`,
  );
}

/** Events that were there are not any more: what the reader has is not all. It has no id, so that nobody continues from it. */
function gap(task_id: string, after: number, next: number): string {
  return `event: gap\ndata: ${JSON.stringify({ task_id, after, next })}\n\n`;
}

export const STREAM: RouteGroup = {
  name: 'stream',
  description: 'Events as they happen: `id` is the `seq`, `event` the type, `data` the whole event.',
  routes: [
    {
      method: 'GET',
      path: '/stream/{id}',
      scope: 'read',
      summary: 'Replay from any event, then live, until the workflow ends',
      query,
      answer: {
        media: 'text/event-stream',
        schema: () => answerSchemaOf(eventOutput),
        description: 'Server-sent events; the schema is that of `data`. 204: it has ended, and nothing is left to tell',
      },
      handle: stream,
    },
  ],
};
