/**
 * A database file that is damaged, of another program, of a newer release, or not whole: every edge says so in the catalogue's
 * words, and not a byte of it is changed.
 */

import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Home, pipeIn, type Run, temporaryHome } from '../support/binary.ts';
import { Random } from '../support/random.ts';
import { SEED } from '../support/sizes.ts';

const RESEARCH = ['research', 'What is group commit?'] as const;
const PAGE = 4096;

/** A home with one finished workflow. */
let sound: { readonly home: Home; readonly task_id: string };
const homes: Home[] = [];

beforeAll(async () => {
  const home = await newHome();
  const first = await pipeIn(home, '', [...RESEARCH, '--quiet']);
  sound = { home, task_id: first.stderr.trim().replace('task_id: ', '') };
}, 60_000);
afterAll(() => Promise.all(homes.map((home) => home.remove())));

async function newHome(): Promise<Home> {
  const home = await temporaryHome({ BELTALOWDA_LOG_LEVEL: 'warn' });
  homes.push(home);
  return home;
}

/** A copy of the sound home, spoilt. */
async function spoilt(spoil: (file: string) => Promise<unknown> | undefined): Promise<Home> {
  const home = await newHome();
  await cp(sound.home.folder, home.folder, { recursive: true });
  await spoil(join(home.folder, 'beltalowda.db'));
  return home;
}

/** The database and what lies beside it, by name; the shared memory is nobody's. */
async function filesOf({ folder }: Home): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('beltalowda.db') && !name.endsWith('-shm'));
  const files: Record<string, string> = {};
  for (const name of names.sort()) {
    files[name] = await readFile(join(folder, name), 'base64').catch(() => 'a folder');
  }
  return files;
}

function changed(change: (db: SqliteDatabase.Database) => unknown): (file: string) => undefined {
  return (file) => {
    const db = new SqliteDatabase(file);
    change(db);
    db.close();
    return undefined;
  };
}

/** A log such as a killed process leaves behind, with its last commits. */
async function leaveLog(file: string): Promise<void> {
  const db = new SqliteDatabase(file);
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE IF NOT EXISTS notes (note)');
  await cp(`${file}-wal`, `${file}-kept`);
  db.close();
  await cp(`${file}-kept`, `${file}-wal`);
}

const random = new Random(SEED);

/** How a file is spoilt, and what is said of it. */
const SPOILT: readonly (readonly [
  what: string,
  code: string,
  spoil: (file: string) => Promise<unknown> | undefined,
])[] = [
  ['not a database', 'STORE_CORRUPT', (file) => writeFile(file, 'Dear diary, '.repeat(1000))],
  ['cut off within a page', 'STORE_CORRUPT', (file) => truncate(file, PAGE * 3 + 100)],
  ['cut off after the first page', 'STORE_CORRUPT', (file) => truncate(file, PAGE)],
  [
    'with noise over its schema',
    'STORE_CORRUPT',
    async (file) => {
      const bytes = await readFile(file);
      for (let at = 100; at < PAGE; at += 1) bytes[at] = random.below(256);
      await writeFile(file, bytes);
    },
  ],
  [
    'of another program',
    'STORE_CORRUPT',
    changed((db) => db.exec('DROP TABLE migrations; CREATE TABLE migrations (id INTEGER, name TEXT)')),
  ],
  ['without a table', 'STORE_CORRUPT', changed((db) => db.exec('DROP TABLE seals'))],
  [
    'of a newer release',
    'STORE_NEWER',
    changed((db) => db.exec("INSERT INTO migrations VALUES (9999, 1, '2031-01-01T00:00:00.000Z')")),
  ],
  [
    'emptied, with a log beside it',
    'STORE_CORRUPT',
    async (file) => {
      await leaveLog(file);
      await truncate(file, 0);
    },
  ],
  [
    'a folder',
    'STORE_UNAVAILABLE',
    async (file) => {
      await rm(file);
      await mkdir(file);
    },
  ],
];

/** One tool call as a host pipes it in. */
function call(name: string, args: object): string {
  const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  return [
    { jsonrpc: '2.0', id: 1, method: 'initialize', params: hello },
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name, arguments: args } },
  ]
    .map((message) => `${JSON.stringify(message)}\n`)
    .join('');
}

const Refused = z.object({
  result: z.object({
    isError: z.literal(true),
    structuredContent: z.object({ error: z.object({ code: z.string(), hint: z.string().min(1) }) }),
  }),
});

function codeOverMcp({ stdout }: Run): string {
  const answer = stdout.trim().split('\n').at(-1) ?? '';
  return Refused.parse(JSON.parse(answer)).result.structuredContent.error.code;
}

function codeOf({ stderr }: Run): string {
  return /^error ([A-Z_]+): .+\nhint: .+/m.exec(stderr)?.[1] ?? stderr;
}

describe(`a database file (seed ${SEED})`, () => {
  it.each(SPOILT)(
    'that is %s is told as %s by a command and over MCP, and stays as it is',
    async (_what, code, spoil) => {
      const home = await spoilt(spoil);
      const before = await filesOf(home);
      const listed = await pipeIn(home, '', ['list']);
      expect([listed.code, codeOf(listed), listed.stdout]).toEqual([1, code, '']);
      const served = await pipeIn(home, call('list_workflows', {}));
      expect([served.code, codeOverMcp(served)]).toEqual([0, code]);
      expect(await filesOf(home)).toEqual(before);
    },
  );

  it.each([
    ['research', [...RESEARCH]],
    ['resume', ['resume']],
    ['status', ['status']],
    ['result', ['result']],
    ['events', ['events']],
    ['cancel', ['cancel']],
    ['export', ['export']],
    ['analytics', ['analytics']],
    ['audit verify', ['audit', 'verify']],
    ['replay', ['replay']],
    ['delete', ['delete', '--yes']],
    ['db migrate', ['db', 'migrate']],
    ['db check', ['db', 'check']],
    ['db backup', ['db', 'backup']],
  ] as const)('that is damaged is told as such by %s', async (name, words) => {
    const home = await spoilt((file) => truncate(file, PAGE));
    const before = await filesOf(home);
    const takesId = !['research', 'analytics'].includes(name) && !name.startsWith('db ');
    const run = await pipeIn(home, '', [...words, ...(takesId ? [sound.task_id] : [])]);
    expect([run.code, codeOf(run)]).toEqual([1, 'STORE_CORRUPT']);
    expect(await filesOf(home)).toEqual(before);
  });

  it('is described by doctor, whatever is wrong with it', async () => {
    const home = await spoilt((file) => truncate(file, PAGE));
    const run = await pipeIn(home, '', ['doctor']);
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/✖ database .*damaged, or no database of beltalowda/);
  });

  it('whose log lost its end is what it was at the last whole commit', async () => {
    const home = await spoilt(async (file) => {
      await leaveLog(file);
      await truncate(`${file}-wal`, (await readFile(`${file}-wal`)).length - 100);
    });
    expect((await pipeIn(home, '', ['list', '--ids'])).stdout).toBe(`${sound.task_id}\n`);
    expect((await pipeIn(home, '', ['db', 'check'])).code).toBe(0);
  });

  it('with one damaged row shows all others and names the damaged one', async () => {
    const home = await newHome();
    await cp(sound.home.folder, home.folder, { recursive: true });
    const second = await pipeIn(home, '', [...RESEARCH, '--quiet', '--title', 'Another']);
    const other = second.stderr.trim().replace('task_id: ', '');
    changed((db) => {
      db.exec('DROP TRIGGER terminal_workflows_never_change');
      db.prepare("UPDATE workflows SET config = '{broken' WHERE task_id = ?").run(sound.task_id);
    })(join(home.folder, 'beltalowda.db'));
    expect((await pipeIn(home, '', ['list', '--ids'])).stdout).toBe(`${other}\n${sound.task_id}\n`);
    expect((await pipeIn(home, '', ['result', other])).code).toBe(0);
    const damaged = await pipeIn(home, '', ['result', sound.task_id]);
    expect([damaged.code, codeOf(damaged)]).toEqual([1, 'STORE_CORRUPT']);
    expect(damaged.stderr).toContain(sound.task_id);
    expect((await pipeIn(home, '', ['db', 'check'])).stdout).toContain(`${sound.task_id} `);
  });
});
