/** `GET /workflows`: the same views as the tools give, for whoever would rather read than call. */

import { z } from 'zod';
import { Fault } from '../../core/errors.ts';
import { checked } from '../mcp/checked.ts';
import { eventsOutput } from '../mcp/outputs.ts';
import { answerSchemaOf } from '../mcp/schema.ts';
import type { Tool } from '../mcp/tool.ts';
import { getResult, resultInput } from '../mcp/tools/get-result.ts';
import { getStatus, statusInput } from '../mcp/tools/get-status.ts';
import { listInput, listWorkflows } from '../mcp/tools/list-workflows.ts';
import { parseQuery, queryValues } from './query.ts';
import { type Exchange, json, type Route, type RouteGroup } from './route.ts';
import { toolAnswer } from './tool-routes.ts';

/** Events of one answer: unless told, and at most. */
const EVENTS_DEFAULT = 1000;
const EVENTS_MOST = 10_000;

const after = z.int().min(0).default(0).describe('Only events with a greater `seq`');
const eventsQuery = z.strictObject({
  after,
  limit: z.int().min(1).max(EVENTS_MOST).default(EVENTS_DEFAULT).describe('At most so many'),
});

/** A workflow's id as the path names it. Whatever it is, it is looked for: what is no id is found as little as a foreign one. */
export function taskIdOf({ params }: Exchange): string {
  return params['id'] ?? '';
}

/** A route that answers what a tool answers; what the tool takes beside the id stands in the query. */
function viewRoute(tool: Tool, input: z.ZodObject, rest: Pick<Route, 'path' | 'summary'>): Route {
  const named = 'task_id' in input.shape;
  const query = named ? input.omit({ task_id: true }) : input;
  return {
    ...rest,
    method: 'GET',
    scope: tool.scope,
    query,
    answer: { media: 'application/json', schema: () => tool.answers(), description: `What ${tool.name} answers` },
    handle: async (exchange) => {
      const given = queryValues(query, exchange.query);
      if ('task_id' in given) throw new Fault('INVALID_INPUT', 'task_id stands in the path, not in the query');
      if (!named) return toolAnswer(tool, given, exchange);
      // Longer than any id: the same error as for every other that is none.
      return toolAnswer(tool, { ...given, task_id: taskIdOf(exchange).slice(0, 100) }, exchange);
    },
  };
}

const events: Route = {
  method: 'GET',
  path: '/workflows/{id}/events',
  scope: 'read',
  summary: 'What happened to a workflow, in order',
  query: eventsQuery,
  answer: { media: 'application/json', schema: () => answerSchemaOf(eventsOutput), description: 'The events' },
  handle: async (exchange) => {
    const { service, caller, query } = exchange;
    const range = parseQuery(eventsQuery, query);
    const view = await (await service.orchestrator()).events(taskIdOf(exchange), caller, range);
    return json(checked(eventsOutput, view, 'the events'));
  },
};

const document: Route = {
  method: 'GET',
  path: '/workflows/{id}/documents/{name}',
  scope: 'read',
  summary: 'A file of the result, as get_result lists them',
  answer: { media: '*/*', description: 'The file' },
  handle: async (exchange) => {
    const { service, caller, params } = exchange;
    const orchestrator = await service.orchestrator();
    const { mime_type, text, name } = await orchestrator.document(taskIdOf(exchange), params['name'] ?? '', caller);
    const file = `inline; filename*=UTF-8''${encodeURIComponent(name)}`;
    return new Response(text, {
      headers: { 'Content-Type': `${mime_type}; charset=utf-8`, 'Content-Disposition': file },
    });
  },
};

export const WORKFLOWS: RouteGroup = {
  name: 'workflows',
  description: 'Workflows, their results, events and files. Unknown ids and those of others are answered alike.',
  routes: [
    viewRoute(listWorkflows, listInput, { path: '/workflows', summary: 'Workflows, newest first' }),
    viewRoute(getStatus, statusInput, { path: '/workflows/{id}', summary: 'How far a workflow is' }),
    viewRoute(getResult, resultInput, { path: '/workflows/{id}/result', summary: 'The report, page by page' }),
    events,
    document,
  ],
};
