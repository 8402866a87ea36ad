/** A process of its own that delivers to webhooks until it is killed. Arguments: file of the database, host that may be reached. */

import process from 'node:process';
import { setInterval } from 'node:timers';
import { inProcessBus } from '../../src/bus/in-process.ts';
import { createHolder, isDead } from '../../src/engine/engine.ts';
import { systemClock as clock } from '../../src/engine/system-clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { openWebhooks } from '../../src/webhooks/webhooks.ts';

const [file = '', host = ''] = process.argv.slice(2);
const log = (message: string, thrown?: unknown): void => {
  process.stderr.write(`${message}: ${String(thrown)}\n`);
};
const store = await openSqliteStore({ file, clock });
const bus = inProcessBus({
  clock,
  changes: () => store.changes(),
  failed: (thrown) => log('the change counter', thrown),
});
// Short waits: a failed attempt is made again within tenths of a second.
const random = (): number => 0.05;
const holder = createHolder().name;
openWebhooks({ store, bus, clock, random, holder, isDead, allow: [host], log }).serve();
process.stdout.write('delivers\n');
setInterval(() => {}, 1000);
