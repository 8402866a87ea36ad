/**
 * A process that opens a database, for tests of processes that start together and of users who may not write. Says
 * `ready`, waits for a line, opens, writes one workflow, closes, and answers with one line of JSON.
 */

import process from 'node:process';
import { createInterface } from 'node:readline';
import { Fault } from '../../../../src/core/errors.ts';
import { systemClock } from '../../../../src/engine/system-clock.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite.ts';
import { ROOM, submission } from '../../../contract/rows.ts';

const [, , file = '', number = '1'] = process.argv;

/** Eight that make a database and wait for each other take long on a machine that has much else to do. */
const LOCK_WAIT_MS = 60_000;

async function answer(): Promise<object> {
  let accepted = false;
  try {
    const store = await openSqliteStore({ file, clock: systemClock, lockWaitMs: LOCK_WAIT_MS });
    accepted = true;
    await store.workflows.create(submission(Number(number)), ROOM);
    await store.close();
    return { code: 'ok', message: '', accepted };
  } catch (thrown) {
    return { code: thrown instanceof Fault ? thrown.code : 'not a Fault', message: String(thrown), accepted };
  }
}

const input = createInterface({ input: process.stdin });
input.once('line', () => {
  input.close();
  void answer().then((said) => process.stdout.write(`${JSON.stringify(said)}\n`));
});
process.stdout.write('ready\n');
