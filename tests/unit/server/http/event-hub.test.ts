import { describe, expect, it } from 'vitest';
import type { Caller, EventsRequest, EventsView } from '../../../../src/core/views.ts';
import { EventHubs } from '../../../../src/server/http/event-hub.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { Random } from '../../../support/random.ts';
import { CALLER, TASK_ID } from '../mcp/views.ts';
import { WrittenWorkflow } from './event-source.ts';

function hubsOn(source: WrittenWorkflow): EventHubs {
  return new EventHubs({ orchestrator: async () => source, clock: new FakeClock(), failed: () => undefined });
}

const FOLLOWED = { task_id: TASK_ID, caller: CALLER };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function numbersIn(bytes: Uint8Array): readonly number[] {
  return Array.from(new TextDecoder().decode(bytes).matchAll(/^id: (\d+)$/gm), (match) => Number(match[1]));
}

/** Reads to the end, at its own pace; leaves and comes back when chance wants it. Returns the numbers it saw. */
async function reads(hubs: EventHubs, random: Random, from: number): Promise<readonly number[]> {
  const seen: number[] = [];
  let place = from;
  for (;;) {
    const following = await hubs.follow(FOLLOWED, place);
    for (let left = false; !left;) {
      const next = await following.next();
      if (next === 'end') {
        following.leave();
        return seen;
      }
      if (next !== 'none') seen.push(...numbersIn(next.bytes));
      place = seen.at(-1) ?? place;
      left = random.chance(0.1);
      for (let pause = random.chance(0.2) ? random.below(30) : 0; pause > 0; pause -= 1) await turn();
      // Nothing but a change wakes it: the clock stands still.
      if (!left && next === 'none') await new Promise<void>((resolve) => void following.onChange(resolve));
    }
    following.leave();
  }
}

/** Any number of workflows with the same events. */
class WrittenAlike extends WrittenWorkflow {
  override async events(task_id: string, caller: Caller, request?: EventsRequest): Promise<EventsView> {
    return { ...(await super.events(TASK_ID, caller, request)), task_id };
  }
}

it('serves two hundred readers in a turn, however many workflows they read, and each in the end', async () => {
  const source = new WrittenAlike();
  const hubs = hubsOn(source);
  const readers = await Promise.all(
    Array.from({ length: 1000 }, (_, n) => hubs.follow({ task_id: `workflow ${n % 100}`, caller: CALLER }, 0)),
  );
  for (let turns = 0; turns < 10; turns += 1) await turn();
  let now = 0;
  for (const following of readers) following.onChange(() => void (now += 1));
  source.write(1);
  source.hint(null);
  const served: number[] = [];
  for (let turns = 0; turns < 10; turns += 1) {
    await turn();
    served.push(now);
    now = 0;
  }
  expect(Math.max(...served)).toBeLessThanOrEqual(200);
  expect(served.reduce((sum, count) => sum + count)).toBe(1000);
  for (const following of readers) following.leave();
  expect([hubs.size, source.watches]).toEqual([0, 0]);
});

describe('a hub', () => {
  it.each(Array.from({ length: 30 }, (_, seed) => seed))(
    'shows every reader every event once and in order, whoever is slow, leaves or comes back (seed %i)',
    async (seed) => {
      const random = new Random(seed);
      const source = new WrittenWorkflow();
      const hubs = hubsOn(source);
      source.write(random.below(20));
      const first = source.written.length;
      const readers = Array.from({ length: 12 }, (_, n) => {
        const from = random.below(first + 1);
        return reads(hubs, new Random(seed * 100 + n), from).then((seen) => ({ from, seen }));
      });
      const bursts = 20 + random.below(60);
      for (let burst = 0; burst < bursts; burst += 1) {
        source.write(random.below(random.chance(0.05) ? 900 : 8));
        // Some hints name nothing, some are lost: the next one makes up for them.
        if (random.chance(0.2)) source.hint(null);
        for (let pause = random.below(6); pause > 0; pause -= 1) await turn();
      }
      source.end();
      const last = source.written.length;
      for (const { from, seen } of await Promise.all(readers)) {
        expect(seen).toEqual(Array.from({ length: last - from }, (_, n) => from + n + 1));
      }
      expect([hubs.size, source.watches]).toEqual([0, 0]);
    },
  );

  it('takes hints during a slow read for one more read, and keeps nobody who writes waiting', async () => {
    const source = new WrittenWorkflow();
    const gate = Promise.withResolvers<void>();
    source.held = gate.promise;
    const hubs = hubsOn(source);
    const following = await hubs.follow(FOLLOWED, 0);
    await turn();
    for (let one = 0; one < 500; one += 1) source.write(1);
    expect(source.reads).toBe(1);
    gate.resolve();
    await new Promise<void>((resolve) => void following.onChange(resolve));
    await turn();
    expect(source.reads).toBe(2);
    following.leave();
  });

  it('reads a long history in pages, and from the store what it does not keep', async () => {
    const source = new WrittenWorkflow();
    source.write(3000);
    source.end();
    const hubs = hubsOn(source);
    expect(await reads(hubs, new Random(1), 0)).toEqual(Array.from({ length: 3001 }, (_, n) => n + 1));
    expect(source.watches).toBe(0);
  });

  it('gives readers at the same place the same bytes, few pieces of many events', async () => {
    const source = new WrittenWorkflow();
    source.write(400);
    const hubs = hubsOn(source);
    const [one, other] = [await hubs.follow(FOLLOWED, 3), await hubs.follow(FOLLOWED, 3)];
    await turn();
    const seen: number[] = [];
    let pieces = 0;
    for (let next = await one.next(); typeof next !== 'string'; next = await one.next()) {
      expect(await other.next()).toBe(next);
      seen.push(...numbersIn(next.bytes));
      pieces += 1;
    }
    expect(await other.next()).toBe('none');
    expect(seen).toEqual(Array.from({ length: 397 }, (_, n) => n + 4));
    expect(pieces).toBeLessThan(5);
    for (const following of [one, other]) following.leave();
  });

  it.each([
    ['kept for all', 0],
    ['read for it', 600],
  ])('gives a reader one small piece at a time, of what is %s too', async (...[, later]) => {
    const source = new WrittenWorkflow();
    const hubs = hubsOn(source);
    const first = await hubs.follow(FOLLOWED, 0);
    source.write(200 + later, 2000);
    for (let turns = 0; turns < 20; turns += 1) await turn();
    const reader = await hubs.follow(FOLLOWED, 7);
    const seen: number[] = [];
    for (let next = await reader.next(); typeof next !== 'string'; next = await reader.next()) {
      expect(next.bytes.length).toBeLessThanOrEqual(32 * 1024);
      seen.push(...numbersIn(next.bytes));
    }
    expect(seen).toEqual(Array.from({ length: 193 + later }, (_, n) => n + 8));
    for (const following of [first, reader]) following.leave();
  });

  it('keeps a megabyte of large events, and has its readers read what is older', async () => {
    const source = new WrittenWorkflow();
    const hubs = hubsOn(source);
    const first = await hubs.follow(FOLLOWED, 0);
    source.write(100, 50_000);
    for (let turns = 0; turns < 20; turns += 1) await turn();
    const before = source.reads;
    const [near, far] = [await hubs.follow(FOLLOWED, 81), await hubs.follow(FOLLOWED, 70)];
    for (let next = near.next(); next !== 'none'; next = near.next()) expect(next).toHaveProperty('seq');
    expect(source.reads).toBe(before);
    expect(far.next()).toBeInstanceOf(Promise);
    for (const following of [first, near, far]) following.leave();
  });

  it('reads what is older once for all who ask for it at the same time', async () => {
    const source = new WrittenWorkflow();
    const hubs = hubsOn(source);
    const first = await hubs.follow(FOLLOWED, 0);
    source.write(600);
    for (let turns = 0; turns < 20; turns += 1) await turn();
    const crowd = await Promise.all(Array.from({ length: 20 }, () => hubs.follow(FOLLOWED, 5)));
    const before = source.reads;
    const pieces = await Promise.all(crowd.map(async (following) => following.next()));
    expect(source.reads - before).toBe(1);
    for (const next of pieces) expect(next).toMatchObject({ seq: 133 });
    for (const following of [first, ...crowd]) following.leave();
  });

  it('wakes a thousand readers, each once, and lets others have their turn in between', async () => {
    const source = new WrittenWorkflow();
    const hubs = hubsOn(source);
    const woken: number[] = [];
    const readers = await Promise.all(Array.from({ length: 1000 }, () => hubs.follow(FOLLOWED, 0)));
    await turn();
    let now = 0;
    for (const following of readers) {
      const takes = (): void => {
        if (following.next() !== 'end') following.onChange(changed);
      };
      const changed = (): void => {
        now += 1;
        takes();
      };
      takes();
    }
    source.write(1);
    for (let at = 0; at < 8; at += 1) {
      await turn();
      woken.push(now);
      now = 0;
    }
    expect(Math.max(...woken)).toBeLessThan(500);
    expect(woken.reduce((sum, count) => sum + count)).toBe(1000);
    for (const following of readers) following.leave();
    expect([hubs.size, source.watches]).toEqual([0, 0]);
  });

  it('reads one page of a long history in a turn', async () => {
    const source = new WrittenWorkflow();
    source.write(3000);
    const hubs = hubsOn(source);
    const following = await hubs.follow(FOLLOWED, 0);
    for (let turns = 1; turns <= 10; turns += 1) {
      await turn();
      expect(source.reads).toBeLessThanOrEqual(turns);
    }
    expect(source.reads).toBe(7);
    following.leave();
  });

  it('wakes nobody for those who were to be woken and have left', async () => {
    const source = new WrittenWorkflow();
    const hubs = hubsOn(source);
    const readers = await Promise.all(Array.from({ length: 300 }, () => hubs.follow(FOLLOWED, 0)));
    await turn();
    let woken = 0;
    const stops = readers.map((following) => following.onChange(() => void (woken += 1)));
    source.write(1);
    await turn();
    expect(woken).toBe(200);
    for (const stop of stops) stop();
    await turn();
    const before = woken;
    const late = await hubs.follow(FOLLOWED, 1);
    late.onChange(() => void (woken += 1));
    for (let turns = 0; turns < 3; turns += 1) await turn();
    expect(woken).toBe(before);
    for (const following of [...readers, late]) following.leave();
  });

  it.each(['answers', 'hangs'])(
    'wakes readers to see that the service stops, also while the store %s',
    async (store) => {
      const source = new WrittenWorkflow();
      const hubs = hubsOn(source);
      const following = await hubs.follow(FOLLOWED, 0);
      await turn();
      let woken = 0;
      following.onChange(() => void (woken += 1));
      const gate = Promise.withResolvers<void>();
      if (store === 'hangs') source.held = gate.promise;
      source.hint(TASK_ID);
      hubs.wake();
      for (let turns = 0; turns < 3; turns += 1) await turn();
      expect([source.reads, woken]).toEqual([2, 1]);
      gate.resolve();
      following.leave();
    },
  );

  it('ends every wait when the service closes', async () => {
    const hubs = hubsOn(new WrittenWorkflow());
    const following = await hubs.follow(FOLLOWED, 0);
    await turn();
    expect(await following.next()).toBe('none');
    const woken = new Promise<void>((resolve) => void following.onChange(resolve));
    hubs.close();
    await woken;
    expect(await following.next()).toBe('end');
  });
});
