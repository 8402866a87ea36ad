/**
 * `npm run test:durability -- --kills 1000 --images 600 --inputs 100000 --requests 100000 --caps 500 --processes 100 --readers 1000 --seed 7 [file ...]`: the
 * durability suites at the size asked for. Without options they run at the size every `npm test` has.
 */

import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: {
    kills: { type: 'string' },
    images: { type: 'string' },
    inputs: { type: 'string' },
    requests: { type: 'string' },
    caps: { type: 'string' },
    processes: { type: 'string' },
    readers: { type: 'string' },
    seed: { type: 'string' },
  },
  allowPositionals: true,
});
const sizes = Object.entries(values).map(([name, value]) => [name.toUpperCase(), value]);
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const files = positionals.length > 0 ? positionals : ['tests/durability'];
const { status } = spawnSync(process.execPath, [vitest, 'run', '--reporter=verbose', ...files], {
  stdio: 'inherit',
  env: { ...process.env, ...Object.fromEntries(sizes) },
});
process.exitCode = status ?? 1;
