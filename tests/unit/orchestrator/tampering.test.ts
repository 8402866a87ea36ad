import { copyFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { idOf } from '../../contract/rows.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { orchestra } from '../../support/orchestra.ts';
import { Random } from '../../support/random.ts';
import { seeds } from '../../support/seeds.ts';
import { everyKind } from '../store/sqlite/databases.ts';
import { Tamperer, unguarded } from '../store/sqlite/tampering.ts';

const OWNER = { owner: 'local', trusted: true };
const STRANGER = { owner: 'stranger', trusted: false };

/** Asks as `audit verify` does, of a copy in which one row was changed, removed, added or moved. */
test('whoever asks for an audit hears of the deed, also where it hides the workflow from its owner', async () => {
  const folder = await temporaryFolder();
  await everyKind(`${folder}/whole.db`);
  const missed: string[] = [];
  for (const seed of seeds(150)) {
    const file = `${folder}/tampered.db`;
    await copyFile(`${folder}/whole.db`, file);
    const db = unguarded(file);
    const tamperer = new Tamperer(db, new Random(seed));
    let deed = tamperer.tamper();
    while (deed === null) deed = tamperer.tamper();
    db.close();
    const on = await orchestra({ file, serve: false });
    const views = await Promise.allSettled(deed.task_ids.map((task_id) => on.orchestrator.audit(task_id, OWNER)));
    const heard = views.some((view) => view.status === 'fulfilled' && !view.value.sound);
    if (!heard) missed.push(`seed ${seed}: ${deed.what}`);
    const told = await Promise.allSettled(
      deed.task_ids.flatMap((id) => [on.orchestrator.audit(id, STRANGER), on.orchestrator.status(id, STRANGER)]),
    );
    for (const each of told) {
      if (each.status === 'fulfilled' || !String(each.reason).includes('no workflow has the task_id')) {
        missed.push(`seed ${seed}: a stranger is told of it: ${deed.what}`);
      }
    }
    await on.orchestrator.close();
  }
  expect(missed).toEqual([]);
});

test('a sound record of somebody else is not found, and neither is one that never was', async () => {
  const file = `${await temporaryFolder()}/whole.db`;
  await everyKind(file);
  const on = await orchestra({ file, serve: false });
  const stranger = { owner: 'stranger', trusted: true };
  for (const task_id of [idOf(1), idOf(5), idOf(7), idOf(99)]) {
    await expect(on.orchestrator.audit(task_id, stranger)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }
  expect(await on.orchestrator.audit(idOf(1), OWNER)).toMatchObject({ sound: true });
});

test("a row that cannot be read is its owner's to hear of, and nobody else's", async () => {
  const file = `${await temporaryFolder()}/whole.db`;
  await everyKind(file);
  const db = unguarded(file);
  db.prepare("UPDATE workflows SET config = '{' WHERE task_id = ?").run(idOf(1));
  db.close();
  const on = await orchestra({ file, serve: false });
  await expect(on.orchestrator.status(idOf(1), OWNER)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  for (const id of [idOf(1), idOf(99)]) {
    await expect(on.orchestrator.status(id, STRANGER)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(on.orchestrator.audit(id, STRANGER)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }
});
