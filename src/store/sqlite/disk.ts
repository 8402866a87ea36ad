/** Whether the disk that holds the database has room. */

import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../core/errors.ts';

/** A report with its sources takes a few megabytes; below this the next one may not fit. */
const LEAST_BYTES = 64 * 1024 * 1024;

/** A look at the disk of a database file. Rejects with STORE_FULL. */
export function diskCheck(file: string): {
  readonly name: string;
  readonly vital: boolean;
  readonly ttl_ms: number;
  readonly look: () => Promise<void>;
} {
  return {
    name: 'disk',
    vital: false,
    ttl_ms: 10_000,
    look: async () => {
      const { bavail, bsize } = await statfs(path.dirname(file));
      if (bavail * bsize < LEAST_BYTES) throw new Fault('STORE_FULL', `less than ${LEAST_BYTES} bytes are free`);
    },
  };
}
