/**
 * The power fails, at a random moment, while the real store and engine are at work. What was acknowledged is there, and
 * nothing is damaged. `IMAGES` sets at how many moments, `SEED` repeats a run.
 */

import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Disk, develop, SURVIVORS, type Survivors } from '../support/power-loss/disk.ts';
import { carriedOn, type Examined, examine, ledgerOf } from '../support/power-loss/examine.ts';
import { DATABASE, record, type Recording, type Synchronous, whole, whyNot } from '../support/power-loss/record.ts';
import { Random } from '../support/random.ts';
import { IMAGES, SEED } from '../support/sizes.ts';

/** Workflows each time the database is opened: the last time several checkpoints' worth. */
const SESSIONS = [4, 4, 24];
/** One image in so many is worked on to its end. */
const CARRIED_ON = 10;
/** The teeth need few images, and never fewer than these: one in three at OFF is damaged, nearly every one is bad. */
const FEW = Math.max(24, Math.ceil(IMAGES / 6));

const reason = await whyNot();
const place = mkdtempSync(join(tmpdir(), 'beltalowda-power-'));
const gallery = mkdtempSync(join(memoryOr(tmpdir()), 'beltalowda-power-'));

afterAll(() => {
  for (const folder of [place, gallery]) rmSync(folder, { recursive: true, force: true });
});

/** Looking at an image synchronises it, and what becomes of it afterwards is nobody's concern. */
function memoryOr(otherwise: string): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return otherwise;
  }
}

interface Failure extends Examined {
  /** Before which operation the power failed, and what survived. */
  readonly at: number;
  readonly survivors: Survivors;
  readonly afterwards: readonly string[];
}

/** Examines the disk as `images` power failures leave it. */
async function powerFailures(recording: Recording, random: Random, images: number): Promise<readonly Failure[]> {
  const moments = Array.from({ length: images }, () => random.below(recording.operations.length + 1));
  const failures: Failure[] = [];
  const disk = new Disk();
  let done = 0;
  for (const [number, at] of moments.sort((a, b) => a - b).entries()) {
    for (const operation of recording.operations.slice(done, at)) disk.apply(operation);
    done = at;
    const survivors = random.pick(SURVIVORS);
    const folder = join(gallery, `image-${number}`);
    develop(disk.image(survivors, random), folder);
    const ledger = ledgerOf(recording.ledger.slice(0, recording.told[at]));
    const found = await examine(join(folder, DATABASE), ledger);
    const sound = found.damaged.length === 0 && found.lost.length === 0;
    const tasks = Array.from(ledger.promised, (what) => /^workflow (.*)$/.exec(what)?.[1] ?? []).flat();
    const chosen = sound && number % CARRIED_ON === 0 && tasks.length > 0;
    const afterwards = chosen ? await carriedOn(join(folder, DATABASE), tasks) : [];
    failures.push({ ...found, at, survivors, afterwards });
    rmSync(folder, { recursive: true, force: true });
  }
  return failures;
}

const isBad = ({ damaged, lost, invented, afterwards }: Failure): boolean =>
  [damaged, lost, invented, afterwards].some((list) => list.length > 0);

describe.skipIf(reason !== null)(`power loss${reason === null ? '' : `: ${reason}`} (seed ${SEED})`, () => {
  const recordings = new Map<Synchronous, Recording>();
  const at = (synchronous: Synchronous): Recording => {
    const recording = recordings.get(synchronous);
    if (recording === undefined) throw new Error(`nothing was recorded at ${synchronous}`);
    return recording;
  };

  beforeAll(async () => {
    for (const synchronous of ['FULL', 'NORMAL', 'OFF'] as const) {
      recordings.set(synchronous, await record(join(place, synchronous), synchronous, SESSIONS));
    }
  }, 60_000);

  test('the recording is complete: played back, it is the file that was left, and the ledger is full', () => {
    const recording = at('FULL');
    const seen = whole(recording).seen();
    expect([...seen.keys()]).toEqual([DATABASE]);
    expect(seen.get(DATABASE)?.equals(readFileSync(join(recording.folder, DATABASE)))).toBe(true);
    const { wanted, promised } = ledgerOf(recording.ledger);
    expect([...promised].sort()).toEqual([...wanted].sort());
    expect([...promised].filter((what) => what.startsWith('end '))).toHaveLength(SESSIONS.reduce((a, b) => a + b));
    const synchronised = recording.operations.filter(({ kind }) => kind === 'S');
    expect(synchronised.length).toBeGreaterThan(50);
    // Its making, the checkpoint of each closing, and at least one in the midst of the work.
    expect(synchronised.filter(({ path }) => path === DATABASE).length).toBeGreaterThan(1 + SESSIONS.length);
  });

  test(`as the store is: nothing acknowledged is lost and nothing is damaged, on ${IMAGES} disks`, async () => {
    const failures = await powerFailures(at('FULL'), new Random(SEED), IMAGES);
    expect(failures.filter(isBad)).toEqual([]);
    expect(failures).toHaveLength(IMAGES);
  }, 600_000);

  test('synchronised at checkpoints only, acknowledged work is lost: the search finds it', async () => {
    const failures = await powerFailures(at('NORMAL'), new Random(SEED + 1), FEW);
    expect(failures.filter(({ lost }) => lost.length > 0)).not.toEqual([]);
    expect(failures.flatMap(({ damaged }) => damaged)).toEqual([]);
  }, 600_000);

  test('never synchronised, databases are damaged and work is lost: the search finds both', async () => {
    const failures = await powerFailures(at('OFF'), new Random(SEED + 2), FEW);
    expect(failures.filter(({ damaged }) => damaged.length > 0)).not.toEqual([]);
    expect(failures.filter(({ lost }) => lost.length > 0)).not.toEqual([]);
  }, 600_000);
});
