// Writes every page that is made from the source; with --check it only compares and exits 1 when one differs.
import { readFile, writeFile } from 'node:fs/promises';
import { ERRORS } from './pages/errors.js';
import { SCHEMA } from './pages/schema.js';
import { TOOLS } from './pages/tools.js';

/**
 * @typedef {object} Page
 * @property {string} path from the root of the repository
 * @property {string} text
 * @property {string} told what there is in it, in a few words
 */

for (const { path, text, told } of [TOOLS, ERRORS, SCHEMA]) {
  const target = new URL(`../${path}`, import.meta.url);
  if (!process.argv.includes('--check')) {
    await writeFile(target, text);
    console.log(`${path}: ${told}.`);
  } else if ((await readFile(target, 'utf8').catch(() => '')) === text) {
    console.log(`${path} is up to date: ${told}.`);
  } else {
    console.error(`${path} is not up to date: run \`npm run docs\`.`);
    process.exitCode = 1;
  }
}
