/** Kill -9 where two processes work on one database, and where an ended workflow is gone on from. Sizes as in kill.test.ts. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/binary.ts';
import { commandLine, isOpen, type Open, placeOf, RESEARCH, Span, taskIdIn } from '../support/crash-kills.ts';
import { type Answer, answerOf, end, type Ended, Places, startBinary } from '../support/crash-process.ts';
import { changedOutcomes, inDatabase, type StepRow, stepRows, unsound, unsoundAtRest } from '../support/invariants.ts';
import { Random } from '../support/random.ts';
import { KILLS, SEED } from '../support/sizes.ts';

const ROUNDS = Math.max(2, Math.round(KILLS / 25));
/** Kills until one comes in the middle. Each that does not moves the next ones. */
const MOST_TRIES = 60;

function run({ place }: Pick<Open, 'place'>, args: readonly string[]): Promise<Ended> {
  return end(startBinary(ROOT, place, args));
}

function childrenOf({ place, task_id }: Open): readonly string[] {
  return inDatabase(place.file, (db) =>
    db.prepare<[string], string>('SELECT task_id FROM workflows WHERE resumed_from = ?').pluck().all(task_id),
  );
}

describe(`the binary, killed beside another and on its way on (seed ${SEED})`, () => {
  const places = new Places();
  const random = new Random(SEED);
  let answer: Answer;
  let durationMs: number;
  let span: Span;

  /** A workflow that was killed in the middle: some of it is finished, and not all. */
  const interrupted = async (): Promise<Open> => {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const place = placeOf(places);
      const first = await commandLine.begin(ROOT, place, span.moment(random));
      const task_id = taskIdIn(first.stderr);
      const bought = task_id === null ? [] : stepRows(place.file).filter((row) => row.status === 'succeeded');
      if (task_id !== null && bought.length > 0 && isOpen(place, task_id)) return { place, task_id };
      span.learn(bought.length === 0 ? 'too early' : 'too late');
    }
    throw new Error(`of ${MOST_TRIES} kills none came in the middle`);
  };

  beforeAll(async () => {
    const place = placeOf(places);
    const began = performance.now();
    const ended = await run({ place }, RESEARCH(place));
    durationMs = performance.now() - began;
    answer = answerOf(ended.stdout);
    span = new Span(durationMs);
  }, 240_000);
  afterAll(() => {
    places.remove();
  });

  it(`works on a workflow in exactly one of two processes, and in the other when the first is killed (${ROUNDS} times)`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const on = await interrupted();
      const before = stepRows(on.place.file);
      const [one, other] = await Promise.all([
        commandLine.carryOn(ROOT, on, random.next() * durationMs),
        run(on, ['resume', on.task_id, '--json']),
      ]);
      const finished = [one, other].filter(({ signal }) => signal === null);
      expect(finished.map(({ code, stdout }) => ({ code, answer: answerOf(stdout) }))).toEqual(
        finished.map(() => ({ code: 0, answer })),
      );
      expect(changedOutcomes(before, stepRows(on.place.file))).toEqual([]);
      expect(await unsoundAtRest(on.place.file)).toEqual([]);
    }
  }, 1_200_000);

  it(`goes on from a stopped workflow in one new one, however often it is killed, and buys nothing twice (${ROUNDS} times)`, async () => {
    let adopted = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const on = await interrupted();
      const stopped = await run(on, ['cancel', on.task_id, '--json']);
      expect(JSON.parse(stopped.stdout)).toMatchObject({ status: 'cancelled' });
      const bought = stepRows(on.place.file, on.task_id);
      const last = await killedOnItsWay(on, bought);
      expect({ code: last.code, answer: answerOf(last.stdout) }).toEqual({ code: 0, answer });
      const made = childrenOf(on);
      expect(made).toHaveLength(1);
      const [only = ''] = made;
      expect(bought.filter((row) => row.status === 'succeeded')).not.toEqual([]);
      const taken = stepRows(on.place.file, only).filter((row) => row.adopted_from === on.task_id);
      adopted += taken.length;
      // A synthesis of what was found by then is one of something else, where more was found since.
      const agents = bought.filter((row) => row.status === 'succeeded' && !row.step_id.startsWith('synthesis:'));
      expect(taken.map((row) => row.step_id)).toEqual(expect.arrayContaining(agents.map((row) => row.step_id)));
      expect(await unsoundAtRest(on.place.file)).toEqual([]);
      expect((await run(on, ['audit', 'verify', only])).code).toBe(0);
      expect((await run(on, ['replay', only])).code).toBe(0);
    }
    expect(adopted).toBeGreaterThan(0);
  }, 1_200_000);

  /** Killed four times on the way, then left to finish. */
  const killedOnItsWay = async (on: Open, bought: readonly StepRow[]): Promise<Ended> => {
    let before = bought;
    for (let kills = 0; kills < 4; kills += 1) {
      await commandLine.carryOn(ROOT, on, (0.2 + random.next() * 0.6) * durationMs);
      expect(unsound(on.place.file)).toEqual([]);
      const now = stepRows(on.place.file);
      expect(changedOutcomes(before, now)).toEqual([]);
      before = now;
    }
    return run(on, ['resume', on.task_id, '--json']);
  };
});
