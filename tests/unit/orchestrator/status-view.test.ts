import { describe, expect, test } from 'vitest';
import type { WorkflowEvent } from '../../../src/core/event.ts';
import type { Json } from '../../../src/core/json.ts';
import type { StepRecord } from '../../../src/core/step.ts';
import type { StatusView } from '../../../src/core/views.ts';
import type { Workflow } from '../../../src/core/workflow.ts';
import { pollAfter, statusView } from '../../../src/orchestrator/status-view.ts';
import { ERROR, submission } from '../../contract/rows.ts';
import { Random } from '../../support/random.ts';

const { task_id, owner, orchestrator_type, task, config } = submission(1);
const WORKFLOW: Workflow = {
  task_id,
  owner,
  orchestrator_type,
  task,
  title: null,
  status: 'running',
  phase: 'researching',
  created_at: '2026-01-01T00:00:00.000Z',
  started_at: '2026-01-01T00:00:00.000Z',
  completed_at: null,
  deadline_at: null,
  config,
  error: null,
  stop: null,
  lease: { holder: 'somebody', expires_at: '2999-01-01T00:00:00.000Z' },
  resumed: 0,
  resumed_from: null,
  trace: null,
  version: 3,
};

function after(status: Workflow['status'], phase: Workflow['phase'] = 'researching'): number {
  return pollAfter({ status, phase, stop: null });
}

function step(step_id: string, kind: string, change: Partial<StepRecord> = {}): StepRecord {
  return {
    step_id,
    kind,
    agent_id: step_id.split(':')[1] ?? null,
    status: 'running',
    input: {},
    output: null,
    error: null,
    attempts: 1,
    failures: 0,
    available_at: null,
    started_at: '2026-01-01T00:00:01.000Z',
    completed_at: null,
    adopted_from: null,
    ...change,
  };
}

const done = (of: StepRecord, output: Json = {}): StepRecord => ({ ...of, status: 'succeeded', output });

function plan(agents: number, domains = false): StepRecord {
  const subtasks = Array.from({ length: agents }, (_, n) => ({
    agent_id: `belter-${n + 1}`,
    domain: domains ? 'technical' : null,
    objective: `objective ${n + 1}`,
  }));
  return done(step('plan', 'plan'), { subtasks, missing: [] });
}

function view(
  steps: readonly StepRecord[],
  change: Partial<Workflow> = {},
  events: readonly WorkflowEvent[] = [],
): StatusView {
  const workflow = { ...WORKFLOW, ...change };
  return statusView({ workflow, steps, events, sums: [], queue_position: null, held_up: null, now: 0 });
}

const camina = step('synthesis:camina', 'synthesis', {
  input: { role: 'camina', agents: ['belter-1'], drummers: ['drummer-1'] },
});

describe('progress', () => {
  test('never falls, stays within 0 and 1, and is 1 only at the end, whatever order steps end in', () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const random = new Random(seed);
      const agents = 1 + random.below(8);
      const agentSteps = Array.from({ length: agents }, (_, n) => step(`agent:belter-${n + 1}`, 'agent'));
      const drummer = step('synthesis:drummer-1', 'synthesis', {
        input: { role: 'drummer', agents: ['belter-1'], drummers: [] },
      });
      const journal = new Map<string, StepRecord>();
      const seen: number[] = [];
      const record = (one: StepRecord): void => {
        journal.set(one.step_id, one);
        seen.push(view([...journal.values()]).progress);
      };
      const settle = (one: StepRecord): void => {
        record(random.chance(0.3) ? { ...one, status: 'failed', error: ERROR } : done(one, { claims: 2, gaps: [] }));
      };
      for (const one of [
        step('collect', 'collect'),
        done(step('collect', 'collect')),
        step('plan', 'plan'),
        plan(agents),
      ])
        record(one);
      for (const one of random.shuffled(agentSteps)) record(one);
      for (const one of random.shuffled(agentSteps)) settle(one);
      for (const one of [drummer, camina]) {
        record(one);
        settle(one);
      }
      expect(seen, `seed ${seed}`).toEqual([...seen].sort((a, b) => a - b));
      expect(seen[0]).toBe(0);
      expect(seen.at(-1), `seed ${seed}`).toBeLessThan(1);
      expect(view([...journal.values()], { status: 'completed' }).progress).toBe(1);
    }
  });

  test('counts settled agents, also failed ones', () => {
    const agents = [
      done(step('agent:belter-1', 'agent')),
      step('agent:belter-2', 'agent', { status: 'failed', error: ERROR }),
    ];
    expect(view([plan(4), ...agents]).progress).toBe(0.45);
    expect(view([plan(0)]).progress).toBe(0.1);
    expect(view([{ ...plan(1), status: 'failed', output: null }]).progress).toBe(0.1);
  });
});

const event = (seq: number, change: Partial<WorkflowEvent>): WorkflowEvent => ({
  task_id,
  seq,
  event_type: 'agent_progress',
  timestamp: `2026-01-01T00:00:0${seq}.000Z`,
  agent_id: 'belter-1',
  data: { activity: `reading ${seq}` },
  ...change,
});

/** The one agent, at work. */
function atWork(events: readonly WorkflowEvent[], change: Partial<StepRecord> = {}) {
  return view([plan(1), step('agent:belter-1', 'agent', change)], {}, events).agents[0];
}

describe('agents', () => {
  test('are those of the plan in its order, then the syntheses, each with what it does', () => {
    const steps = [
      plan(3),
      step('agent:belter-1', 'agent'),
      done(step('agent:belter-2', 'agent'), { claims: 4, gaps: [] }),
      step('synthesis:drummer-1', 'synthesis', {
        input: { role: 'drummer', agents: ['belter-1', 'belter-2'], drummers: [] },
      }),
      camina,
    ];
    const begun = event(1, { event_type: 'agent_start', data: {} });
    const { agents } = view(steps, {}, [begun, event(2, {}), event(3, { event_type: 'source_found', data: {} })]);
    expect(
      agents.map(({ agent_id, role, status, activity, claims }) => [agent_id, role, status, activity, claims]),
    ).toEqual([
      ['belter-1', 'belter', 'running', 'reading 2', null],
      ['belter-2', 'belter', 'completed', 'done', 4],
      ['belter-3', 'belter', 'pending', 'waiting to start', null],
      ['drummer-1', 'drummer', 'running', 'starting', null],
      ['camina', 'camina', 'running', 'starting', null],
    ]);
    expect(agents[0]?.last_activity_at).toBe('2026-01-01T00:00:03.000Z');
    expect(agents.slice(3).map(({ objective }) => objective)).toEqual([
      'merge the findings of belter-1, belter-2',
      'write the report from drummer-1, belter-1',
    ]);
    expect(agents[0]).not.toHaveProperty('domain');
  });

  test('that have an outcome were last heard of when it was recorded: their events are not needed', () => {
    const completed_at = '2026-01-01T00:00:05.000Z';
    const ended = done(step('agent:belter-1', 'agent', { completed_at }), { claims: 4, gaps: [] });
    const last = (events: readonly WorkflowEvent[]) => view([plan(1), ended], {}, events).agents[0]?.last_activity_at;
    expect(last([event(9, {})])).toBe(completed_at);
    expect(last([])).toBe(completed_at);
  });

  describe('that are silent', () => {
    const since = '2026-01-01T00:00:01.500Z';
    const silent = event(2, { data: { activity: `silent since ${since}`, silent_since: since } });
    const begun = event(1, { event_type: 'agent_start', data: {} });
    const failed = event(3, { event_type: 'agent_error', data: {} });

    test('say since when: that is when they were last heard of, not when it was noticed', () => {
      expect(atWork([begun, silent])).toMatchObject({
        activity: `silent since ${since}`,
        silent_since: since,
        last_activity_at: since,
      });
    });

    test('are not any more once they are heard, fail, are begun again or have an outcome', () => {
      const heard = atWork([begun, silent, event(3, {})]);
      expect([heard?.activity, heard?.last_activity_at]).toEqual(['reading 3', '2026-01-01T00:00:03.000Z']);
      const waiting = atWork([begun, silent, failed], { error: ERROR });
      expect(waiting?.activity).toBe(`is begun again: ${ERROR.message}`);
      const again = atWork([begun, silent, failed, event(4, { event_type: 'agent_start', data: {} })], {
        error: ERROR,
      });
      expect(again?.activity).toBe('starting');
      const ended = atWork([begun, silent], { status: 'succeeded', output: {}, completed_at: since });
      expect(ended?.activity).toBe('done');
      for (const agent of [heard, waiting, again, ended]) expect(agent).not.toHaveProperty('silent_since');
    });
  });

  test('of a swarm carry their domain as role', () => {
    expect(view([plan(1, true)]).agents).toMatchObject([{ role: 'technical', domain: 'technical' }]);
  });

  test('that failed say why; those a terminal workflow leaves behind are stopped', () => {
    const failed = step('agent:belter-1', 'agent', { status: 'failed', error: ERROR });
    const { agents } = view([plan(3), failed, step('agent:belter-2', 'agent')], { status: 'cancelled' });
    expect(agents.map(({ status, activity }) => [status, activity])).toEqual([
      ['failed', ERROR.message],
      ['cancelled', 'stopped'],
      ['cancelled', 'stopped'],
    ]);
    expect(agents[0]?.error).toEqual(ERROR);
  });

  test('are not known before there is a plan', () => {
    expect(view([step('collect', 'collect')]).agents).toEqual([]);
  });
});

describe('the rest', () => {
  test('what holds it up is told as what it is, and not as an interruption', () => {
    const workflow = { ...WORKFLOW, status: 'running', lease: null } as const;
    const material = { workflow, steps: [], events: [], sums: [], queue_position: null, now: 0 };
    expect(statusView({ ...material, held_up: null })).toMatchObject({ interrupted: true });
    const shown = statusView({ ...material, held_up: ERROR });
    expect([shown.error, shown.interrupted]).toEqual([ERROR, undefined]);
  });

  test('the last ten events, the place in the queue, the error', () => {
    const events = Array.from(
      { length: 12 },
      (_, n) => ({ task_id, seq: n + 1, event_type: 'agent_progress', timestamp: '', data: {} }) as const,
    );
    const shown = statusView({
      now: 0,
      held_up: null,
      workflow: { ...WORKFLOW, error: ERROR, status: 'pending' },
      steps: [],
      sums: [],
      events,
      queue_position: 3,
    });
    expect(shown.recent_events.map(({ seq }) => seq)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(shown).toMatchObject({ queue_position: 3, error: ERROR, poll_after_seconds: 5, version: 3, resumed: 0 });
    expect(view([])).not.toHaveProperty('queue_position');
    expect(view([])).not.toHaveProperty('error');
  });

  test('a running workflow nobody works on is interrupted; one that waits for a person, or has ended, is not', () => {
    expect(view([])).not.toHaveProperty('interrupted');
    expect(view([], { lease: null })).toMatchObject({ interrupted: true });
    expect(view([], { lease: { holder: 'x', expires_at: '1969-12-31T23:59:59.000Z' } })).toMatchObject({
      interrupted: true,
    });
    expect(view([], { lease: null, phase: 'awaiting_approval' })).not.toHaveProperty('interrupted');
    for (const status of ['pending', 'completed'] as const) {
      expect(view([], { lease: null, status })).not.toHaveProperty('interrupted');
    }
  });

  test('when to ask again', () => {
    expect([after('pending'), after('running'), after('completed')]).toEqual([5, 2, 0]);
    expect(after('running', 'awaiting_approval')).toBe(60);
  });
});
