import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { Fault } from '../../src/core/errors.ts';
import { createPlainLog, thrownFields } from '../../src/log.ts';

const LOG = fileURLToPath(new URL('../../src/log.ts', import.meta.url));

/** Logs in a process of its own and gives what it wrote where. */
async function logged(level: string, fields: object): Promise<{ stdout: string; stderr: string }> {
  const program = `import { createLog } from ${JSON.stringify(LOG)};
    const log = createLog(${JSON.stringify(level)});
    log.warn(${JSON.stringify(fields)}, 'careful');
    log.debug({}, 'in detail');`;
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
}

it('writes to standard error only, and never a secret, however deep it lies', async () => {
  const secret = 'sk-very-secret';
  const { stdout, stderr } = await logged('warn', {
    token: secret,
    a: { api_key: secret, b: { authorization: secret } },
  });
  expect(stdout).toBe('');
  expect(stderr).toContain('careful');
  expect(stderr).not.toContain(secret);
  expect(stderr).not.toContain('in detail');
});

it('speaks in sentences to a person, as much as was asked for', () => {
  const said: string[] = [];
  for (const level of ['warn', 'debug', 'silent']) {
    const log = createPlainLog(level, (line) => said.push(line));
    log.warn(thrownFields(new Fault('STORE_FULL', 'no room')), 'waiting for the store');
    log.debug({ err: new Error('a detail') }, 'in detail');
  }
  expect(said).toEqual([
    expect.stringMatching(/^warning: waiting for the store: no room: Free space.*\n$/),
    expect.stringMatching(/^warning: /),
    'debug: in detail: a detail\n',
  ]);
});

it('tells details when asked to', async () => {
  const { stderr } = await logged('debug', {});
  expect(stderr).toContain('in detail');
});

it('names our errors by code and keeps the stack of all others', () => {
  const defect = new TypeError('x is undefined');
  expect(thrownFields(new Fault('STORE_FULL', 'no room'))).toMatchObject({ code: 'STORE_FULL', error: 'no room' });
  expect(thrownFields(defect)).toEqual({ err: defect });
  expect(thrownFields(undefined)).toEqual({});
});
