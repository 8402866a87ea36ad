/** The real parts, each behind a look-alike that says what passes through it and passes it on unchanged. */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Fault } from '../../src/core/errors.ts';
import type { Bus } from '../../src/bus/bus.ts';
import type { Definition } from '../../src/engine/engine.ts';
import type { Library, OfflineModel } from '../../src/providers/providers.ts';
import type { Store } from '../../src/store/store.ts';
import type { Ledger } from './crash-ledger.ts';
import type { Moment, Points } from './crash-points.ts';

interface At {
  readonly task_id: string;
  readonly subject: string;
}

interface Untold extends At {
  readonly moment: Moment;
}

const WORKFLOW = 'workflow';

export class Taps {
  readonly #points: Points;
  readonly #ledger: Ledger;
  /** Which step's body runs here. */
  readonly #body = new AsyncLocalStorage<At>();
  /** Durable, and not yet told to those who watch. */
  #untold: Untold[] = [];

  constructor(points: Points, ledger: Ledger) {
    this.#points = points;
    this.#ledger = ledger;
  }

  store(real: Store): Store {
    return {
      ...real,
      workflows: {
        ...real.workflows,
        create: async (submission, admission, claimant) => {
          const at = { task_id: submission.task_id, subject: WORKFLOW };
          this.#points.reach('submission asked', at);
          const made = await real.workflows.create(submission, admission, claimant);
          if (made.claimed !== null) this.#keep('claim told', at);
          return made;
        },
        claim: async (request) => {
          const claimed = await real.workflows.claim(request);
          if (claimed !== null) this.#keep('claim told', { task_id: claimed.hold.task_id, subject: WORKFLOW });
          return claimed;
        },
        heartbeat: async (holds, lease_ms) => {
          const lost = await real.workflows.heartbeat(holds, lease_ms);
          for (const task_id of lost) this.#ledger.write('refused', task_id, 'heartbeat');
          return lost;
        },
        finish: (hold, finish) =>
          this.#write('end', { task_id: hold.task_id, subject: WORKFLOW }, () => real.workflows.finish(hold, finish)),
      },
      steps: {
        ...real.steps,
        begin: (hold, step) =>
          this.#write('intent', { task_id: hold.task_id, subject: step.spec.step_id }, () =>
            real.steps.begin(hold, step),
          ),
        settle: (hold, step, ahead) =>
          this.#write('outcome', { task_id: hold.task_id, subject: step.step_id }, () =>
            real.steps.settle(hold, step, ahead),
          ),
        fail: (hold, step, ahead) =>
          this.#write('failure', { task_id: hold.task_id, subject: step.step_id }, () =>
            real.steps.fail(hold, step, ahead),
          ),
      },
      events: {
        ...real.events,
        append: (hold, events) => this.#refusals(hold.task_id, 'events', () => real.events.append(hold, events)),
      },
    };
  }

  bus(real: Bus): Bus {
    return {
      publish: (task_id) => {
        const untold = this.#untold;
        this.#untold = untold.filter((one) => one.task_id !== task_id);
        for (const one of untold) if (one.task_id === task_id) this.#points.reach(one.moment, one);
        real.publish(task_id);
      },
      subscribe: (task_id, heard) => real.subscribe(task_id, heard),
      close: () => real.close(),
    };
  }

  model(real: OfflineModel): OfflineModel {
    return {
      name: real.name,
      stamp: real.stamp,
      plan: (request) => this.#call(() => real.plan(request)),
      research: (request) => this.#call(() => real.research(request)),
      merge: (request) => this.#call(() => real.merge(request)),
      compose: (request) => this.#call(() => real.compose(request)),
      choose: (request) => this.#call(() => real.choose(request)),
      critique: (request) => this.#call(() => real.critique(request)),
    };
  }

  library(real: Library): Library {
    return {
      collect: (options, each) => this.#call(() => real.collect(options, each)),
      prepare: (corpus, read, signal) => real.prepare(corpus, read, signal),
      search: (corpus, options) => real.search(corpus, options),
      themes: (corpus, question, limit) => real.themes(corpus, question, limit),
      forget: (corpus_id) => real.forget(corpus_id),
      close: () => real.close(),
    };
  }

  definition(real: Definition): Definition {
    const kinds = Object.entries(real.kinds).map(([name, kind]) => [
      name,
      {
        ...kind,
        run: (context: Parameters<typeof kind.run>[0]) => {
          const at = { task_id: context.journal.workflow.task_id, subject: context.spec.step_id };
          return this.#body.run(at, () => kind.run(context));
        },
      },
    ]);
    return {
      decide: real.decide,
      landing: (journal) => real.landing(journal),
      kinds: Object.fromEntries(kinds) as Definition['kinds'],
      conclude: async (journal, end) => {
        const at = { task_id: journal.workflow.task_id, subject: WORKFLOW };
        this.#points.reach('conclusion due', at);
        const conclusion = await real.conclude(journal, end);
        this.#points.reach('conclusion made', at);
        return conclusion;
      },
    };
  }

  /** What costs money, were it a vendor's: made between a step's intent and its outcome, and counted. */
  async #call<T>(body: () => Promise<T>): Promise<T> {
    const at = this.#body.getStore();
    if (at === undefined) throw new Error('a call outside of any step');
    this.#points.reach('call due', at);
    this.#ledger.write('call', at.task_id, at.subject);
    this.#points.reach('call made', at);
    const answer = await body();
    this.#ledger.write('answer', at.task_id, at.subject);
    this.#points.reach('call answered', at);
    return answer;
  }

  async #write<T>(change: 'intent' | 'outcome' | 'failure' | 'end', at: At, verb: () => Promise<T>): Promise<T> {
    this.#points.reach(`${change} asked`, at);
    const done = await this.#refusals(at.task_id, `${change} ${at.subject}`, verb);
    this.#keep(`${change} told`, at);
    return done;
  }

  async #refusals<T>(task_id: string, what: string, verb: () => Promise<T>): Promise<T> {
    try {
      return await verb();
    } catch (thrown) {
      if (isRefusal(thrown)) this.#ledger.write('refused', task_id, what);
      throw thrown;
    }
  }

  #keep(moment: Moment, at: At): void {
    this.#untold.push({ moment, ...at });
  }
}

/** By its code alone: the parts come from a build, which has a class of its own for its errors. */
function isRefusal(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === ('LEASE_LOST' satisfies Fault['code']);
}
