/** A process of its own that takes one workflow, says so and works on it until it is killed. Arguments: file, number. */

import process from 'node:process';
import { setInterval } from 'node:timers';
import { createHolder } from '../../src/engine/holder.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';

const [file = '', at = '0'] = process.argv.slice(2);
// The tests' clock stands still, so that no lease can expire by time.
const clock = { ...systemClock, now: () => Number(at) };
const store = await openSqliteStore({ file, clock });
const request = { holder: createHolder().name, lease_ms: 3_600_000, max_active: 10, dead: [], expired_by: 0 };
const claimed = await store.workflows.claim(request);
process.stdout.write(`${claimed?.hold.task_id ?? 'nothing'}\n`);
setInterval(() => {}, 1000);
