/** Every route there is. A new group is a file of its own and a line here. */

import { ACCESS_ROUTES } from './access-routes.ts';
import { ANALYTICS } from './analytics-routes.ts';
import { HEALTH } from './health-routes.ts';
import { MCP } from './mcp-routes.ts';
import { METRICS } from './metrics-routes.ts';
import type { RouteGroup } from './route.ts';
import { STREAM } from './stream-routes.ts';
import { TOOL_ROUTES } from './tool-routes.ts';
import { WEBHOOKS } from './webhook-routes.ts';
import { WORKFLOWS } from './workflow-routes.ts';

export const ROUTE_GROUPS: readonly RouteGroup[] = [
  MCP,
  TOOL_ROUTES,
  WORKFLOWS,
  STREAM,
  WEBHOOKS,
  ANALYTICS,
  ACCESS_ROUTES,
  HEALTH,
  METRICS,
];
