/** Workflows that are nothing but time, and the tools that start them as tasks: for the tasks extension that the service has. */

import { randomBytes } from 'node:crypto';
import { type CallToolResult, MissingRequiredClientCapabilityError } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { Fault } from '../../src/core/errors.ts';
import { taskId } from '../../src/core/ids.ts';
import type { CancelView, ResultView, StartView, StatusView } from '../../src/core/views.ts';
import type { Status } from '../../src/core/workflow.ts';
import { createdTask } from '../../src/server/mcp/task.ts';
import { takesTasks, TASKS_EXTENSION } from '../../src/server/mcp/tasks-extension.ts';
import { ScriptedOrchestrator } from '../unit/server/mcp/scripted.ts';
import { CANCELLED, RESULT, START, STATUS } from '../unit/server/mcp/views.ts';
import { askName, nameGiven } from './asking-tools.ts';
import { type FixtureTool, text } from './fixture.ts';

/** A second of a job is shorter than one, so that a suite which waits for its end does not wait long. */
const SECOND_MS = 50;

interface Job {
  readonly ends: number;
  readonly outcome: 'completed' | 'failed';
  readonly says: string;
  cancelled: boolean;
}

interface Work {
  readonly seconds?: number;
  readonly outcome?: Job['outcome'];
  readonly says: string;
}

export class Jobs extends ScriptedOrchestrator {
  readonly #jobs = new Map<string, Job>();

  begin({ seconds = 0, outcome = 'completed', says }: Work): StartView {
    const task_id = taskId(randomBytes(16));
    this.#jobs.set(task_id, { ends: performance.now() + seconds * SECOND_MS, outcome, says, cancelled: false });
    const { webhook: _webhook, ...view } = START;
    return { ...view, task_id, status: 'running', created_at: new Date().toISOString() };
  }

  override async status(task_id: string): Promise<StatusView> {
    const job = this.#job(task_id);
    const { error, plan: _plan, queue_position: _position, ...view } = STATUS;
    const status = statusOf(job);
    return { ...view, task_id, status, ...(status === 'failed' ? { error } : {}) };
  }

  override async result(task_id: string): Promise<ResultView> {
    const { says, outcome } = this.#job(task_id);
    return { ...RESULT, task_id, status: outcome, summary: says, text: says };
  }

  override async cancel(task_id: string): Promise<CancelView> {
    const job = this.#job(task_id);
    job.cancelled = statusOf(job) === 'running';
    return { ...CANCELLED, task_id };
  }

  #job(task_id: string): Job {
    const job = this.#jobs.get(task_id);
    if (job === undefined) throw new Fault('NOT_FOUND', `no workflow has the task_id "${task_id}"`);
    return job;
  }
}

function statusOf({ cancelled, ends, outcome }: Job): Status {
  if (cancelled) return 'cancelled';
  return performance.now() < ends ? 'running' : outcome;
}

function asTask(start: StartView): CallToolResult {
  const task = createdTask(start);
  if (task === null) throw new Fault('INTERNAL', 'a job has no task');
  return task;
}

export function jobTools(jobs: Jobs): readonly FixtureTool[] {
  return [
    {
      name: 'greet',
      description: 'Greets',
      inputSchema: z.object({ name: z.string() }),
      run: async ({ name }) => text(`Hello, ${String(name)}!`),
    },
    {
      name: 'slow_compute',
      description: 'Takes its time',
      inputSchema: z.object({ seconds: z.number(), label: z.string() }),
      run: async ({ seconds, label }, context) => {
        const says = `computed ${String(label)}`;
        return takesTasks(context) ? asTask(jobs.begin({ seconds: Number(seconds), says })) : text(says);
      },
    },
    {
      name: 'failing_job',
      description: 'Fails, as a task only',
      run: async (_, context) => {
        if (!takesTasks(context)) {
          const requiredCapabilities = { extensions: { [TASKS_EXTENSION]: {} } };
          throw new MissingRequiredClientCapabilityError({ requiredCapabilities });
        }
        return asTask(jobs.begin({ outcome: 'failed', says: 'failed' }));
      },
    },
    {
      name: 'test_tool_with_task',
      description: 'Asks for a name, then works as a task',
      run: async (_, context) => {
        const name = nameGiven(context);
        return name === undefined ? askName() : asTask(jobs.begin({ says: `Hello, ${name}!` }));
      },
    },
  ];
}
