import { execFile, spawn } from 'node:child_process';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { Fault } from '../../src/core/errors.ts';
import { createPlainLog, type Log, thrownFields, warnings } from '../../src/log.ts';

const LOG = fileURLToPath(new URL('../../src/log.ts', import.meta.url));

/** Logs in a process of its own and gives what it wrote where. `before` and `after` run around that. */
async function logged(
  level: string,
  fields: object,
  { before = '', after = '' } = {},
): Promise<{ stdout: string; stderr: string }> {
  const program = `${before}
    import { createLog } from ${JSON.stringify(LOG)};
    const log = createLog(${JSON.stringify(level)});
    log.warn(${JSON.stringify(fields)}, 'careful');
    log.debug({}, 'in detail');
    ${after}`;
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

it('has written every line once it is flushed, also when the process exits at once', async () => {
  const { stderr } = await logged('debug', {}, { after: 'await log.flush(); process.exit(0);' });
  expect(stderr).toContain('careful');
  expect(stderr).toContain('in detail');
});

it('says its lines plainly when the logger cannot be loaded', async () => {
  const before = `import { registerHooks } from 'node:module';
    registerHooks({
      resolve: (name, context, next) => {
        if (name === 'pino') throw new Error('broken installation');
        return next(name, context);
      },
    });`;
  const { stderr } = await logged('warn', { error: 'no room', token: 'sk-secret' }, { before });
  expect(stderr).toBe('warning: careful: no room\n');
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

it('never waits for a reader of standard error, and says what fits', async () => {
  const program = `import { createLog } from ${JSON.stringify(LOG)};
    const log = createLog('warn');
    for (let n = 0; n < 20_000; n += 1) log.warn({ n }, 'x'.repeat(100));
    await log.flush();
    process.stdout.write('done');
    process.exit(0);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'pipe' });
  child.stderr.pause();
  expect(await text(child.stdout)).toBe('done');
  const said = await text(child.stderr);
  expect(said.split('\n')[0]).toContain('"n":0');
});

it('outlives a closed standard error', async () => {
  const program = `import { createLog } from ${JSON.stringify(LOG)};
    process.stdin.once('data', async () => {
      const log = createLog('warn');
      for (let n = 0; n < 100; n += 1) {
        log.warn({ n }, 'said to nobody');
        await log.flush();
        await new Promise((resolve) => { setImmediate(resolve); });
      }
      process.stdout.write('done');
      process.exit(0);
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'pipe' });
  child.stderr.destroy();
  child.stdin.end('go');
  expect(await text(child.stdout)).toBe('done');
});

it('names the workflow and the trace that a warning is about, and says each once', () => {
  const lines: object[] = [];
  const log: Log = {
    warn: (fields, message) => void lines.push({ level: 'warn', message, ...fields }),
    debug: (fields, message) => void lines.push({ level: 'debug', message, ...fields }),
    flush: async () => undefined,
  };
  const warn = warnings(log);
  const about = { task_id: 'wf_1', trace_id: 'abc' };
  warn('waiting for the store', new Fault('STORE_FULL', 'no room'), about);
  warn('waiting for the store', new Fault('STORE_FULL', 'no room'), about);
  warn('a step failed', new Fault('PROVIDER_LIMITED', 'too many'), about);
  warn('the change counter');
  expect(lines).toMatchObject([
    { level: 'warn', message: 'waiting for the store', ...about, code: 'STORE_FULL' },
    { level: 'debug', message: 'a step failed', ...about, code: 'PROVIDER_LIMITED' },
    { level: 'warn', message: 'the change counter' },
  ]);
});
