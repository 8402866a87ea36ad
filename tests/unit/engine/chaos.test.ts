import { expect, test } from 'vitest';
import { isTerminalEvent } from '../../../src/core/event.ts';
import type { Store } from '../../../src/store/store.ts';
import { isTerminal } from '../../../src/core/workflow.ts';
import { Fault } from '../../../src/core/errors.ts';
import type { Definition } from '../../../src/engine/engine.ts';
import { databaseFile, id, type Node, startNode, submission, work } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { Random } from '../../support/random.ts';

const WORKFLOWS = 8;
const STEPS = ['a', 'b', 'c'];

/** Bodies take a while by the clock of their process, and fail now and then. */
function definition(clock: FakeClock, random: Random): Definition {
  return work({
    steps: STEPS,
    body: ({ spec, signal }) =>
      new Promise((resolve, reject) => {
        const failing = random.chance(0.15);
        const cancel = clock.after(random.below(4000), () => {
          if (failing) reject(new Error('a bad day'));
          else resolve(`${spec.step_id} done`);
        });
        if (random.chance(0.7)) {
          signal.addEventListener('abort', () => {
            cancel();
            reject(signal.reason as Error);
          });
        }
      }),
  });
}

/** A disk that is full now and then. */
function moody(random: Random, bad: { now: boolean }): (real: Store) => Store {
  const behind = <Noun extends object>(noun: Noun): Noun =>
    new Proxy(noun, {
      get: (target, name) => {
        const verb: unknown = Reflect.get(target, name);
        if (typeof verb !== 'function') return verb;
        return async (...args: unknown[]): Promise<unknown> => {
          if (bad.now && random.chance(0.3)) throw new Fault('STORE_FULL', 'the disk is full');
          for (let turns = random.below(3); turns > 0; turns -= 1) await Promise.resolve();
          return Reflect.apply(verb, target, args) as unknown;
        };
      },
    });
  return (real) => ({
    ...real,
    steps: behind(real.steps),
    workflows: behind(real.workflows),
    events: behind(real.events),
  });
}

class Fleet {
  readonly file: string;
  readonly #random: Random;
  readonly #bad = { now: true };
  readonly nodes: Node[] = [];
  #submitted = 0;

  constructor(file: string, random: Random) {
    this.file = file;
    this.#random = random;
  }

  async open(): Promise<void> {
    const latest = Math.max(Date.UTC(2026, 0, 1), ...this.nodes.map((node) => node.clock.now()));
    const clock = new FakeClock(latest);
    const store = moody(this.#random, this.#bad);
    const options = { file: this.file, clock, max_active: 3, total: 4, store };
    this.nodes.push(await startNode({ ...options, definition: definition(clock, this.#random) }));
  }

  /** One thing that happens to a fleet. What is refused by a full disk is simply not done. */
  async turn(): Promise<void> {
    const node = this.#random.pick(this.nodes);
    const dice = this.#random.next();
    if (dice < 0.25 && this.#submitted < WORKFLOWS) {
      this.#submitted += 1;
      await node.engine.submit(submission(this.#submitted)).catch(refused);
    } else if (dice < 0.32) {
      const wish = { kind: 'cancel', reason: null, finalize: false } as const;
      await node.engine.stop(id(1 + this.#random.below(WORKFLOWS)), wish).catch(refused);
    } else if (dice < 0.37) await this.#replace(node);
    else if (dice < 0.42) node.clock.jump(12_000);
    else await node.clock.advance(this.#random.below(3000));
  }

  async #replace(node: Node): Promise<void> {
    this.nodes.splice(this.nodes.indexOf(node), 1);
    const closing = node.engine.close();
    if (this.nodes.length < 2 || this.#random.chance(0.5)) await this.open();
    await closing;
  }

  /** Fair weather and time enough for everything to end. */
  async calm(): Promise<readonly string[]> {
    this.#bad.now = false;
    for (let round = 0; round < 40; round += 1) {
      for (const node of this.nodes) await node.clock.advance(3000);
      const open = await this.#open();
      if (open.length === 0) return [];
    }
    return this.#open();
  }

  async #open(): Promise<readonly string[]> {
    const store = this.#store();
    const all = await Promise.all(Array.from({ length: WORKFLOWS }, (_, n) => store.workflows.get(id(n + 1))));
    return all.flatMap((workflow) => (workflow === null || isTerminal(workflow.status) ? [] : [workflow.task_id]));
  }

  #store(): Store {
    const [node] = this.nodes;
    if (node === undefined) throw new Error('the fleet is empty');
    return node.store;
  }

  /** What is wrong with the stored workflows, in words. */
  async problems(): Promise<readonly string[]> {
    const problems: string[] = [];
    const store = this.#store();
    for (let n = 1; n <= WORKFLOWS; n += 1) {
      const workflow = await store.workflows.get(id(n));
      if (workflow === null) continue;
      const say = (what: string): void => void problems.push(`workflow ${n} (${workflow.status}): ${what}`);
      const events = await store.events.list(id(n), { after: 0, limit: 10_000 });
      if (events.some((event, index) => event.seq !== index + 1)) say('its events have a gap');
      const ends = events.filter((event) => isTerminalEvent(event.event_type));
      if (ends.length !== 1 || ends[0] !== events.at(-1)) say(`${ends.length} terminal events`);
      const resumed = events.filter((event) => event.event_type === 'workflow_resumed').length;
      if (resumed !== workflow.resumed) say(`${resumed} of ${workflow.resumed} resumptions are told`);
      for (const record of await store.steps.list(id(n))) {
        const own = events.filter((event) => event.agent_id === record.step_id);
        const outcomes = own.filter((event) => event.event_type === 'agent_complete').length;
        if (outcomes !== (record.status === 'succeeded' ? 1 : 0)) say(`${outcomes} outcomes of ${record.step_id}`);
        if (own.filter((event) => event.event_type === 'agent_start').length !== 1)
          say(`${record.step_id} began twice`);
        if (record.status === 'running' && workflow.status === 'completed') say(`${record.step_id} is open`);
      }
      const outputs = { outputs: STEPS.map((step_id) => `${step_id} done`) };
      const result = (await store.results.get(id(n)))?.result;
      if (workflow.status === 'completed') {
        if (JSON.stringify(result) !== JSON.stringify(outputs)) say(`its result is ${JSON.stringify(result)}`);
      }
    }
    return problems;
  }
}

function refused(thrown: unknown): void {
  const known = thrown instanceof Fault && /^(STORE_FULL|NOT_FOUND|SHUTTING_DOWN)$/.test(thrown.code);
  if (!known) throw thrown;
}

test.for(Array.from({ length: 40 }, (_, seed) => seed))(
  'a fleet that pauses, dies, cancels and runs out of disk ends every workflow once (seed %i)',
  async (seed) => {
    const random = new Random(seed);
    const fleet = new Fleet(await databaseFile(), random);
    for (let n = 0; n < 3; n += 1) await fleet.open();
    for (let turn = 0; turn < 60; turn += 1) await fleet.turn();
    expect(await fleet.calm(), 'workflows that never end').toEqual([]);
    expect(await fleet.problems()).toEqual([]);
  },
);
