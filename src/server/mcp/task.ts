/**
 * A workflow as a task of the extension `io.modelcontextprotocol/tasks`: the same id, the same durable state. The extension
 * reserves its status `failed` for JSON-RPC errors; a workflow that failed is a call that completed with an error result.
 */

import type { CallToolResult } from '@modelcontextprotocol/server';
import type { ResultView, StartView, StatusView } from '../../core/views.ts';
import { awaitsApproval, isTerminal, type Status } from '../../core/workflow.ts';
import { checked } from './checked.ts';
import { endedOutput } from './outputs.ts';
import { resultText } from './text.ts';
import { linkBlock } from './tool.ts';
import { progressSentence } from './waiting.ts';

type TaskStatus = 'working' | 'completed' | 'cancelled';

/** Members named as the extension names them. */
interface Task {
  readonly taskId: string;
  readonly status: TaskStatus;
  readonly statusMessage: string;
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  /** Null: a workflow does not expire by itself. */
  readonly ttlMs: null;
  readonly pollIntervalMs: number;
}

/** Shorter than a second only loads both sides. */
const LEAST_POLL_MS = 1000;

const STATUS: Readonly<Record<Status, TaskStatus>> = {
  pending: 'working',
  running: 'working',
  completed: 'completed',
  failed: 'completed',
  cancelled: 'cancelled',
};

interface Seed {
  readonly task_id: string;
  readonly status: Status;
  readonly created_at: string;
  readonly updated_at: string;
  readonly poll_after_seconds: number;
  readonly message: string;
}

function task(seed: Seed): Task {
  return {
    taskId: seed.task_id,
    status: STATUS[seed.status],
    statusMessage: seed.message,
    createdAt: seed.created_at,
    lastUpdatedAt: seed.updated_at,
    ttlMs: null,
    pollIntervalMs: Math.max(LEAST_POLL_MS, seed.poll_after_seconds * 1000),
  };
}

/**
 * The answer of a call whose workflow goes on as a task. Null for a dry run, which leaves none, and where a secret was made: a task
 * has no place for it, and nothing shows it again. `tasks/get` takes the id of the plain answer all the same.
 */
export function createdTask(view: StartView): CallToolResult | null {
  const { task_id, status, created_at, poll_after_seconds } = view;
  if (task_id === undefined || created_at === null || view.webhook?.secret !== undefined) return null;
  const state = `${task_id}: ${isTerminal(status) ? status : view.phase}; get_status, get_result and cancel take this id too`;
  const message = awaitsApproval(view) ? approval(task_id) : state;
  const created = task({ task_id, status, created_at, updated_at: created_at, poll_after_seconds, message });
  return { resultType: 'task', content: [], ...created };
}

/** The task as it stands. `result` is asked for once the workflow has ended with something to hand over. */
export async function detailedTask(
  view: StatusView,
  result: () => Promise<ResultView>,
): Promise<Record<string, unknown>> {
  const { task_id, status, created_at, poll_after_seconds } = view;
  const updated_at = view.completed_at ?? view.recent_events.at(-1)?.timestamp ?? view.started_at ?? created_at;
  const common = task({ task_id, status, created_at, updated_at, poll_after_seconds, message: statusMessage(view) });
  return common.status === 'completed' ? { ...common, result: finalResult(view, await result()) } : { ...common };
}

function statusMessage(view: StatusView): string {
  const { task_id, status, plan, error } = view;
  const id = JSON.stringify(task_id);
  if (status === 'cancelled') return `cancelled; what it had found: get_result {"task_id":${id}}`;
  if (status === 'failed') return `failed with ${error?.code ?? 'an error'}: ${error?.message ?? 'see get_status'}`;
  return plan === undefined ? progressSentence(view) : approval(task_id);
}

/** The extension's own way of asking is for input that a client gives; this is a decision that a tool call takes. */
function approval(task_id: string): string {
  const id = JSON.stringify(task_id);
  return `The plan awaits approval. See it with get_status {"task_id":${id}}, start it with resume {"task_id":${id},"approve":true}`;
}

/** What the call would have answered had it waited: its own view of the ended workflow, with the report in it. */
function finalResult(view: StatusView, result: ResultView): CallToolResult {
  const links = result.documents.map((link) => linkBlock(link));
  return {
    // Every result of the 2026 era says of what kind it is; inside a task nobody else puts that in.
    resultType: 'complete',
    content: [{ type: 'text', text: resultText(result, {}) }, ...links],
    structuredContent: checked(endedOutput, { ...view, result }, 'the result of the task'),
    ...(view.status === 'failed' ? { isError: true } : {}),
  };
}
