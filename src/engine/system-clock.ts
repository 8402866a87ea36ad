import type { Clock } from '../core/clock.ts';

/** The machine's clock. Its timers never keep the process alive: whoever waits holds the process by what it waits for. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, fire) => {
    const timer = setTimeout(fire, ms);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
