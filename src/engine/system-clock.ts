import type { Clock } from '../core/clock.ts';

/** The longest wait that a timer of Node knows, milliseconds: one that is set for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. Its timers never keep the process alive: whoever waits holds the process by what it waits for. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, fire) => {
    let timer: NodeJS.Timeout;
    const wait = (left: number): void => {
      // Whole ones: Node keeps a list for every length there is, and drawn waits would make thousands of them.
      const next = Math.min(Math.ceil(left), LONGEST_TIMER_MS);
      timer = setTimeout(() => (left > next ? wait(left - next) : fire()), next);
      timer.unref();
    };
    wait(ms);
    return () => {
      clearTimeout(timer);
    };
  },
};
