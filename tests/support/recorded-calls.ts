/** A step's calls in memory: recorded by key, made again where they are retryable, refused by a cap. Stands in for the engine where only the caller is looked at. */

import { createHash } from 'node:crypto';
import { judge, type Budget } from '../../src/core/budget.ts';
import { type Amount, type CallKind, type CallRequest, type Calls, tokensOf } from '../../src/core/call.ts';
import { Fault } from '../../src/core/errors.ts';
import { CALL_RETRY } from '../../src/core/retry.ts';
import { canonical, type Json } from '../../src/core/json.ts';

const ATTEMPTS = 3;

export interface MadeCall {
  readonly key: string;
  readonly kind: CallKind;
  readonly name: string;
  readonly hash: string;
  readonly share: CallRequest['share'];
  readonly most: Amount;
  /** Tokens on the bill. */
  readonly tokens: number;
  /** Null where no price was known. */
  readonly microusd: number | null;
  readonly output: Json;
  readonly fault: Fault | null;
}

export interface RecordedCalls extends Calls {
  /** One for each request that was made, in the order in which they ended. */
  readonly made: MadeCall[];
}

/** Those that asked somebody: without the looks at what tools there are. */
export function asking(made: readonly MadeCall[]): readonly MadeCall[] {
  return made.filter(({ key }) => key !== 'tools' && key !== 'domains');
}

/** `earlier`: what was recorded before, as after a restart. */
export function recordedCalls(
  options: {
    readonly earlier?: readonly MadeCall[];
    readonly budget?: Budget;
    readonly signal?: AbortSignal;
    /** Once it aborts, what is under way is given up and nothing is made any more. */
    readonly landing?: AbortSignal;
  } = {},
): RecordedCalls {
  const made: MadeCall[] = [];
  const { budget, signal = new AbortController().signal, landing = new AbortController().signal } = options;
  const known = (): readonly MadeCall[] => [...(options.earlier ?? []), ...made];
  return {
    made,
    async make({ key, kind, name, request, share, most, run, waits }) {
      signal.throwIfAborted();
      const hash = createHash('sha256').update(canonical(request)).digest('hex');
      const same = known().filter((call) => call.key === key && call.name === name && call.hash === hash);
      const succeeded = same.find(({ fault }) => fault === null);
      if (succeeded !== undefined) return succeeded.output;
      const refused = same.find(({ fault }) => fault?.retryable === false);
      if (refused !== undefined) throw refused.fault ?? new Error('unreachable');
      landing.throwIfAborted();
      let last: Fault | null = null;
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        const spent = known().reduce((sum, { tokens }) => sum + tokens, 0);
        const ledger = { spent: { tokens: spent, microusd: 0 }, reserved: { tokens: 0, microusd: 0 } };
        if (budget !== undefined && judge(budget, ledger, { share, most }).kind === 'exhausted') {
          throw new Fault('BUDGET_EXHAUSTED', `${key} could pass the cap`);
        }
        const called = await Promise.race([run({ signal, idempotency_key: key }), untilAborted(landing)]);
        const tokens = called.spent === null ? most.tokens : tokensOf(called.spent.usage);
        const microusd = called.spent === null ? most.microusd : called.spent.microusd;
        const output = called.kind === 'succeeded' ? called.output : null;
        last = called.kind === 'failed' ? called.fault : null;
        made.push({ key, kind, name, hash, share, most, tokens, microusd, output, fault: last });
        if (last === null) return output;
        const { retryable, retryAfterMs } = last;
        if (!retryable || ((retryAfterMs ?? 0) > CALL_RETRY.maxMs && waits?.(retryAfterMs ?? 0) !== true)) break;
      }
      throw last ?? new Error('no attempt was made');
    },
    async recorded({ key, name, request }) {
      const hash = createHash('sha256').update(canonical(request)).digest('hex');
      const same = (options.earlier ?? []).filter(
        (call) => call.key === key && call.name === name && call.hash === hash,
      );
      return same.find(({ fault }) => fault === null)?.output;
    },
  };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
