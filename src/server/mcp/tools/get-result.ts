/** `get_result`: the report, page by page. */

import { z } from 'zod';
import { DEFAULT_DETAIL, DEFAULT_MAX_CHARS, MAX_NAME } from '../../../core/limits.ts';
import { DETAILS } from '../../../core/views.ts';
import { cursor, taskId } from '../fields.ts';
import { resultOutput } from '../outputs.ts';
import { resultText } from '../text.ts';
import { defineTool, type Tool } from '../tool.ts';

export const resultInput = z.strictObject({
  task_id: taskId,
  section: z.string().min(1).max(MAX_NAME).optional().describe('Only this section (an id from sections)'),
  cursor,
  max_chars: z.int().min(1).max(100_000).default(DEFAULT_MAX_CHARS).describe('Report characters on a page'),
  detail: z.enum(DETAILS).default(DEFAULT_DETAIL).describe('evidence adds the quote behind each claim'),
});

export const getResult: Tool = defineTool({
  name: 'get_result',
  title: 'Get research result',
  description:
    'The cited report of a research task, with numbered sources, gaps and support counts. Marks like [2] point to sources. Long reports come in pages: pass next_cursor as cursor. Before the end it answers the status and poll_after_seconds, not an error. A cancelled or failed task may have a partial report.',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: resultInput,
  output: resultOutput,
  run: ({ task_id, ...options }, call) => call.orchestrator.result(task_id, call.caller, options),
  text: (view, { task_id: _id, ...asked }) => resultText(view, asked),
  // With the first page: the same links on each would only repeat themselves.
  links: (view, asked) => (asked.cursor === undefined ? view.documents : []),
});
