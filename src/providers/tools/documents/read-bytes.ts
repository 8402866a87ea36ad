/** Reads one file, bounded, as it stands when it is opened. */

import { Buffer } from 'node:buffer';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

export interface FileBytes {
  readonly bytes: Uint8Array;
  readonly modified: Date;
}

/**
 * The file's bytes, or why not, in words for the user. Throws what the file system throws. Not blocking and without
 * following a link, because between the walk and this call a pipe or a link may have taken the file's place.
 */
export async function readBytes(path: string, limit: number): Promise<FileBytes | string> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const stat = await handle.stat();
    const { size, mtime } = stat;
    if (!stat.isFile()) return 'not a regular file';
    if (size > limit) return `too large: ${mebibytes(size)} MiB, at most ${mebibytes(limit)} are read`;
    if (size === 0) return 'empty file';
    const buffer = Buffer.allocUnsafeSlow(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await handle.read(buffer, filled, size - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return { bytes: buffer.subarray(0, filled), modified: mtime };
  } finally {
    await handle.close();
  }
}

function mebibytes(bytes: number): string {
  const value = bytes / (1024 * 1024);
  return value >= 10 ? value.toFixed(0) : value.toFixed(1);
}
