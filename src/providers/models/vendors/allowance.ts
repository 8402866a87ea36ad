/** What providers say in headers about how much more may be sent, in the two ways there are. */

/** Null: not said. */
export interface Allowance {
  readonly requests: number | null;
  readonly tokens: number | null;
  /** When there is more again, milliseconds since the epoch. */
  readonly until: number;
}

const KINDS = ['requests', 'tokens', 'input-tokens'] as const;

/** What the headers of an answer leave; null where they say nothing, or not when there is more again. */
export function allowanceIn(header: (name: string) => string | null, now: number): Allowance | null {
  const left = new Map<(typeof KINDS)[number], number>();
  let until = now;
  for (const kind of KINDS) {
    const remaining = header(`anthropic-ratelimit-${kind}-remaining`) ?? header(`x-ratelimit-remaining-${kind}`);
    const reset = header(`anthropic-ratelimit-${kind}-reset`) ?? header(`x-ratelimit-reset-${kind}`);
    const at = reset === null ? null : resetAt(reset, now);
    if (remaining === null || !/^\d+$/.test(remaining.trim()) || at === null) continue;
    left.set(kind, Number(remaining));
    until = Math.max(until, at);
  }
  if (left.size === 0) return null;
  const tokens = [left.get('tokens'), left.get('input-tokens')].filter((value) => value !== undefined);
  return { requests: left.get('requests') ?? null, tokens: tokens.length === 0 ? null : Math.min(...tokens), until };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A date, or a span such as `6m0s`, `1.5s`, `120ms` or plain seconds. */
function resetAt(said: string, now: number): number | null {
  const text = said.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return now + Number(text) * 1000;
  if (/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(text)) {
    const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g);
    return (
      now + Array.from(parts, ([, value, unit = '']) => Number(value) * (UNITS[unit] ?? 0)).reduce((a, b) => a + b, 0)
    );
  }
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : date;
}
