/** What is wrong with a connection, told in measure: who sends garbage sends a lot, and nobody may be reading the log. */

/** A minute's complaints about one connection. */
const MAX_COMPLAINTS = 20;
const WINDOW_MS = 60_000;
/** Longest complaint in characters: some repeat what came. */
const MAX_LENGTH = 500;

/** Tells each error by its sentence, and once that there are more. `now` in milliseconds, from anywhere. */
export function complaints(
  tell: (sentence: string) => void,
  now: () => number = () => performance.now(),
): (error: Error) => void {
  let since = Number.NEGATIVE_INFINITY;
  let told = 0;
  return ({ message }) => {
    if (now() - since >= WINDOW_MS) {
      since = now();
      told = 0;
    }
    told += 1;
    if (told <= MAX_COMPLAINTS) tell(message.length > MAX_LENGTH ? `${message.slice(0, MAX_LENGTH)}…` : message);
    else if (told === MAX_COMPLAINTS + 1) tell('more of the like, which is not told for a minute');
  };
}
