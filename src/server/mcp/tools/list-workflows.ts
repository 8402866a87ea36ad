/** `list_workflows`: finds workflows again, newest first. */

import { z } from 'zod';
import { DEFAULT_PAGE, MAX_PAGE, MAX_QUERY } from '../../../core/limits.ts';
import { ORCHESTRATOR_TYPES, STATUSES } from '../../../core/workflow.ts';
import { cursor, since, text, until } from '../fields.ts';
import { listOutput } from '../outputs.ts';
import { listText } from '../overview-text.ts';
import { defineTool, type Tool } from '../tool.ts';

export const listInput = z.strictObject({
  status: z.enum(STATUSES).optional(),
  orchestrator_type: z.enum(ORCHESTRATOR_TYPES).optional(),
  query: text(MAX_QUERY).optional().describe('Words that all stand in task, title or report'),
  since,
  until,
  limit: z.int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  cursor,
});

export const listWorkflows: Tool = defineTool({
  name: 'list_workflows',
  title: 'List research',
  description:
    'Your research tasks, newest first, filtered and searched in full text. Use it to find a lost task_id or earlier research on a subject before starting anew; then get_status or get_result.',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: listInput,
  output: listOutput,
  run: (request, call) => call.orchestrator.list(call.caller, request),
  text: (view, { limit, cursor: _page, ...filters }) =>
    listText(view, limit === DEFAULT_PAGE ? filters : { ...filters, limit }),
});
