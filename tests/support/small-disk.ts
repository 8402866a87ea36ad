/** A disk of a few megabytes that can be filled and emptied: a tmpfs, which root alone may mount. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

export interface SmallDisk {
  readonly folder: string;
  /** Leaves so many bytes free. */
  leave(bytes: number): void;
  /** Gives all room back but what is in use. */
  empty(): void;
  unmount(): void;
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: 'pipe' });
}

/** The disk, or why there can be none here. */
export function smallDisk(megabytes: number): SmallDisk | string {
  if (process.platform !== 'linux') return `a tmpfs is Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'only root may mount a tmpfs';
  const folder = mkdtempSync(join(tmpdir(), 'beltalowda-disk-'));
  try {
    run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  } catch (thrown) {
    rmdirSync(folder);
    return `no tmpfs can be mounted here: ${String(thrown)}`;
  }
  const ballast = join(folder, 'ballast');
  const empty = (): void => rmSync(ballast, { recursive: true, force: true });
  return {
    folder,
    empty,
    leave: (bytes) => {
      empty();
      mkdirSync(ballast);
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(join(ballast, 'all'), Buffer.alloc(Math.max(0, bavail * bsize - bytes)));
    },
    unmount: () => {
      run('umount', [folder]);
      rmdirSync(folder);
    },
  };
}
