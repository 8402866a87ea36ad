import { describe, expect, test } from 'vitest';
import type { Decide, Decision, Journal, StepSpec } from '../../../../src/core/step.ts';
import { agentsWithFindings } from '../../../../src/research/judgements.ts';
import { beltalowda, drummerGroups } from '../../../../src/research/patterns/beltalowda.ts';
import { finish, run, synthesisStep } from '../../../../src/research/patterns/steps.ts';
import { seeds } from '../../../support/seeds.ts';
import { simulate } from '../../../support/simulation.ts';

test('beltalowda lands every workflow rightly over 10,000 seeds of a world that loses, doubles and reorders', () => {
  expect(simulate(beltalowda, 'beltalowda', seeds())).toBeNull();
});

test('drummers share four to thirty-two belters evenly, in the order of the plan, at most four each', () => {
  for (let count = 0; count <= 32; count += 1) {
    const belters = Array.from({ length: count }, (_, n) => `belter-${n + 1}`);
    const groups = drummerGroups(belters);
    expect(groups.flat()).toEqual(count < 4 ? [] : belters);
    const sizes = groups.map((group) => group.length);
    expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(4);
    expect(Math.max(0, ...sizes) - Math.min(4, ...sizes)).toBeLessThanOrEqual(1);
  }
});

/** Changes what the real decider says, the way a mistake in it would. */
function broken(change: (decision: Decision, journal: Journal) => Decision): Decide {
  return (journal) => change(beltalowda(journal), journal);
}

function camina(decision: Decision): StepSpec | undefined {
  return decision.kind === 'run' ? decision.steps.find((step) => step.agent_id === 'camina') : undefined;
}

const PLAN_STEP: StepSpec = {
  step_id: 'plan',
  kind: 'plan',
  phase: 'planning',
  agent_id: null,
  input: {},
  timeout_ms: 1,
};

function verdict(decide: Decide): string | null {
  return simulate(decide, 'beltalowda', seeds(2000));
}

const deaf: Decide = (journal) => beltalowda({ ...journal, stop: null });

/** Asks for approval, or does not, whatever the workflow says. */
function asking(require_approval: boolean): Decide {
  return (journal) => {
    const { config } = journal.workflow;
    return beltalowda({ ...journal, workflow: { ...journal.workflow, config: { ...config, require_approval } } });
  };
}

const impatient = asking(false);
const shy = asking(true);

const spender: Decide = (journal) =>
  beltalowda(journal.stop === null ? journal : { ...journal, stop: { ...journal.stop, finalize: true } });

describe('a decider broken on purpose fails the simulation', () => {
  test('when Camina starts before all Belters settled', () => {
    const early = broken((decision, journal) => {
      const agents = agentsWithFindings(journal);
      if (decision.kind !== 'run' || agents.length === 0 || decision.steps[0]?.kind !== 'agent') return decision;
      return run([
        ...decision.steps,
        synthesisStep(journal, { agent_id: 'camina', role: 'camina', agents, drummers: [] }),
      ]);
    });
    expect(verdict(early)).toMatch(/camina is to run before belter-\d+/);
  });

  test('when it forgets that failed agents settled', () => {
    const waiting = broken((decision, journal) => {
      const failed = [...journal.steps.values()].find((step) => step.kind === 'agent' && step.status === 'failed');
      if (failed === undefined || journal.stop !== null) return decision;
      const { step_id, kind, agent_id, input } = failed;
      return run([{ step_id, kind, agent_id, input, phase: 'researching', timeout_ms: 1 }]);
    });
    expect(verdict(waiting)).toContain('named again after its outcome');
  });

  test('when it calls a workflow complete whose agents all failed', () => {
    const proud = broken((decision) =>
      decision.kind === 'finish' && decision.error?.code === 'ALL_AGENTS_FAILED'
        ? { kind: 'finish', status: 'completed', error: null }
        : decision,
    );
    expect(verdict(proud)).toContain('instead of failed ALL_AGENTS_FAILED');
  });

  test('when it asks the clock', () => {
    const timed = broken((decision) => (Date.now() > 0 ? decision : decision));
    expect(verdict(timed)).toContain('asked for the time');
    const dated = broken((decision) => (new Date().getTime() > 0 ? decision : decision));
    expect(verdict(dated)).toContain('asked for the time');
    const lucky = broken((decision) => (Math.random() >= 0 ? decision : decision));
    expect(verdict(lucky)).toContain('asked for the time');
  });

  test('when it depends on the order of rows', () => {
    const ordered = broken((decision, journal) => {
      if (decision.kind !== 'run' || decision.steps.length < 2) return decision;
      const rank = [...journal.steps.keys()].map((id) => id.length % 3).join('');
      return run(decision.steps.map((step) => ({ ...step, input: { rank } })));
    });
    expect(verdict(ordered)).toMatch(/order of rows|two inputs/);
  });

  test('when it remembers earlier calls', () => {
    let calls = 0;
    const moody = broken((decision) => {
      calls += 1;
      return decision.kind === 'run' && calls % 7 === 0 ? run(decision.steps.slice(0, 1)) : decision;
    });
    expect(verdict(moody)).toContain('asked twice');
  });

  test('when it drops the group of a failed Drummer', () => {
    const lossy = broken((decision, journal) => {
      const step = camina(decision);
      if (step === undefined) return decision;
      const { drummers, agents } = step.input as unknown as {
        readonly drummers: readonly string[];
        readonly agents: readonly string[];
      };
      const kept = drummers.length > 0 ? [] : agents;
      return run([synthesisStep(journal, { agent_id: 'camina', role: 'camina', agents: kept, drummers })]);
    });
    expect(verdict(lossy)).toContain('the agents that are read');
  });

  test('when a Belter is in two groups', () => {
    const greedy = broken((decision) => {
      if (decision.kind !== 'run' || decision.steps[0]?.step_id !== 'synthesis:drummer-1') return decision;
      const agents = decision.steps.flatMap(
        (step) => (step.input as unknown as { readonly agents: readonly string[] }).agents,
      );
      return run(decision.steps.map((step) => ({ ...step, input: { role: 'drummer', agents, drummers: [] } })));
    });
    expect(verdict(greedy)).toContain('the groups of the drummers');
  });

  test('when Camina does not wait for a Drummer', () => {
    const hasty = broken((decision, journal) => {
      const drummer = decision.kind === 'run' && decision.steps.some((step) => step.agent_id?.startsWith('drummer'));
      if (!drummer) return decision;
      const agents = agentsWithFindings(journal);
      return run([
        ...decision.steps,
        synthesisStep(journal, { agent_id: 'camina', role: 'camina', agents, drummers: [] }),
      ]);
    });
    expect(verdict(hasty)).toMatch(/camina before|four finders/);
  });

  test('when it plans before the sources are collected', () => {
    const blind = broken((decision, journal) =>
      journal.steps.size === 0 && journal.stop === null ? run([PLAN_STEP]) : decision,
    );
    expect(verdict(blind)).toContain('before the sources are collected');
  });

  test('when it does not wait for the approval of the plan', () => {
    expect(verdict(impatient)).toContain('before the plan is approved');
  });

  test('when it waits for a person nobody asked', () => {
    expect(verdict(shy)).toContain('nobody asked');
  });

  test('when it invents an agent', () => {
    const inventive = broken((decision) => {
      const [first] = decision.kind === 'run' ? decision.steps : [];
      if (decision.kind !== 'run' || first?.kind !== 'agent') return decision;
      return run([...decision.steps, { ...first, step_id: 'agent:belter-99', agent_id: 'belter-99' }]);
    });
    expect(verdict(inventive)).toContain('belter-99 is not in the plan');
  });

  test('when it works on after a cancel', () => {
    expect(verdict(deaf)).toMatch(/after the stop|after a cancel|instead of/);
  });

  test('when a cancel without finalize still spends on the report', () => {
    expect(verdict(spender)).toContain('after a cancel that spends nothing');
  });

  test('when it gives up before the report is written', () => {
    const quitter = broken((decision, journal) => (camina(decision) === undefined ? decision : finish(journal)));
    expect(verdict(quitter)).toContain('ended before the last synthesis settled');
  });

  test('when it writes into the journal', () => {
    const vandal = broken((decision, journal) => {
      if (decision.kind === 'finish' && journal.steps instanceof Map) journal.steps.delete('plan');
      return decision;
    });
    expect(verdict(vandal)).toContain('writes into the journal');
  });

  test('when it never comes to an end', () => {
    const idle = broken((decision) => (decision.kind === 'finish' ? run([]) : decision));
    expect(verdict(idle)).toContain('names nothing to run');
  });
});
