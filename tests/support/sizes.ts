/** How big the suites that take a size are: small enough for every `npm test`, as big as asked with `npm run test:durability`. */

import process from 'node:process';

/** A size or seed from the environment; a value that is no whole number is an error, never the default in silence. */
function whole(name: string, otherwise: number): number {
  const told = process.env[name];
  if (told === undefined) return otherwise;
  if (!/^\d+$/.test(told)) throw new Error(`${name} is a whole number, not “${told}”`);
  return Number(told);
}

/** Random kills of the binary. */
export const KILLS: number = whole('KILLS', 24);
/** Images of a disk after power loss, for each setting of `synchronous`. */
export const IMAGES: number = whole('IMAGES', 90);
/** Inputs thrown at the standard input of a server. */
export const INPUTS: number = whole('INPUTS', 3000);
/** Requests thrown at the service. */
export const REQUESTS: number = whole('REQUESTS', 3000);
/** Research runs under random caps. */
export const CAPS: number = whole('CAPS', 6);
/** Server processes at a time on one file. */
export const PROCESSES: number = whole('PROCESSES', 12);
/** Readers of event streams at a time. */
export const READERS: number = whole('READERS', 1000);
/** Repeats a run; another one each time unless given. */
export const SEED: number = whole('SEED', Date.now() % 1_000_000);
