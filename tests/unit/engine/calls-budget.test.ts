/**
 * For any cap, any pattern of failures and any use up to the reservation: spending never passes the cap, nothing is kept free
 * beyond it, everybody comes to an end, and what is kept for the report is there for it.
 */

import { expect, onTestFinished, test } from 'vitest';
import { type Budget, ceilingOf, type Share, SHARES } from '../../../src/core/budget.ts';
import { type Called, type CallRecord, type CallRequest, tokensOf } from '../../../src/core/call.ts';
import { Fault } from '../../../src/core/errors.ts';
import { UNTOLD } from '../../../src/core/telemetry.ts';
import { StepCalls } from '../../../src/engine/calls.ts';
import { Settlements } from '../../../src/engine/settlements.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite.ts';
import type { Hold, Store } from '../../../src/store/store.ts';
import { idOf, intent, ROOM, spec, submission, take } from '../../contract/rows.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { Random } from '../../support/random.ts';
import { seeds } from '../../support/seeds.ts';
import { unwatched } from '../../support/unwatched.ts';

const SEEDS = seeds(120);
/** Micro-dollars a token, where there is a price. */
const RATE = 10;

interface Chaos {
  readonly store: Store;
  readonly clock: FakeClock;
  readonly random: Random;
  readonly hold: Hold;
  readonly budget: Budget;
  readonly settlements: Settlements;
  /** What was wrong at any moment. */
  readonly wrong: string[];
}

function total(of: readonly number[]): number {
  return of.reduce((sum, one) => sum + one, 0);
}

function sums(calls: readonly CallRecord[]) {
  const under = calls.filter(({ status }) => status === 'running');
  return {
    tokens: total(calls.map(({ spent }) => tokensOf(spent.usage))),
    microusd: total(calls.map(({ spent }) => spent.microusd ?? 0)),
    kept: total(under.map(({ reserved }) => reserved.tokens)),
    keptMicrousd: total(under.map(({ reserved }) => reserved.microusd ?? 0)),
  };
}

/** Looks at the ledger as it stands: no share may have brought it past its ceiling. */
async function look({ store, hold, budget, wrong }: Chaos): Promise<void> {
  const calls = await store.calls.list(hold.task_id);
  const highest = SHARES.findLast((share) => calls.some((call) => call.share === share)) ?? 'plan';
  const { tokens, microusd, kept, keptMicrousd } = sums(calls);
  const check = (cap: number | null, sum: number, what: string): void => {
    if (cap !== null && sum > ceilingOf(cap, highest)) wrong.push(`${sum} of ${cap} ${what} after ${highest}`);
  };
  check(budget.max_tokens, tokens + kept, 'tokens');
  check(budget.max_microusd, microusd + keptMicrousd, 'micro-dollars');
}

/** An outside that answers, fails, throws or counts nothing, now or when the clock has moved on. */
function outside({ random, clock }: Chaos, most: number): CallRequest['run'] {
  return async ({ signal }) => {
    if (random.chance(0.7)) {
      await new Promise<void>((resolve) => {
        clock.after(random.below(3000), resolve);
        if (random.chance(0.8)) signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    const used = random.chance(0.3) ? most : random.below(most + 1);
    const usage = {
      input_tokens: used,
      cached_tokens: 0,
      cache_write_tokens: 0,
      output_tokens: 0,
      reasoning_tokens: 0,
    };
    const spent = random.chance(0.15) ? null : { usage, microusd: used * RATE };
    if (random.chance(0.05)) throw new Error('thrown');
    const code = random.pick(['PROVIDER_LIMITED', 'PROVIDER_UNAVAILABLE', 'PROVIDER_REFUSED'] as const);
    const failed: Called = { kind: 'failed', fault: new Fault(code, 'chaos'), spent };
    return random.chance(0.3) ? failed : { kind: 'succeeded', output: used, spent };
  };
}

/** One step's calls, one after another or side by side, until the budget or the outside refuses. */
async function agent(chaos: Chaos, step_id: string, share: Share): Promise<void> {
  const { store, clock, random, hold, budget, settlements } = chaos;
  const stop = new AbortController();
  const weather = { clock, signal: new AbortController().signal, waiting: () => undefined };
  const of = { task_id: hold.task_id, trace: null };
  const told = { telemetry: UNTOLD, of, changed: () => undefined };
  const parts = { store, clock, random: () => random.next(), weather, settlements, ...told };
  const { signal } = stop;
  const caller = {
    hold,
    step_id,
    agent_id: step_id,
    budget,
    again: false,
    round: 0,
    earlier: [],
    signal,
    landing: signal,
    pulse: unwatched(clock, signal),
  };
  const calls = new StepCalls(parts, caller);
  if (random.chance(0.2)) clock.after(random.below(8000), () => stop.abort(new Error('stopped')));
  for (let turn = 0; turn < 4; turn += 1) {
    const beside = Array.from({ length: 1 + random.below(3) }, (_, n) => {
      const most = 1 + random.below(400);
      const key = `turn-${turn}/${n}`;
      const request = {
        key,
        kind: 'model',
        name: 'm',
        request: key,
        share,
        most: { tokens: most, microusd: most * RATE },
      } as const;
      return calls.make({ ...request, run: outside(chaos, most) });
    });
    const ends = await Promise.allSettled(beside);
    await look(chaos);
    if (ends.some(({ status }) => status === 'rejected')) break;
  }
  if (random.chance(0.5)) stop.abort(new Error('left'));
  await calls.settled();
}

/** Lets time pass until all of them have ended, or nobody can be waiting for it any more. */
async function shut(chaos: Chaos, agents: readonly Promise<void>[]): Promise<void> {
  const open = new Set(agents);
  for (const one of agents) void one.finally(() => open.delete(one));
  for (let turn = 0; open.size > 0 && turn < 300; turn += 1) {
    await chaos.clock.advance(1000);
    await look(chaos);
  }
  if (open.size > 0) chaos.wrong.push('somebody waits for ever');
  else await Promise.all(agents);
}

async function runOf(store: Store, clock: FakeClock, seed: number): Promise<Chaos> {
  const random = new Random(seed);
  const cap = 200 + random.below(4000);
  const budget = {
    max_tokens: random.chance(0.7) ? cap : null,
    max_microusd: random.chance(0.6) ? Math.round(cap * RATE * (0.5 + random.next())) : null,
  };
  await store.workflows.create(submission(seed + 1), ROOM);
  const { hold } = await take(store, { task_id: idOf(seed + 1), max_active: 1000 });
  const chaos = { store, clock, random, hold, budget, settlements: new Settlements(), wrong: [] };
  for (const share of ['plan', 'research', 'merge'] as const) {
    const steps = Array.from({ length: share === 'plan' ? 1 : 1 + random.below(4) }, (_, n) => `${share}-${n}`);
    for (const step_id of steps) await store.steps.begin(hold, intent(step_id, { spec: spec(step_id) }));
    await shut(
      chaos,
      steps.map((step_id) => agent(chaos, step_id, share)),
    );
  }
  return chaos;
}

test(`spending never passes a cap, and the report’s part of it stays (${SEEDS.length} seeds)`, async () => {
  const clock = new FakeClock();
  const store = await openSqliteStore({ file: ':memory:', clock });
  onTestFinished(() => store.close());
  const seen = { calls: 0, failed: 0, estimated: 0, refused: 0 };
  for (const seed of SEEDS) {
    const { wrong, hold, budget } = await runOf(store, clock, seed);
    const most = {
      tokens: Math.floor((budget.max_tokens ?? 1000) * 0.15),
      microusd: Math.floor((budget.max_microusd ?? 10_000) * 0.15),
    };
    await store.steps.begin(hold, intent('write'));
    const of = { step_id: 'write', agent_id: null, key: 'a', kind: 'model', name: 'm', request_hash: 'h' } as const;
    const written = { ...of, share: 'write', most, budget, round: 0, attempts: 1, earlier: [] } as const;
    const { kind } = await store.calls.reserve(hold, written);
    expect([...wrong, kind], `seed ${seed}, ${JSON.stringify(budget)}`).toEqual(['begun']);
    const calls = await store.calls.list(hold.task_id);
    expect(calls.filter(({ status }) => status === 'running').map(({ step_id }) => step_id)).toEqual(['write']);
    const { tokens, microusd } = sums(calls);
    const spending = await store.calls.spending(hold.task_id);
    expect(spending.reduce((sum, one) => sum + tokensOf(one.usage), 0)).toBe(tokens);
    expect(spending.reduce((sum, one) => sum + one.microusd, 0)).toBe(microusd);
    seen.calls += calls.length;
    seen.failed += calls.filter(({ status }) => status === 'failed').length;
    seen.estimated += calls.filter(({ estimated }) => estimated).length;
    const events = await store.events.list(hold.task_id, { after: 0, limit: 99 });
    seen.refused += events.filter(({ event_type }) => event_type === 'budget_exhausted').length;
  }
  // The seeds have met what they are to meet.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(SEEDS.length / 10);
}, 60_000);
