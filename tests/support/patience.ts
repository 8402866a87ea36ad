/**
 * Real time that is left to what happens outside the event loop before it is taken never to happen. Threads and other processes do not
 * count its turns: a few thousand of them pass in the time that a busy machine takes to give a thread its own. Only a test that fails
 * waits for so long.
 */

const PATIENCE_MS = 10_000;

/** As it was before any test held it still. */
const now = performance.now.bind(performance);

/** Whether there is still time, from now on. */
export function patience(): () => boolean {
  const until = now() + PATIENCE_MS;
  return () => now() < until;
}
