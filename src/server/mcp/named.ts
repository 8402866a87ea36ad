/** What a client asks for by its name: a tool, a prompt. */

import { Fault } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';

/** Longest piece of a foreign name that a message repeats. */
const CLIP = 60;

/** Throws INVALID_INPUT that names the nearest, or all there are. */
export function oneNamed<T extends { readonly name: string }>(kind: string, all: readonly T[], name: string): T {
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = all.map((one) => one.name);
  const asked = name.slice(0, CLIP);
  const near = nearest(asked, names);
  throw new Fault('INVALID_INPUT', `there is no ${kind} ${JSON.stringify(asked)}`, {
    hint: near === null ? `There are ${names.join(', ')}.` : `Did you mean ${JSON.stringify(near)}?`,
  });
}
