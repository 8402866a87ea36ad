import { describe, expect, test } from 'vitest';
import { NO_BUDGET } from '../../../src/core/budget.ts';
import { Fault } from '../../../src/core/errors.ts';
import { isOwner, MAX_OWNER } from '../../../src/core/owner.ts';
import { checkQuota, mostOf, NO_QUOTA, type Quota, type Use } from '../../../src/core/quota.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.parse('2026-03-01T23:00:00.000Z');
const IDLE: Use = { now: NOW, active: 0, oldest_counted: null, spent_today: 0, kept: 0, most: 0 };

function refused(quota: Partial<Quota>, use: Partial<Use>): Fault | null {
  try {
    checkQuota({ ...NO_QUOTA, ...quota }, { ...IDLE, ...use });
    return null;
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
}

describe('a quota', () => {
  test('without limits refuses nothing', () => {
    expect(refused({}, { active: 9e9, spent_today: 9e9, kept: 9e9, most: 9e9 })).toBeNull();
  });

  test('of open workflows is full at its number, and says so', () => {
    expect(refused({ max_active: 3 }, { active: 2 })).toBeNull();
    expect(refused({ max_active: 3 }, { active: 3 })).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      message: '3 open workflows are the most of one owner, and 3 are open',
      retryAfterMs: 30_000,
    });
    expect(refused({ max_active: 1 }, { active: 2 })?.message).toBe(
      '1 open workflow is the most of one owner, and 2 are open',
    );
  });

  test('of a minute names the moment of the next; a clock that was set back costs a minute at most', () => {
    const one = { max_per_minute: 1 };
    expect(refused(one, { oldest_counted: NOW - 60_000 })).toBeNull();
    expect(refused(one, { oldest_counted: NOW - 18_500 })).toMatchObject({
      message: '1 submissions a minute are the most of one owner; the next in 42 s',
      retryAfterMs: 41_500,
    });
    expect(refused(one, { oldest_counted: NOW + HOUR_MS })?.retryAfterMs).toBe(60_000);
  });

  test('of a day counts what is spent, what is kept and what is asked for; what costs nothing passes', () => {
    const day = { max_microusd_per_day: 1_000_000 };
    expect(refused(day, { spent_today: 500_000, kept: 250_000, most: 250_000 })).toBeNull();
    expect(refused(day, { spent_today: 2_000_000 })).toBeNull();
    expect(refused(day, { spent_today: 500_000, kept: 250_000, most: 250_001 })).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      message:
        '$1 a day is the most of one owner: $0.5 is spent today (UTC), $0.25 is kept for open workflows, and this one may take $0.250001',
      retryAfterMs: 30_000,
    });
  });

  test('of a day that is spent ends at midnight in UTC', () => {
    const day = { max_microusd_per_day: 1_000_000 };
    expect(refused(day, { spent_today: 1_000_000, most: 1 })?.retryAfterMs).toBe(HOUR_MS);
    expect(refused(day, { now: NOW + HOUR_MS - 5000, kept: 1_000_000, most: 1 })?.retryAfterMs).toBe(5000);
  });
});

test('a workflow may take nothing where no call of it is paid for, else as much as its cap', () => {
  const budget = { ...NO_BUDGET, max_microusd: 7 };
  const free = { free: false, model: 'extractive', models: {}, fallback_models: [], budget };
  expect(mostOf(free)).toBe(0);
  expect(mostOf({ ...free, free: true, model: 'ollama/model' })).toBe(0);
  expect(mostOf({ ...free, models: { camina: 'vendor/model' } })).toBe(7);
  expect(mostOf({ ...free, fallback_models: ['vendor/model'] })).toBe(7);
  expect(mostOf({ ...free, model: 'vendor/model', budget: NO_BUDGET })).toBeNull();
});

test('an owner has a name of 1 to 128 characters that can be printed', () => {
  const good = ['local', 'a', 'Käthe 日本', 'https://issuer.example#42', '😀'.repeat(MAX_OWNER)];
  const bad = ['', ' a', 'a\n', 'a\u0000b', 'a\u202eb', 'a\u2028b', '\ud800', 'a'.repeat(MAX_OWNER + 1)];
  expect(good.filter((name) => !isOwner(name))).toEqual([]);
  expect(bad.filter(isOwner)).toEqual([]);
});
