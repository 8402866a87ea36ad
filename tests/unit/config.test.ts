import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import envPaths from 'env-paths';
import { describe, expect, it } from 'vitest';
import type { ConfigFlags } from '../../src/config.ts';
import { environment, readConfig, SETTINGS } from '../../src/config.ts';
import { Fault } from '../../src/core/errors.ts';

const read = (env: NodeJS.ProcessEnv = {}, flags: ConfigFlags = {}) => readConfig({ env, flags, cwd: '/cwd' });

function refusal(env: NodeJS.ProcessEnv, flags: ConfigFlags = {}): Fault {
  try {
    read(env, flags);
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

describe('readConfig', () => {
  it('has a working default for everything', () => {
    const home = envPaths('beltalowda', { suffix: '' }).data;
    expect(read()).toEqual({
      home,
      database: path.join(home, 'beltalowda.db'),
      cache: path.join(home, 'cache'),
      sources: [],
      model: 'extractive',
      max_active_workflows: 50,
      max_queued_workflows: 1000,
      max_concurrent_agents: 10,
      max_agents_total: 64,
      workflow_timeout_minutes: 60,
      log_level: 'warn',
      warnings: [],
    });
  });

  it.each(SETTINGS)('takes the flag before the environment before the default for $name', ({ name, env, schema }) => {
    const [low, high] = schema.safeParse('7').success ? ['7', '8'] : ['debug', 'error'];
    const both = read({ [env]: low }, { [name]: high });
    expect(both).toEqual(read({}, { [name]: high }));
    expect(both).not.toEqual(read({ [env]: low }));
    expect(read({ [env]: low })).not.toEqual(read());
  });

  it('cannot be changed afterwards, nor can its lists', () => {
    const config = read({ BELTALOWDA_SOURCES: 'a' });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.sources)).toBe(true);
    expect(Object.isFrozen(config.warnings)).toBe(true);
  });

  it('keeps indexes below the data directory when the database lies elsewhere', () => {
    const config = read({ BELTALOWDA_HOME: '/data', BELTALOWDA_DB: '/fast/x.db' });
    expect(config.database).toBe('/fast/x.db');
    expect(config.cache).toBe('/data/cache');
  });

  it('resolves relative paths and ~ and drops empty items from the list of sources', () => {
    const list = ['docs', '', ' /abs ', '~/papers'].join(path.delimiter);
    expect(read({ BELTALOWDA_SOURCES: list }).sources).toEqual(['/cwd/docs', '/abs', path.join(homedir(), 'papers')]);
    expect(read({}, { home: '~' }).home).toBe(homedir());
    expect(read({}, { source: ['a:b', 'c'] }).sources).toEqual(['/cwd/a:b', '/cwd/c']);
  });

  it('counts an empty variable as unset', () => {
    expect(read({ BELTALOWDA_MAX_AGENTS_TOTAL: ' ', BELTALOWDA_SOURCES: '', BELTALOWDA_MODEL: '' })).toEqual(read());
  });

  it.each([
    [
      'BELTALOWDA_MAX_ACTIVE_WORKFLOWS',
      'abc',
      'BELTALOWDA_MAX_ACTIVE_WORKFLOWS must be a whole number from 1 to 10000, not "abc"',
    ],
    ['BELTALOWDA_MAX_ACTIVE_WORKFLOWS', '0', 'not "0"'],
    ['BELTALOWDA_MAX_QUEUED_WORKFLOWS', '1.5', 'not "1.5"'],
    ['BELTALOWDA_MAX_CONCURRENT_AGENTS', '-1', 'not "-1"'],
    ['BELTALOWDA_MAX_AGENTS_TOTAL', '10001', 'from 1 to 10000'],
    ['BELTALOWDA_WORKFLOW_TIMEOUT_MINUTES', '1e3', 'not "1e3"'],
    ['BELTALOWDA_LOG_LEVEL', 'loud', 'one of trace, debug, info, warn, error, fatal, silent, not "loud"'],
    ['BELTALOWDA_MODEL', 'x'.repeat(201), 'the name of a model'],
  ])('refuses %s=%s and says what it must be', (name, value, message) => {
    const fault = refusal({ [name]: value });
    expect(fault.code).toBe('CONFIG_INVALID');
    expect(fault.message).toContain(message);
    expect(fault.message.length).toBeLessThan(200);
  });

  it('names the flag, not the variable, when the flag is wrong', () => {
    expect(refusal({ BELTALOWDA_MAX_AGENTS_TOTAL: '5' }, { max_agents_total: 'x' }).message).toMatch(
      /^--max-agents-total /,
    );
    expect(refusal({}, { home: ' ' }).message).toBe('--home must be a path, not " "');
  });

  it('refuses a web address as a source', () => {
    expect(refusal({}, { source: ['https://a.example'] }).code).toBe('SOURCE_UNSUPPORTED');
  });

  it('warns of variables that are no settings and names the one that was meant', () => {
    const { warnings } = read({ BELTALOWDA_SOURCE: 'x', BELTALOWDA_MODLE: 'y', BELTALOWDA_XYZZY: 'z', OTHER: '1' });
    expect(warnings).toEqual([
      'BELTALOWDA_MODLE is not a setting of this release and is ignored. Did you mean BELTALOWDA_MODEL?',
      'BELTALOWDA_SOURCE is not a setting of this release and is ignored. Did you mean BELTALOWDA_SOURCES?',
      'BELTALOWDA_XYZZY is not a setting of this release and is ignored. `beltalowda --help` lists them all.',
    ]);
  });
});

it('every setting stands in the table of the README', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const missing = SETTINGS.map(({ env }) => env).filter(
    (env) => !readme.includes(`\`${env}\``) && !readme.includes(`\`${env.replace('BELTALOWDA_', '…_')}\``),
  );
  expect(missing).toEqual([]);
});

describe('environment', () => {
  it('is a copy of the environment of the process', () => {
    const copy = environment();
    expect(copy['PATH']).toBe(environment()['PATH']);
    copy['PATH'] = 'changed';
    expect(environment()['PATH']).not.toBe('changed');
  });
});
