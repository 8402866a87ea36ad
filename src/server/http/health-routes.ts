/** How the service is, and what it offers. Nothing here is anybody's, so nobody has to say who they are. */

import { z } from 'zod';
import { answerSchemaOf } from '../mcp/schema.ts';
import { openApi } from './openapi.ts';
import { json, type Route, type RouteGroup, type Service } from './route.ts';

const checkOutput = z.object({
  name: z.string(),
  status: z.enum(['ok', 'failing', 'slow']),
  code: z.string().optional(),
  checked_at: z.string(),
});

const healthOutput = z.object({
  status: z.enum(['ok', 'degraded', 'failing']),
  version: z.string(),
  checks: z.array(checkOutput),
});

const readyOutput = z.object({ ready: z.boolean() });

const health: Route = {
  method: 'GET',
  path: '/health',
  scope: null,
  whileDraining: true,
  summary: 'Whether the service works, and each thing it depends on',
  answer: {
    media: 'application/json',
    schema: () => answerSchemaOf(healthOutput),
    description: 'It works. 503 with the same body: something it cannot do without fails',
  },
  handle: async ({ service }) => {
    const view = await service.health.view();
    return json(view, view.status === 'failing' ? 503 : 200);
  },
};

const ready: Route = {
  method: 'GET',
  path: '/ready',
  scope: null,
  whileDraining: true,
  summary: 'Whether requests are taken',
  answer: {
    media: 'application/json',
    schema: () => answerSchemaOf(readyOutput),
    description: 'They are. 503 with the same body: the service stops',
  },
  handle: async ({ service }) => {
    const taken = !service.draining.aborted;
    return json({ ready: taken }, taken ? 200 : 503);
  },
};

/**
 * Made at the first request and once, to the bytes: anybody may ask, it is made from every schema there is, and a hundred
 * requests that come in one piece would be as many pages of JSON to write before anybody else is heard.
 */
const descriptions = new WeakMap<Service, Uint8Array<ArrayBuffer>>();

function described(service: Service): Uint8Array<ArrayBuffer> {
  const known = descriptions.get(service);
  if (known !== undefined) return known;
  const made = new TextEncoder().encode(JSON.stringify(openApi(service)));
  descriptions.set(service, made);
  return made;
}

const description: Route = {
  method: 'GET',
  path: '/openapi.json',
  scope: null,
  summary: 'This description',
  answer: { media: 'application/json', description: 'The description, OpenAPI 3.1' },
  handle: async ({ service }) => new Response(described(service), { headers: { 'Content-Type': 'application/json' } }),
};

export const HEALTH: RouteGroup = {
  name: 'service',
  description: 'The service itself.',
  routes: [health, ready, description],
};
