/**
 * A process that works on a database and keeps a ledger beside it of what it asked for and what it was promised. Arguments:
 * database, ledger, the setting of `synchronous`, and how many workflows it runs each time it opens the database (`6,6,20`).
 */

import { openSync, writeSync } from 'node:fs';
import process from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';
import SqliteDatabase from 'better-sqlite3';
import { isTerminal } from '../../../src/core/workflow.ts';
import { systemClock } from '../../../src/engine/system-clock.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../../src/store/store.ts';
import { idOf, submission } from '../../contract/rows.ts';
import { startWork } from './work.ts';

const [file = '', ledgerFile = '', synchronous = 'FULL', sessions = '1'] = process.argv.slice(2);
const ledger = openSync(ledgerFile, 'a');

/** Pages in the log after which they go into the file: few, so that small work passes through many checkpoints. */
const CHECKPOINT_PAGES = 150;

/** The store has no such options, and is to have none: what it asks the driver for is changed on the way there. */
const CHANGED: readonly (readonly [asked: string, instead: string])[] = [
  ['synchronous = FULL', `synchronous = ${synchronous}`],
  ['wal_autocheckpoint = 4000', `wal_autocheckpoint = ${CHECKPOINT_PAGES}`],
];
const unmet = new Set(CHANGED.map(([source]) => source));
const asked: unknown = Reflect.get(SqliteDatabase.prototype, 'pragma');
if (typeof asked !== 'function') throw new Error('the driver has no pragma');
Reflect.set(SqliteDatabase.prototype, 'pragma', function pragma(this: unknown, source: string, ...rest: unknown[]) {
  unmet.delete(source);
  const changed = CHANGED.find(([from]) => from === source)?.[1] ?? source;
  return Reflect.apply(asked, this, [changed, ...rest]) as unknown;
});

/** A line before the verb is called, and one as soon as its promise has resolved. */
async function promised<T>(what: string, verb: () => Promise<T>): Promise<T> {
  writeSync(ledger, `want ${what}\n`);
  const value = await verb();
  writeSync(ledger, `have ${what}\n`);
  return value;
}

function witnessed(real: Store): Store {
  return {
    ...real,
    workflows: {
      ...real.workflows,
      create: (sent, admission, claimant) =>
        promised(`workflow ${sent.task_id}`, () => real.workflows.create(sent, admission, claimant)),
      finish: (hold, end) => promised(`end ${hold.task_id}`, () => real.workflows.finish(hold, end)),
    },
    steps: {
      ...real.steps,
      settle: (hold, step, ahead) =>
        promised(`step ${hold.task_id} ${step.step_id}`, () => real.steps.settle(hold, step, ahead)),
    },
    texts: { ...real.texts, put: (text) => promised(`text ${text.sha256}`, () => real.texts.put(text)) },
  };
}

async function session(numbers: readonly number[]): Promise<void> {
  const store = await openSqliteStore({ file, clock: systemClock });
  const work = startWork(witnessed(store));
  // Half of them at once, which share their commits; the others one after another, which are at different steps.
  const half = Math.ceil(numbers.length / 2);
  await Promise.all(numbers.slice(0, half).map((n) => work.engine.submit(submission(n))));
  for (const n of numbers.slice(half)) await work.engine.submit(submission(n));
  for (const n of numbers) {
    for (;;) {
      const workflow = await store.workflows.get(idOf(n));
      if (workflow !== null && isTerminal(workflow.status)) break;
      await turn();
    }
  }
  await work.close();
  await store.close();
}

let before = 0;
for (const many of sessions.split(',').map(Number)) {
  const first = before + 1;
  await session(Array.from({ length: many }, (_, at) => first + at));
  before += many;
}
if (unmet.size > 0) throw new Error(`the store asks for something else now than ${[...unmet].join(', ')}`);
