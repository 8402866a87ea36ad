/** `cancel`: ends a workflow and keeps what it found. */

import { z } from 'zod';
import { MAX_REASON } from '../../../core/limits.ts';
import { taskId, text } from '../fields.ts';
import { cancelOutput } from '../outputs.ts';
import { cancelText } from '../text.ts';
import { defineTool, type Tool } from '../tool.ts';

const input = z.strictObject({
  task_id: taskId,
  reason: text(MAX_REASON).optional().describe('Kept in the record'),
  finalize: z.boolean().default(false).describe('First write the report with a full synthesis'),
});

export const cancel: Tool = defineTool({
  name: 'cancel',
  title: 'Cancel research',
  description:
    'Stops a research task for good. What was found is kept: a partial report is written from it for get_result; resume starts a new task from there. On an ended task it changes nothing.',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  input,
  output: cancelOutput,
  run: ({ task_id, ...request }, call) => call.orchestrator.cancel(task_id, call.caller, request),
  text: (view) => cancelText(view),
});
