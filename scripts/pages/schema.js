// src/store/sqlite/schema.sql: the schema that the migrations make, to be read as a whole.
import { iso } from '../../src/core/clock.ts';
import { connect } from '../../src/store/sqlite/connection.ts';

const db = await connect(':memory:', { lockWaitMs: 0, at: iso(0) });
const statements = db
  .prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid")
  .pluck()
  .all();
db.close();

const text = `-- Made from the migrations by \`npm run docs\`; do not edit.\n\n${statements.join(';\n')};\n`;

/** @type {import('../docs.js').Page} */
export const SCHEMA = { path: 'src/store/sqlite/schema.sql', text, told: `${statements.length} statements` };
