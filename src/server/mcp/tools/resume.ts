/** `resume`: carries a workflow on, approves its plan, or goes on from where an ended one stopped. */

import { z } from 'zod';
import { MAX_AGENTS, MAX_NAME, MAX_QUERIES, MAX_TASK } from '../../../core/limits.ts';
import { BY_DOMAIN } from '../../../core/patterns.ts';
import { DOMAINS } from '../../../core/source.ts';
import { agents, budget, sources, taskId, text } from '../fields.ts';
import { startOutput } from '../outputs.ts';
import { createdTask } from '../task.ts';
import { startText } from '../text.ts';
import { defineTool, type Tool, traced } from '../tool.ts';

const subtask = z.strictObject({
  agent_id: text(100).optional().describe('Default: a new agent'),
  objective: text(MAX_TASK),
  name: text(MAX_NAME).optional(),
  queries: z.array(text(MAX_TASK)).min(1).max(MAX_QUERIES).optional().describe('Default: the objective'),
  domain: z.enum(DOMAINS).optional().describe(`Only with ${BY_DOMAIN}`),
  sources: sources.describe('Ids or locations; default all'),
  boundaries: text(MAX_TASK).optional(),
  expected: text(MAX_TASK).optional(),
});

const input = z.strictObject({
  task_id: taskId,
  approve: z.boolean().optional().describe('Start the plan that awaits approval'),
  plan: z
    .array(subtask)
    .min(1)
    .max(MAX_AGENTS)
    .optional()
    .describe('The plan of get_status, edited; whole, unchanged subtasks too'),
  agents: agents.describe('Ended task: more agents'),
  budget: budget.describe('Ended task: other caps'),
  model: text(MAX_NAME).optional().describe('Ended task: another provider/model for the rest'),
  sources: sources.describe('Ended task: read these instead, anew'),
});

export const resume: Tool = defineTool({
  name: 'resume',
  title: 'Resume research',
  description:
    'Carries a research task on. Awaiting approval: approve its plan, or hand it in edited. Completed, failed or cancelled: starts a new task that reuses every finished step, changed as given. Interrupted: continues it. Then get_status.',
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  input,
  output: startOutput,
  run: ({ task_id, ...request }, call) => call.orchestrator.resume(task_id, call.caller, traced(request, call)),
  text: (view) => startText(view),
  task: createdTask,
});
