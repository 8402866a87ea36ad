/** Workflows in stages whose bodies end one by one, at a word: a run that is counted in steps instead of seconds. */

import { setImmediate as turn } from 'node:timers/promises';
import type { Decide } from '../../src/core/step.ts';
import type { Definition } from '../../src/engine/engine.ts';
import { spec, work } from './engine-node.ts';
import type { Random } from './random.ts';

/** A body that has begun and waits for the word to end. */
export interface Begun {
  readonly task_id: string;
  readonly step_id: string;
  readonly end: () => void;
}

/** Steps that may run side by side, stage after stage. */
export type Stages = readonly (readonly string[])[];

const BELTERS = Array.from({ length: 8 }, (_, n) => `belter-${n + 1}`);
/** 8 Belters, 2 Drummers, 1 Camina. */
export const BIG: Stages = [['collect'], ['plan'], BELTERS, ['drummer-1', 'drummer-2'], ['camina']];
/** One agent. */
export const SMALL: Stages = [['collect'], ['plan'], ['belter-1'], ['camina']];

/** Longer than any of these runs takes, so that no time limit plays a part. */
const TIMEOUT_MS = 600_000;
/** Turns of the event loop without a body at work after which the run is taken to hang. */
const IDLE_TURNS = 3000;

export class Conductor {
  /** Bodies at work, in the order in which they began. */
  readonly playing: Begun[] = [];
  /** Workflows in the order of their first body. */
  readonly started: string[] = [];
  /** Bodies begun so far. */
  begun = 0;
  readonly #watch: (playing: readonly Begun[]) => void;

  /** `watch` is told who is at work each time that another one has begun: there can be no more between two looks. */
  constructor(watch: (playing: readonly Begun[]) => void = () => {}) {
    this.#watch = watch;
  }

  /** The definition of one process; every process of a run gets its own, and all are conducted together. */
  definition(stages: (task_id: string) => Stages): Definition {
    const decide: Decide = ({ workflow, stop, steps }) => {
      if (stop !== null) return { kind: 'finish', status: 'cancelled', error: null };
      for (const stage of stages(workflow.task_id)) {
        const open = stage.filter((step_id) => (steps.get(step_id)?.status ?? 'running') === 'running');
        if (open.length > 0) return { kind: 'run', steps: open.map((step_id) => spec(step_id, TIMEOUT_MS)) };
      }
      return { kind: 'finish', status: 'completed', error: null };
    };
    return work({
      steps: [],
      decide,
      body: ({ journal, signal, spec: { step_id } }) => this.#play(journal.workflow.task_id, step_id, signal),
    });
  }

  /** Ends bodies picked at random, up to `most` at a time, until it holds; looks after each time. */
  async play(random: Random, until: () => boolean | Promise<boolean>, options: Playing = {}): Promise<void> {
    let idle = 0;
    while (!(await until())) {
      idle = this.endSome(random, options.most ?? 1) > 0 ? 0 : idle + 1;
      if (idle > IDLE_TURNS) throw new Error(`nothing plays any more after ${this.begun} steps`);
      // An outcome commits in one turn, the next intent in another.
      await turn();
      await turn();
      await options.look?.();
    }
  }

  /** Ends bodies picked at random, 1 to `most` of those at work; says how many. */
  endSome(random: Random, most: number): number {
    const ending = Math.min(1 + random.below(most), this.playing.length);
    for (let left = ending; left > 0; left -= 1) random.pick(this.playing).end();
    return ending;
  }

  #play(task_id: string, step_id: string, signal: AbortSignal): Promise<string> {
    if (!this.started.includes(task_id)) this.started.push(task_id);
    this.begun += 1;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.playing.splice(this.playing.indexOf(body), 1);
      };
      const body: Begun = {
        task_id,
        step_id,
        end: () => {
          leave();
          resolve(step_id);
        },
      };
      this.playing.push(body);
      this.#watch(this.playing);
      const abort = (): void => {
        if (this.playing.includes(body)) leave();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abort, { once: true });
    });
  }
}

interface Playing {
  readonly most?: number;
  readonly look?: () => Promise<void> | void;
}
