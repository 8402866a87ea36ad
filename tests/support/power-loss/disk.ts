/**
 * A disk as its recorded operations made it: what is on it for certain, and what the operating system still held back when
 * the power went. Whatever was not synchronised may be there or not, whole or in sectors, in any combination; so may the
 * name of a file, until its folder was synchronised.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Random } from '../random.ts';

/** What of the writes that were not synchronised reached the disk. */
export const SURVIVORS = ['nothing', 'half of the writes', 'sectors'] as const;
export type Survivors = (typeof SURVIVORS)[number];

const SECTOR = 512;
const SECTORS_KEPT = 0.6;
const HEADER = 24;

interface Operation {
  readonly kind: string;
  /** From the recorded folder on. */
  readonly path: string;
  readonly offset: number;
  readonly data: Buffer;
}

/** The recorder's log. Throws where it does not end with a whole record. */
export function operationsOf(log: Buffer, folder: string): readonly Operation[] {
  const operations: Operation[] = [];
  for (let at = 0; at < log.length;) {
    const offset = Number(log.readBigUInt64LE(at));
    const length = Number(log.readBigUInt64LE(at + 8));
    const named = log.readUInt32LE(at + 16);
    const kind = String.fromCodePoint(log.readUInt32LE(at + 20));
    const data = at + HEADER + named;
    const path = log.toString('utf8', at + HEADER, data).slice(folder.length + 1);
    operations.push({ kind, path, offset, data: log.subarray(data, data + length) });
    at = data + length;
    if (at > log.length) throw new Error('the log ends in the middle of a record');
  }
  return operations;
}

type Change = { readonly offset: number; readonly data: Buffer } | { readonly size: number };

/** One file, whatever it is called; a folder has no content. */
interface Node {
  readonly folder: boolean;
  content: Content;
  pending: Change[];
}

interface Naming {
  readonly path: string;
  readonly node: Node | null;
}

/** Bytes that grow. */
class Content {
  #bytes: Buffer;
  #size: number;

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.#bytes = bytes;
    this.#size = bytes.length;
  }

  write(offset: number, data: Buffer): void {
    this.#reach(offset + data.length);
    data.copy(this.#bytes, offset);
  }

  resize(size: number): void {
    this.#reach(size);
    this.#bytes.fill(0, size);
    this.#size = size;
  }

  copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#size));
  }

  #reach(size: number): void {
    if (size > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(size, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.#size);
      this.#bytes = larger;
    }
    this.#size = Math.max(this.#size, size);
  }
}

export class Disk {
  /** As the process sees it. */
  readonly #names = new Map<string, Node>();
  /** As it is on the disk for certain. */
  readonly #durable = new Map<string, Node>();
  #namings: Naming[] = [];

  apply({ kind, path, offset, data }: Operation): void {
    const node = this.#names.get(path);
    if (kind === 'C') this.#name(path, { folder: false, content: new Content(), pending: [] });
    else if (kind === 'M') this.#name(path, { folder: true, content: new Content(), pending: [] });
    else if (kind === 'U') this.#name(path, null);
    else if (kind === 'S') this.#synchronise(path, node);
    else if (kind === 'W') node?.pending.push({ offset, data });
    else if (kind === 'T') node?.pending.push({ size: offset });
    else throw new Error(`an operation this disk does not know: ${kind} ${path}`);
  }

  #name(path: string, node: Node | null): void {
    if (node === null) this.#names.delete(path);
    else this.#names.set(path, node);
    this.#namings.push({ path, node });
  }

  #synchronise(path: string, node: Node | undefined): void {
    if (node?.folder === false) {
      for (const change of node.pending) makeChange(node.content, change);
      node.pending = [];
      return;
    }
    for (const naming of this.#namings) if (parent(naming.path) === path) giveName(this.#durable, naming);
    this.#namings = this.#namings.filter((naming) => parent(naming.path) !== path);
  }

  /** Every file with its content, as it would be had the power not failed. */
  seen(): ReadonlyMap<string, Buffer> {
    return contents(this.#names, ({ pending }) => pending);
  }

  /** One of the disks that a power failure at this moment can leave behind. */
  image(survivors: Survivors, random: Random): ReadonlyMap<string, Buffer> {
    const names = new Map(this.#durable);
    for (const naming of this.#namings) if (survivors !== 'nothing' && random.chance(0.5)) giveName(names, naming);
    return contents(names, ({ pending }) => surviving(pending, survivors, random));
  }
}

function parent(path: string): string {
  const folder = dirname(path);
  return folder === '.' ? '' : folder;
}

function giveName(names: Map<string, Node>, { path, node }: Naming): void {
  if (node === null) names.delete(path);
  else names.set(path, node);
}

function makeChange(content: Content, change: Change): void {
  if ('size' in change) content.resize(change.size);
  else content.write(change.offset, change.data);
}

function surviving(pending: readonly Change[], survivors: Survivors, random: Random): readonly Change[] {
  if (survivors === 'nothing') return [];
  return pending.flatMap((change) => {
    if (survivors === 'half of the writes' || 'size' in change) return random.chance(0.5) ? [change] : [];
    const sectors: Change[] = [];
    for (let at = 0; at < change.data.length;) {
      // Sectors of the disk, not of the write: a write that begins within one is torn at the next.
      const end = Math.min(change.data.length, at + SECTOR - ((change.offset + at) % SECTOR));
      if (random.chance(SECTORS_KEPT))
        sectors.push({ offset: change.offset + at, data: change.data.subarray(at, end) });
      at = end;
    }
    return sectors;
  });
}

/** Of files that can be reached: a name in a folder that is not there leads nowhere. */
function contents(
  names: ReadonlyMap<string, Node>,
  pendingOf: (node: Node) => readonly Change[],
): ReadonlyMap<string, Buffer> {
  const reachable = (path: string): boolean => path === '' || (names.has(path) && reachable(parent(path)));
  const files = [...names].filter(([path, node]) => !node.folder && reachable(path));
  return new Map(
    files.map(([path, node]) => {
      const content = new Content(node.content.copy());
      for (const change of pendingOf(node)) makeChange(content, change);
      return [path, content.copy()];
    }),
  );
}

/** Writes an image below a folder. */
export function develop(image: ReadonlyMap<string, Buffer>, folder: string): void {
  for (const [path, content] of image) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
