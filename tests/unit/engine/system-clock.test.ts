import { expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../../src/engine/system-clock.ts';

it('tells the time of the machine', () => {
  const before = Date.now();
  expect(systemClock.now()).toBeGreaterThanOrEqual(before);
});

it('fires what was not cancelled, and only that', async () => {
  const fired: string[] = [];
  const cancel = systemClock.after(0, () => fired.push('cancelled'));
  cancel();
  await new Promise<void>((resolve) => {
    systemClock.after(0, () => {
      fired.push('kept');
      resolve();
    });
  });
  expect(fired).toEqual(['kept']);
});

it('waits longer than a timer can, and is cancelled in the middle of that', () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const longest = 2 ** 31 - 1;
  const fired: string[] = [];
  const cancels = ['one', 'two'].map((name) => systemClock.after(2 * longest + 5, () => fired.push(name)));
  vi.advanceTimersByTime(longest);
  cancels[1]?.();
  vi.advanceTimersByTime(longest + 4);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(fired).toEqual(['one']);
  expect(vi.getTimerCount()).toBe(0);
});

it('waits for whole milliseconds, and never for less than was asked', () => {
  const set = vi.spyOn(globalThis, 'setTimeout');
  onTestFinished(() => set.mockRestore());
  for (const ms of [0, 1, 1.000_1, 749.5]) systemClock.after(ms, () => undefined)();
  expect(set.mock.calls.map(([, ms]) => ms)).toEqual([0, 1, 2, 750]);
});
