import { expect, test } from 'vitest';
import type { Decide } from '../../../../src/core/step.ts';
import { iterative } from '../../../../src/research/patterns/iterative.ts';
import { run } from '../../../../src/research/patterns/steps.ts';
import { seeds } from '../../../support/seeds.ts';
import { simulate } from '../../../support/simulation.ts';

test('rounds land rightly over 1,500 seeds of a world that loses, doubles and reorders', () => {
  expect(simulate(iterative, 'iterative', seeds(1500))).toBeNull();
});

const endless: Decide = (journal) => {
  const { config } = journal.workflow;
  const inputs = { kind: 'iterative', until: 'all is known', max_rounds: 100 } as const;
  return iterative({ ...journal, workflow: { ...journal.workflow, config: { ...config, inputs } } });
};

test('one that goes on beyond its limit fails the simulation', () => {
  expect(simulate(endless, 'iterative', seeds(300))).toMatch(/belter-900 is not in the plan/);
});

const uncritical: Decide = (journal) => {
  const decision = iterative(journal);
  const [step] = decision.kind === 'run' ? decision.steps : [];
  if (step?.kind !== 'critique') return decision;
  const agents = ['belter-1'];
  return run([
    { ...step, step_id: 'synthesis:camina', kind: 'synthesis', input: { role: 'camina', agents, drummers: [] } },
  ]);
};

test('one that writes the report without a critique fails the simulation', () => {
  expect(simulate(uncritical, 'iterative', seeds(300))).toContain('before the critique');
});
