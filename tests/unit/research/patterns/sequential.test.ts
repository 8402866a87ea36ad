import { expect, test } from 'vitest';
import type { Decide } from '../../../../src/core/step.ts';
import { sequential } from '../../../../src/research/patterns/sequential.ts';
import { finish, run } from '../../../../src/research/patterns/steps.ts';
import { seeds } from '../../../support/seeds.ts';
import { simulate } from '../../../support/simulation.ts';

test('a sequence lands rightly over 1,500 seeds of a world that loses, doubles and reorders', () => {
  expect(simulate(sequential, 'sequential', seeds(1500))).toBeNull();
});

const parallel: Decide = (journal) => {
  const decision = sequential(journal);
  const [step] = decision.kind === 'run' ? decision.steps : [];
  if (decision.kind !== 'run' || step?.step_id !== 'agent:belter-1') return decision;
  return run([...decision.steps, { ...step, step_id: 'agent:belter-2', agent_id: 'belter-2' }]);
};

test('one that begins two steps at once fails the simulation', () => {
  expect(simulate(parallel, 'sequential', seeds(300))).toMatch(/before the step it builds on|not in the plan/);
});

const blind: Decide = (journal) => {
  const decision = sequential(journal);
  if (decision.kind !== 'run' || decision.steps[0]?.kind !== 'agent') return decision;
  return run(
    decision.steps.map(({ after: _after, ...step }) => ({ ...step, input: { ...(step.input as object), sees: [] } })),
  );
};

test('one whose steps see nothing of the earlier ones fails the simulation', () => {
  expect(simulate(blind, 'sequential', seeds(300))).toContain('what agent:belter-2 sees');
});

const stubborn: Decide = (journal) => {
  const failed = [...journal.steps.values()].some((step) => step.kind === 'agent' && step.status === 'failed');
  return failed && journal.stop === null ? finish(journal) : sequential(journal);
};

test('one that gives up its report where a step failed fails the simulation', () => {
  expect(simulate(stubborn, 'sequential', seeds(300))).toMatch(/ended before the last synthesis|instead of/);
});
