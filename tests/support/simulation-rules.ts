/** What must hold of every decision of a pattern, whatever happened. Written from the patterns' descriptions, not their code. */

import type { Decision, Journal, StepRecord, StepSpec } from '../../src/core/step.ts';
import type { Scenario } from './scenario.ts';

export class SimulationFailure extends Error {}

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new SimulationFailure(what);
}

const FINAL = {
  beltalowda: 'synthesis:camina',
  swarm: 'synthesis:synthesis',
  sequential: 'synthesis:camina',
  conditional: 'synthesis:camina',
  iterative: 'synthesis:camina',
} as const;

function done(journal: Journal, step_id: string): boolean {
  const status = journal.steps.get(step_id)?.status;
  return status === 'succeeded' || status === 'failed';
}

function good(journal: Journal, step_id: string): boolean {
  return journal.steps.get(step_id)?.status === 'succeeded';
}

/** The agents that there are by what the journal holds: of a sequence up to a failed one, of rounds those asked for so far. */
function agentsOf(given: Scenario, journal: Journal): readonly string[] {
  if (given.pattern === 'sequential') {
    const broken = given.agents.findIndex((id) => done(journal, `agent:${id}`) && !good(journal, `agent:${id}`));
    return broken === -1 ? given.agents : given.agents.slice(0, broken + 1);
  }
  const asked = given.rounds.findIndex((_, n) => !good(journal, `critique:round-${n + 1}`));
  return (asked === -1 ? given.rounds : given.rounds.slice(0, asked + 1)).flat();
}

/** The critique that is due once the agents so far are settled; null where none is. */
function critiqueDue(given: Scenario, journal: Journal): string | null {
  if (given.pattern !== 'iterative') return null;
  const open = given.rounds.findIndex((_, n) => !good(journal, `critique:round-${n + 1}`));
  const due = `critique:round-${open + 1}`;
  return open === -1 || done(journal, due) ? null : due;
}

/** Agents that succeeded with something to show, as the journal has it. */
function finders(given: Scenario, journal: Journal): readonly string[] {
  return given.agents.filter((id) => good(journal, `agent:${id}`) && !given.empty.has(id));
}

interface SynthesisInput {
  readonly role: string;
  readonly agents: readonly string[];
  readonly drummers: readonly string[];
}

function inputOf(step: Pick<StepSpec | StepRecord, 'input'>): SynthesisInput {
  const { input } = step;
  must(typeof input === 'object' && input !== null && 'agents' in input, 'a synthesis has no agents in its input');
  return input as unknown as SynthesisInput;
}

/** Each step named may run now: what it depends on is settled, it is in the plan, and a stop is heeded. */
export function checkSteps(given: Scenario, journal: Journal, steps: readonly StepSpec[]): void {
  must(new Set(steps.map((step) => step.step_id)).size === steps.length, 'a step is named twice in one decision');
  for (const step of steps) {
    must(!done(journal, step.step_id), `${step.step_id} is named again after its outcome`);
    must(step.timeout_ms > 0, `${step.step_id} has no time limit`);
    if (step.kind === 'synthesis') checkSynthesis(given, journal, step);
    else checkResearch(given, journal, step);
  }
  const drummers = steps.filter((step) => step.step_id.startsWith('synthesis:drummer'));
  if (drummers.length > 0) checkGroups(given, journal, drummers);
}

function checkResearch(given: Scenario, journal: Journal, step: StepSpec): void {
  must(journal.stop === null, `${step.step_id} is to run after the stop`);
  if (step.step_id === 'collect') return;
  must(good(journal, 'collect'), `${step.step_id} is to run before the sources are collected`);
  if (step.step_id === 'choice') return;
  must(given.pattern !== 'conditional' || good(journal, 'choice'), `${step.step_id} is to run before the choice`);
  if (step.step_id === 'plan') return;
  must(good(journal, 'plan'), `${step.step_id} is to run before the plan`);
  must(given.approval === 'none' || good(journal, 'approval'), `${step.step_id} is to run before the plan is approved`);
  const agents = agentsOf(given, journal);
  if (step.kind === 'critique') {
    must(step.step_id === critiqueDue(given, journal), `${step.step_id} is not due`);
    must(
      agents.every((id) => done(journal, `agent:${id}`)),
      `${step.step_id} is to run before its agents settled`,
    );
    must(
      agents.some((id) => good(journal, `agent:${id}`)),
      `${step.step_id} has nothing to judge`,
    );
    return;
  }
  must(step.kind === 'agent' && agents.includes(step.agent_id ?? ''), `${step.step_id} is not in the plan`);
  if (given.pattern === 'sequential') {
    const before = agents.slice(0, agents.indexOf(step.agent_id ?? ''));
    must(
      before.every((id) => good(journal, `agent:${id}`)),
      `${step.step_id} is to run before the step it builds on`,
    );
    same(seenBy(step), before, `what ${step.step_id} sees`);
  }
  if (given.pattern === 'iterative') {
    const round = given.rounds.findIndex((ids) => ids.includes(step.agent_id ?? ''));
    const before = new Set(given.rounds.slice(0, round).flat());
    same(
      seenBy(step),
      finders(given, journal).filter((id) => before.has(id)),
      `what ${step.step_id} sees`,
    );
  }
  must(step.step_id === `agent:${step.agent_id}`, `${step.step_id} is not named after its agent`);
}

function seenBy({ input, after = [] }: StepSpec): readonly string[] {
  const { sees = [] } = input as { readonly sees?: readonly string[] };
  same(
    after,
    sees.map((id) => `agent:${id}`),
    'what an agent sees and what it comes after',
  );
  return sees;
}

function checkSynthesis(given: Scenario, journal: Journal, step: StepSpec): void {
  must(journal.stop === null || journal.stop.finalize, `${step.step_id} is to run after a cancel that spends nothing`);
  if (journal.stop === null) {
    const open = agentsOf(given, journal).filter((id) => !done(journal, `agent:${id}`));
    must(open.length === 0, `${step.step_id} is to run before ${open.join(', ')} settled`);
    must(critiqueDue(given, journal) === null, `${step.step_id} is to run before the critique`);
  }
  const drummer = /^synthesis:drummer-\d+$/.test(step.step_id);
  must(drummer ? given.pattern === 'beltalowda' : step.step_id === FINAL[given.pattern], `${step.step_id} is unknown`);
  must(inputOf(step).role === (drummer ? 'drummer' : FINAL[given.pattern].slice('synthesis:'.length)), 'wrong role');
  if (!drummer) checkFinal(given, journal, step);
}

/** Every agent with findings in exactly one group. Settled drummers speak through their recorded inputs. */
function checkGroups(given: Scenario, journal: Journal, named: readonly StepSpec[]): void {
  const ids = new Set(named.map((step) => step.step_id));
  const settled = drummersOf(journal).filter((step) => !ids.has(step.step_id));
  const members = [...named, ...settled].flatMap((step) => inputOf(step).agents);
  same(members, finders(given, journal), 'the groups of the drummers');
  for (const step of [...named, ...settled])
    must(inputOf(step).agents.length > 0, `${step.step_id} has nobody to merge`);
}

function drummersOf(journal: Journal): readonly StepRecord[] {
  return [...journal.steps.values()].filter((step) => step.step_id.startsWith('synthesis:drummer'));
}

/** The last synthesis comes after every drummer and reads each finding once: merged, or as it is where merging failed. */
function checkFinal(given: Scenario, journal: Journal, step: StepSpec): void {
  const drummers = drummersOf(journal);
  const found = finders(given, journal);
  if (given.pattern === 'beltalowda' && found.length >= 4) must(drummers.length >= 2, 'four finders and no drummers');
  if (found.length < 4) must(drummers.length === 0, 'drummers with little to merge');
  for (const drummer of drummers) must(done(journal, drummer.step_id), `camina before ${drummer.step_id} settled`);
  const input = inputOf(step);
  const merged = drummers.filter((drummer) => drummer.status === 'succeeded');
  same(
    input.drummers,
    merged.map((drummer) => drummer.agent_id ?? ''),
    'the drummers that are read',
  );
  same([...input.agents, ...merged.flatMap((drummer) => inputOf(drummer).agents)], found, 'the agents that are read');
}

function same(actual: readonly string[], expected: readonly string[], what: string): void {
  const [left, right] = [actual, expected].map((list) => [...list].sort().join(' '));
  must(left === right, `${what}: ${left} instead of ${right}`);
}

/** A pause is for a plan that somebody wanted to see, and until they have said something. */
export function checkWait(given: Scenario, journal: Journal): void {
  must(given.approval !== 'none', 'it waits for a person nobody asked');
  must(journal.stop === null, 'it waits for a person after the stop');
  must(good(journal, 'plan') && !done(journal, 'approval'), 'it waits for a person with nothing to approve');
}

/** The end is the right one for what is recorded, and nothing that should still run is left out. */
export function checkFinish(given: Scenario, journal: Journal, end: Extract<Decision, { kind: 'finish' }>): void {
  const { stop } = journal;
  const said = `${end.status} ${end.error?.code ?? ''}`.trim();
  const expected = expectedEnd(given, journal);
  must(said === expected, `ended as ${said} instead of ${expected}`);
  must((end.status === 'failed') === (end.error !== null), 'an error belongs to a failed workflow, and to no other');
  if (end.error !== null) must(end.error.message !== '' && end.error.hint !== '', 'an error without words');
  const reads = stop === null || stop.finalize;
  if (end.status !== 'failed' && reads && finders(given, journal).length > 0) {
    must(done(journal, FINAL[given.pattern]), 'ended before the last synthesis settled');
  }
}

function expectedEnd(given: Scenario, journal: Journal): string {
  const { stop } = journal;
  if (stop?.kind === 'cancel') return 'cancelled';
  const agents = agentsOf(given, journal);
  if (agents.length === 0 && good(journal, 'plan')) return 'completed';
  const settled = agents.filter((id) => done(journal, `agent:${id}`));
  const finished = settled.filter((id) => good(journal, `agent:${id}`));
  if (stop !== null) return finished.length === 0 ? 'failed WORKFLOW_TIMEOUT' : 'completed';
  if (!good(journal, 'collect') || !good(journal, 'plan')) {
    const broken = ['collect', 'choice', 'plan'].some((id) => journal.steps.get(id)?.status === 'failed');
    return broken ? 'failed STEP_TIMEOUT' : 'not at all: there is no plan yet';
  }
  if (settled.length < agents.length) return 'not at all: agents are open';
  if (finished.length > 0 && critiqueDue(given, journal) !== null) return 'not at all: a critique is open';
  return finished.length === 0 ? 'failed ALL_AGENTS_FAILED' : 'completed';
}
