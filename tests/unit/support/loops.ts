/** Loops that call nothing. */

export function once(count: number): number {
  let rounds = 0;
  for (let at = 0; at < count; at += 1) rounds += 1;
  return rounds;
}

export function forEachOther(count: number): number {
  let rounds = 0;
  for (let at = 0; at < count; at += 1) for (let other = 0; other < count; other += 1) rounds += 1;
  return rounds;
}
