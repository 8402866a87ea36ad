// Writes beltalowda.config.schema.json from the tables of options; with --check it only compares and exits 1 when
// they differ.
import { readFile, writeFile } from 'node:fs/promises';
import { configSchema } from '../src/config/json-schema.ts';

const target = new URL('../beltalowda.config.schema.json', import.meta.url);
const schema = configSchema();
const text = `${JSON.stringify(schema, null, 2)}\n`;

if (process.argv.includes('--check')) {
  const stored = await readFile(target, 'utf8').catch(() => '');
  if (stored !== text) {
    console.error('beltalowda.config.schema.json is not up to date: run `npm run docs`.');
    process.exitCode = 1;
  }
} else {
  await writeFile(target, text);
  console.log(`beltalowda.config.schema.json: ${Object.keys(schema.properties).length} keys.`);
}
