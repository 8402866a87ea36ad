/** Builds that are broken on purpose: each is found out by the suites beside this one, and the whole build is not. */

import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/binary.ts';
import { killAt, type Recording, record } from '../support/crash-boundaries.ts';
import { brokenBuild, type Edit } from '../support/crash-build.ts';
import { pausedPastItsLease } from '../support/crash-stale.ts';

const TWO_COMMITS: readonly Edit[] = [
  {
    file: 'store/sqlite/steps.js',
    from: `            appendEvents(session, workflow, { events: step.events });
            return toStep(row);
        },
        fail:`,
    to: `            return toStep(row);
        },
        fail:`,
  },
  {
    file: 'store/sqlite/steps.js',
    from: `settle: (hold, step, ahead) => writer.write(() => settle(hold, step), ahead),`,
    to: `settle: (hold, step, ahead) => writer.write(() => settle(hold, step), ahead).then((settled) => writer.write(() => {
            appendEvents(session, held(session, hold), { events: step.events });
            return settled;
        })),`,
  },
];

const STORED_LATER: Edit = {
  file: 'engine/step-run.js',
  from: `        const settled = await persist(() => parts.store.steps.settle(hold, { step_id: spec.step_id, output, evidence, events }, attempt.ahead), parts.weather);`,
  to: `        const settled = { ...begun, status: 'succeeded', output };
        parts.clock.after(500, () => void parts.store.steps.settle(hold, { step_id: spec.step_id, output, evidence, events }));`,
};

const BOUGHT_AGAIN: readonly Edit[] = [
  {
    file: 'engine/workflow-run.js',
    from: `            for (const step of recorded)
                this.#steps.set(step.step_id, step);`,
    to: `            for (const step of recorded)
                if (step.status === 'running') this.#steps.set(step.step_id, step);`,
  },
  {
    file: 'engine/step-run.js',
    from: `    if (begun === null)
        return attempt.wanted() ? recordedStep(parts, attempt) : null;`,
    to: `    if (begun === null) {
        await runBody(parts, attempt, { input: spec.input, attempts: 1 });
        return recordedStep(parts, attempt);
    }`,
  },
];

/** What was told ahead of an outcome stays, though the outcome itself is taken back. */
const OUTCOME_TAKEN_BACK: Edit = {
  file: 'store/sqlite/writer.js',
  from: `            const value = write.verb();
`,
  to: `            const value = write.verb();
            if (write.ahead !== null) this.#undo.run();
`,
};

/** Intents that do not wait for their outcome: they are written in a commit before it. */
const INTENTS_FIRST: Edit = {
  file: 'engine/step-run.js',
  from: STORED_LATER.from,
  to: `        attempt.ahead.written({ ...begun, status: 'succeeded', output });
        await new Promise((resolve) => setTimeout(resolve, 500));
        const settled = await persist(() => parts.store.steps.settle(hold, { step_id: spec.step_id, output, evidence, events }), parts.weather);`,
};

const UNFENCED: Edit = {
  file: 'store/sqlite/session.js',
  from: `WHERE task_id = ? AND fence = ? AND status = 'running'`,
  to: `WHERE task_id = ? AND ? > 0 AND status = 'running'`,
};

const KILLED = [
  'outcome committed / agent:belter-1',
  'intent told / plan',
  'outcome told / agent:belter-1',
  'intent with outcome committed / plan',
] as const;
const PAUSED = 'outcome asked / synthesis:camina';

describe('a broken build', () => {
  const builds: string[] = [];
  let recording: Recording;
  const build = (edits: readonly Edit[]): string => {
    const folder = brokenBuild(edits);
    builds.push(folder);
    return folder;
  };
  const found = async (edits: readonly Edit[], point: string): Promise<readonly string[]> =>
    (await killAt(build(edits), point, { recording, heir: 'entry' })).violations;

  beforeAll(async () => {
    recording = await record(ROOT);
  }, 240_000);
  afterAll(() => {
    for (const folder of builds) rmSync(folder, { recursive: true, force: true });
  });

  it('that records outcome and event in two commits is found out', async () => {
    const what = await found(TWO_COMMITS, KILLED[0]);
    expect(what.join('\n')).toMatch(/a step completed other than once: .*agent:belter-1, 0/);
  }, 240_000);

  it('that lets the next step begin before an outcome is stored is found out', async () => {
    const what = await found([STORED_LATER], KILLED[1]);
    expect(what.join('\n')).toMatch(/a step began before one it builds on had an outcome: .*plan, collect/);
  }, 240_000);

  it('that buys a finished step again is found out', async () => {
    const what = await found(BOUGHT_AGAIN, KILLED[2]);
    expect(what.join('\n')).toMatch(/agent:belter-1 was called 1 times after the kill instead of 0/);
  }, 240_000);

  it('that commits the intents that follow from an outcome without it is found out', async () => {
    const what = await found([OUTCOME_TAKEN_BACK], KILLED[3]);
    expect(what.join('\n')).toMatch(/half of a commit is there: outcome collect, intent plan/);
    expect(what.join('\n')).toMatch(/a step began before one it builds on had an outcome: .*plan, collect/);
  }, 240_000);

  it('that commits them before it is found out', async () => {
    const what = await found([INTENTS_FIRST], KILLED[1]);
    expect(what.join('\n')).toMatch(/a step began before one it builds on had an outcome: .*plan, collect/);
  }, 240_000);

  it('that does not look at fencing numbers is found out', async () => {
    const { violations } = await pausedPastItsLease(build([UNFENCED]), PAUSED);
    expect(violations).toContain('the stale process wrote into the workflow');
    expect(violations).toContain('under a lost lease: outcome synthesis:camina');
  }, 240_000);

  it('is needed for that: a copy with nothing changed shows nothing', async () => {
    for (const point of KILLED) expect(await found([], point)).toEqual([]);
    expect((await pausedPastItsLease(build([]), PAUSED)).violations).toEqual([]);
  }, 240_000);

  it('is not made where the source moved on', () => {
    expect(() => build([{ ...UNFENCED, from: 'no such line' }])).toThrow('holds this 0 times, not once');
  });
});
