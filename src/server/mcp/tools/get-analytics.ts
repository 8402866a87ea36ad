/** `get_analytics`: figures over all workflows of a time. */

import { z } from 'zod';
import { since, until } from '../fields.ts';
import { analyticsOutput } from '../analytics-outputs.ts';
import { analyticsText } from '../overview-text.ts';
import { defineTool, type Tool } from '../tool.ts';

const input = z.strictObject({ since, until });

export const getAnalytics: Tool = defineTool({
  name: 'get_analytics',
  title: 'Research analytics',
  description:
    'Figures over your research tasks: totals, success rate, time in seconds and cost by pattern, model and day, the slowest and most expensive, failures by error code. For one task use get_status.',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input,
  output: analyticsOutput,
  run: (request, call) => call.orchestrator.analytics(call.caller, request),
  text: (view) => analyticsText(view),
});
