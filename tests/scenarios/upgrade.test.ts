/** A database as the release before the audit chain left it: two completed workflows, and one killed while its agents worked. */

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import type { CheckView, MigrateView } from '../../src/core/audit.ts';
import type { ListView } from '../../src/core/listing.ts';
import type { ResultView } from '../../src/core/views.ts';
import { MIGRATIONS } from '../../src/store/sqlite/migrate.ts';
import { type Home, pipeIn, temporaryHome } from '../support/binary.ts';

const FIXTURE = new URL('../fixtures/databases/schema-1.db.gz', import.meta.url);
const COMPLETED = 'wf_77d2zveba731dph4fj594eqmwk';
const INTERRUPTED = 'wf_62kag0ws1098wn0vgztr0frk5d';

async function oldHome(): Promise<Home> {
  const home = await temporaryHome();
  onTestFinished(() => home.remove());
  await writeFile(path.join(home.folder, 'beltalowda.db'), gunzipSync(await readFile(FIXTURE)));
  return home;
}

async function json<T>(home: Home, args: readonly string[]): Promise<T> {
  const { stdout, stderr, code } = await pipeIn(home, '', [...args, '--json']);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

test('it opens, is brought up to date, and its interrupted workflow carries on to a cited report', async () => {
  const home = await oldHome();
  const resumed = await json<ResultView>(home, ['resume', INTERRUPTED]);
  expect(resumed).toMatchObject({ task_id: INTERRUPTED, status: 'completed', completeness: 'full' });
  expect(resumed.citations?.total).toBeGreaterThan(3);
  const { workflows } = await json<ListView>(home, ['list', '--query', 'after a crash']);
  expect(workflows.map(({ task_id }) => task_id)).toContain(COMPLETED);
  expect(await json<CheckView>(home, ['db', 'check'])).toMatchObject({
    sound: true,
    workflows_checked: 3,
    findings: [],
  });
});

test('its finished reports are what they were, sealed from now on, and can be gone on from', async () => {
  const home = await oldHome();
  const migrated = await json<MigrateView>(home, ['db', 'migrate']);
  const applied = MIGRATIONS.map(({ number }) => number).filter((number) => number > 1);
  expect(migrated).toMatchObject({ applied, workflows: 3 });
  expect(await json<MigrateView>(home, ['db', 'migrate'])).toMatchObject({ applied: [] });
  expect((await pipeIn(home, '', ['audit', 'verify', COMPLETED])).code).toBe(0);
  const { text } = await json<ResultView>(home, ['result', COMPLETED]);
  expect(text).toMatch(/^# How do databases keep committed data safe after a crash\?\n/);
  expect(text).toMatch(/\[1\]/);
  // The folder it read is not there any more.
  const deeper = await pipeIn(home, '', ['resume', COMPLETED, '--agents', '12', '--json']);
  expect(JSON.parse(deeper.stdout)).toMatchObject({ status: 'completed', completeness: 'full' });
});
