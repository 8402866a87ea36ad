/** Waiting that ends with a signal. */

/** Waits for a start until the signal aborts, and rejects with its reason then. A start that others wait for as well goes on. */
export async function unlessAborted<T>(started: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([started, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    started.catch(() => undefined);
  }
}
