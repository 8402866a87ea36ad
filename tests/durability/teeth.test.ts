/** Builds that are broken on purpose: each is found out by the suites beside this one, and the whole build is not. */

import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/binary.ts';
import { killAt, type Recording, record } from '../support/crash-boundaries.ts';
import { brokenBuild, type Edit } from '../support/crash-build.ts';
import { pausedPastItsLease } from '../support/crash-stale.ts';

const SETTLED = `            appendEvents(session, workflow, { events: step.events });
            return recorded(hold, step.step_id);
        }),
        fail:`;

const TWO_COMMITS: Edit = {
  file: 'store/sqlite/steps.js',
  from: SETTLED,
  to: `            return recorded(hold, step.step_id);
        }).then((settled) => writer.write(() => {
            appendEvents(session, held(session, hold), { events: step.events });
            return settled;
        })),
        fail:`,
};

const STORED_LATER: Edit = {
  file: 'engine/step-run.js',
  from: `        const settled = await persist(() => parts.store.steps.settle(hold, { step_id: spec.step_id, output, evidence, events }), parts.weather);`,
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
        return recordedStep(parts, attempt);`,
    to: `    if (begun === null) {
        await runBody(parts, attempt, { input: spec.input, attempts: 1 });
        return recordedStep(parts, attempt);
    }`,
  },
];

const UNFENCED: Edit = {
  file: 'store/sqlite/session.js',
  from: ` || row.fence !== hold.fence`,
  to: '',
};

const KILLED = [
  'outcome committed / agent:belter-1',
  'intent committed / plan',
  'outcome told / agent:belter-1',
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
    const what = await found([TWO_COMMITS], KILLED[0]);
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
