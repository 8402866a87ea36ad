/** `get_status`: how far a workflow is, now or after a wait. */

import { z } from 'zod';
import { taskId, waitSeconds } from '../fields.ts';
import { statusOutput } from '../outputs.ts';
import { statusText } from '../text.ts';
import { defineTool, type Tool } from '../tool.ts';
import { waitFor } from '../waiting.ts';

export const statusInput = z.strictObject({
  task_id: taskId,
  wait_seconds: waitSeconds,
  since_version: z.int().min(0).optional().describe('With wait_seconds: return at the first change after this version'),
});

export const getStatus: Tool = defineTool({
  name: 'get_status',
  title: 'Get research status',
  description:
    'How far a research task is: status, phase, progress 0 to 1, each agent, spend, errors, and the plan while it awaits approval. Use wait_seconds 45 instead of polling in a loop; giving up a wait never stops the research. When status is completed, failed or cancelled, call get_result.',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: statusInput,
  output: statusOutput,
  run: (args, call) =>
    call.orchestrator.status(args.task_id, call.caller, waitFor(call, args.wait_seconds, args.since_version)),
  text: (view) => statusText(view),
});
