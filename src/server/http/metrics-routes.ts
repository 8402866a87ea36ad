/** Numbers for Prometheus. They tell of the whole service and of no tenant, so they are for whoever runs it. */

import type { Route, RouteGroup } from './route.ts';

/** The text format that every version of Prometheus reads. */
const MEDIA = 'text/plain; version=0.0.4; charset=utf-8';

const metrics: Route = {
  method: 'GET',
  path: '/metrics',
  scope: 'admin',
  whileDraining: true,
  summary: 'Numbers about the service, as Prometheus reads them',
  answer: { media: 'text/plain', description: 'The numbers, in the text format of Prometheus, version 0.0.4' },
  handle: async ({ service }) => {
    const text = (await service.metrics?.()) ?? '';
    return new Response(text, { headers: { 'Content-Type': MEDIA } });
  },
};

export const METRICS: RouteGroup = {
  name: 'telemetry',
  description: 'How the service does, in numbers.',
  routes: [metrics],
};
