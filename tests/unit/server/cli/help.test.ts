import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALL, optionOf } from '../../../../src/config.ts';
import { COMMAND_LIST } from '../../../../src/server/cli/commands.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { run } from './run-command.ts';

const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');
const help = async (...words: readonly string[]): Promise<string> => (await run([...words, '--help'])).out;

describe('--help', () => {
  it('lists every command before the settings, each with what it is for', async () => {
    const text = await help();
    for (const { usage, description } of COMMAND_LIST) {
      expect(text).toContain(`\n  ${usage}  `);
      expect(flat(text)).toContain(flat(description));
    }
    expect(text.indexOf('Research:')).toBeLessThan(text.indexOf('Settings:'));
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('shows of each setting its default and its variable', async () => {
    const text = flat(await help());
    const settings = ALL.filter((option) => option.setting);
    const missing = settings.filter(
      ({ flag, env, fallback }) =>
        !text.includes(` ${flag} <`) || !text.includes(`(default: ${fallback}; variable: ${env})`),
    );
    expect(missing).toEqual([]);
  });

  it('says where the configuration file is, what goes before what, and how a switch is turned off', async () => {
    const text = flat(await help());
    expect(text).toContain('a key of beltalowda.config.json in the data directory (or of --config FILE)');
    expect(text).toContain('A flag goes before the variable, the variable before the file.');
    expect(text).toContain('--no-json');
  });

  it.each(COMMAND_LIST)(
    'of $name shows of each of its options the default and the variable',
    async ({ name, options, settings }) => {
      const text = flat(await help(...name.split(' ')));
      for (const { flag, env, fallback } of options.map(optionOf)) {
        expect(text).toContain(` ${flag} `);
        expect(text).toContain(`(default: ${fallback}; variable: ${env})`);
      }
      expect(text.includes('Every setting of `beltalowda --help` can stand here as well.')).toBe(settings !== 'all');
    },
  );

  it('is the same for help COMMAND, and is shown for a family of commands', async () => {
    expect((await run(['help', 'list'])).out).toBe(await help('list'));
    expect((await run(['help', 'db', 'check'])).out).toBe(await help('db', 'check'));
    expect((await run(['help', 'status', 'wf_x'])).out).toBe(await help('status'));
    expect((await run(['help', 'db'])).out).toBe(await help('db'));
    expect((await run(['help'])).out).toBe(await help());
    expect(await help('db')).toContain('db migrate');
  });

  it('is as wide as the window', async () => {
    const terminal = recordingTerminal({ stdoutIsTTY: true, columns: 60 });
    const { out } = await run(['list', '--help'], { terminal });
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
  });
});

describe('help', () => {
  it.each([
    [['help', 'foo'], 'there is no command "foo"', '`beltalowda --help` lists the commands.'],
    [['--home', 'x', 'help', 'statsu'], 'there is no command "statsu"', 'Did you mean: beltalowda status'],
    [['help', 'db', 'chek'], 'there is no command "db chek"', 'Did you mean: beltalowda db check'],
    [['-v'], 'unknown option "-v"', 'Did you mean --version, or -V for short?'],
  ])('%j is told what is wrong', async (argv, message, hint) => {
    const { exit, out, err } = await run(argv);
    expect([exit, out]).toEqual([2, '']);
    expect(err).toBe(`error INVALID_INPUT: ${message}\nhint: ${hint}\n`);
  });
});

describe('every command', () => {
  it('reads no option that its help does not name', () => {
    const folder = new URL('../../../../src/server/cli/', import.meta.url);
    // Commands of the same file share what it reads; what deliver and announce read belongs to those that use them.
    const files = readdirSync(folder).filter((name) => COMMAND_LIST.some((command) => `${command.name}.ts` === name));
    expect(files.length).toBeGreaterThan(8);
    for (const file of files) {
      const text = readFileSync(new URL(file, folder), 'utf8');
      const read = Array.from(text.matchAll(/\boptions\.(\w+)/g), (match) => match[1]);
      const known = COMMAND_LIST.filter(({ name }) => `${name}.ts` === file).flatMap(({ options }) => [...options]);
      const unknown = read.filter((name) => !known.some((option) => option === name));
      expect({ file, unknown }).toEqual({ file, unknown: [] });
    }
  });

  it.each(ALL.filter((option) => !option.setting))('$name belongs to at least one command', ({ name }) => {
    expect(COMMAND_LIST.some(({ options }) => options.some((option) => option === name))).toBe(true);
  });

  it.each(COMMAND_LIST.filter(({ usage }) => /<\w+>$/.test(usage)))('$name says what is missing', async ({ name }) => {
    const { exit, err } = await run(name.split(' '));
    expect(exit).toBe(2);
    expect(err).toContain('missing required argument');
    expect(err).toContain(`beltalowda ${name} --help`);
  });

  it.each([
    ['rseume', 'resume'],
    ['statsu', 'status'],
    ['exprot', 'export'],
    ['docter', 'doctor'],
    ['cancle', 'cancel'],
    ['lst', 'list'],
    ['delte', 'delete'],
    ['audti', 'audit'],
  ])('%s is told to be %s', async (typed, meant) => {
    const { exit, err } = await run([typed]);
    expect(exit).toBe(2);
    expect(err).toContain(`there is no command "${typed}"`);
    expect(err).toContain(`Did you mean: beltalowda ${meant}`);
  });
});
