/** Which known word was meant: for `did you mean`. */

/** The known word closest in spelling, however its parts are joined (`taskId`, `task-id`), or null when none is close. */
export function nearest(word: string, known: readonly string[]): string | null {
  const wanted = plain(word);
  let best: string | null = null;
  let least = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance < least && distance < candidate.length) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length }, (_, index) => index + 1);
  let distance = b.length;
  for (const [index, letter] of Array.from(a).entries()) {
    let diagonal = index;
    let left = index + 1;
    row = row.map((above, at) => {
      left = Math.min(diagonal + (letter === b[at] ? 0 : 1), above + 1, left + 1);
      diagonal = above;
      return left;
    });
    distance = left;
  }
  return distance;
}
