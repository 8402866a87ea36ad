/** `/mcp`: the protocol over streamable HTTP. */

import { members } from '../mcp/members.ts';
import { parseJson } from './body.ts';
import type { RouteGroup } from './route.ts';

export const MCP: RouteGroup = {
  name: 'mcp',
  description: 'The Model Context Protocol over streamable HTTP, both eras, without sessions.',
  routes: [
    {
      method: 'POST',
      path: '/mcp',
      scope: 'read',
      summary: 'One JSON-RPC message; the answer is JSON, or a stream of events that ends with it',
      body: () => members({ type: ['object', 'array'], description: 'A JSON-RPC 2.0 message' }),
      answer: { media: 'application/json', description: 'The answer, as JSON or as `text/event-stream`' },
      handle: async ({ request, body, caller, principal, gone, ends, service }) =>
        service.mcp.fetch(request, parseJson(body), { caller, scopes: principal.scopes, gone, ends }),
    },
  ],
};
