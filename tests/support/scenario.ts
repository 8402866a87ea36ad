/** What happens in one run of the simulation, decided by its seed. */

import type { PatternInputs } from '../../src/core/pattern-inputs.ts';
import type { OrchestratorType, Stop } from '../../src/core/workflow.ts';
import { Random } from './random.ts';

/** What is given to a run: decided by the seed alone, before anything is delivered. */
export interface Scenario {
  readonly pattern: OrchestratorType;
  readonly agents: readonly string[];
  /** What the plan names; other than `agents` where a person changes it. */
  readonly planned: readonly string[];
  /** Whether a person is asked first, and what they say. */
  readonly approval: 'none' | 'as it is' | 'edited';
  /** Steps whose attempts all fail in the end. */
  readonly failing: ReadonlySet<string>;
  /** Agents that finish and bring nothing back. */
  readonly empty: ReadonlySet<string>;
  /** The wish to stop, and the turn it comes in; null in runs whose outcome is compared. */
  /** The agents in the rounds in which they are planned; one round but for a pattern of rounds. */
  readonly rounds: readonly (readonly string[])[];
  /** What the pattern takes. */
  readonly inputs: PatternInputs | null;
  /** The branch a choice names. */
  readonly branch: string | null;
  readonly stop: { readonly turn: number; readonly wish: Stop } | null;
}

/** Plans are small more often than not; every size up to the largest allowed comes up a few dozen times. */
const MOST_AGENTS = 32;
const USUAL_AGENTS = 8;

export function scenario(pattern: OrchestratorType, seed: number): Scenario {
  const random = new Random(seed);
  const some = 1 + random.below(random.chance(0.12) ? MOST_AGENTS : USUAL_AGENTS);
  // A plan is empty where nothing of what was asked for is there to search.
  const agents = Array.from({ length: random.chance(0.04) ? 0 : some }, (_, n) => `belter-${n + 1}`);
  const asked = agents.length > 0 && random.chance(0.3);
  const approval = asked ? random.pick(['as it is', 'edited'] as const) : 'none';
  const planned = approval === 'edited' ? [...agents.slice(1), 'belter-40'] : agents;
  const failureRate = random.pick([0, 0.1, 0.5, 1]);
  const emptyRate = random.pick([0, 0, 0.3, 1]);
  const synthesisRate = random.pick([0, 0.3, 1]);
  const failing = new Set(agents.filter(() => random.chance(failureRate)).map((id) => `agent:${id}`));
  if (random.chance(0.03)) failing.add(random.pick(['collect', 'plan']));
  for (const id of ['drummer-1', 'drummer-2', 'drummer-3', 'drummer-5', 'drummer-8', 'camina', 'synthesis']) {
    if (random.chance(synthesisRate)) failing.add(`synthesis:${id}`);
  }
  const kind = random.pick(['cancel', 'deadline'] as const);
  const finalize = kind === 'deadline' || random.chance(0.5);
  const wish: Stop = { kind, finalize, reason: random.pick([null, 'enough']) };
  const stop = random.chance(0.5) ? { turn: random.below(agents.length * 8 + 20), wish } : null;
  const empty = new Set(agents.filter(() => random.chance(emptyRate)));
  const plain: Scenario = {
    pattern,
    agents,
    planned,
    approval,
    failing,
    empty,
    rounds: [agents],
    inputs: null,
    branch: null,
    stop,
  };
  return OWN[pattern]?.(plain, random) ?? plain;
}

/** Drawn after all else, so that a seed gives the other patterns what it always gave them. */
const OWN: { readonly [Pattern in OrchestratorType]?: (plain: Scenario, random: Random) => Scenario } = {
  // A sequence has a step at least.
  sequential: (plain) => {
    const agents = plain.agents.length === 0 ? ['belter-1'] : plain.agents;
    const steps = agents.map((name) => ({ name, objective: `what ${name} is for` }));
    return { ...plain, agents, rounds: [agents], inputs: { kind: 'sequential', steps } };
  },
  conditional: (plain, random) => {
    const { agents, failing } = plain;
    const objectives = agents.map((name) => `what ${name} is for`);
    const chosen = agents.length > 0 && random.chance(0.6);
    const other = { name: 'other', when: 'it snows', objectives: ['what nobody needs'] };
    const meant = { name: 'meant', when: chosen ? 'it rains' : null, objectives };
    return {
      ...plain,
      failing: random.chance(0.05) ? new Set([...failing, 'choice']) : failing,
      inputs: { kind: 'conditional', branches: agents.length === 0 ? [other] : [other, meant] },
      branch: chosen ? 'meant' : null,
    };
  },
  iterative: (plain, random) => {
    const count = plain.agents.length === 0 ? 0 : random.below(4);
    const more = Array.from({ length: count }, (_, n) =>
      Array.from({ length: 1 + random.below(3) }, (_agent, at) => `belter-${100 * (n + 1) + at}`),
    );
    const [rate, emptyRate] = [random.pick([0, 0.3, 1]), random.pick([0, 0.5])];
    const added = more.flat();
    const failing = added.filter(() => random.chance(rate)).map((id) => `agent:${id}`);
    const critiques = [1, 2, 3, 4].filter(() => random.chance(0.08)).map((round) => `critique:round-${round}`);
    return {
      ...plain,
      agents: [...plain.agents, ...added],
      rounds: [plain.agents, ...more],
      failing: new Set([...plain.failing, ...failing, ...critiques]),
      empty: new Set([...plain.empty, ...added.filter(() => random.chance(emptyRate))]),
      // The limit, or a critique that asks for nothing more, ends the rounds.
      inputs: { kind: 'iterative', until: 'all is known', max_rounds: count + 1 + random.below(2) },
    };
  },
};
