import { expect, test } from 'vitest';
import type { ResumeRequest } from '../../../src/core/views.ts';
import type { Choice, Model } from '../../../src/providers/providers.ts';
import { eventually } from '../../support/engine-node.ts';
import { finished, ME, type Orchestra, orchestra, report } from '../../support/orchestra.ts';

const BRANCHES = [
  { name: 'Log', when: 'there is a log', objectives: ['What is written first?'] },
  { name: 'Neither', objectives: ['What do readers see?'] },
];
const CHOICE = { task: 'How?', orchestrator_type: 'conditional', branches: BRANCHES } as const;
const CUT = {
  branch: null,
  why: 'No branch could be chosen.',
  claims: [],
  passages: [],
  cut: ['the budget was used up'],
};

/** Chooses as told, one time after the other; the last again and again. Counts how often it was asked. */
function choosing(...choices: readonly Choice[]) {
  const times = { asked: 0 };
  const choose: Model['choose'] = async () => {
    times.asked += 1;
    return choices[Math.min(times.asked, choices.length) - 1] ?? CUT;
  };
  return { times, choose };
}

async function goOn(on: Orchestra, task_id: string, request: ResumeRequest = {}): Promise<string> {
  const { task_id: next = '' } = await on.orchestrator.resume(task_id, ME, request);
  await eventually(async () => (await on.orchestrator.status(next, ME)).progress === 1, `${next} ends`);
  return next;
}

const NONE: Choice = { branch: null, why: 'None holds.', claims: [], passages: [] };

test('a choice that was cut short takes the branch without a condition, and is missing from a report that is not full', async () => {
  const on = await orchestra({ judgements: choosing(CUT) });
  const task_id = await finished(on, CHOICE);
  const { status, completeness, missing, text } = await report(on, task_id);
  expect({ status, completeness, missing }).toEqual({
    status: 'completed',
    completeness: 'partial',
    missing: [{ what: 'the choice of the branch', why: 'the budget was used up' }],
  });
  expect(text).toContain('Neither, because no other was found to apply. No branch could be chosen.');
  expect(await on.orchestrator.replay(task_id, ME)).toMatchObject({ same: true });
});

test('gone on from, a choice that was cut short is made anew; one that was not is taken over', async () => {
  const { times, choose } = choosing(CUT, NONE);
  const on = await orchestra({ judgements: { choose } });
  const next = await goOn(on, await finished(on, CHOICE));
  expect(times.asked).toBe(2);
  expect(await report(on, next)).toMatchObject({ completeness: 'full', missing: [] });
  expect(on.calls.filter((call) => call === 'research belter-1')).toHaveLength(1);
  await goOn(on, next);
  expect(times.asked).toBe(2);
});

async function waits(on: Orchestra, task_id: string): Promise<void> {
  await eventually(async () => (await on.orchestrator.status(task_id, ME)).phase === 'awaiting_approval', 'it waits');
}

/** A workflow that ended with a plan that a person edited. */
async function edited(on: Orchestra): Promise<string> {
  const { task_id = '' } = await on.orchestrator.start({ ...CHOICE, require_approval: true }, ME);
  await waits(on, task_id);
  await on.orchestrator.resume(task_id, ME, { plan: [{ objective: 'What else?' }] });
  await eventually(async () => (await on.orchestrator.status(task_id, ME)).progress === 1, 'it ends');
  return task_id;
}

test('an edited plan goes with the branch it was made for: other sources choose and plan anew, and show it', async () => {
  const on = await orchestra({ judgements: choosing(NONE) });
  const task_id = await edited(on);
  const sources = [on.folder];
  const { task_id: next = '' } = await on.orchestrator.resume(task_id, ME, { sources });
  await waits(on, next);
  const { plan = [] } = await on.orchestrator.status(next, ME);
  expect(plan.map(({ objective }) => objective)).toEqual(['What do readers see?']);
  const both = on.orchestrator.resume(task_id, ME, { sources, plan: [{ objective: 'What else?' }] });
  await expect(both).rejects.toThrow('the plan of a conditional and its sources cannot be changed together');
});

test('a choice that was cut short stands once a person has edited the plan of its branch', async () => {
  const { times, choose } = choosing(CUT, NONE);
  const on = await orchestra({ judgements: { choose } });
  const next = await goOn(on, await edited(on));
  expect(times.asked).toBe(1);
  const { agents } = await on.orchestrator.status(next, ME);
  expect(agents[0]).toMatchObject({ objective: 'What else?' });
});
