/** Looks into a ZIP container before anything unpacks it: a few kilobytes can unfold to gigabytes. */

import { Buffer } from 'node:buffer';
import { inflateRawSync } from 'node:zlib';
import { UnreadableDocument } from './parsed.ts';

interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly packed: Buffer;
  readonly size: number;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const MOST_ENTRIES = 10_000;

/**
 * The entries of a ZIP file by name, once it is known that all entries `wanted` unpack to at most `limit` bytes together.
 * Throws `UnreadableDocument` for a broken file or one that would unpack to more.
 */
export function readZip(
  bytes: Uint8Array,
  { wanted, limit }: { wanted: (name: string) => boolean; limit: number },
): Map<string, Buffer> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Map<string, Buffer>();
  let left = limit;
  try {
    for (const entry of zipEntries(file)) {
      if (!wanted(entry.name)) continue;
      const content = unpack(entry, left);
      left -= content.length;
      out.set(entry.name, content);
    }
  } catch (error) {
    if (error instanceof UnreadableDocument) throw error;
    throw new UnreadableDocument('broken document: its ZIP container cannot be read', { cause: error });
  }
  return out;
}

function* zipEntries(file: Buffer): Generator<ZipEntry> {
  const end = endOfDirectory(file);
  const count = file.readUInt16LE(end + 10);
  if (count > MOST_ENTRIES) throw new UnreadableDocument('its ZIP container has too many entries');
  let at = file.readUInt32LE(end + 16);
  for (let index = 0; index < count; index += 1) {
    if (file.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new RangeError('not a directory entry');
    const nameLength = file.readUInt16LE(at + 28);
    const local = file.readUInt32LE(at + 42);
    const data = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
    yield {
      name: file.toString('utf8', at + 46, at + 46 + nameLength),
      method: file.readUInt16LE(at + 10),
      packed: file.subarray(data, data + file.readUInt32LE(at + 20)),
      size: file.readUInt32LE(at + 24),
    };
    at += 46 + nameLength + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32);
  }
}

/** The record stands at the end, before a comment of at most 64 KiB. */
function endOfDirectory(file: Buffer): number {
  for (let at = file.length - 22; at >= Math.max(0, file.length - 65_557); at -= 1) {
    if (file.readUInt32LE(at) === END_OF_DIRECTORY) return at;
  }
  throw new RangeError('no end of directory');
}

/** Sizes in the directory may lie, so the unpacking itself is bounded. */
function unpack(entry: ZipEntry, left: number): Buffer {
  const tooLarge = new UnreadableDocument('too large: it unpacks to more than a document should');
  if (entry.size > left) throw tooLarge;
  if (entry.method === 0) return entry.packed;
  try {
    return inflateRawSync(entry.packed, { maxOutputLength: Math.max(1, left) });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge;
    throw error;
  }
}
