/** Values that no schema asks for, and right ones that were spoilt. Everything is decided by the random source. */

import { Buffer } from 'node:buffer';
import { ODD_STRINGS } from '../odd-strings.ts';
import type { Random } from '../random.ts';

const NUMBERS = [0, -0, -1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53, -(2 ** 53), 1e21];
const LENGTHS = [1, 41, 101, 201, 257, 1001, 4097, 20_001];
/** Bytes that are no UTF-8, or mean something where they stand. */
const BYTES = [
  [0xff],
  [0xc3],
  [0xed, 0xa0, 0x80],
  [0],
  [0x0a],
  [0x0d],
  [0x22],
  [0x5c],
  [0x5b],
  [0x7d],
  [0xef, 0xbb, 0xbf],
];

export function oddText(random: Random): string {
  return random.chance(0.1) ? 'y'.repeat(random.pick(LENGTHS)) : random.pick(ODD_STRINGS);
}

export function junk(random: Random, depth = 0): unknown {
  switch (random.below(depth > 2 ? 5 : 9)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5) ? random.pick(NUMBERS) : random.below(1000);
    case 2:
      return random.chance(0.5);
    case 3:
    case 4:
      return oddText(random);
    case 5:
      return Array.from({ length: random.pick([0, 1, 3, 101]) }, (_, n) => (n < 3 ? junk(random, depth + 1) : n));
    case 6:
      return JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":1}}') as unknown;
    case 7:
      return nested(random, random.below(15));
    default:
      return { [oddText(random)]: junk(random, depth + 1) };
  }
}

export function nested(random: Random, depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = random.chance(0.5) ? [value] : { a: value };
  return value;
}

/** A copy in which one to three members, anywhere, are replaced, added or taken away; those named in `kept` stay. */
export function spoilt(random: Random, value: object, kept: ReadonlySet<string> = new Set()): object {
  const copy = structuredClone(value) as Record<string, unknown>;
  for (let times = 1 + random.below(3); times > 0; times -= 1) spoil(random, copy, kept);
  return copy;
}

function spoil(random: Random, root: Record<string, unknown>, kept: ReadonlySet<string>): void {
  let holder = root;
  for (;;) {
    const names = Object.keys(holder).filter((name) => !kept.has(name));
    const odd = names.length === 0 || random.chance(0.1);
    const name = odd ? random.pick(['extra', '__proto__', 'toString', '']) : random.pick(names);
    const inner = Object.hasOwn(holder, name) ? holder[name] : undefined;
    if (typeof inner === 'object' && inner !== null && random.chance(0.7)) {
      holder = inner as Record<string, unknown>;
      continue;
    }
    if (random.chance(0.3) && !Array.isArray(holder)) Reflect.deleteProperty(holder, name);
    // A member of this very name, not the prototype.
    else
      Object.defineProperty(holder, name, {
        value: junk(random),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    return;
  }
}

/** Bytes that were cut, doubled, flipped or had others put between them. */
export function damaged(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  const to = at + random.below(Math.min(40, bytes.length - at + 1));
  const insert = Buffer.from(random.pick(BYTES));
  const flipped = Buffer.from(bytes);
  if (at < flipped.length) flipped[at] = random.below(256);
  return random.pick<() => Buffer>([
    () => bytes.subarray(0, at),
    () => Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at)]),
    () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]),
    () => Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]),
    () => flipped,
  ])();
}

export function randomBytes(random: Random, most: number): Buffer {
  return Buffer.from(Array.from({ length: random.below(most) }, () => random.below(256)));
}
