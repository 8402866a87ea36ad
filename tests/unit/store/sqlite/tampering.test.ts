import type { Database } from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { prepareRecord, verify } from '../../../../src/store/sqlite/audit.ts';
import { prepareTextCheck } from '../../../../src/store/sqlite/texts.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { Random } from '../../../support/random.ts';
import { seeds } from '../../../support/seeds.ts';
import { everyKind } from './databases.ts';
import { TAMPERED, Tamperer, type Tampering, unguarded } from './tampering.ts';

async function copy(): Promise<Database> {
  const file = `${await temporaryFolder()}/a.db`;
  await everyKind(file);
  return unguarded(file);
}

/** Where the proofs of these workflows break. */
async function findings(db: Database, task_ids: readonly string[]): Promise<readonly string[]> {
  const read = prepareRecord(db);
  const checkText = prepareTextCheck(db);
  const found: string[] = [];
  for (const task_id of task_ids) {
    const record = read(task_id);
    const view = record === null ? null : await verify(record, checkText);
    found.push(...(view?.findings ?? []).map(({ where, what }) => `${where}: ${what}`));
  }
  return found;
}

/** Does a deed, says what the proofs then say, and takes it back. */
async function under(db: Database, deed: () => Tampering | null): Promise<Found | null> {
  db.exec('SAVEPOINT tampering');
  try {
    const done = deed();
    return done === null ? null : { what: done.what, found: await findings(db, done.task_ids) };
  } finally {
    db.exec('ROLLBACK TO tampering; RELEASE tampering');
  }
}

interface Found {
  readonly what: string;
  readonly found: readonly string[];
}

/** What this seed does: the first attempt of its dice that changes anything. */
async function tampered(db: Database, seed: number): Promise<Found> {
  const tamperer = new Tamperer(db, new Random(seed));
  for (;;) {
    const done = await under(db, () => tamperer.tamper());
    if (done !== null) return done;
  }
}

describe('tampering', () => {
  test('of a thousand rows changed, removed, added or moved each is found', async () => {
    const db = await copy();
    const missed: string[] = [];
    const tables = new Set<string>();
    for (const seed of seeds(1000)) {
      const { what, found } = await tampered(db, seed);
      tables.add(what.split(' ')[0] ?? '');
      if (found.length === 0) missed.push(`SIMULATION_SEED=${seed}: ${what}`);
    }
    expect(missed).toEqual([]);
    // With one seed alone there is one table.
    expect(tables.size).toBe(Math.min(TAMPERED.length, seeds(1000).length));
    db.close();
  }, 120_000);

  test('a row that is put back as it was breaks nothing', async () => {
    const db = await copy();
    const accused: string[] = [];
    for (const seed of seeds(200)) {
      const tamperer = new Tamperer(db, new Random(seed));
      const touched = await under(db, () => tamperer.touch());
      if (touched === null || touched.found.length > 0) accused.push(`SIMULATION_SEED=${seed}: ${touched?.what}`);
    }
    expect(accused).toEqual([]);
    db.close();
  }, 60_000);
});
