/**
 * Nothing the program advertises fails to answer, and nothing answers that it does not advertise: every command of `--help`,
 * every option of each command's help, every key of the published schema. (Tools: mcp-docs.test.ts.)
 */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL, type ConfigFlags, examineConfig, type Option, readConfig } from '../../src/config.ts';
import { Fault } from '../../src/core/errors.ts';
import { parse } from '../../src/server/cli/command-line.ts';
import { type Home, pipeIn, ROOT, type Run, temporaryHome } from '../support/binary.ts';
import { temporaryFolder, writeFiles } from '../support/folder.ts';

const QUESTION = 'What does group commit cost?';

/** A good call of each command; ID stands for a workflow that has ended, GONE for one that is to go. */
const GOOD: Readonly<Record<string, readonly string[]>> = {
  research: ['research', QUESTION, '--quiet'],
  resume: ['resume', 'ID', '--quiet'],
  list: ['list'],
  status: ['status', 'ID'],
  result: ['result', 'ID'],
  events: ['events', 'ID'],
  cancel: ['cancel', 'ID'],
  export: ['export', 'ID', '--format', 'markdown'],
  analytics: ['analytics'],
  'audit verify': ['audit', 'verify', 'ID'],
  replay: ['replay', 'ID'],
  delete: ['delete', 'GONE', '--yes'],
  doctor: ['doctor'],
  'db migrate': ['db', 'migrate'],
  'db check': ['db', 'check'],
  'db backup': ['db', 'backup'],
  completion: ['completion', 'bash'],
  serve: ['serve'],
  stdio: ['stdio'],
};

const NOBODY = 'wf_0000000000000000000000000z';

/** The same with something that cannot be, and what is said then. */
const BAD: Readonly<Record<string, readonly [args: readonly string[], code: string]>> = {
  research: [['research', QUESTION, '--agents', '99'], 'INVALID_INPUT'],
  resume: [['resume', NOBODY], 'NOT_FOUND'],
  list: [['list', '--cursor', 'garbage'], 'INVALID_INPUT'],
  status: [['status', NOBODY], 'NOT_FOUND'],
  result: [['result', 'ID', '--section', 'nowhere'], 'INVALID_INPUT'],
  events: [['events', 'ID', '--after', '-1'], 'INVALID_INPUT'],
  cancel: [['cancel', 'wf_no'], 'NOT_FOUND'],
  export: [['export', 'ID', '--format', 'pdf'], 'INVALID_INPUT'],
  analytics: [['analytics', '--since', 'yesterday'], 'INVALID_INPUT'],
  'audit verify': [['audit', 'verify', NOBODY], 'NOT_FOUND'],
  replay: [['replay', NOBODY], 'NOT_FOUND'],
  delete: [['delete', 'ID'], 'INVALID_INPUT'],
  doctor: [['doctor', 'now'], 'INVALID_INPUT'],
  'db migrate': [['db', 'migrate', '--db', '/proc/nowhere/b.db'], 'STORE_UNAVAILABLE'],
  'db check': [['db', 'check', '--db', ROOT], 'STORE_'],
  'db backup': [['db', 'backup', '/nowhere/at/all/b.db'], 'INVALID_INPUT'],
  completion: [['completion', 'tcsh'], 'INVALID_INPUT'],
  serve: [['serve', '--host', '0.0.0.0'], 'ACCESS_REQUIRED'],
  stdio: [['stdio', '--log-level', 'loud'], 'CONFIG_INVALID'],
};

let home: Home;
let commands: readonly string[] = [];
let ended = '';
let gone = '';

function run(args: readonly string[]): Promise<Run> {
  return pipeIn(
    home,
    '',
    args.map((word) => (word === 'ID' ? ended : word === 'GONE' ? gone : word)),
  );
}

beforeAll(async () => {
  home = await temporaryHome();
  const help = await run(['--help']);
  const [, listed = ''] = /\n\n(Research:.*?)\n\nOptions:/s.exec(help.stdout) ?? [];
  commands = Array.from(listed.matchAll(/^ {2}([a-z]+(?: [a-z]+)?)\b/gm), (match) => match[1] ?? '');
  const started = [await run(['research', QUESTION, '--quiet']), await run(['research', 'What is a WAL?', '--quiet'])];
  [ended = '', gone = ''] = started.map(({ stderr }) => /wf_\w{26}/.exec(stderr)?.[0] ?? '');
});

afterAll(() => home.remove());

test('every command of the help is tried here, and no other', () => {
  expect([...commands].sort()).toEqual(Object.keys(GOOD).sort());
  expect(Object.keys(BAD).sort()).toEqual(Object.keys(GOOD).sort());
});

test.each(Object.entries(GOOD))('%s answers a good call', async (name, args) => {
  // It runs until it is stopped, which serve.test.ts does.
  const { code, stdout, stderr } = await run(name === 'serve' ? [...args, '--help'] : args);
  expect(stderr).not.toMatch(/^error /m);
  expect(code).toBe(0);
  // A server whose client leaves at once has nothing to say.
  expect(stdout === '').toBe(name === 'stdio');
});

test.each(Object.entries(BAD))('%s refuses a bad call, with a code and a way out', async (_name, [args, expected]) => {
  const { code, stdout, stderr } = await run(args);
  expect(stderr).toMatch(new RegExp(`^error ${expected}[A-Z_]*: .+\\nhint: .+`, 'm'));
  expect(code === 1 || code === 2).toBe(true);
  expect(stdout).toBe('');
});

describe.each(Object.keys(GOOD))('the help of %s', (name) => {
  test('exists; every option in it is taken with a good value, and one that is not in it is refused', async () => {
    const words = name.split(' ');
    const help = await run([...words, '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain(`Usage: beltalowda ${name}`);
    const options = ALL.filter(({ flag }) => new RegExp(`^ {2}(?:-\\w, )?${flag}(?![\\w-])`, 'm').test(help.stdout));
    const listed = help.stdout.match(/^ {2}(?:-\w, )?--\S+/gm) ?? [];
    // All that is listed is an option of the table, but for the help itself.
    expect(listed).toHaveLength(options.length + 1);
    for (const option of options) await expect(taken(GOOD[name] ?? [], option)).resolves.toEqual([name, true]);
    const { stderr, code } = await run([...words, '--nonsense']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--nonsense')]);
  });
});

/** A value the option accepts, as it is typed. */
function typedValue({ key }: Option): readonly string[] {
  const property = SCHEMA.properties[key];
  // The one option without a key: where the file is.
  if (property === undefined) return ['c.json'];
  if (property.type === 'boolean') return [];
  const value = goodValue(property);
  if (property.type === 'object') return [JSON.stringify(value)];
  return [String(Array.isArray(value) ? value[0] : value)];
}

/** The command understood when the option stands behind a good call of it, and whether its value was kept as typed. */
async function taken(args: readonly string[], option: Option): Promise<readonly [string, boolean]> {
  const value = typedValue(option);
  const surroundings = { version: '0', columns: 80, color: false, stdinIsTTY: false };
  const call = await parse([...args, option.flag, ...value], surroundings);
  if (call.kind === 'text') return ['', false];
  const { problems, config } = examineConfig({ env: {}, flags: { [option.name]: call.flags[option.name] }, cwd: ROOT });
  // A configuration file that is named has to be there; which one, the parser has understood all the same.
  const refused = problems.filter(() => option.name !== 'config');
  const from = config.origins.find(({ name }) => name === option.name)?.from;
  return [call.name, refused.length === 0 && from === `flag ${option.flag}`];
}

interface PropertySchema {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  readonly description: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly items?: PropertySchema;
}

const SCHEMA = JSON.parse(await readFile(path.join(ROOT, 'beltalowda.config.schema.json'), 'utf8')) as {
  readonly properties: Readonly<Record<string, PropertySchema>>;
};

function goodValue({ type, enum: choices, minimum, pattern, items }: PropertySchema): unknown {
  if (choices !== undefined) return choices[0];
  if (type === 'array') return items === undefined ? [] : [goodValue(items)];
  if (type === 'integer' || type === 'number') return minimum;
  if (type === 'object') return {};
  if (type === 'boolean') return true;
  if (pattern?.includes('https?://') === true) return 'https://app.example';
  return pattern?.startsWith('^\\d{4}') === true ? '2026-11-26' : 'word';
}

function badValues({ type, enum: choices, maximum, items }: PropertySchema): readonly unknown[] {
  if (type === 'array') return [7, 'word', items === undefined ? {} : [badValues(items)[0]]];
  if (type === 'object') return [7, 'word', []];
  if (type === 'number') return ['7', -1, ...(maximum === undefined ? [] : [maximum + 1])];
  if (type === 'integer') return ['7', 1.5, -1, ...(maximum === undefined ? [] : [maximum + 1])];
  if (type === 'boolean') return ['yes', 1, null];
  return choices === undefined ? [7, '', null] : ['nonsense', 7, ''];
}

/** Reads a file as the program does. */
async function read(content: string, flags: ConfigFlags = {}): Promise<unknown> {
  const folder = await temporaryFolder();
  await writeFiles(folder, { 'c.json': content });
  return readConfig({ env: {}, flags: { ...flags, config: path.join(folder, 'c.json') }, cwd: folder });
}

async function refusal(content: string): Promise<Fault> {
  try {
    await read(content);
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
  throw new Error(`taken: ${content}`);
}

const KEYS = Object.entries(SCHEMA.properties).filter(([key]) => key !== '$schema');

describe.each(KEYS)('the key %s of the configuration file', (key, property) => {
  test('takes what the schema describes, and nothing else', async () => {
    await expect(read(JSON.stringify({ [key]: goodValue(property) }))).resolves.toBeDefined();
    for (const value of badValues(property)) {
      const { code, message, hint } = await refusal(JSON.stringify({ [key]: value }));
      expect([code, message]).toEqual(['CONFIG_INVALID', expect.stringContaining(key)]);
      expect(hint).not.toBe('');
    }
    const { message, hint } = await refusal(JSON.stringify({ [`${key}z`]: goodValue(property) }));
    expect(message).toContain(`${key}z`);
    expect(hint).toContain(key);
  });
});

test('every key is the twin of a flag and a variable that the help names, and the other way round', async () => {
  const helps = await Promise.all([
    run(['--help']),
    ...Object.keys(GOOD).map((name) => run([...name.split(' '), '--help'])),
  ]);
  const words = helps.map(({ stdout }) => stdout.replaceAll(/\s+/g, ' ')).join(' ');
  const advertised = new Set(Array.from(words.matchAll(/variable: (BELTALOWDA_[A-Z_]+)/g), (match) => match[1]));
  // Where the file is cannot stand in the file.
  advertised.delete('BELTALOWDA_CONFIG');
  const twins = KEYS.map(([key]) => ALL.find((option) => option.key === key)?.env ?? key);
  expect(twins.sort()).toEqual([...advertised].map(String).sort());
});
