import { describe, expect, test } from 'vitest';
import type { StartRequest } from '../../../src/core/views.ts';
import { inputHash } from '../../../src/orchestrator/submission.ts';
import type { Choice, Critique, CritiqueRequest, Model } from '../../../src/providers/providers.ts';
import { databaseFile, eventually, untilAborted } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { finished, ME, type Orchestra, orchestra, report } from '../../support/orchestra.ts';

const STEPS = [
  { name: 'Order', objective: 'What is written first?' },
  { name: 'Copy', objective: 'What copies it back?' },
  { name: 'Readers', objective: 'What do readers see?' },
];
const SEQUENCE = { task: 'How?', orchestrator_type: 'sequential', steps: STEPS } as const;
const BRANCHES = [
  { name: 'Log', when: 'there is a log', objectives: ['What is written first?', 'What copies it back?'] },
  { name: 'Neither', objectives: ['What do readers see?'] },
];
const CHOICE = { task: 'How?', orchestrator_type: 'conditional', branches: BRANCHES } as const;
const ROUNDS = { task: 'How?', orchestrator_type: 'iterative', until: 'all is known', max_rounds: 3 } as const;

/** Says so, with the first words of the first file. */
function choosing(branch: string | null): Model['choose'] {
  return async ({ corpus }): Promise<Choice> => {
    const [source] = corpus.sources;
    const quote = 'The log';
    const claim = { claim_id: 'choice.1', agent_id: 'choice', source_id: source?.source_id ?? '', text: quote, quote };
    const rest = {
      start: 0,
      end: quote.length,
      label: 'quoted',
      location: '',
      heading: '',
      score: 1,
      objective: '',
    } as const;
    return { branch, why: 'It says so:', claims: branch === null ? [] : [{ ...claim, ...rest }], passages: [] };
  };
}

const choosingUnquoted: Model['choose'] = async () => ({ branch: 'Log', why: '', claims: [], passages: [] });
const speechless: Model['critique'] = () => Promise.reject(new Error('no words'));

/** Asks one more objective each round, until the round that is given. */
function criticising(last: number): Model['critique'] {
  return async ({ round, claims }: CritiqueRequest): Promise<Critique> => ({
    holds: round >= last,
    why: round >= last ? 'It holds:' : 'More is missing.',
    claims: round >= last ? claims.slice(0, 1).map(({ claim_id }) => claim_id) : [],
    missing: round >= last ? [] : ['the rest'],
    next: [{ objective: `more ${round}`, queries: [] }],
  });
}

async function statuses(on: Orchestra, task_id: string): Promise<readonly string[]> {
  return (await on.orchestrator.status(task_id, ME)).agents.map(({ agent_id, status }) => `${agent_id} ${status}`);
}

async function same(on: Orchestra, task_id: string): Promise<void> {
  expect(await on.orchestrator.replay(task_id, ME)).toMatchObject({ same: true, differences: [] });
}

describe('a sequence', () => {
  test('has a section for each step in order, and replays', async () => {
    const on = await orchestra();
    const task_id = await finished(on, SEQUENCE);
    const { sections, completeness } = await report(on, task_id);
    expect(completeness).toBe('full');
    expect(sections.map(({ heading }) => heading).slice(1, 4)).toEqual(STEPS.map(({ objective }) => objective));
    expect(on.calls).toEqual(['research belter-1', 'research belter-2', 'research belter-3', 'compose']);
    await same(on, task_id);
  });

  test('ends with what is there when a step fails, and says what was not begun and why', async () => {
    const on = await orchestra({ deeds: ['find', 'fail', 'find'] });
    const task_id = await finished(on, SEQUENCE);
    const { status, completeness, missing, citations } = await report(on, task_id);
    expect({ status, completeness, total: citations?.total }).toEqual({
      status: 'completed',
      completeness: 'partial',
      total: 2,
    });
    expect(missing).toEqual([
      { what: 'What copies it back?', why: 'belter-2 fell ill' },
      { what: 'What do readers see?', why: 'not begun, because it builds on “Copy”, which failed' },
    ]);
    expect(await statuses(on, task_id)).toEqual([
      'belter-1 completed',
      'belter-2 failed',
      'belter-3 cancelled',
      'camina completed',
    ]);
    await same(on, task_id);
  });

  test('fails when its first step does', async () => {
    const on = await orchestra({ deeds: ['fail'] });
    const task_id = await finished(on, SEQUENCE);
    expect((await on.orchestrator.result(task_id, ME)).error?.code).toBe('ALL_AGENTS_FAILED');
    await same(on, task_id);
  });

  test('lands when it is cancelled in the middle of a step', async () => {
    const on = await orchestra({ deeds: ['find', 'hang'] });
    const { task_id = '' } = await on.orchestrator.start(SEQUENCE, ME);
    await eventually(async () => on.calls.includes('research belter-2'), 'the second step is begun');
    expect((await on.orchestrator.cancel(task_id, ME)).status).toBe('cancelled');
    const { missing, citations } = await report(on, task_id);
    expect(missing.map(({ what }) => what)).toContain('What do readers see?');
    expect(citations?.total).toBe(2);
    await same(on, task_id);
  });

  test('goes on after a kill at the step it was in, to the same report', async () => {
    const whole = await orchestra();
    const expected = await report(whole, await finished(whole, SEQUENCE));
    const file = await databaseFile();
    const clock = new FakeClock();
    const first = await orchestra({ file, clock, deeds: ['find', 'hang'] });
    const { task_id = '' } = await first.orchestrator.start(SEQUENCE, ME);
    await eventually(async () => first.calls.includes('research belter-2'), 'the second step is begun');
    await first.orchestrator.close();
    const second = await orchestra({ file, clock });
    await clock.advance(60_000);
    await eventually(async () => (await second.orchestrator.status(task_id, ME)).progress === 1, 'it ends');
    expect((await report(second, task_id)).text).toBe(expected.text);
    expect(second.calls).toEqual(['research belter-2', 'research belter-3', 'compose']);
  });

  test('shows its steps for approval, takes them edited and keeps their names', async () => {
    const on = await orchestra();
    const { task_id = '' } = await on.orchestrator.start({ ...SEQUENCE, require_approval: true }, ME);
    await eventually(async () => (await on.orchestrator.status(task_id, ME)).phase === 'awaiting_approval', 'it waits');
    const { plan = [] } = await on.orchestrator.status(task_id, ME);
    expect(plan.map(({ name, objective }) => ({ name, objective }))).toEqual(STEPS);
    const [first, , last] = plan;
    if (first === undefined || last === undefined) throw new Error('the plan is not there');
    const edited = [first, last, { name: 'More', objective: 'What else?' }];
    await on.orchestrator.resume(task_id, ME, { plan: edited });
    await eventually(async () => (await on.orchestrator.status(task_id, ME)).progress === 1, 'it ends');
    expect(on.calls).toEqual(['research belter-1', 'research belter-3', 'research belter-4', 'compose']);
    await same(on, task_id);
  });

  test('is gone on from with another step, not with more agents', async () => {
    const on = await orchestra();
    const task_id = await finished(on, SEQUENCE);
    await expect(on.orchestrator.resume(task_id, ME, { agents: 5 })).rejects.toThrow('agents cannot be changed');
    const { agents } = await on.orchestrator.status(task_id, ME);
    const plan = agents.slice(0, 3).map(({ agent_id, objective }) => ({ agent_id, objective }));
    const { task_id: next = '' } = await on.orchestrator.resume(task_id, ME, {
      plan: [...plan, { name: 'More', objective: 'What else?' }],
    });
    await eventually(async () => (await on.orchestrator.status(next, ME)).progress === 1, 'it ends');
    expect(on.calls.slice(4)).toEqual(['research belter-4', 'compose']);
    await same(on, next);
  });
});

describe('a choice', () => {
  test('researches one branch, names it with the quotes that decided, and replays', async () => {
    const on = await orchestra({ judgements: { choose: choosing('Log') } });
    const task_id = await finished(on, CHOICE);
    const { course, text, completeness, claims = [] } = await report(on, task_id);
    expect({ course, completeness }).toEqual({ course: { branch: 'Log', why: 'It says so:' }, completeness: 'full' });
    expect(text).toContain('> branch taken: Log');
    expect(text).toContain('- Log. It says so:\n  - “The log” [1]');
    expect(claims.map(({ claim_id }) => claim_id)).toContain('choice.1');
    expect(await statuses(on, task_id)).toEqual(['belter-1 completed', 'belter-2 completed', 'camina completed']);
    expect((await on.store.results.get(task_id))?.result).toMatchObject({ metadata: { branch: 'Log' } });
    await same(on, task_id);
  });

  test('takes the branch without a condition where no other applies', async () => {
    const on = await orchestra({ judgements: { choose: choosing(null) } });
    const task_id = await finished(on, CHOICE);
    expect((await report(on, task_id)).text).toContain('- Neither, because no other applied.');
    expect(await statuses(on, task_id)).toEqual(['belter-1 completed', 'camina completed']);
    await same(on, task_id);
  });

  test('is a whole report that says so where none applies at all', async () => {
    const on = await orchestra({ judgements: { choose: choosing(null) } });
    const task_id = await finished(on, { ...CHOICE, branches: BRANCHES.slice(0, 1) });
    const { status, completeness, summary, course } = await report(on, task_id);
    expect({ status, completeness, branch: course?.branch }).toEqual({
      status: 'completed',
      completeness: 'full',
      branch: null,
    });
    expect(summary).toContain('no branch applied');
    await same(on, task_id);
  });

  test('fails where the model names a branch that does not exist, or quotes nothing for it', async () => {
    const strange = await orchestra({ judgements: { choose: choosing('Fog') } });
    expect((await report(strange, await finished(strange, CHOICE))).error?.code).toBe('OUTPUT_INVALID');
    const silent = await orchestra({ judgements: { choose: choosingUnquoted } });
    expect((await report(silent, await finished(silent, CHOICE))).error?.code).toBe('QUOTE_NOT_FOUND');
  });

  test('writes what decided it into no section when the findings are put together without a synthesis', async () => {
    const on = await orchestra({ judgements: { choose: choosing('Log') }, compose: 'fail' });
    const { sections, completeness } = await report(on, await finished(on, CHOICE));
    expect(completeness).toBe('partial');
    expect(sections.map(({ id }) => id)).toContain('branch');
  });

  test('lands when it is cancelled while choosing', async () => {
    const on = await orchestra({ judgements: { choose: ({ signal }) => untilAborted(signal) } });
    const { task_id = '' } = await on.orchestrator.start(CHOICE, ME);
    await eventually(
      async () => (await on.store.steps.list(task_id)).some(({ kind }) => kind === 'choice'),
      'it chooses',
    );
    expect((await on.orchestrator.cancel(task_id, ME)).status).toBe('cancelled');
    await same(on, task_id);
  });
});

describe('rounds', () => {
  test('go on until the condition holds, and the report tells each', async () => {
    const on = await orchestra({ deeds: ['find', 'nothing'], judgements: { critique: criticising(2) } });
    const task_id = await finished(on, ROUNDS);
    const { course, text, missing } = await report(on, task_id);
    expect(course).toEqual({ rounds: 2, why: 'the condition holds' });
    expect(text).toContain('Ended after 2 rounds: the condition holds.');
    expect(text).toContain('Round 2: 1 objective, 2 findings. It holds:');
    expect(missing).toEqual([]);
    expect(on.calls).toEqual(['plan', 'research belter-1', 'research belter-2', 'research belter-3', 'compose']);
    await same(on, task_id);
  });

  test('end at the limit, and what is still missing is told', async () => {
    const on = await orchestra({ judgements: { critique: criticising(9) } });
    const task_id = await finished(on, ROUNDS);
    const { course, text, completeness } = await report(on, task_id);
    expect({ course, completeness }).toEqual({
      course: { rounds: 3, why: 'the limit of 3 rounds was reached' },
      completeness: 'full',
    });
    expect(text).toContain('## What is missing\n\n- the rest');
    await same(on, task_id);
  });

  test('end when two of them brought nothing new', async () => {
    // The files have three lines, one for each of the first three agents.
    const on = await orchestra({ judgements: { critique: criticising(9) } });
    const task_id = await finished(on, { ...ROUNDS, max_rounds: 8 });
    expect((await report(on, task_id)).course).toEqual({ rounds: 5, why: 'two rounds in a row brought nothing new' });
  });

  test('end with what is there when a critique fails', async () => {
    const on = await orchestra({ judgements: { critique: speechless } });
    const task_id = await finished(on, ROUNDS);
    const { completeness, missing } = await report(on, task_id);
    expect({ completeness, missing }).toEqual({
      completeness: 'partial',
      missing: [{ what: 'the critique of round 1', why: 'no words' }],
    });
    await same(on, task_id);
  });

  test('are carried on after a kill within a later round, and progress never falls', async () => {
    const judgements = { critique: criticising(3) };
    const one = { ...ROUNDS, agents: 1 };
    const whole = await orchestra({ judgements });
    const expected = await report(whole, await finished(whole, one));
    const file = await databaseFile();
    const clock = new FakeClock();
    const first = await orchestra({ file, clock, deeds: ['find', 'hang'], judgements });
    const { task_id = '' } = await first.orchestrator.start(one, ME);
    await eventually(async () => first.calls.includes('research belter-2'), 'the second round is begun');
    const before = (await first.orchestrator.status(task_id, ME)).progress;
    expect(before).toBeGreaterThan(0.3);
    await first.orchestrator.close();
    const second = await orchestra({ file, clock, judgements });
    expect((await second.orchestrator.status(task_id, ME)).progress).toBeGreaterThanOrEqual(before);
    await clock.advance(60_000);
    await eventually(async () => (await second.orchestrator.status(task_id, ME)).progress === 1, 'it ends');
    expect((await report(second, task_id)).text).toBe(expected.text);
    expect(second.calls).toEqual(['research belter-2', 'research belter-3', 'compose']);
  });

  test('are deepened by more agents in the first one', async () => {
    const on = await orchestra({ deeds: ['find'], judgements: { critique: criticising(1) } });
    const task_id = await finished(on, { ...ROUNDS, agents: 1 });
    const { task_id: next = '' } = await on.orchestrator.resume(task_id, ME, { agents: 2 });
    await eventually(async () => (await on.orchestrator.status(next, ME)).progress === 1, 'it ends');
    expect(on.calls.filter((call) => call === 'research belter-1')).toHaveLength(1);
    await same(on, next);
  });
});

test('what belongs to another pattern, is missing or cannot be is refused by name', async () => {
  const on = await orchestra();
  const refused: readonly (readonly [StartRequest, string])[] = [
    [{ task: 'How?', steps: STEPS }, 'steps belongs to the pattern sequential, and this one is beltalowda'],
    [{ ...SEQUENCE, until: 'it rains' }, 'until belongs to the pattern iterative'],
    [{ task: 'How?', orchestrator_type: 'sequential' }, 'the pattern sequential needs steps'],
    [{ task: 'How?', orchestrator_type: 'conditional' }, 'the pattern conditional needs branches'],
    [{ task: 'How?', orchestrator_type: 'iterative', max_rounds: 2 }, 'the pattern iterative needs until'],
    [{ ...SEQUENCE, agents: 3 }, 'agents cannot be given with the pattern sequential'],
    [{ ...SEQUENCE, domains: ['news'] }, 'domains belong to the pattern swarm'],
    [{ ...SEQUENCE, steps: [] }, 'steps: there are 0, and 1 to 12 are possible'],
    [{ ...SEQUENCE, steps: [...STEPS, { name: 'order', objective: 'x' }] }, 'two of the steps are named "order"'],
    [{ ...SEQUENCE, steps: [{ name: ' ', objective: 'x' }] }, 'the name of steps[0] is empty'],
    [{ ...CHOICE, branches: [{ name: 'A', objectives: [] }] }, 'objectives of branches[0]: there are 0'],
    [
      { ...CHOICE, branches: ['A', 'B'].map((name) => ({ name, objectives: ['x'] })) },
      'more than one of the branches has no when',
    ],
    [{ ...ROUNDS, max_rounds: 9 }, 'max_rounds must be a whole number from 1 to 8, not 9'],
    [{ ...ROUNDS, until: ' ' }, 'until is empty'],
  ];
  for (const [request, message] of refused) await expect(on.orchestrator.start(request, ME)).rejects.toThrow(message);
  expect((await on.orchestrator.list(ME)).workflows).toEqual([]);
});

test('inputs make two requests different, and a request without them keeps its hash', () => {
  const hashes = [SEQUENCE, { ...SEQUENCE, steps: STEPS.slice(1) }, CHOICE, ROUNDS, { ...ROUNDS, max_rounds: 2 }].map(
    inputHash,
  );
  expect(new Set(hashes).size).toBe(5);
  expect(inputHash({ task: 'How?' })).toBe(inputHash({ task: 'How?', steps: undefined, until: undefined }));
});

test('a dry run counts the agents that the inputs lead to', async () => {
  const on = await orchestra();
  const agents = async (request: StartRequest): Promise<number> =>
    (await on.orchestrator.start({ ...request, dry_run: true }, ME)).estimate.agents;
  expect(await agents(SEQUENCE)).toBe(4);
  expect(await agents(CHOICE)).toBe(3);
  expect(await agents({ ...ROUNDS, agents: 2 })).toBe(7);
});
