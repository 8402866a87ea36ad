/**
 * What happened, as spans: workflow, its steps, their agents, the calls of these. All are made from rows of the journal, each
 * once its row has an end, so a restart cuts no workflow, step or agent in two: their spans last over it. What a kill does
 * cut is a request under way, which the journal gives up, and the span says so.
 */

import type { CallRecord } from '../core/call.ts';
import type { Happening, Traced } from '../core/telemetry.ts';
import type { Json } from '../core/json.ts';
import type { StepRecord } from '../core/step.ts';
import type { Workflow } from '../core/workflow.ts';
import { cut, modelContent, toolContent } from './content.ts';
import * as named from './conventions.ts';
import { type Attributes, below, root, type Span } from './span.ts';

const TASK = 'beltalowda.task_id';
/** Of a step that its workflow ended without. */
const STOPPED = 'stopped';

/** The spans that are complete with what happened. `content`: whether texts and messages may be recorded. */
export function spansOf(happening: Happening, content: boolean): readonly Span[] {
  switch (happening.kind) {
    case 'workflow_begun':
      return happening.resumed ? [resumedSpan(happening)] : [];
    case 'workflow_ended': {
      const { workflow, left } = happening;
      const end = workflow.completed_at;
      return [
        ...left.flatMap((step) => stepSpans(workflow, { ...step, completed_at: end }, content)),
        workflowSpan(workflow, content),
      ];
    }
    case 'step_ended':
      return stepSpans(happening.of, happening.step, content);
    case 'attempt_failed':
      return [attemptSpan(happening)];
    case 'call_ended':
      return callSpans(happening.of, happening.call, { request: happening.request, content });
    case 'found':
      return [
        ...happening.steps.flatMap((step) => stepSpans(happening.of, step, content)),
        ...happening.calls.flatMap((call) => callSpans(happening.of, call, { request: null, content })),
      ];
    // Numbers, and nothing that lasts.
    case 'waited':
    case 'stored':
    case 'event_read':
    case 'delivery':
    case 'webhook_disabled':
    case 'agent_silent':
    default:
      return [];
  }
}

function failure(error: { readonly code: string; readonly message: string } | null, content: boolean): Attributes {
  if (error === null) return {};
  // The message may quote a model, a page or a path.
  return { [named.ERROR_TYPE]: error.code, ...(content ? { 'beltalowda.error.message': cut(error.message) } : {}) };
}

function workflowSpan(workflow: Workflow, content: boolean): Span {
  const { task_id, orchestrator_type, status, error, created_at, completed_at, config, resumed, resumed_from } =
    workflow;
  const start = Date.parse(created_at);
  return {
    ...root(workflow),
    name: `${named.INVOKE_WORKFLOW} ${orchestrator_type}`,
    kind: 'internal',
    start,
    end: completed_at === null ? start : Date.parse(completed_at),
    failed: status === 'failed',
    attributes: {
      [named.OPERATION]: named.INVOKE_WORKFLOW,
      [named.WORKFLOW_NAME]: orchestrator_type,
      [named.CONVERSATION]: task_id,
      [TASK]: task_id,
      'beltalowda.status': status,
      'beltalowda.model': config.model,
      'beltalowda.resumed': resumed,
      ...(resumed_from === null ? {} : { 'beltalowda.resumed_from': resumed_from }),
      ...(content ? { 'beltalowda.task': cut(workflow.task) } : {}),
      ...failure(error, content),
    },
  };
}

/** A moment: another process, or a later one, took the workflow up. */
function resumedSpan({ workflow, at }: Extract<Happening, { kind: 'workflow_begun' }>): Span {
  const { task_id, resumed } = workflow;
  return {
    ...below(workflow, [], ['resumed', String(resumed)]),
    name: 'resume workflow',
    kind: 'internal',
    start: at,
    end: at,
    failed: false,
    attributes: { [TASK]: task_id, 'beltalowda.resumed': resumed },
  };
}

function stepSpans(of: Traced, step: StepRecord, content: boolean): readonly Span[] {
  const { step_id, kind, agent_id, status, error, attempts, failures, started_at, completed_at, adopted_from } = step;
  if (completed_at === null) return [];
  const outcome = status === 'running' ? { [named.ERROR_TYPE]: STOPPED } : failure(error, content);
  const shared = {
    kind: 'internal',
    start: Date.parse(started_at),
    end: Date.parse(completed_at),
    failed: status === 'failed',
  } as const;
  const own: Span = {
    ...below(of, [], ['step', step_id]),
    ...shared,
    name: `step ${kind}`,
    attributes: {
      [TASK]: of.task_id,
      'beltalowda.step.id': step_id,
      'beltalowda.step.kind': kind,
      'beltalowda.step.attempts': attempts,
      'beltalowda.step.failures': failures,
      ...(adopted_from === null ? {} : { 'beltalowda.adopted_from': adopted_from }),
      ...outcome,
    },
  };
  if (agent_id === null) return [own];
  const agent: Span = {
    ...below(of, ['step', step_id], ['agent', step_id]),
    ...shared,
    name: `${named.INVOKE_AGENT} ${agentName(agent_id)}`,
    attributes: { [named.OPERATION]: named.INVOKE_AGENT, ...agentOf(of, agent_id), [TASK]: of.task_id, ...outcome },
  };
  return [own, agent];
}

function agentOf({ task_id }: Traced, agent_id: string): Attributes {
  return {
    [named.AGENT_ID]: `${task_id}/${agent_id}`,
    [named.AGENT_NAME]: agentName(agent_id),
    [named.CONVERSATION]: task_id,
  };
}

/** `belter-3` is a belter: the number tells one workflow's agents apart, and the names of spans are to be few. */
function agentName(agent_id: string): string {
  return agent_id.replace(/-\d+$/, '');
}

function attemptSpan({ of, step, began, at }: Extract<Happening, { kind: 'attempt_failed' }>): Span {
  const { step_id, kind, attempts, error } = step;
  return {
    ...below(of, ['step', step_id], ['attempt', step_id, String(attempts)]),
    name: `attempt ${kind}`,
    kind: 'internal',
    start: began,
    end: at,
    failed: true,
    attributes: {
      [TASK]: of.task_id,
      'beltalowda.step.id': step_id,
      'beltalowda.attempt': attempts,
      ...failure(error, false),
    },
  };
}

interface Told {
  readonly request: Json;
  readonly content: boolean;
}

/** None for one whose outcome was taken over: nothing was asked. */
function callSpans(of: Traced, call: CallRecord, { request, content }: Told): readonly Span[] {
  const { call_id, step_id, agent_id, kind, name, status, error, started_at, completed_at, adopted_from, output } =
    call;
  if (completed_at === null || adopted_from !== null) return [];
  const parent = agent_id === null ? ['step', step_id] : ['agent', step_id];
  const isModel = kind === 'model';
  const { provider, model } = named.providerOf(name);
  return [
    {
      ...below(of, parent, ['call', call_id]),
      name: isModel ? `${named.CHAT} ${model}` : `${named.EXECUTE_TOOL} ${name}`,
      kind: isModel ? 'client' : 'internal',
      start: Date.parse(started_at),
      end: Date.parse(completed_at),
      failed: status === 'failed',
      attributes: {
        [named.OPERATION]: isModel ? named.CHAT : named.EXECUTE_TOOL,
        ...(isModel
          ? { [named.PROVIDER]: provider, [named.MODEL]: model, ...usageOf(call) }
          : { [named.TOOL_NAME]: name, [named.TOOL_TYPE]: 'function', [named.TOOL_CALL]: call_id }),
        ...(agent_id === null ? { [named.CONVERSATION]: of.task_id } : agentOf(of, agent_id)),
        [TASK]: of.task_id,
        'beltalowda.call.id': call_id,
        ...(call.spent.microusd === null ? {} : { 'beltalowda.cost_usd': call.spent.microusd / 1e6 }),
        ...failure(error, content),
        ...(content ? (isModel ? modelContent : toolContent)(request, output) : {}),
      },
    },
  ];
}

function usageOf({ spent, estimated }: CallRecord): Attributes {
  const { input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens } = spent.usage;
  return {
    [named.INPUT_TOKENS]: input_tokens,
    [named.OUTPUT_TOKENS]: output_tokens,
    ...(cached_tokens === 0 ? {} : { [named.CACHE_READ_TOKENS]: cached_tokens }),
    ...(cache_write_tokens === 0 ? {} : { [named.CACHE_WRITE_TOKENS]: cache_write_tokens }),
    ...(reasoning_tokens === 0 ? {} : { [named.REASONING_TOKENS]: reasoning_tokens }),
    ...(estimated ? { 'beltalowda.estimated': true } : {}),
  };
}
