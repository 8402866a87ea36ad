/** `orchestrate_research`: starts a workflow, durable before it answers. */

import { z } from 'zod';
import { MAX_NAME, MAX_TASK } from '../../../core/limits.ts';
import { BY_DOMAIN, DEFAULT_PATTERN, ORCHESTRATOR_TYPES } from '../../../core/patterns.ts';
import { DOMAINS } from '../../../core/source.ts';
import type { StartView } from '../../../core/views.ts';
import { agents, budget, sources, text, waitSeconds, webhook } from '../fields.ts';
import { startOutput } from '../outputs.ts';
import { patternFields } from '../pattern-fields.ts';
import { PATTERN_WORDS } from '../patterns.ts';
import { createdTask } from '../task.ts';
import { startText } from '../text.ts';
import { defineTool, type Call, type Tool, traced } from '../tool.ts';
import { waitFor } from '../waiting.ts';

const input = z.strictObject({
  task: text(MAX_TASK).describe('The question, in full sentences'),
  title: text(MAX_NAME).optional().describe('Title of the report'),
  orchestrator_type: z.enum(ORCHESTRATOR_TYPES).default(DEFAULT_PATTERN).describe(PATTERN_WORDS),
  agents: agents.describe('How many; default by the question'),
  sources: sources.describe('Files or folders below an allowed root; default all roots'),
  domains: z.array(z.enum(DOMAINS)).min(1).max(DOMAINS.length).optional().describe(`Only with ${BY_DOMAIN}`),
  ...patternFields,
  context: text(MAX_TASK).optional().describe('What is known, or what the report is for'),
  model: text(MAX_NAME).optional().describe('provider/model; default: the configured one'),
  budget: budget.describe('Can lower the configured caps only'),
  idempotency_key: text(MAX_NAME).optional().describe('Same key, same task'),
  webhook,
  require_approval: z.boolean().default(false).describe('Stop once the plan is made, until resume approves it'),
  dry_run: z.boolean().default(false).describe('Only estimate'),
  wait_seconds: waitSeconds,
});

/** Waits for the end, at most as long as asked. The workflow is accepted by now, so no failed wait may hide its task_id. */
async function waited(start: StartView, seconds: number, call: Call): Promise<StartView> {
  const wait = waitFor(call, seconds);
  if (wait === undefined || start.task_id === undefined) return start;
  const view = await call.orchestrator.status(start.task_id, call.caller, wait).catch(() => null);
  if (view === null) return start;
  const { status, phase, version, poll_after_seconds, queue_position } = view;
  return { ...start, status, phase, version, poll_after_seconds, queue_position };
}

export const orchestrateResearch: Tool = defineTool({
  name: 'orchestrate_research',
  title: 'Start research',
  description:
    'Starts multi-agent research over the allowed documents and returns a task_id within a second; a cited report follows in the background. For questions that need several sources compared or summed up with evidence. The task_id survives restarts. Next call get_status with the task_id and wait_seconds 45, then get_result.',
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  input,
  output: startOutput,
  inert: ({ dry_run }) => dry_run,
  run: async ({ wait_seconds, ...request }, call) =>
    waited(await call.orchestrator.start(traced(request, call), call.caller), wait_seconds, call),
  text: (view, asked) => startText(view, asked),
  task: createdTask,
});
