import { expect, test } from 'vitest';
import type { Decide } from '../../../../src/core/step.ts';
import { conditional } from '../../../../src/research/patterns/conditional.ts';
import { run } from '../../../../src/research/patterns/steps.ts';
import { seeds } from '../../../support/seeds.ts';
import { simulate } from '../../../support/simulation.ts';

test('a choice lands rightly over 1,500 seeds of a world that loses, doubles and reorders', () => {
  expect(simulate(conditional, 'conditional', seeds(1500))).toBeNull();
});

const hasty: Decide = (journal) => {
  const decision = conditional(journal);
  const [step] = decision.kind === 'run' ? decision.steps : [];
  return step?.step_id === 'choice' ? run([{ ...step, step_id: 'plan', kind: 'plan' }]) : decision;
};

test('one that plans before it has chosen fails the simulation', () => {
  expect(simulate(hasty, 'conditional', seeds(300))).toContain('plan is to run before the choice');
});

const contrary: Decide = (journal) => {
  const choice = journal.steps.get('choice');
  if (choice?.status !== 'succeeded') return conditional(journal);
  const steps = new Map(journal.steps).set('choice', { ...choice, output: { branch: 'other', why: '', claims: [] } });
  return conditional({ ...journal, steps });
};

test('one that takes another branch than the one chosen fails the simulation', () => {
  expect(simulate(contrary, 'conditional', seeds(300))).not.toBeNull();
});
