/**
 * Many servers on one file at the same time, as hosts start them: every workflow ends with the right report in the process
 * that started it; what is refused because a hundred others write says so, and succeeds when it is repeated; the file stays sound. `PROCESSES` sets how many.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pipeIn, temporaryHome } from '../support/binary.ts';
import { breaches, rows, workflows } from '../support/database.ts';
import { HELLO, Host } from '../support/host.ts';
import { PROCESSES } from '../support/sizes.ts';

/** Workflows whose chain of hashes is computed again. */
const AUDITED = 3;

/** How often a host repeats a call that was refused because others had the file. */
const MOST_ATTEMPTS = 10;

interface Done {
  readonly task_id: string;
  readonly text: unknown;
  readonly exit: unknown;
  readonly stderr: string;
}

test(`${PROCESSES} processes on one file each start a workflow, follow it to its end and read its report`, async ({
  annotate,
}) => {
  const home = await temporaryHome();
  const hosts: Host[] = [];
  onTestFinished(async () => {
    for (const host of hosts) host.child.kill('SIGKILL');
    await Promise.all(hosts.map(({ exited }) => exited));
    await home.remove();
  });
  const library = path.join(home.folder, 'library');
  await mkdir(library);
  for (let n = 0; n < PROCESSES; n += 1) {
    await writeFile(
      path.join(library, `note-${n}.md`),
      `# Note ${n}\n\nThe engine number ${n} burns fuel${n} slowly.\n`,
    );
  }
  home.env['BELTALOWDA_SOURCES'] = library;
  let refused = 0;
  const one = async (n: number): Promise<Done> => {
    const host = new Host(home, { patience_ms: 600_000 });
    hosts.push(host);
    await host.write(HELLO);
    await host.answer('hello');
    let id = 0;
    // What was refused and may be repeated is repeated, as hosts do; with its key it is the same workflow.
    const call = async (tool: string, args: object): Promise<Readonly<Record<string, unknown>>> => {
      for (let attempt = 1; ; attempt += 1) {
        id += 1;
        const answer = await host.ask(id, tool, args);
        const error = answer['error'] as { readonly code: string; readonly retryable: boolean } | undefined;
        if (error === undefined || 'status' in answer) return answer;
        if (error.code !== 'STORE_LOCKED' || !error.retryable || attempt === MOST_ATTEMPTS) {
          throw new Error(`${tool}, attempt ${attempt}: ${JSON.stringify(error)}`);
        }
        refused += 1;
      }
    };
    const task = `Which engine burns fuel${n}?`;
    const asked = { task, sources: [`note-${n}.md`], idempotency_key: `host-${n}` };
    const started = await call('orchestrate_research', asked);
    const task_id = String(started['task_id']);
    let status = started;
    while (status['status'] === 'pending' || status['status'] === 'running') {
      status = await call('get_status', { task_id, wait_seconds: 50 });
    }
    const result = await call('get_result', { task_id });
    expect(result).toMatchObject({ status: 'completed' });
    return { task_id, text: result['text'], exit: await host.end(), stderr: host.stderr };
  };
  const all = await Promise.all(Array.from({ length: PROCESSES }, (_, n) => one(n)));

  expect(all.filter(({ exit }) => JSON.stringify(exit) !== '{"code":0,"signal":null}')).toEqual([]);
  // Who had to wait for the file may say so, and nothing else is worth a line.
  const said = all.flatMap(({ stderr }) => stderr.split('\n').filter((line) => line !== ''));
  expect(said.filter((line) => !line.includes('"code":"STORE_LOCKED"'))).toEqual([]);
  // Each has its own answer: the sentence of its note, quoted and cited.
  const wrong = all.filter(({ text }, n) => !String(text).includes(`The engine number ${n} burns fuel${n} slowly.`));
  expect(wrong).toEqual([]);
  const stored = workflows(home);
  expect(new Set(stored.map(({ task_id }) => task_id))).toEqual(new Set(all.map(({ task_id }) => task_id)));
  // One that waits is taken by whoever has room; if that process leaves first, the next one carries on and says so.
  const resumed = new Map(
    rows(
      home,
      `SELECT task_id, count(*) AS times FROM events WHERE event_type = 'workflow_resumed' GROUP BY task_id`,
      ({ task_id, times }) => [String(task_id), Number(times)] as const,
    ),
  );
  expect(stored.filter(({ task_id, fence }) => fence !== 1 + (resumed.get(task_id) ?? 0))).toEqual([]);
  expect(breaches(home)).toEqual([]);
  // A step is done again only where its process had left in the middle of it.
  const again = rows(home, 'SELECT DISTINCT task_id FROM steps WHERE attempts > 1', ({ task_id }) => String(task_id));
  expect(again.filter((task_id) => !resumed.has(task_id))).toEqual([]);
  for (const { task_id } of all.slice(0, AUDITED)) {
    expect((await pipeIn(home, '', ['audit', 'verify', task_id])).code).toBe(0);
  }
  await annotate(
    `${all.length} processes, ${stored.length} workflows, ${resumed.size} of them handed over, ${refused} calls refused and repeated`,
  );
}, 900_000);
