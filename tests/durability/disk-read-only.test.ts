/** A database in a place that cannot be written: whoever looks is answered, whoever would write is told, nothing is changed. */

import { spawn } from 'node:child_process';
import { chmod, chown, cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BINARY, type Home, pipeIn, ROOT, type Run, temporaryHome } from '../support/binary.ts';

const NOBODY = 65_534;
/** Root may write everywhere. */
const AS = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

let home: Home;
let task_id = '';
const DATABASE = 'beltalowda.db';

beforeAll(async () => {
  home = await temporaryHome();
  const first = await pipeIn(home, '', ['research', 'What is group commit?', '--quiet']);
  task_id = first.stderr.trim().replace('task_id: ', '');
}, 60_000);
afterAll(async () => {
  for (const place of ['closed', 'killed']) await chmod(join(home.folder, place), 0o755);
  await home.remove();
});

/** A copy of the home as it is after a clean end, or after a kill with the newest commits in the log alone. */
async function place(name: 'closed' | 'killed'): Promise<string> {
  const folder = join(home.folder, name);
  const temporary = join(home.folder, `${name}-temporary`);
  for (const path of [folder, temporary]) await mkdir(path);
  await cp(join(home.folder, DATABASE), join(folder, DATABASE));
  if (name === 'killed') {
    const db = new SqliteDatabase(join(folder, DATABASE));
    db.exec('CREATE TABLE notes (note)');
    await cp(join(folder, `${DATABASE}-wal`), join(folder, 'kept'));
    db.close();
    await cp(join(folder, 'kept'), join(folder, `${DATABASE}-wal`));
  }
  for (const file of await readdir(folder)) await chmod(join(folder, file), 0o444);
  if ('uid' in AS) await chown(temporary, NOBODY, NOBODY);
  for (const path of [home.folder, folder]) await chmod(path, 0o755);
  await chmod(folder, 0o555);
  return folder;
}

async function run(folder: string, args: readonly string[]): Promise<Run> {
  const env = { ...home.env, BELTALOWDA_HOME: folder, TMPDIR: `${folder}-temporary` };
  const child = spawn(process.execPath, [BINARY, ...args], { cwd: ROOT, env, stdio: 'pipe', ...AS });
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  child.stdin.end();
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await closed, stdout, stderr };
}

async function contents(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map(async (name) => `${name} ${await readFile(join(folder, name), 'base64')}`));
}

describe.each(['closed', 'killed'] as const)('a database that was %s, where nothing can be written', (how) => {
  it('is read by whoever looks, refused to whoever would write, and stays as it is', async () => {
    const folder = await place(how);
    const before = await contents(folder);
    const looks = [['list'], ['status', task_id], ['export', task_id], ['audit', 'verify', task_id], ['db', 'check']];
    for (const args of how === 'closed'
      ? looks
      : [
          ['result', task_id],
          ['db', 'check'],
        ]) {
      const { code, stdout, stderr } = await run(folder, args);
      expect([args, code, stdout.length > 0, /error/.test(stderr)]).toEqual([args, 0, true, false]);
    }
    for (const args of [
      ['research', 'What is a checkpoint?'],
      ['delete', task_id, '--yes'],
      ['db', 'migrate'],
    ]) {
      const { code, stderr } = await run(folder, args);
      expect([args, code]).toEqual([args, 1]);
      expect(stderr).toMatch(/^error STORE_READ_ONLY: .*\nhint: Give this user write permission/m);
    }
    expect(await contents(folder)).toEqual(before);
    const left = await readdir(`${folder}-temporary`);
    expect(left.filter((name) => name.startsWith('beltalowda'))).toEqual([]);
  }, 60_000);
});
