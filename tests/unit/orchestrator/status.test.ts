/** What a status is made of is read at once and in part: here it is held against one that is made of everything, verb by verb. */

import { describe, expect, test } from 'vitest';
import type { StartRequest } from '../../../src/core/views.ts';
import { isTerminal } from '../../../src/core/workflow.ts';
import { Statuses } from '../../../src/orchestrator/status.ts';
import { statusView } from '../../../src/orchestrator/status-view.ts';
import type { Choice, Critique } from '../../../src/providers/providers.ts';
import { ERROR, intent, outcome, running, spec } from '../../contract/rows.ts';
import { eventually } from '../../support/engine-node.ts';
import { finished, ME, type Orchestra, orchestra } from '../../support/orchestra.ts';
import { Random } from '../../support/random.ts';
import { seeds } from '../../support/seeds.ts';

const EVERYTHING = 1000;

/** As JSON: order and absence count. */
async function ofEverything({ store, clock }: Pick<Orchestra, 'store' | 'clock'>, task_id: string): Promise<string> {
  const workflow = await store.workflows.get(task_id);
  if (workflow === null) throw new Error(`${task_id} is gone`);
  const [steps, sums, queue_position, events] = await Promise.all([
    store.steps.list(task_id),
    store.calls.spending(task_id),
    store.workflows.queuePosition(task_id),
    store.events.list(task_id, { after: 0, limit: EVERYTHING }),
  ]);
  return JSON.stringify(statusView({ workflow, steps, sums, queue_position, events, held_up: null, now: clock.now() }));
}

/** What is shown of it, and the same made of everything; of one moment, though what goes on may change between the reads. */
async function both(on: Orchestra, task_id: string): Promise<{ readonly shown: string; readonly whole: string }> {
  let shown = '';
  let whole = '';
  await eventually(async () => {
    whole = await ofEverything(on, task_id);
    const view = await on.orchestrator.status(task_id, ME);
    shown = JSON.stringify(view);
    return shown === whole || isTerminal(view.status);
  }, `the status of ${task_id} is that made of everything`);
  return { shown, whole };
}

const PATTERNS: readonly Omit<StartRequest, 'task'>[] = [
  { orchestrator_type: 'beltalowda' },
  { orchestrator_type: 'swarm' },
  {
    orchestrator_type: 'sequential',
    steps: ['What is written first?', 'What copies it back?'].map((objective, n) => ({ name: `step ${n}`, objective })),
  },
  {
    orchestrator_type: 'conditional',
    branches: [
      { name: 'Log', when: 'there is a log', objectives: ['What is written first?'] },
      { name: 'Neither', objectives: ['What do readers see?', 'Who waits?'] },
    ],
  },
  { orchestrator_type: 'iterative', until: 'all is known', max_rounds: 3 },
];

const judgements = {
  choose: async (): Promise<Choice> => ({ branch: null, why: 'It says so:', claims: [], passages: [] }),
  critique: async ({ round }: { readonly round: number }): Promise<Critique> => ({
    holds: round >= 2,
    why: 'More is missing.',
    claims: [],
    missing: [],
    next: [{ objective: `more ${round}`, queries: [] }],
  }),
};

/** Agents that end in every way but by being stopped, in any number. */
function troupe(random: Random): Promise<Orchestra> {
  const deeds = Array.from({ length: 1 + random.below(5) }, () =>
    random.pick(['find', 'cut', 'nothing', 'misquote', 'fail'] as const),
  );
  return orchestra({
    deeds,
    judgements,
    compose: random.pick(['find', 'find', 'fail']),
    ...(random.chance(0.7) ? { pays: random.below(3) * 1000 } : {}),
    ...(random.chance(0.3) ? { plan_cut: 'no words' } : {}),
  });
}

describe('a status says the same as one made of everything', () => {
  test.each(seeds(2))('of workflows that ended, however they did (seed %i)', async (seed) => {
    const on = await troupe(new Random(seed));
    for (const pattern of PATTERNS) {
      const { shown, whole } = await both(on, await finished(on, { task: 'How?', ...pattern }));
      expect(shown).toBe(whole);
    }
  });

  test('of one whose outcomes were taken over, and of the one that they come from', async () => {
    const on = await orchestra({ deeds: ['find', 'fail', 'find'], pays: 1000 });
    const earlier = await finished(on);
    const { task_id = '' } = await on.orchestrator.resume(earlier, ME, { agents: 5 });
    await on.clock.advance(20_000);
    await eventually(async () => (await on.orchestrator.status(task_id, ME)).progress === 1, 'it ends');
    for (const one of [earlier, task_id]) {
      const { shown, whole } = await both(on, one);
      expect(shown).toBe(whole);
    }
    const { agents } = await on.orchestrator.status(task_id, ME);
    expect(agents.some(({ activity }) => activity === `taken over from ${earlier}`)).toBe(true);
  });

  test('of those that wait in the queue', async () => {
    const on = await orchestra({ serve: false });
    for (const pattern of PATTERNS) {
      const { task_id = '' } = await on.orchestrator.start({ task: 'How?', ...pattern }, ME);
      const { shown, whole } = await both(on, task_id);
      expect(shown).toBe(whole);
    }
  });

  test('of one that waits for a person, edited by that person, at work, and stopped', async () => {
    const on = await orchestra({ deeds: ['find', 'hang', 'hang', 'fail'] });
    const { task_id = '' } = await on.orchestrator.start({ task: 'How?', require_approval: true }, ME);
    const same = async (): Promise<void> => {
      const { shown, whole } = await both(on, task_id);
      expect(shown).toBe(whole);
    };
    await eventually(async () => (await on.orchestrator.status(task_id, ME)).plan !== undefined, 'it waits');
    await same();
    const plan = [1, 2, 4].map((n) => ({ agent_id: `belter-${n}`, objective: `edited ${n}`, queries: [] }));
    await on.orchestrator.resume(task_id, ME, { plan: [...plan, { objective: 'another' }] });
    await eventually(
      async () => (await on.orchestrator.status(task_id, ME)).agents.some(({ status }) => status === 'running'),
      'an agent is at work',
    );
    await same();
    await on.orchestrator.cancel(task_id, ME);
    await same();
  });
});

const TELLS = [
  'agent_progress',
  'agent_start',
  'synthesis_start',
  'agent_error',
  'source_found',
  'budget_warning',
] as const;

describe('of one at work, what each agent does is seen behind all that others tell', () => {
  test.each(seeds(2))('(seed %i)', async (seed) => {
    const random = new Random(seed);
    const on = await orchestra({ serve: false });
    const { store, clock } = on;
    const hold = await running(store);
    const statuses = new Statuses({ store, clock, engine: { heldUp: () => null } });
    const ids = Array.from({ length: 2 + random.below(5) }, (_, n) => `belter-${n + 1}`);
    const subtasks = ids.map((agent_id) => ({ agent_id, objective: `of ${agent_id}`, queries: [], domain: null }));
    await store.steps.begin(hold, intent('plan', { spec: spec('plan', { kind: 'plan', agent_id: null }) }));
    await store.steps.settle(hold, outcome('plan', { output: { shape: 'survey', subtasks, missing: [] } }));
    for (const agent_id of ids) {
      const start = { event_type: 'agent_start', agent_id, data: {} } as const;
      const step_id = `agent:${agent_id}`;
      await store.steps.begin(hold, intent(step_id, { spec: spec(step_id, { agent_id }), events: [start] }));
    }
    // Some tell much and others next to nothing, so that what an agent told last may be anywhere.
    const loud = ids.filter(() => random.chance(0.5));
    for (let n = 0; n < 120; n += 1) {
      clock.jump(random.below(3));
      const agent_id = random.chance(0.05) ? random.pick(ids) : (random.pick([null, ...loud]) ?? undefined);
      const data = random.chance(0.8) ? { activity: `does ${n}` } : {};
      await store.events.append(hold, [{ event_type: random.pick(TELLS), agent_id, data }]);
      if (n % 30 === 29) {
        const step_id = `agent:${random.pick(ids)}`;
        if (random.chance(0.5)) await store.steps.settle(hold, outcome(step_id));
        else await store.steps.fail(hold, { step_id, error: ERROR, available_at: null, events: [] });
      }
      if (n % 5 !== 0) continue;
      const view = await statuses.of(hold.task_id, { owner: 'local', trusted: true });
      expect(JSON.stringify(view)).toBe(await ofEverything(on, hold.task_id));
    }
  });
});
