/** How the service is, and what it offers. Nothing here is anybody's, so nobody has to say who they are. */

import { z } from 'zod';
import { answerSchemaOf } from '../mcp/schema.ts';
import { openApi } from './openapi.ts';
import { json, type Route, type RouteGroup } from './route.ts';

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

const description: Route = {
  method: 'GET',
  path: '/openapi.json',
  scope: null,
  summary: 'This description',
  answer: { media: 'application/json', description: 'The description, OpenAPI 3.1' },
  handle: async ({ service }) => json(openApi(service)),
};

export const HEALTH: RouteGroup = {
  name: 'service',
  description: 'The service itself.',
  routes: [health, ready, description],
};
