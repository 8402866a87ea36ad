/** `POST /tools/{name}`: every tool of the protocol with plain JSON in and out, by the same definitions. */

import { traceOfHeaders } from '../../core/trace.ts';
import type { Tool } from '../mcp/tool.ts';
import { TOOLS } from '../mcp/tool-requests.ts';
import { parseJson } from './body.ts';
import { type Exchange, json, type Route, type RouteGroup } from './route.ts';

/** What a tool answers to these arguments, asked over HTTP. */
export async function toolAnswer(tool: Tool, raw: unknown, exchange: Exchange): Promise<Response> {
  const { caller, principal, service, ends, request } = exchange;
  const trace = traceOfHeaders(request.headers);
  const { orchestrator } = service;
  const calling = { caller, scopes: principal.scopes, orchestrator, signal: ends, progress: undefined };
  return json(await tool.plain(raw, { ...calling, trace: trace ?? undefined }));
}

function routeOf(tool: Tool): Route {
  return {
    method: 'POST',
    path: `/tools/${tool.name}`,
    scope: tool.scope,
    get summary() {
      return tool.card().title;
    },
    body: () => tool.card().inputSchema,
    answer: { media: 'application/json', schema: () => tool.answers(), description: 'What the tool answers' },
    handle: (exchange) => toolAnswer(tool, parseJson(exchange.body), exchange),
  };
}

export const TOOL_ROUTES: RouteGroup = {
  name: 'tools',
  description: 'The tools of the protocol as plain requests: the same arguments, the same answers, the same errors.',
  routes: TOOLS.map(routeOf),
};
