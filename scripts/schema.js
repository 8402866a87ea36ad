// Writes src/store/sqlite/schema.sql, the schema that all migrations together make, from the built program.
import { writeFile } from 'node:fs/promises';
import { currentSchema } from '../dist/store/sqlite/schema.js';

await writeFile(new URL('../src/store/sqlite/schema.sql', import.meta.url), currentSchema());
console.log('src/store/sqlite/schema.sql written.');
