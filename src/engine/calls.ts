/**
 * The journalled calls of one attempt of a step: each is reserved, made and settled, and one whose outcome is recorded is not
 * made again. None is left behind: before the attempt is over every call of it has its bill.
 */

import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type Budget, ceilingOf, type Limit } from '../core/budget.ts';
import { type Called, type CallRecord, type CallRequest, type Calls, NO_USAGE, type Recordable } from '../core/call.ts';
import { digits } from '../core/amount.ts';
import type { Clock } from '../core/clock.ts';
import { Fault, toFault } from '../core/errors.ts';
import { canonical, type Json } from '../core/json.ts';
import { CALL_RETRY, retryDelay } from '../core/retry.ts';
import type { Telemetry, Traced } from '../core/telemetry.ts';
import type { Hold, ReserveCall, Reserved, SettleCall, Store } from '../store/store.ts';
import { isStoreFault, pause, persist, type Weather } from './persist.ts';
import type { Pulse } from './pulse.ts';
import type { Settlements } from './settlements.ts';

/**
 * How often the event loop turns before a request that was aborted has heard it: one that hears answers in the turn it is
 * aborted in, or the next few. One that does not is settled at its reservation, and its late answer is dropped: a cancel waits
 * for nobody.
 */
const GRACE_TURNS = 10;

export interface CallParts {
  readonly store: Pick<Store, 'calls'>;
  readonly clock: Clock;
  /** In [0, 1): jitter for retries. */
  readonly random: () => number;
  readonly weather: Weather;
  readonly settlements: Settlements;
  readonly telemetry: Telemetry;
  /** The workflow, to whoever is told of it. */
  readonly of: Traced;
  /** Told after each settled call. */
  readonly changed: () => void;
}

/** Who makes the calls. */
export interface Caller {
  readonly hold: Hold;
  readonly step_id: string;
  readonly agent_id: string | null;
  readonly budget: Budget;
  /** Whether the step was begun before: then calls of it may be recorded. */
  readonly again: boolean;
  /** How often the step has failed. */
  readonly round: number;
  /** The workflows this one goes on from, the nearest first. */
  readonly earlier: readonly string[];
  /** The attempt is over: nobody waits for an answer. */
  readonly signal: AbortSignal;
  /** The step is to come home, or over: what is under way is given up, and nothing is begun. */
  readonly landing: AbortSignal;
  readonly pulse: Pulse;
}

interface Under {
  readonly request_hash: string;
  readonly outcome: Promise<Json>;
}

/** What a call was answered, and in which workflow's ledger that stands. */
interface Answered {
  readonly task_id: string;
  readonly output: Json;
}

export class StepCalls implements Calls {
  readonly #parts: CallParts;
  readonly #caller: Caller;
  /** By key. */
  readonly #under = new Map<string, Under>();
  #before: Promise<ReadonlyMap<string, Answered>> | null = null;

  constructor(parts: CallParts, caller: Caller) {
    this.#parts = parts;
    this.#caller = caller;
  }

  make(call: CallRequest): Promise<Json> {
    const { signal } = this.#caller;
    if (signal.aborted) return Promise.reject(reasonOf(signal));
    const request_hash = hashOf(call);
    const under = this.#under.get(call.key);
    if (under?.request_hash === request_hash) return under.outcome;
    if (under !== undefined) {
      return Promise.reject(new Fault('INTERNAL', `${this.#caller.step_id} makes two calls under the key ${call.key}`));
    }
    const outcome = this.#make(call, request_hash).finally(() => this.#under.delete(call.key));
    this.#under.set(call.key, { request_hash, outcome });
    return outcome;
  }

  async recorded(call: Recordable): Promise<Json | undefined> {
    const { again, earlier, hold } = this.#caller;
    if (!again && (earlier.length === 0 || call.own === true)) return undefined;
    this.#before ??= this.#outcomes();
    const found = (await this.#before).get(`${call.key} ${hashOf(call)}`);
    return call.own === true && found?.task_id !== hold.task_id ? undefined : found?.output;
  }

  /** What attempts before were answered, here and in the workflows before, the nearest first: read once, for this one knows its own. */
  async #outcomes(): Promise<ReadonlyMap<string, Answered>> {
    const { hold, step_id, again, earlier, signal } = this.#caller;
    const { store, weather } = this.#parts;
    const outcomes = new Map<string, Answered>();
    for (const task_id of again ? [hold.task_id, ...earlier] : earlier) {
      const calls = await persist(() => store.calls.list(task_id, step_id), { ...weather, signal });
      for (const { key, request_hash, status, output } of calls) {
        const call = `${key} ${request_hash}`;
        if (status === 'succeeded' && !outcomes.has(call)) outcomes.set(call, { task_id, output });
      }
    }
    return outcomes;
  }

  /** Whether calls are under way. */
  get busy(): boolean {
    return this.#under.size > 0;
  }

  /** Resolves when none is under way any more; soon, once the signal is aborted. */
  async settled(): Promise<void> {
    await Promise.allSettled(Array.from(this.#under.values(), ({ outcome }) => outcome));
  }

  async #make(call: CallRequest, request_hash: string): Promise<Json> {
    const { settlements, clock, random, telemetry } = this.#parts;
    const { landing, pulse } = this.#caller;
    for (;;) {
      const { count } = settlements;
      const reserved = await this.#reserve(call, request_hash);
      if (reserved.kind === 'recorded') return outcomeOf(reserved.call);
      if (reserved.kind === 'unknown') throw reasonOf(landing);
      if (reserved.kind === 'exhausted') throw this.#exhausted(call, reserved.limit);
      if (reserved.kind === 'unpriced') throw this.#unpriced(call);
      if (reserved.kind === 'busy') {
        const since = clock.now();
        await pulse.waits(settlements.after(count, landing));
        telemetry.tell({ kind: 'waited', limiter: 'budget', ms: clock.now() - since });
      } else {
        const { settled, fault } = await this.#perform(call, reserved.call);
        if (fault === null) return outcomeOf(settled);
        if (!landing.aborted) {
          const { retryAfterMs } = fault;
          // Waited for here it may hold the step's place until its time is up, which tells nobody why: a fallback may answer now,
          // and a step may be begun again that late. Whoever asks knows whether there is time, and what would be lost.
          const isLong = retryAfterMs !== null && retryAfterMs > CALL_RETRY.maxMs;
          if (isLong && call.waits?.(retryAfterMs) !== true) throw fault;
          const failures = reserved.failures + 1;
          const delay = retryDelay(CALL_RETRY, failures, { random: random(), retryAfterMs });
          if (!fault.retryable || delay === null) throw fault;
          await pulse.waits(pause(delay, { clock, signal: landing }));
        }
      }
      if (landing.aborted) throw reasonOf(landing);
    }
  }

  #reserve(call: CallRequest, request_hash: string): Promise<Reserved> {
    const { hold, step_id, agent_id, budget, round, signal, landing } = this.#caller;
    const { key, kind, name, share, most, own = false } = call;
    const earlier = own ? [] : this.#caller.earlier;
    const of = { step_id, agent_id, key, kind, name, request_hash, share, most };
    const known_only = landing.aborted;
    const intent: ReserveCall = { ...of, budget, round, attempts: CALL_RETRY.attempts, earlier, known_only };
    const until = { ...this.#parts.weather, signal: known_only ? signal : landing };
    return persist(() => this.#parts.store.calls.reserve(hold, intent), until);
  }

  /** Makes one request and records how it went; `fault` is null where it succeeded. */
  async #perform(call: CallRequest, reserved: CallRecord): Promise<{ settled: CallRecord; fault: Fault | null }> {
    const { store, weather, settlements, telemetry, of, changed } = this.#parts;
    const { hold, budget, landing: signal } = this.#caller;
    const { call_id } = reserved;
    // Stopped while room was made for it: nothing was asked for.
    const called = signal.aborted ? UNMADE : await this.#run(call, reserved);
    const fault = called.kind === 'succeeded' ? null : signal.aborted ? interrupted(called.fault) : called.fault;
    const settle = async (outcome: SettleCall['outcome']): Promise<CallRecord> => {
      const bill = { call_id, outcome, spent: called.spent, budget };
      const settled = await persist(() => store.calls.settle(hold, bill), weather);
      telemetry.tell({ kind: 'call_ended', of, call: settled, request: call.request });
      return settled;
    };
    try {
      const outcome: SettleCall['outcome'] =
        called.kind === 'succeeded' ? { kind: 'succeeded', output: called.output } : failed(fault ?? called.fault);
      const settled = await settle(outcome);
      changed();
      return { settled, fault };
    } catch (thrown) {
      if (isStoreFault(thrown)) throw thrown;
      // It was paid for all the same; left under way it would keep its room, and whoever needs that would wait for it in vain.
      const unrecorded = new Fault(
        'INTERNAL',
        `what ${call_id} was answered cannot be recorded: ${toFault(thrown).message}`,
        {
          cause: thrown,
        },
      );
      const settled = await settle(failed(unrecorded));
      changed();
      return { settled, fault: unrecorded };
    } finally {
      settlements.tell();
    }
  }

  async #run(call: CallRequest, { request_hash }: CallRecord): Promise<Called> {
    const { hold, step_id, landing: signal, pulse } = this.#caller;
    // Beside the names what is asked: the answer to another request is not this one's, whatever the vendor keeps.
    const idempotency_key = `${hold.task_id}/${step_id}/${call.key}/${request_hash.slice(0, 16)}`;
    const under = pulse.call(call);
    const run = async (): Promise<Called> => call.run({ signal, idempotency_key, sign: under.sign });
    const { promise: deaf, resolve } = Promise.withResolvers<Called>();
    const withdraw = (): void => {
      void turns(GRACE_TURNS).then(() => resolve({ kind: 'failed', fault: toFault(signal.reason), spent: null }));
    };
    signal.addEventListener('abort', withdraw, { once: true });
    try {
      return await Promise.race([run(), deaf]);
    } catch (thrown) {
      return { kind: 'failed', fault: mayPass(thrown), spent: null };
    } finally {
      signal.removeEventListener('abort', withdraw);
      under.ended();
    }
  }

  #unpriced({ key, name }: CallRequest): Fault {
    const { step_id, budget } = this.#caller;
    const cap = `a cap of ${(budget.max_microusd ?? 0) / 1e6} USD`;
    return new Fault('BUDGET_UNPRICED', `${step_id}/${key}: ${cap} cannot be kept, no price is known here for ${name}`);
  }

  #exhausted({ key, share, most }: CallRequest, limit: Limit): Fault {
    const { step_id, budget } = this.#caller;
    const cap = (limit === 'tokens' ? budget.max_tokens : budget.max_microusd) ?? 0;
    const needed = limit === 'tokens' ? most.tokens : (most.microusd ?? 0);
    const amount = (of: number): string => (limit === 'tokens' ? `${digits(of)} tokens` : `${of / 1e6} USD`);
    const ceiling = `${amount(ceilingOf(cap, share))}, as far as calls to ${share} may use the cap of ${amount(cap)}`;
    return new Fault(
      'BUDGET_EXHAUSTED',
      `${step_id}/${key} can take ${amount(needed)}; with what is spent that would pass ${ceiling}`,
    );
  }
}

function failed(fault: Fault): SettleCall['outcome'] {
  return { kind: 'failed', error: fault.toRecord() };
}

function hashOf({ kind, name, request }: Recordable): string {
  return hash('sha256', canonical([kind, name, request]), 'hex');
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
}

const UNMADE: Extract<Called, { kind: 'failed' }> = {
  kind: 'failed',
  fault: new Fault('CALL_INTERRUPTED', 'its step was stopped before it was made'),
  spent: { usage: NO_USAGE, microusd: 0 },
};

/** No failure of the call itself: whoever goes on with the step makes it again, as often as it was stopped. */
function interrupted(fault: Fault): Fault {
  if (fault.code === 'CALL_INTERRUPTED') return fault;
  return new Fault('CALL_INTERRUPTED', `its step was stopped while it was under way: ${fault.message}`, {
    cause: fault,
  });
}

/** What was thrown that is none of ours may pass (a socket, a worker that died): it is worth another attempt. */
export function mayPass(thrown: unknown): Fault {
  const fault = toFault(thrown);
  return fault === thrown ? fault : new Fault(fault.code, fault.message, { cause: thrown, retryable: true });
}

function outcomeOf({ status, output, error, call_id }: CallRecord): Json {
  if (status === 'succeeded') return output;
  if (error === null) throw new Fault('INTERNAL', `${call_id} is ${status}, and no error says why`);
  throw new Fault(error.code, error.message, { hint: error.hint, retryable: error.retryable });
}

/** A signal's reason, which need not be an error. */
function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : toFault(reason);
}
