/**
 * Whatever comes in on standard input: one answer for each request, clear errors, nothing else on standard output, no end of
 * the process, nothing lost, memory flat. `INPUTS` sets how many, `SEED` repeats a run. What must be answered is worked
 * out from the bytes by a second reading of the protocol (tests/support/expected.ts).
 */

import { Buffer } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Home, pipeIn, temporaryHome } from '../support/binary.ts';
import { Garbage } from '../support/garbage.ts';
import { HELLO, Host } from '../support/host.ts';
import { Random } from '../support/random.ts';
import { INPUTS, SEED } from '../support/sizes.ts';
import { TalliedHost } from '../support/tallied-host.ts';

const QUESTION = 'What does the log do?';
/** Inputs between two looks at whether all is answered. */
const ROUND = 250;
/** Inputs of one process: its memory is compared from the first fifth to the last. */
const MOST_INPUTS = 25_000;
/** What the collector has not got round to, in MiB. */
const SLACK = 96;
/** Garbage is collected late where there is room: in a small heap, what grows is what is kept. Too much of it ends the process. */
const SMALL_HEAP = { NODE_OPTIONS: '--max-old-space-size=96' };
const ERAS = ['2025', '2026'] as const;

/** What a defect looks like to whoever started the server. */
const DEFECT = /\n\s+at |INTERNAL|TypeError|RangeError|ReferenceError|Unhandled|Warning/;

let home: Home;
let task_id = '';
let report: unknown;

beforeAll(async () => {
  home = await temporaryHome(SMALL_HEAP);
  await writeFile(path.join(home.folder, 'log.md'), '# The log\n\nThe log keeps every change before the file does.\n');
  home.env['BELTALOWDA_SOURCES'] = home.folder;
  const host = new Host(home);
  await host.write(HELLO);
  const started = await host.call(1, 'orchestrate_research', { task: QUESTION, wait_seconds: 50 });
  task_id = String(started['task_id']);
  report = (await host.call(2, 'get_result', { task_id, detail: 'evidence' }))['text'];
  await host.end();
});

afterAll(() => home.remove());

/** Right calls, and what they are answered however much garbage is around them. */
const PROBES: readonly (readonly [name: string, args: () => object, right: () => object])[] = [
  ['get_status', () => ({ task_id, wait_seconds: 50 }), () => ({ task_id, status: 'completed' })],
  ['get_result', () => ({ task_id, detail: 'evidence' }), () => ({ task_id, text: report })],
  ['list_workflows', () => ({ limit: 1 }), () => ({ workflows: [{ task_id }] })],
];

const processes = Math.max(ERAS.length, Math.ceil(INPUTS / MOST_INPUTS));
const each = Math.ceil(INPUTS / processes);

describe(`standard input (seed ${SEED})`, () => {
  test.for(Array.from({ length: processes }, (_, n) => ({ n, era: ERAS[n % 2] ?? '2025' })))(
    `${each} inputs of process $n, era $era`,
    { timeout: 1_800_000 },
    async ({ n, era }, { annotate }) => {
      const random = new Random(SEED * 1000 + n);
      const tallied = new TalliedHost(home, era, random);
      const { host, expected } = tallied;
      await tallied.open();
      const garbage = new Garbage(random, { task_id, meta: tallied.meta });
      let warm = 0;
      for (let sent = 0; sent < each; sent += ROUND) {
        const round = Array.from({ length: Math.min(ROUND, each - sent) }, () => garbage.input());
        await tallied.feed(Buffer.concat(round));
        const [name, args, right] = random.pick(PROBES);
        expect(await tallied.probe(name, args())).toMatchObject(right());
        await tallied.settled(`inputs ${sent} to ${sent + ROUND}`);
        expect(tallied.faults()).toEqual([]);
        if (sent <= each / 5) warm = host.memory().now;
      }
      const { now, most } = host.memory();
      const memory = `MiB after a fifth ${warm.toFixed()}, at the end ${now.toFixed()}, most ${most.toFixed()}`;
      await annotate(`${each} inputs, ${expected.answers} answers; ${memory}`);
      expect(now - warm).toBeLessThan(SLACK);
      expect(await host.end()).toEqual({ code: 0, signal: null });
      expect(tallied.faults()).toEqual([]);
      expect(host.stderr).not.toMatch(DEFECT);
    },
  );

  test('leaves what was there as it was', async () => {
    const { code, stdout } = await pipeIn(home, '', ['result', task_id, '--json']);
    expect({ code, text: (JSON.parse(stdout) as { text: string }).text }).toEqual({ code: 0, text: report });
    expect((await pipeIn(home, '', ['audit', 'verify', task_id])).code).toBe(0);
    const { stdout: listed } = await pipeIn(home, '', ['list', '--json']);
    expect(JSON.parse(listed)).toMatchObject({ workflows: [{ task_id }] });
  });
});
