import { describe, expect, test } from 'vitest';
import { NO_USAGE } from '../../../../src/core/call.ts';
import { Fault } from '../../../../src/core/errors.ts';
import type { Exchange, LanguageModel } from '../../../../src/providers/language-model.ts';
import { Lane, limited, type Rates } from '../../../../src/providers/models/vendors/limits.ts';
import { scripted } from '../../../support/cassette.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { asked } from '../../../support/vendor-events.ts';

const DOWN = new Fault('PROVIDER_UNAVAILABLE', 'down');
const RATES: Rates = { concurrency: 4, requests_per_minute: null, tokens_per_minute: null };

/** A model whose requests stay open until the test ends them. */
function held() {
  const open: ((exchange: Exchange | Fault) => void)[] = [];
  const model = scripted(
    () =>
      new Promise<Exchange | Fault>((resolve) => {
        open.push(resolve);
      }),
  );
  return { model, open };
}

function setUp(rates: Partial<Rates> = {}) {
  const clock = new FakeClock();
  const waits: number[] = [];
  const waited = (ms: number): void => void waits.push(ms);
  const lane = new Lane({ name: 'vendor/model', clock, rates: { ...RATES, ...rates }, waited });
  const { model, open } = held();
  const behind = limited(model, lane);
  const ask = (signal: AbortSignal = new AbortController().signal): Promise<Exchange> =>
    behind.exchange(asked(), { signal, idempotency_key: 'k' });
  /** Asks and ends at once. */
  const once = async (with_: Exchange | Fault): Promise<Exchange> => {
    const asking = ask();
    await clock.settle();
    open.at(-1)?.(with_);
    return asking;
  };
  return { clock, lane, open, ask, once, requests: model.requests, waits };
}

const ANSWER: Exchange = {
  kind: 'answered',
  answer: { text: 'Yes.', tool_uses: [], opaque: null, stop: 'end', usage: null, model: 'm' },
};
const limit = (retryAfterMs?: number): Fault =>
  new Fault('PROVIDER_LIMITED', 'slower', retryAfterMs === undefined ? {} : { retryAfterMs });
const faultOf = (exchange: Exchange): Fault | null => (exchange.kind === 'failed' ? exchange.fault : null);

describe('a lane', () => {
  test('lets in so many at once, in the order of coming, and gives up a place when somebody leaves the queue', async () => {
    const { clock, open, ask, requests } = setUp({ concurrency: 2 });
    const leaver = new AbortController();
    const all = [ask(), ask(), ask(leaver.signal), ask()];
    await clock.settle();
    expect(requests).toHaveLength(2);
    const reason = new Error('stopped by hand');
    leaver.abort(reason);
    // Nobody was asked, so nobody has to guess what it cost.
    expect(await all[2]).toMatchObject({ kind: 'failed', fault: { message: 'stopped by hand' }, usage: NO_USAGE });
    open[0]?.(ANSWER);
    await clock.settle();
    expect(requests).toHaveLength(3);
    open[1]?.(ANSWER);
    open[2]?.(ANSWER);
    expect(await Promise.all([all[0], all[1], all[3]])).toEqual([ANSWER, ANSWER, ANSWER]);
  });

  test('tells how long each waited, also one that got no place', async () => {
    const { clock, open, ask, waits } = setUp({ concurrency: 1 });
    const leaver = new AbortController();
    const all = [ask(), ask(leaver.signal), ask()];
    await clock.advance(2000);
    leaver.abort(new Error('stopped by hand'));
    await clock.advance(1000);
    open[0]?.(ANSWER);
    await clock.settle();
    expect(waits).toEqual([0, 2000, 3000]);
    open[1]?.(ANSWER);
    await Promise.all(all);
  });

  test('halves on a refusal, once for all requests from before it, and grows slowly', async () => {
    const { clock, lane, open, ask, once } = setUp({ concurrency: 8 });
    const together = [ask(), ask(), ask()];
    await clock.settle();
    for (const end of open) end(limit(0));
    await Promise.all(together);
    expect(lane.width).toBe(4);
    await clock.advance(1);
    const widths: number[] = [];
    for (let each = 0; each < 10; each += 1) {
      await once(ANSWER);
      widths.push(lane.width);
    }
    expect(widths).toEqual([4, 4, 4, 4, 5, 5, 5, 5, 5, 6]);
  });

  test('is never narrower than one request', async () => {
    const { clock, lane, once } = setUp({ concurrency: 2 });
    for (let each = 0; each < 3; each += 1) {
      await once(limit(0));
      await clock.advance(1);
    }
    expect(lane.width).toBe(1);
  });

  test('waits as long as it is told, and by itself for longer each time it is told nothing', async () => {
    const { clock, ask, once, requests } = setUp();
    await once(limit(5000));
    void ask();
    await clock.advance(4999);
    expect(requests).toHaveLength(1);
    await clock.advance(1);
    expect(requests).toHaveLength(2);

    const silent = setUp();
    await silent.once(limit());
    for (const [turn, wait] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].entries()) {
      const asking = silent.ask();
      await silent.clock.advance(wait - 1);
      expect(silent.requests).toHaveLength(turn + 1);
      await silent.clock.advance(1);
      silent.open.at(-1)?.(limit());
      await asking;
    }
  });

  test('hands back what would wait for longer than a minute', async () => {
    const { once, ask, requests } = setUp();
    await once(limit(3_600_000));
    const fault = faultOf(await ask());
    expect(fault).toMatchObject({ code: 'PROVIDER_LIMITED', retryable: true, retryAfterMs: 3_600_000 });
    expect(requests).toHaveLength(1);
  });

  test('keeps requests and tokens of a minute where they are configured', async () => {
    const { clock, open, ask, requests } = setUp({ requests_per_minute: 2 });
    const all = [ask(), ask(), ask()];
    await clock.settle();
    for (const end of open) end(ANSWER);
    await clock.advance(29_999);
    expect(requests).toHaveLength(2);
    await clock.advance(1);
    open[2]?.(ANSWER);
    await Promise.all(all);

    const tokens = setUp({ tokens_per_minute: 1000 });
    const usage = { ...NO_USAGE, input_tokens: 900, output_tokens: 600 };
    await tokens.once({ kind: 'answered', answer: { ...ANSWER.answer, usage } });
    void tokens.ask();
    // 500 too many were taken: they come back first, and then what this request needs.
    await tokens.clock.advance(30_000);
    expect(tokens.requests).toHaveLength(1);
    await tokens.clock.advance(30_000);
    expect(tokens.requests).toHaveLength(2);
  });

  test.each([
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6s' }, 6000],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m0.5s' }, 60_000],
    [{ 'x-ratelimit-remaining-tokens': '3', 'x-ratelimit-reset-tokens': '250ms' }, 250],
    [
      { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:20Z' },
      20_000,
    ],
    [{ 'x-ratelimit-remaining-requests': '7', 'x-ratelimit-reset-requests': '6s' }, 0],
    [{ 'x-ratelimit-remaining-requests': '0' }, 0],
    [{ 'x-ratelimit-remaining-requests': 'none', 'x-ratelimit-reset-requests': 'later' }, 0],
  ])('waits as headers say: %j for %s ms', async (headers: Record<string, string>, wait) => {
    const { clock, lane, ask, requests } = setUp();
    lane.heard((name) => headers[name] ?? null);
    void ask();
    await clock.advance(Math.max(0, wait - 1));
    expect(requests).toHaveLength(wait === 0 ? 1 : 0);
    await clock.advance(1);
    expect(requests).toHaveLength(1);
  });
});

describe('the circuit breaker', () => {
  test('leaves a provider alone after five failures in a row, and tries it with one request', async () => {
    const { clock, ask, once, open, requests } = setUp();
    for (let each = 0; each < 5; each += 1) await once(DOWN);
    const refused = await ask();
    expect(refused).toMatchObject({ kind: 'failed', usage: NO_USAGE });
    expect(faultOf(refused)).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryable: true, retryAfterMs: 15_000 });
    expect(requests).toHaveLength(5);

    await clock.advance(15_000);
    const [trial, other] = [ask(), ask()];
    await clock.settle();
    expect(requests).toHaveLength(6);
    open.at(-1)?.(DOWN);
    expect(faultOf(await trial)).toBe(DOWN);
    // The others wait for the trial, and for twice as long after it failed.
    expect(faultOf(await other)).toMatchObject({ retryAfterMs: 30_000 });

    await clock.advance(30_000);
    expect(await once(ANSWER)).toBe(ANSWER);
    const all = [ask(), ask(), ask()];
    await clock.settle();
    expect(requests).toHaveLength(10);
    for (const end of open.slice(-3)) end(ANSWER);
    await Promise.all(all);
  });

  test('refuses those who wait when it opens', async () => {
    const { clock, open, ask, once, requests } = setUp({ concurrency: 1 });
    for (let each = 0; each < 4; each += 1) await once(DOWN);
    const [last, waiting] = [ask(), ask()];
    await clock.settle();
    open.at(-1)?.(DOWN);
    await last;
    expect(faultOf(await waiting)).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryAfterMs: 15_000 });
    expect(requests).toHaveLength(5);
  });

  test('is not opened by refusals that are answers, nor kept shut by a trial that was given up', async () => {
    const { clock, ask, once, open } = setUp();
    for (let each = 0; each < 8; each += 1) await once(new Fault('PROVIDER_REFUSED', 'wrong key'));
    for (let each = 0; each < 4; each += 1) await once(DOWN);
    await once(ANSWER);
    for (let each = 0; each < 5; each += 1) await once(DOWN);
    await clock.advance(15_000);
    const gone = new AbortController();
    const trial = ask(gone.signal);
    await clock.settle();
    const reason = new Error('stopped by hand');
    gone.abort(reason);
    open.at(-1)?.(ANSWER);
    await expect(trial).rejects.toBe(reason);
    expect(await once(ANSWER)).toBe(ANSWER);
  });
});

test('a model behind a lane keeps its name, price and size', () => {
  const { model } = held();
  const lane = new Lane({ name: 'a/b', clock: new FakeClock(), rates: RATES });
  const { name, price, context_tokens }: LanguageModel = limited(model, lane);
  expect({ name, price, context_tokens }).toEqual({
    name: model.name,
    price: model.price,
    context_tokens: model.context_tokens,
  });
});

test('a request that was given up before it was sent is no sign that the provider works', async () => {
  const lane = new Lane({ name: 'vendor/model', clock: new FakeClock(), rates: RATES });
  let asks = 0;
  const down = limited(
    {
      ...scripted([]),
      exchange: async (_request, { signal }) => {
        asks += 1;
        const fault = signal.aborted ? new Fault('INTERNAL', 'cancelled') : DOWN;
        return { kind: 'failed', fault, usage: NO_USAGE };
      },
    },
    lane,
  );
  const ask = (signal = new AbortController().signal) => down.exchange(asked(), { signal, idempotency_key: 'k' });
  for (let failures = 0; failures < 4; failures += 1) await ask();
  const stop = new AbortController();
  const given = ask(stop.signal);
  // Let in already, and not yet sent.
  stop.abort(new Error('cancelled'));
  await given;
  await ask();
  expect(faultOf(await ask())?.message).toContain('is left alone for a while');
  expect(asks).toBe(6);
});
