/** One library for all tests of a file whose documents are the same: to start one takes longer than such a test. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Library } from '../../src/providers/providers.ts';
import { openLibrary } from '../../src/providers/tools/documents/documents.ts';

/** Called once, at the top of a file. What it returns gives the library, within a test. */
export function sharedLibrary(): () => Library {
  let library: Library;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'beltalowda-test-'));
    library = openLibrary({ cacheDirectory: folder, log: () => {} });
  });
  afterAll(async () => {
    await library.close();
    await rm(folder, { recursive: true });
  });
  return () => library;
}
