import { describe, expect, test } from 'vitest';
import type { Decide } from '../../../src/core/step.ts';
import type { OrchestratorType, Workflow } from '../../../src/core/workflow.ts';
import { type Recording, replay } from '../../../src/orchestrator/replay.ts';
import { beltalowda } from '../../../src/research/patterns/beltalowda.ts';
import { swarm } from '../../../src/research/patterns/swarm.ts';
import { seeds } from '../../support/seeds.ts';
import { type Ended, endOf } from '../../support/simulation.ts';

const AT = '2026-01-01T00:00:00.000Z';

/** An ended simulation as the store would have it, without a result: what a decider can be replayed from. */
function recording({ workflow, stop, steps, decision }: Ended): Recording {
  const row: Workflow = {
    ...workflow,
    owner: 'local',
    status: decision.status,
    phase: 'done',
    created_at: AT,
    started_at: AT,
    completed_at: AT,
    deadline_at: null,
    error: decision.error,
    stop,
    lease: null,
    resumed: 0,
    resumed_from: null,
    trace: null,
    version: 1,
  };
  return { workflow: row, steps, result: null };
}

function conclude(): Promise<never> {
  return Promise.reject(new Error('there is no result to compare'));
}

const PATTERNS: readonly (readonly [OrchestratorType, Decide])[] = [
  ['beltalowda', beltalowda],
  ['swarm', swarm],
];

describe.each(PATTERNS)('%s', (pattern, decide) => {
  test('whatever happened to a workflow, its record leads to its end', async () => {
    for (const seed of seeds(2000)) {
      const { same, differences } = await replay({ decide, conclude }, recording(endOf(decide, pattern, seed)));
      expect({ seed, same, differences }).toEqual({ seed, same: true, differences: [] });
    }
  });

  test('a stop that came after the last decision explains nothing and accuses nothing', async () => {
    const wishes = [
      { kind: 'cancel', reason: null, finalize: false },
      { kind: 'deadline', reason: 'late', finalize: true },
    ] as const;
    for (const seed of seeds(200)) {
      const ended = endOf(decide, pattern, seed);
      if (ended.stop !== null || ended.decision.status !== 'completed') continue;
      for (const stop of wishes) {
        const { same, status } = await replay({ decide, conclude }, recording({ ...ended, stop }));
        expect({ seed, same, status }).toEqual({ seed, same: true, status: 'completed' });
      }
    }
  });

  test('a record from which an outcome was taken away, or to which one was added, does not', async () => {
    let caught = 0;
    let tried = 0;
    for (const seed of seeds(300)) {
      const ended = endOf(decide, pattern, seed);
      const last = ended.steps.findLast((step) => step.status === 'succeeded');
      if (ended.stop !== null || last === undefined) continue;
      tried += 2;
      const fewer = { ...ended, steps: ended.steps.filter((step) => step !== last) };
      const more = { ...ended, steps: [...ended.steps, { ...last, step_id: 'agent:belter-77' }] };
      for (const changed of [fewer, more]) {
        const { same } = await replay({ decide, conclude }, recording(changed));
        if (!same) caught += 1;
      }
    }
    expect(tried).toBeGreaterThan(100);
    expect(caught).toBe(tried);
  });
});
