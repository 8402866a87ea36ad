/** What patterns take beside a question, as typed: `--step "NAME: OBJECTIVE"`, `--branch "NAME: WHEN: OBJECTIVE"`. */

import { Fault } from '../../core/errors.ts';
import type { InputName, InputsRequest } from '../../core/pattern-inputs.ts';
import { DEFAULT_PATTERN, patternTaking } from '../../core/patterns.ts';
import type { Session } from './session.ts';

/** In place of a condition: taken where no other branch applies. */
const OTHERWISE = 'otherwise';

/**
 * Only what was given, so that the orchestrator sees what was typed for another pattern; what a variable or the file holds is for
 * its own pattern alone, else it would spoil every other research. Throws INVALID_INPUT for another form.
 */
export function inputsTyped({ options, flags }: Pick<Session, 'options' | 'flags'>): InputsRequest {
  const { step, branch, until, max_rounds } = options;
  const pattern = options.pattern ?? DEFAULT_PATTERN;
  const counts = (input: InputName, flag: keyof Session['flags']): boolean =>
    flags[flag] !== undefined || patternTaking(input) === pattern;
  return {
    ...(step.length > 0 && counts('steps', 'step') ? { steps: step.map(stepOf) } : {}),
    ...(branch.length > 0 && counts('branches', 'branch') ? { branches: branchesOf(branch) } : {}),
    // A variable or the file may also hold the time that lists end at.
    ...(until !== null && counts('until', 'until') ? { until } : {}),
    ...(max_rounds !== null && counts('max_rounds', 'max_rounds') ? { max_rounds } : {}),
  };
}

function stepOf(typed: string): { readonly name: string; readonly objective: string } {
  const [name, objective] = parts(typed, 2);
  if (name !== undefined && objective !== undefined) return { name, objective };
  throw wrong('step', typed, '--step "Rules: Which rules apply to the cargo?"');
}

/** One typed again, with the same name and condition, adds an objective to it. */
function branchesOf(all: readonly string[]): NonNullable<InputsRequest['branches']> {
  const branches: { name: string; when?: string; objectives: string[] }[] = [];
  for (const typed of all) {
    const [name, condition, objective] = parts(typed, 3);
    if (name === undefined || condition === undefined || objective === undefined) {
      throw wrong('branch', typed, '--branch "Electric: the ships run on batteries: How are they charged?"');
    }
    const when = condition.toLowerCase() === OTHERWISE ? undefined : condition;
    const same = branches.find((branch) => branch.name === name && branch.when === when);
    if (same === undefined) branches.push({ name, ...(when === undefined ? {} : { when }), objectives: [objective] });
    else same.objectives.push(objective);
  }
  return branches;
}

/** So many parts between colons that a space follows; the last keeps all others. */
function parts(typed: string, count: number): readonly string[] {
  const all = typed.split(/:\s+/u).map((part) => part.trim());
  const whole = [...all.slice(0, count - 1), all.slice(count - 1).join(': ')];
  return all.length >= count && whole.every((part) => part !== '') ? whole : [];
}

function wrong(option: string, typed: string, example: string): Fault {
  return new Fault('INVALID_INPUT', `--${option} ${JSON.stringify(typed)} does not have the parts it needs`, {
    hint: `For example: ${example}`,
  });
}
