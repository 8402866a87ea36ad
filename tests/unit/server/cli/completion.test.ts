import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { ALL } from '../../../../src/config.ts';
import { completion } from '../../../../src/server/cli/completion.ts';
import { COMMAND_LIST } from '../../../../src/server/cli/commands.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { run } from './run-command.ts';

let folder = '';
beforeEach(async () => {
  folder = await temporaryFolder();
  writeFileSync(path.join(folder, 'completion.bash'), completion('bash'));
  // What the shell asks for ids: it tells how it was called.
  const program = path.join(folder, 'beltalowda');
  writeFileSync(program, '#!/bin/sh\n[ "$1 $2" = "list --ids" ] && printf "wf_one\\nwf_two\\n"\n');
  chmodSync(program, 0o755);
});

/** What bash offers behind these words, the last of which is being typed. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `
    set -u
    source "$0"
    cd "$1"; shift
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _beltalowda
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const file = path.join(folder, 'completion.bash');
  const out = execFileSync('bash', ['--norc', '-c', script, file, folder, 'beltalowda', ...words], {
    encoding: 'utf8',
    env: { PATH: `${folder}:${process.env['PATH']}` },
  });
  return out.split('\n').filter((line) => line !== '');
}

describe('completion for bash', () => {
  it('is a script bash accepts, and names the function for the command', () => {
    expect(spawnSync('bash', ['-n', path.join(folder, 'completion.bash')], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(completion('bash')).toContain('complete -F _beltalowda beltalowda\n');
  });

  it('offers every command, and only those that begin as typed', () => {
    const first = new Set(COMMAND_LIST.map(({ name }) => name.split(' ')[0]));
    expect(offered('')).toEqual([...first, 'help']);
    expect(offered('re')).toEqual(['research', 'resume', 'result', 'replay']);
    expect(offered('help', 'aud')).toEqual(['audit']);
  });

  it('offers the second word of commands that have two', () => {
    expect(offered('db', '')).toEqual(['migrate', 'check', 'backup']);
    expect(offered('audit', 'v')).toEqual(['verify']);
  });

  it.each(COMMAND_LIST)('offers the options of $name, and all settings', ({ name, options }) => {
    const shown = offered(...name.split(' '), '--');
    const own = ALL.filter((option) => option.setting || options.some((known) => known === option.name));
    expect([...shown].sort()).toEqual([...own.map(({ flag }) => flag), '--help'].sort());
  });

  it.each([
    [
      ['list', '--status', ''],
      ['pending', 'running', 'completed', 'failed', 'cancelled'],
    ],
    [
      ['research', 'x', '--pattern', 's'],
      ['swarm', 'sequential'],
    ],
    [['--log-level', 'w'], ['warn']],
    [['--log-level', '=', 'w'], ['warn']],
    [['list', '--status', '=', 'r'], ['running']],
    [
      ['--mcp-tasks', '='],
      ['on', 'off'],
    ],
    [['--log-level', '=', 'warn', 'db', 'c'], ['check']],
    [
      ['--mcp-tasks', ''],
      ['on', 'off'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['research', 'x', '--agents', ''], []],
    [['research', ''], []],
  ])('offers behind %j: %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });

  it('offers task_ids where one belongs, and only there', () => {
    for (const command of ['status', 'result', 'resume', 'events', 'cancel', 'export', 'replay', 'delete']) {
      expect(offered(command, 'wf')).toEqual(['wf_one', 'wf_two']);
    }
    expect(offered('audit', 'verify', 'wf_t')).toEqual(['wf_two']);
    expect(offered('--home', 'x', 'status', '--json', '')).toEqual(['wf_one', 'wf_two']);
    expect(offered('status', 'wf_one', '')).toEqual([]);
  });

  it('offers files for paths, those with spaces whole', () => {
    writeFileSync(path.join(folder, 'my notes.md'), '');
    expect(offered('research', 'x', '--source', 'my')).toEqual(['my notes.md']);
    expect(offered('db', 'backup', 'my')).toEqual(['my notes.md']);
  });
});

describe.each(['zsh', 'fish'])('completion for %s', (shell) => {
  it('names every command, option, choice and the way to the task_ids', () => {
    const script = completion(shell);
    const options = ALL.map(({ flag }) => (shell === 'fish' ? `-l ${flag.slice(2)}` : flag));
    const words = COMMAND_LIST.flatMap(({ name }) => name.split(' '));
    const choices = ALL.flatMap(({ kind }) => (kind.choices === null ? [] : [kind.choices.join(' ')]));
    const missing = [...options, ...words, ...choices, 'list --ids --limit 100'].filter(
      (word) => !script.includes(word),
    );
    expect(missing).toEqual([]);
  });

  it('closes every quotation mark', () => {
    const bare = completion(shell)
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .join('\n')
      .replaceAll("\\'", '');
    expect(bare.split("'").length % 2).toBe(1);
  });
});

describe('the command', () => {
  it('prints the script without reading any setting', async () => {
    const { exit, out, err } = await run(['completion', 'bash'], { env: { BELTALOWDA_LOG_LEVEL: 'loud' } });
    expect([exit, err]).toEqual([0, '']);
    expect(out).toBe(completion('bash'));
  });

  it.each([
    ['bsh', 'Type: beltalowda completion bash'],
    ['fis', 'Type: beltalowda completion fish'],
    ['powershell', 'Type: beltalowda completion bash'],
  ])('refuses %s', async (shell, hint) => {
    const { exit, err, out } = await run(['completion', shell]);
    expect([exit, out]).toEqual([2, '']);
    expect(err).toContain(`there is no completion for "${shell}", only for bash, zsh, fish`);
    expect(err).toContain(hint);
  });
});
