import { describe, expect, test } from 'vitest';
import type { Bus } from '../../../src/bus/bus.ts';
import { inProcessBus } from '../../../src/bus/in-process.ts';
import { FakeClock } from '../../support/fake-clock.ts';

interface Bench {
  readonly bus: Bus;
  readonly clock: FakeClock;
  readonly failures: unknown[];
  readonly counter: { value: number; broken: boolean; reads: number };
}

function bench(): Bench {
  const clock = new FakeClock();
  const failures: unknown[] = [];
  const counter = { value: 1, broken: false, reads: 0 };
  const changes = (): number => {
    counter.reads += 1;
    if (counter.broken) throw new Error('cannot read');
    return counter.value;
  };
  return { bus: inProcessBus({ clock, changes, failed: (thrown) => failures.push(thrown) }), clock, failures, counter };
}

describe('what this process publishes', () => {
  test('reaches who listens to that workflow or to all, at once, and nobody else', () => {
    const { bus } = bench();
    const heard: string[] = [];
    bus.subscribe('a', (id) => heard.push(`a heard ${id}`));
    bus.subscribe('b', (id) => heard.push(`b heard ${id}`));
    bus.subscribe(null, (id) => heard.push(`all heard ${id}`));
    bus.publish('a');
    expect(heard).toEqual(['a heard a', 'all heard a']);
  });

  test('does not reach who has left, also when it leaves while it is called, twice', () => {
    const { bus } = bench();
    let heard = 0;
    const leave = bus.subscribe('a', () => {
      heard += 1;
      leave();
      leave();
    });
    bus.publish('a');
    bus.publish('a');
    expect(heard).toBe(1);
  });

  test('two who listen to the same leave one by one', () => {
    const { bus } = bench();
    const heard: string[] = [];
    const leave = bus.subscribe('a', () => heard.push('one'));
    bus.subscribe('a', () => heard.push('two'));
    leave();
    bus.publish('a');
    expect(heard).toEqual(['two']);
  });
});

describe('what other processes change', () => {
  test('reaches everyone well within the 250 ms a cancel may take, once', async () => {
    const { bus, clock, counter } = bench();
    const heard: (string | null)[] = [];
    bus.subscribe('a', (id) => heard.push(id));
    bus.subscribe(null, (id) => heard.push(id));
    await clock.advance(1000);
    expect(heard).toEqual([]);
    counter.value = 2;
    await clock.advance(100);
    expect(heard).toEqual([null, null]);
    await clock.advance(1000);
    expect(heard.length).toBe(2);
  });

  test('is not asked for while nobody listens', async () => {
    const { bus, clock, counter } = bench();
    const leave = bus.subscribe('a', () => 0);
    leave();
    await clock.advance(1000);
    const { reads } = counter;
    await clock.advance(1000);
    expect(counter.reads).toBe(reads);
    expect(clock.waiting).toBe(0);
  });

  test('does not call a new listener before it knows how to leave', async () => {
    const { bus, clock, counter, failures } = bench();
    bus.subscribe('a', () => 0)();
    await clock.advance(1000);
    counter.value = 2;
    let heard = 0;
    const leave = bus.subscribe('a', () => {
      heard += 1;
      leave();
    });
    expect(heard).toBe(0);
    counter.value = 3;
    await clock.advance(100);
    expect([heard, failures]).toEqual([1, []]);
  });

  test('goes on being asked for after a failure, which is told', async () => {
    const { bus, clock, counter, failures } = bench();
    let heard = 0;
    bus.subscribe(null, () => {
      heard += 1;
    });
    counter.broken = true;
    await clock.advance(300);
    expect(failures.length).toBe(3);
    counter.broken = false;
    counter.value = 2;
    await clock.advance(100);
    expect(heard).toBe(1);
  });

  test('a listener that throws is told once and is not called for the same change again', async () => {
    const { bus, clock, counter, failures } = bench();
    bus.subscribe('a', () => {
      throw new Error('a defect');
    });
    counter.value = 2;
    await clock.advance(1000);
    expect(failures).toMatchObject([{ message: 'a defect' }]);
  });
});

test('a closed bus calls nobody and leaves no timer', async () => {
  const { bus, clock, counter } = bench();
  let heard = 0;
  bus.subscribe('a', () => {
    heard += 1;
  });
  bus.close();
  bus.publish('a');
  counter.value = 2;
  await clock.advance(1000);
  expect([heard, clock.waiting]).toEqual([0, 0]);
});
