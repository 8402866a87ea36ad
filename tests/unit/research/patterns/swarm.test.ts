import { expect, test } from 'vitest';
import type { Decide } from '../../../../src/core/step.ts';
import { run, synthesisStep } from '../../../../src/research/patterns/steps.ts';
import { swarm } from '../../../../src/research/patterns/swarm.ts';
import { seeds } from '../../../support/seeds.ts';
import { simulate } from '../../../support/simulation.ts';

test('swarm lands every workflow rightly over 10,000 seeds of a world that loses, doubles and reorders', () => {
  expect(simulate(swarm, 'swarm', seeds())).toBeNull();
});

const eager: Decide = (journal) => {
  const decision = swarm(journal);
  const waiting = decision.kind === 'run' && decision.steps.length === 1 && decision.steps[0]?.kind === 'agent';
  return waiting
    ? run([synthesisStep(journal, { agent_id: 'synthesis', role: 'synthesis', agents: [], drummers: [] })])
    : decision;
};

test('a swarm that writes the report without its last agent fails the simulation', () => {
  expect(simulate(eager, 'swarm', seeds(500))).toMatch(/before belter-\d+ settled/);
});

const forgetful: Decide = (journal) => {
  const decision = swarm(journal);
  const [step] = decision.kind === 'run' ? decision.steps : [];
  if (step?.kind !== 'synthesis') return decision;
  const { agents } = step.input as unknown as { readonly agents: readonly string[] };
  return run([
    synthesisStep(journal, { agent_id: 'synthesis', role: 'synthesis', agents: agents.slice(1), drummers: [] }),
  ]);
};

test('a swarm whose synthesis forgets its first agent fails the simulation', () => {
  expect(simulate(forgetful, 'swarm', seeds(500))).toContain('the agents that are read');
});
