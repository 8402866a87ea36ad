import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '../support/binary.ts';

test('docs/tools.md says what the built tools say', async () => {
  const check = promisify(execFile)(process.execPath, ['scripts/docs.js', '--check'], { cwd: ROOT });
  await expect(check).resolves.toMatchObject({ stderr: '' });
});
