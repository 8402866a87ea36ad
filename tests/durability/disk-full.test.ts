/**
 * The disk that holds the database is full, and then has room again: what was acknowledged is kept, whoever waits is told
 * why, and the work goes on. `SEED` chooses how much room there is.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, it } from 'vitest';
import { BINARY, type Home, pipeIn, ROOT, type Run } from '../support/binary.ts';
import { Random } from '../support/random.ts';
import { SEED } from '../support/sizes.ts';
import { smallDisk, type SmallDisk } from '../support/small-disk.ts';

const DOCUMENTS = join(ROOT, 'examples', 'documents', 'durability');
const RESEARCH = ['research', 'How do embedded databases keep committed data safe?', '--source', DOCUMENTS, '--json'];
/** Not enough for the whole of it, which takes well over half a megabyte with its log. */
const ROOM = { least: 96, most: 420 } as const;
const KIB = 1024;

const found = smallDisk(6);
const reason = typeof found === 'string' ? found : null;
const given = typeof found === 'string' ? null : found;

/** A command under way. */
interface Command {
  readonly child: ChildProcess;
  /** Resolves once standard error shows it; rejects when the command ends without. */
  told(pattern: RegExp): Promise<void>;
  readonly ended: Promise<Run>;
}

function start(home: Home, args: readonly string[]): Command {
  const child = spawn(process.execPath, [BINARY, ...args], { cwd: ROOT, env: home.env, stdio: 'pipe' });
  child.stdin.end();
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Run>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  const told = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(stderr)) resolve();
      };
      child.stderr.on('data', look);
      look();
      void ended.then(({ code }) => reject(new Error(`ended with ${code} without ${String(pattern)}: ${stderr}`)));
    });
  return { child, told, ended };
}

const WAITS = /waiting for the store: .*disk is full/;
const idIn = (text: string): string => /wf_[0-9a-z]{26}/.exec(text)?.[0] ?? '';
const answerOf = ({ stdout }: Run): unknown => {
  const { text, completeness, citations } = JSON.parse(stdout) as Record<string, unknown>;
  return { text, completeness, citations };
};

describe.skipIf(given === null)(`a full disk${reason === null ? '' : `: ${reason}`} (seed ${SEED})`, () => {
  const disk = given as SmallDisk;
  const random = new Random(SEED);
  let homes = 0;
  const newHome = (): Home => {
    homes += 1;
    const folder = join(disk.folder, `home-${homes}`);
    mkdirSync(folder);
    return { folder, env: { PATH: process.env['PATH'] ?? '', BELTALOWDA_HOME: folder }, remove: async () => {} };
  };
  const room = (): number => (ROOM.least + random.below(ROOM.most - ROOM.least)) * KIB;
  let whole: unknown;
  let told = '';

  afterAll(() => disk.unmount());

  const home = newHome();

  it('with room, research ends as everywhere', async () => {
    const run = await pipeIn(home, '', RESEARCH);
    expect(run.code).toBe(0);
    whole = answerOf(run);
    told = run.stderr;
  }, 60_000);

  it('refuses what cannot be done in one clear sentence, and answers whoever only looks', async () => {
    disk.leave(0);
    const before = readFileSync(join(home.folder, 'beltalowda.db'));
    for (const args of [RESEARCH, ['cancel', idIn(told)], ['resume', idIn(told), '--agents', '2']]) {
      const run = await pipeIn(home, '', args);
      expect([args[0], run.code]).toEqual([args[0], 1]);
      expect(run.stderr).toMatch(/^error STORE_FULL: .*\nhint: Free space on the disk/);
    }
    expect((await pipeIn(home, '', ['list', '--ids'])).stdout).toBe(`${idIn(told)}\n`);
    expect(readFileSync(join(home.folder, 'beltalowda.db')).equals(before)).toBe(true);
    disk.empty();
  }, 60_000);

  it('in the midst of work delays it: it waits, says so, and goes on by itself when there is room', async () => {
    const other = newHome();
    // Its making needs room for the schema alone.
    expect((await pipeIn(other, '', ['db', 'migrate'])).code).toBe(0);
    disk.leave(room());
    const command = start(other, RESEARCH);
    await command.told(WAITS);
    disk.empty();
    const run = await command.ended;
    expect({ code: run.code, answer: answerOf(run) }).toEqual({ code: 0, answer: whole });
  }, 60_000);

  it('and a kill on top of it lose nothing that was acknowledged', async () => {
    const other = newHome();
    expect((await pipeIn(other, '', ['db', 'migrate'])).code).toBe(0);
    disk.leave(room());
    const killed = start(other, RESEARCH);
    await killed.told(WAITS);
    killed.child.kill('SIGKILL');
    const task_id = idIn((await killed.ended).stderr);
    disk.empty();
    expect((await pipeIn(other, '', ['list', '--ids'])).stdout).toBe(`${task_id}\n`);
    const resumed = await pipeIn(other, '', ['resume', task_id, '--json']);
    expect({ code: resumed.code, answer: answerOf(resumed) }).toEqual({ code: 0, answer: whole });
    expect((await pipeIn(other, '', ['audit', 'verify', task_id])).code).toBe(0);
    expect((await pipeIn(other, '', ['db', 'check'])).code).toBe(0);
  }, 60_000);

  it('from the beginning makes no database, and one that cannot be made leaves nothing half made', async () => {
    const other = newHome();
    disk.leave(16 * KIB);
    const refused = await pipeIn(other, '', RESEARCH);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^error STORE_FULL: /m);
    disk.empty();
    expect((await pipeIn(other, '', RESEARCH)).code).toBe(0);
  }, 60_000);
});
