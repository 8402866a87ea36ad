import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../../src/core/errors.ts';
import { RateLimit } from '../../../../src/server/http/rate-limit.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** How many of so many requests are taken, and what the first refused one was told. */
function taken(
  limit: RateLimit,
  address: string,
  times: number,
): { readonly count: number; readonly fault: Fault | null } {
  let count = 0;
  for (let one = 0; one < times; one += 1) {
    try {
      limit.take(address);
      count += 1;
    } catch (thrown) {
      return { count, fault: thrown as Fault };
    }
  }
  return { count, fault: null };
}

describe('the limit of an address', () => {
  it('takes a minute of requests at once, and then as many as time brings', async () => {
    const clock = new FakeClock();
    const limit = new RateLimit(60, clock);
    const first = taken(limit, '203.0.113.7', 100);
    expect([first.count, first.fault?.code, first.fault?.retryAfterMs]).toEqual([60, 'RATE_LIMITED', 1000]);
    await clock.advance(999);
    expect(taken(limit, '203.0.113.7', 1).count).toBe(0);
    await clock.advance(1);
    expect(taken(limit, '203.0.113.7', 5).count).toBe(1);
    await clock.advance(3_600_000);
    expect(taken(limit, '203.0.113.7', 100).count).toBe(60);
  });

  it('takes others meanwhile, and counts the network of an IPv6 address', () => {
    const limit = new RateLimit(3, new FakeClock());
    expect(taken(limit, '203.0.113.7', 9).count).toBe(3);
    expect(taken(limit, '203.0.113.8', 9).count).toBe(3);
    expect(taken(limit, '::ffff:203.0.113.8', 9).count).toBe(0);
    expect(taken(limit, '2001:db8::1', 9).count).toBe(3);
    expect(taken(limit, '2001:db8:0:0:ffff::2', 9).count).toBe(0);
    expect(taken(limit, '2001:db8:0:1::1', 9).count).toBe(3);
  });

  it('has none for this machine', () => {
    const limit = new RateLimit(1, new FakeClock());
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
      expect(taken(limit, address, 50).count).toBe(50);
    }
  });

  it('gives nobody more by setting the clock back', async () => {
    const clock = new FakeClock();
    const limit = new RateLimit(2, clock);
    expect(taken(limit, '203.0.113.7', 9).count).toBe(2);
    clock.jump(-3_600_000);
    expect(taken(limit, '203.0.113.7', 9).count).toBe(0);
  });

  it('remembers a bounded number of addresses, those last heard of', () => {
    const limit = new RateLimit(1, new FakeClock());
    limit.take('198.51.100.1');
    for (let a = 0; a < 100; a += 1) for (let b = 0; b < 100; b += 1) limit.take(`10.1.${a}.${b}`);
    expect(taken(limit, '10.1.99.99', 1).count).toBe(0);
    expect(taken(limit, '198.51.100.1', 1).count).toBe(1);
  });
});
