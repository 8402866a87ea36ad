/** What a request gives a pattern beside its question: whose it is, whether it is whole, and the form in which it is frozen. */

import { Fault } from '../core/errors.ts';
import {
  characters,
  DEFAULT_ROUNDS,
  MAX_BRANCHES,
  MAX_NAME,
  MAX_OBJECTIVES,
  MAX_ROUNDS,
  MAX_STEPS,
  MAX_TASK,
} from '../core/limits.ts';
import { type Branch, INPUT_NAMES, type InputsRequest, type PatternInputs } from '../core/pattern-inputs.ts';
import { type OrchestratorType, PATTERNS, patternTaking } from '../core/patterns.ts';

/** Those that were given, for what makes two requests the same; nothing where none was. */
export function inputsAsked(request: InputsRequest) {
  const { steps, branches, until, max_rounds } = request;
  return {
    steps: steps?.map(({ name, objective }) => ({ name, objective })),
    branches: branches?.map(({ name, when, objectives }) => ({ name, when, objectives })),
    until,
    max_rounds,
  };
}

/** Null for a pattern that takes nothing. Throws INVALID_INPUT that says which input, and what it should be. */
export function patternInputs(
  orchestrator_type: OrchestratorType,
  request: InputsRequest & { readonly agents?: number | undefined },
): PatternInputs | null {
  const { takes, sized } = PATTERNS[orchestrator_type];
  for (const input of INPUT_NAMES) {
    const own = takes.find((one) => one.input === input);
    if (request[input] !== undefined && own === undefined) throw belongsElsewhere(input, orchestrator_type);
    if (request[input] === undefined && own?.required === true) {
      throw new Fault('INVALID_INPUT', `the pattern ${orchestrator_type} needs ${input}`, { hint: own.says });
    }
  }
  if (request.agents !== undefined && !sized) {
    throw invalid(
      `agents cannot be given with the pattern ${orchestrator_type}`,
      `Its ${takes[0]?.input ?? 'inputs'} say how many there are.`,
    );
  }
  return MADE[orchestrator_type](request);
}

function belongsElsewhere(input: (typeof INPUT_NAMES)[number], orchestrator_type: OrchestratorType): Fault {
  const taking = patternTaking(input);
  return invalid(
    `${input} belongs to the pattern ${taking}, and this one is ${orchestrator_type}`,
    `Leave ${input} out, or set orchestrator_type to ${taking}.`,
  );
}

const MADE: Readonly<Record<OrchestratorType, (request: InputsRequest) => PatternInputs | null>> = {
  beltalowda: () => null,
  swarm: () => null,
  sequential: ({ steps = [] }) => {
    sized('steps', steps.length, MAX_STEPS);
    named('steps', steps);
    const checked = steps.map(({ name, objective }, at) => ({
      name: line(name, `the name of steps[${at}]`),
      objective: sentence(objective, `the objective of steps[${at}]`),
    }));
    return { kind: 'sequential', steps: checked };
  },
  conditional: ({ branches = [] }) => {
    sized('branches', branches.length, MAX_BRANCHES);
    named('branches', branches);
    const checked = branches.map((branch, at): Branch => {
      const { name, when, objectives } = branch;
      sized(`objectives of branches[${at}]`, objectives.length, MAX_OBJECTIVES);
      return {
        name: line(name, `the name of branches[${at}]`),
        when: when === undefined ? null : sentence(when, `when of branches[${at}]`),
        objectives: objectives.map((text, n) => sentence(text, `objectives[${n}] of branches[${at}]`)),
      };
    });
    if (checked.filter(({ when }) => when === null).length > 1) {
      throw invalid('more than one of the branches has no when', 'Only one can be taken where no other applies.');
    }
    return { kind: 'conditional', branches: checked };
  },
  iterative: ({ until = '', max_rounds = DEFAULT_ROUNDS }) => {
    if (!Number.isInteger(max_rounds) || max_rounds < 1 || max_rounds > MAX_ROUNDS) {
      throw invalid(`max_rounds must be a whole number from 1 to ${MAX_ROUNDS}, not ${max_rounds}`);
    }
    return { kind: 'iterative', until: sentence(until, 'until'), max_rounds };
  },
};

function sized(what: string, length: number, most: number): void {
  if (length < 1 || length > most) throw invalid(`${what}: there are ${length}, and 1 to ${most} are possible`);
}

function named(what: string, all: readonly { readonly name: string }[]): void {
  const names = all.map(({ name }) => name.trim().toLowerCase());
  const at = names.findIndex((name, n) => names.indexOf(name) !== n);
  if (at >= 0)
    throw invalid(`two of the ${what} are named ${JSON.stringify(all[at]?.name)}`, 'Give each a name of its own.');
}

function line(text: string, what: string): string {
  const words = sentence(text, what).replaceAll(/\s+/g, ' ');
  if (characters(words) > MAX_NAME) throw invalid(`${what} has more than ${MAX_NAME} characters`);
  return words;
}

function sentence(text: string, what: string): string {
  const words = text.trim();
  if (words === '') throw invalid(`${what} is empty`);
  if (characters(words) > MAX_TASK) throw invalid(`${what} has more than ${MAX_TASK} characters`);
  return words;
}

function invalid(message: string, hint?: string): Fault {
  return new Fault('INVALID_INPUT', message, hint === undefined ? {} : { hint });
}
