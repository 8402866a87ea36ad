/** `get_result`: the report, page by page. */

import { z } from 'zod';
import { DETAILS } from '../../../core/views.ts';
import { resultOutput } from '../outputs.ts';
import { taskId } from '../fields.ts';
import { resultText } from '../text.ts';
import { defineTool, type Tool } from '../tool.ts';

const DEFAULT_MAX_CHARS = 20_000;

const input = z.strictObject({
  task_id: taskId,
  section: z.string().min(1).max(200).optional().describe('Only this section (an id from sections)'),
  cursor: z.string().min(1).max(1000).optional().describe('next_cursor of the page before'),
  max_chars: z.int().min(500).max(100_000).optional().describe('Report characters on a page, default 20,000'),
  detail: z.enum(DETAILS).optional().describe('evidence adds the quote behind each claim; default report'),
});

export const getResult: Tool = defineTool({
  name: 'get_result',
  title: 'Get research result',
  description:
    'The cited report of a research task, with numbered sources, gaps and support counts. Marks like [2] point to sources. Long reports come in pages: pass next_cursor as cursor. Before the end it answers the status and poll_after_seconds, not an error. A cancelled or failed task may have a partial report.',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input,
  output: resultOutput,
  run: ({ task_id, ...options }, call) =>
    call.orchestrator.result(task_id, call.caller, { ...options, max_chars: options.max_chars ?? DEFAULT_MAX_CHARS }),
  text: (view, { task_id: _id, ...asked }) => resultText(view, asked),
});
