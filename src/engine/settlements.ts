/** Lets calls that found no room wait until another call of their workflow has settled, which may have left some. */

export class Settlements {
  readonly #waiting = new Set<() => void>();
  #count = 0;

  /** How often one was told. Read it before asking for room, so that what settles meanwhile is not missed. */
  get count(): number {
    return this.#count;
  }

  tell(): void {
    this.#count += 1;
    for (const wake of Array.from(this.#waiting)) wake();
  }

  /** Resolves once more than `count` were told, or when the signal aborts. */
  after(count: number, signal: AbortSignal): Promise<void> {
    if (this.#count > count || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
