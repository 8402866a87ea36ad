import { describe, expect, it } from 'vitest';
import type { Happening } from '../../../src/core/telemetry.ts';
import { isSampled } from '../../../src/telemetry/sampling.ts';
import { spansOf } from '../../../src/telemetry/spans.ts';
import { call, failedCall, failedStep, OF, REQUEST, SECRET, step, workflow } from './happenings.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const traced = (flags: string) => ({ traceparent: `00-${TRACE}-${CALLER}-${flags}`, tracestate: 'a=b' });

const EVERYTHING: readonly Happening[] = [
  { kind: 'workflow_begun', workflow: workflow({ resumed: 1 }), resumed: true, at: 5 },
  { kind: 'step_ended', of: OF, step: step() },
  { kind: 'step_ended', of: OF, step: failedStep() },
  { kind: 'attempt_failed', of: OF, step: failedStep({ status: 'running' }), began: 3, at: 5 },
  { kind: 'call_ended', of: OF, call: call(), request: REQUEST },
  {
    kind: 'call_ended',
    of: OF,
    call: failedCall({ kind: 'tool', name: 'fetch_page' }),
    request: { input: { q: SECRET } },
  },
  { kind: 'call_ended', of: OF, call: call({ kind: 'tool', name: 'fetch_page' }), request: { input: { q: SECRET } } },
  { kind: 'found', of: OF, steps: [step()], calls: [call()] },
  { kind: 'workflow_ended', workflow: workflow(), left: [step({ status: 'running', completed_at: null })] },
];

function toldOf(content: boolean): string {
  return JSON.stringify(EVERYTHING.flatMap((each) => spansOf(each, content)));
}

function sampledAs(flags: string) {
  return { ...OF, trace: traced(flags) };
}

describe('spans', () => {
  it('hold nothing of what was asked, said or found, unless that is allowed', () => {
    expect(toldOf(false)).not.toContain(SECRET);
    const allowed = toldOf(true);
    for (const what of ['What of', 'You know', 'Tell of', 'is an island', 'asked about']) {
      expect(allowed).toContain(what);
    }
    expect(allowed).toContain('gen_ai.tool.call.arguments');
  });

  it('name a call of a model as the conventions do', () => {
    const [span] = spansOf({ kind: 'call_ended', of: OF, call: call(), request: null }, false);
    expect(span).toMatchObject({ name: 'chat large', kind: 'client', failed: false, start: 1_767_225_600_000 });
    expect(span?.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'mistral_ai',
      'gen_ai.request.model': 'large',
      'gen_ai.conversation.id': OF.task_id,
      'gen_ai.agent.name': 'belter',
      'gen_ai.agent.id': `${OF.task_id}/belter-3`,
      'gen_ai.usage.input_tokens': 70,
      'gen_ai.usage.output_tokens': 30,
      'gen_ai.usage.cache_read.input_tokens': 20,
      'gen_ai.usage.reasoning.output_tokens': 5,
      'beltalowda.cost_usd': 0.0025,
    });
  });

  it('are the same however often and by whomever they are told', () => {
    const [first, again] = [EVERYTHING[1], EVERYTHING[7]].map((each) =>
      each === undefined ? [] : spansOf(each, false),
    );
    expect(again).toEqual(expect.arrayContaining([...(first ?? [])]));
  });

  it('of a step are two where an agent takes it, and its calls hang below the agent', () => {
    const [own, agent] = spansOf({ kind: 'step_ended', of: OF, step: step() }, false);
    const [asked] = spansOf({ kind: 'call_ended', of: OF, call: call(), request: null }, false);
    const [whole] = spansOf({ kind: 'workflow_ended', workflow: workflow(), left: [] }, false);
    expect([own?.parent_id, agent?.parent_id, asked?.parent_id, whole?.parent_id]).toEqual([
      whole?.span_id,
      own?.span_id,
      agent?.span_id,
      null,
    ]);
    const [plan, none] = spansOf(
      { kind: 'step_ended', of: OF, step: step({ step_id: 'plan', agent_id: null }) },
      false,
    );
    expect(none).toBeUndefined();
    const [planned] = spansOf(
      { kind: 'call_ended', of: OF, call: call({ step_id: 'plan', agent_id: null }), request: null },
      false,
    );
    expect(planned?.parent_id).toBe(plan?.span_id);
  });

  it('end with their workflow where a step never had an outcome', () => {
    const left = [step({ status: 'running', completed_at: null })];
    const spans = spansOf({ kind: 'workflow_ended', workflow: workflow({ status: 'cancelled' }), left }, false);
    expect(spans.map(({ name, attributes }) => [name, attributes['error.type']])).toEqual([
      ['step agent', 'stopped'],
      ['invoke_agent belter', 'stopped'],
      ['invoke_workflow beltalowda', undefined],
    ]);
    expect(spans[0]?.end).toBe(spans[2]?.end);
  });

  it('are none of what was taken over and cost nothing', () => {
    expect(spansOf({ kind: 'call_ended', of: OF, call: call({ adopted_from: 'wf' }), request: null }, false)).toEqual(
      [],
    );
    expect(spansOf({ kind: 'waited', limiter: 'budget', ms: 1 }, false)).toEqual([]);
  });

  it('hang below the caller’s, in its trace', () => {
    const trace = traced('01');
    const [span] = spansOf({ kind: 'workflow_ended', workflow: workflow({ trace }), left: [] }, false);
    expect(span).toMatchObject({ trace_id: TRACE, parent_id: CALLER, remote: true, trace_state: 'a=b' });
  });
});

describe('sampling', () => {
  it('follows the caller where it is to, and else the trace alone', () => {
    expect(
      [sampledAs('00'), sampledAs('01'), sampledAs('03')].map((each) => isSampled(each, { parent: true, ratio: 0 })),
    ).toEqual([false, true, true]);
    expect(isSampled(sampledAs('01'), { parent: false, ratio: 0 })).toBe(false);
    expect(isSampled(sampledAs('00'), { parent: false, ratio: 1 })).toBe(true);
  });

  it('records the share it is told', () => {
    const ids = Array.from({ length: 1000 }, (_, n) => ((n * 2 ** 48) / 1000).toString(16).split('.')[0] ?? '');
    const taken = ids.filter((low) => {
      const trace = { traceparent: `00-${'1'.repeat(20)}${low.padStart(12, '0')}-${CALLER}-00` };
      return isSampled({ ...OF, trace }, { parent: false, ratio: 0.25 });
    });
    expect(taken).toHaveLength(250);
  });
});
