/** What the report tells of a pattern's own decisions: the branch it took, the rounds it made, each with what decided it. */

import type { PatternInputs } from '../core/pattern-inputs.ts';
import type { Journal } from '../core/step.ts';
import type { CourseText } from './evidence/render.ts';
import { agentOutput, agentStepId } from './journal.ts';
import { branchTaken, choiceOutput, critiqueOutput, roundsOf } from './judgements.ts';

/** Null where there was nothing to decide, or it was not decided yet. */
export function courseOf(journal: Journal): CourseText | null {
  const { inputs } = journal.workflow.config;
  if (inputs?.kind === 'conditional') return branchCourse(journal, inputs);
  return inputs?.kind === 'iterative' ? roundsCourse(journal, inputs) : null;
}

/** The same decisions without the claims they rest on. */
export function ungrounded(course: CourseText): CourseText {
  const items = course.section.items.map(({ text }) => ({ text, claims: [] }));
  return { ...course, section: { ...course.section, items } };
}

type InputsOf<Kind extends PatternInputs['kind']> = Extract<PatternInputs, { readonly kind: Kind }>;

function branchCourse(journal: Journal, { branches }: InputsOf<'conditional'>): CourseText | null {
  const choice = choiceOutput(journal);
  const taken = branchTaken(journal, branches);
  if (choice === null || taken === null) return null;
  const branch = taken.branch?.name ?? null;
  const conditions = branches.flatMap(({ name, when }) =>
    when === null || name === branch ? [] : [`${name}: ${when}`],
  );
  const others = conditions.map((condition) => ({ text: `not taken: ${condition}`, claims: [] }));
  // One that was cut short may have missed what holds.
  const none = choice.cut === undefined ? 'no other applied' : 'no other was found to apply';
  const said = branch === null ? 'None.' : choice.branch === null ? `${branch}, because ${none}.` : `${branch}.`;
  return {
    course: { branch, why: choice.why },
    line: branch === null ? 'no branch applied' : `branch taken: ${branch}`,
    section: {
      id: 'branch',
      heading: 'Branch taken',
      items: [{ text: `${said} ${choice.why}`, claims: choice.claims }, ...others],
    },
    nothing:
      branch === null
        ? 'Nothing was researched: no branch applied, and none was given for that case. Why stands under “Branch taken”.'
        : null,
  };
}

function roundsCourse(journal: Journal, { until }: InputsOf<'iterative'>): CourseText | null {
  const begun = roundsOf(journal).filter(({ subtasks }) =>
    subtasks.some(({ agent_id }) => hasOutcome(journal, agent_id)),
  );
  const last = begun.at(-1);
  if (last === undefined) return null;
  const why = endOf(journal, last.number);
  const items = begun.map(({ number, subtasks }) => {
    const critique = critiqueOutput(journal, number);
    const found = subtasks.reduce((sum, { agent_id }) => sum + (agentOutput(journal, agent_id)?.claims ?? 0), 0);
    const amounts = `${plural(subtasks.length, 'objective')}, ${plural(found, 'finding')}`;
    const judged = critique === null ? 'not judged' : critique.why;
    return { text: `Round ${number}: ${amounts}. ${judged}`, claims: critique?.holds === true ? critique.claims : [] };
  });
  const rounds = plural(begun.length, 'round');
  return {
    course: { rounds: begun.length, why },
    line: `${rounds}: ${why}`,
    section: {
      id: 'rounds',
      heading: 'Rounds',
      items: [{ text: `Until: ${until}. Ended after ${rounds}: ${why}.`, claims: [] }, ...items],
    },
    nothing: null,
  };
}

function hasOutcome({ steps }: Journal, agent_id: string): boolean {
  return steps.has(agentStepId(agent_id));
}

function endOf(journal: Journal, round: number): string {
  const critique = critiqueOutput(journal, round);
  if (critique?.ended != null) return critique.ended;
  if (journal.stop !== null) return journal.stop.kind === 'cancel' ? 'it was cancelled' : 'the time limit was reached';
  return 'the last round could not be judged';
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
