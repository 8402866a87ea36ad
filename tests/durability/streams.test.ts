/**
 * Readers of event streams in thousands, over workflows that a real engine works on: whoever loses its connection and comes back, and
 * whoever reads nothing for a while, has seen every event once. `npm run test:durability -- --readers N --seed N`.
 */

import { expect, onTestFinished, test } from 'vitest';
import type { ResearchRequest } from '../../src/providers/providers.ts';
import { HOST } from '../../src/server/callers.ts';
import { STALLED_MS } from '../../src/server/http/event-stream.ts';
import { servedHttp } from '../support/http-service.ts';
import { intermediaryTo } from '../support/intermediary.ts';
import { type Orchestra, orchestra } from '../support/orchestra.ts';
import { Random } from '../support/random.ts';
import { READERS, SEED } from '../support/sizes.ts';
import { WanderingReader } from '../support/wandering-reader.ts';
import { until } from '../unit/server/mcp/connections.ts';

const AGENTS = 8;
/** A moment in which an agent may tell what it does. */
const TICK_MS = 250;
const TICKS = 80;
const QUIET = 5;
/** Its reader that reads nothing is to have more before it than kernel and stream hold. */
const LOUD = { task: 'loud', share: 1, text: 'ä'.repeat(8000), readers: 4 };
/** A real history is some hundred events. */
const SHARE = 0.05;

/** Agents that tell what they do, tick by tick, and end when they are told to. */
class Paced {
  readonly #random: Random;
  readonly #end = Promise.withResolvers<void>();
  #tick = Promise.withResolvers<void>();
  #left = TICKS;

  constructor(random: Random) {
    this.#random = random;
  }

  readonly works = async ({ task, progress }: ResearchRequest): Promise<void> => {
    const { share, text } = task === LOUD.task ? LOUD : { share: SHARE, text: '' };
    while (this.#left > 0) {
      if (this.#random.chance(share)) progress(`${text} reads “${'δ'.repeat(this.#random.below(200))}” 🛰`);
      await this.#tick.promise;
    }
    await this.#end.promise;
  };

  /** One tick, with all that comes of it in the engine. */
  async tick(on: Orchestra): Promise<void> {
    this.#left -= 1;
    this.#tick.resolve();
    this.#tick = Promise.withResolvers();
    await on.clock.advance(TICK_MS);
  }

  end(): void {
    this.#end.resolve();
  }
}

interface Reading {
  readonly task_id: string;
  readonly reader: WanderingReader;
  /** The tick at which it comes; from the last tick on: when all has ended. */
  readonly at: number;
}

function readings(random: Random, ids: readonly string[], urls: readonly string[]): readonly Reading[] {
  const reading = (task_id: string, at: number): Reading => {
    const own = new Random(random.below(2 ** 31));
    const address = (): string => `${own.pick(urls)}/stream/${task_id}`;
    return { task_id, at, reader: new WanderingReader({ address, random: own, loses: 0.05 }) };
  };
  const [loud = '', ...quiet] = ids;
  const late = Math.ceil(TICKS * 1.1);
  return [
    ...Array.from({ length: LOUD.readers }, () => reading(loud, 0)),
    ...Array.from({ length: READERS - LOUD.readers - 1 }, () => reading(random.pick(quiet), random.below(late))),
  ];
}

/** How many events are committed, of each workflow. */
async function heads(on: Orchestra, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  return new Map(
    await Promise.all(ids.map(async (id) => [id, (await on.orchestrator.status(id, HOST)).version] as const)),
  );
}

/** Waits until it holds for each of them; throws what one met that no reader should. */
async function each(of: readonly Reading[], holds: (reading: Reading) => boolean): Promise<void> {
  await until(() => {
    const [wrong] = of.flatMap(({ reader }) => reader.wrong);
    if (wrong !== undefined) throw new Error(wrong);
    return of.every(holds);
  });
}

/** What every reader of a workflow is to have got: all fields of all events, in one text. */
async function told(on: Orchestra, task_id: string): Promise<string> {
  const { events } = await on.orchestrator.events(task_id, HOST, { limit: 1000 });
  const fields = events.map(({ seq, event_type, timestamp, agent_id, data }) => {
    const envelope = { task_id, seq, event_type, timestamp, agent_id, data };
    return [String(seq), event_type, JSON.stringify(envelope)];
  });
  return JSON.stringify(fields);
}

async function checkAll(on: Orchestra, all: readonly Omit<Reading, 'at'>[], ids: readonly string[]): Promise<void> {
  const expected = new Map(await Promise.all(ids.map(async (id) => [id, await told(on, id)] as const)));
  expect(all.flatMap(({ reader }) => reader.wrong)).toEqual([]);
  const differ = all.filter(({ reader, task_id }) => {
    const got = reader.events.map(({ id, event, data }) => [id, event, data]);
    return JSON.stringify(got) !== expected.get(task_id);
  });
  expect(differ.map(({ task_id, reader }) => ({ task_id, got: reader.seqs }))).toEqual([]);
}

test(
  `${READERS} readers that lose their connections see every event once, and nobody waits for one that reads nothing (SEED=${SEED})`,
  { timeout: 60_000 + READERS * 100 },
  async () => {
    const random = new Random(SEED);
    const paced = new Paced(random);
    const on = await orchestra({ deeds: Array.from({ length: AGENTS }, () => 'find'), works: paced.works });
    const { url } = await servedHttp(on.orchestrator, { clock: on.clock });
    const between = await intermediaryTo(url, new Random(random.below(2 ** 31)));
    const ids: string[] = [];
    for (const task of [LOUD.task, ...Array.from({ length: QUIET }, (_, n) => `quiet ${n}`)]) {
      ids.push((await on.orchestrator.start({ task }, HOST)).task_id ?? '');
    }
    const [loud = ''] = ids;
    const reads = Promise.withResolvers<void>();
    const address = (): string => `${url}/stream/${loud}`;
    const stalled = new WanderingReader({ address, random, loses: 0, reads: reads.promise });
    const all = readings(random, ids, [url, url, url, between]);
    onTestFinished(() => {
      for (const reader of [stalled, ...all.map((reading) => reading.reader)]) reader.leave();
    });
    const early = all.filter(({ at }) => at < TICKS);
    const over = [stalled.run()];
    for (let tick = 0; tick < TICKS; tick += 1) {
      over.push(...early.filter(({ at }) => at === tick).map(({ reader }) => reader.run()));
      await paced.tick(on);
    }
    // All of it is committed, everybody else has it, and one has read nothing and is still connected.
    const committed = await heads(on, ids);
    await each(early, ({ reader, task_id }) => reader.events.length === committed.get(task_id));
    expect([stalled.events.length, stalled.ends]).toEqual([0, []]);
    await on.clock.advance(2 * STALLED_MS);
    reads.resolve();
    const before = committed.get(loud) ?? 0;
    await until(() => stalled.events.length >= before);
    expect(stalled.ends[0]).toBeLessThan(before);
    paced.end();
    await on.clock.advance(1000);
    await each(early, ({ reader }) => reader.events.at(-1)?.event === 'workflow_complete');
    await Promise.all([...over, ...all.filter(({ at }) => at >= TICKS).map(({ reader }) => reader.run())]);
    await checkAll(on, [...all, { reader: stalled, task_id: loud }], ids);
  },
);
