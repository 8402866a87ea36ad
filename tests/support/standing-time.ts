/** Real time stands still: what ends after so many milliseconds of work does not end because the machine is slow. */

import { onTestFinished, vi } from 'vitest';

export function standTimeStill(): void {
  const now = performance.now();
  const spy = vi.spyOn(performance, 'now').mockReturnValue(now);
  onTestFinished(() => spy.mockRestore());
}
