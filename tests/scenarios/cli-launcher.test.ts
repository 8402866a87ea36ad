import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BINARY } from '../support/binary.ts';

let folder = '';
let launcher = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'launcher-'));
  launcher = path.join(folder, 'bin', 'beltalowda.js');
  mkdirSync(path.dirname(launcher));
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  copyFileSync(BINARY, launcher);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As if this Node were too old: the launcher asks for one that is not out yet. */
function pretendOld(): void {
  writeFileSync(launcher, readFileSync(launcher, 'utf8').replace('[22, 19, 0]', '[99, 1, 0]'));
}

/** A stand-in for the bundled Node that says which version it is and then does what the script says. */
function bundle(version: string, script: string): void {
  const file = path.join(folder, 'node_modules', 'node', 'bin', 'node');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; exit; fi\n${script}\n`);
  chmodSync(file, 0o755);
}

const run = (file: string, ...args: string[]) =>
  spawnSync(process.execPath, [file, ...args], { encoding: 'utf8', cwd: '/' });

describe('the launcher', () => {
  it('says how to build a fresh clone', () => {
    const { status, stderr } = run(launcher);
    expect(status).toBe(1);
    expect(stderr).toBe(`beltalowda is not built yet: run \`npm run build\` in ${folder} and try again.\n`);
  });

  it('starts the built program from anywhere, through a symbolic link', () => {
    mkdirSync(path.join(folder, 'dist'));
    writeFileSync(path.join(folder, 'dist', 'main.js'), 'export const main = () => console.log(process.argv[2]);');
    const link = path.join(folder, 'link');
    symlinkSync(launcher, link);
    expect(run(link, 'hello').stdout).toBe('hello\n');
  });

  it('tells of a program that cannot start, with exit code 1', () => {
    mkdirSync(path.join(folder, 'dist'));
    writeFileSync(path.join(folder, 'dist', 'main.js'), 'export const main = () => { throw new Error("broken"); };');
    const { status, stderr } = run(launcher);
    expect(status).toBe(1);
    expect(stderr).toContain('beltalowda could not start: Error: broken');
  });

  it('on an older Node without a bundled one says in one line what to do', () => {
    pretendOld();
    const { status, stderr } = run(launcher);
    expect(status).toBe(1);
    expect(stderr).toBe(
      `beltalowda needs Node.js 99.1 or newer; this is ${process.version}. Install a current Node.js from https://nodejs.org and run the same command again.\n`,
    );
  });

  it('does not hand over to a bundled Node that is too old as well', () => {
    pretendOld();
    bundle('v99.0.9', 'echo handed over');
    const { status, stdout } = run(launcher);
    expect([status, stdout]).toEqual([1, '']);
  });

  it('on an older Node hands everything over to the bundled one, exit code included', () => {
    pretendOld();
    bundle('v99.1.0', 'read line; echo "$line: $*"; exit 7');
    const { status, stdout } = spawnSync(process.execPath, [launcher, 'research', 'a b'], {
      encoding: 'utf8',
      input: 'words\n',
    });
    expect(stdout).toBe(`words: ${launcher} research a b\n`);
    expect(status).toBe(7);
  });

  it.each([
    ['SIGTERM', 'TERM'],
    ['SIGINT', 'INT'],
  ] as const)('passes %s on', async (signal, name) => {
    pretendOld();
    bundle('v99.1.0', `trap 'exit 9' ${name}; echo ready; while :; do sleep 0.05; done`);
    const child = spawn(process.execPath, [launcher], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    await new Promise((resolve) => {
      child.stdout.once('data', resolve);
    });
    child.kill(signal);
    expect(await ended).toBe(9);
  });

  it('dies of the signal that ended the bundled Node', () => {
    pretendOld();
    bundle('v99.1.0', 'kill -KILL $$');
    expect(run(launcher).signal).toBe('SIGKILL');
  });
});
