import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import envPaths from 'env-paths';
import { describe, expect, it } from 'vitest';
import type { Config, ConfigFlags, Option } from '../../src/config.ts';
import { ALL, environment, examineConfig, readConfig } from '../../src/config.ts';
import { Fault } from '../../src/core/errors.ts';
import { temporaryFolder } from '../support/folder.ts';

/** Without a file: nothing is there. */
const HOME = '/where/nothing/is';
const read = (env: NodeJS.ProcessEnv = {}, flags: ConfigFlags = {}) =>
  readConfig({ env: { BELTALOWDA_HOME: HOME, ...env }, flags, cwd: '/cwd' });

function refusal(env: NodeJS.ProcessEnv, flags: ConfigFlags = {}): Fault {
  try {
    read(env, flags);
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

/** Two texts an option accepts. */
function textsFor({ kind, name }: Option): readonly [string, string] {
  if (kind.choices !== null) return [kind.choices[0] ?? '', kind.choices[1] ?? ''];
  if (name === 'since' || name === 'until') return ['2026-03-01', '2026-03-02T10:00Z'];
  if (name === 'prices') return ['{}', '{"ollama/a":{"input":1,"output":2}}'];
  if (name === 'mcp_servers') return ['{"a":{"command":"b"}}', '{"c":{"url":"https://d.example/"}}'];
  if (name === 'domain_tools') return ['{}', '{"news":["a_*"]}'];
  if (name.endsWith('_origins')) return ['https://a.example', 'https://b.example:8443'];
  if (kind.placeholder === 'url') return ['https://a.example', 'https://b.example:8443'];
  const least = Math.max(7, Number(kind.schema['minimum'] ?? 0));
  return kind.placeholder === null ? ['on', 'off'] : [`${least}`, `${least + 1}`];
}

/** A file that is named has to be there, so what names it cannot be told by reading. */
const look = (env: NodeJS.ProcessEnv, flags: ConfigFlags): Config =>
  examineConfig({ env: { BELTALOWDA_HOME: HOME, ...env }, flags, cwd: '/cwd' }).config;

function valueOf({ origins }: Config, name: string): unknown {
  return origins.find((origin) => origin.name === name)?.value;
}

describe('readConfig', () => {
  it('refuses a data directory that is a file, or lies below one, naming it and who named it', async () => {
    const file = path.join(await temporaryFolder(), 'file');
    writeFileSync(file, '');
    const flag = refusal({}, { home: file });
    expect([flag.code, flag.message]).toEqual([
      'CONFIG_INVALID',
      `the data directory ${file} (flag --home) is a file; it has to be a folder`,
    ]);
    const below = refusal({ BELTALOWDA_HOME: path.join(file, 'a', 'b') });
    expect(below.message).toContain(`(environment BELTALOWDA_HOME) is below the file ${file}; it has to be a folder`);
    expect(below.hint).toContain('--home');
  });

  it('has a working default for everything', () => {
    const { options, origins, ...config } = read();
    expect(config).toEqual({
      home: HOME,
      database: path.join(HOME, 'beltalowda.db'),
      cache: path.join(HOME, 'cache'),
      sources: [],
      model: 'extractive',
      model_plan: null,
      model_belter: null,
      model_drummer: null,
      model_camina: null,
      fallback_models: [],
      budget_usd: null,
      max_tokens: null,
      prices: null,
      network: 'off',
      search: 'auto',
      search_price: null,
      fetch_allow: [],
      credentials: {},
      otlp: null,
      proxy: { http: null, https: null, except: '' },
      max_active_workflows: 50,
      max_queued_workflows: 1000,
      owner_max_active: 20,
      owner_max_per_minute: 60,
      owner_usd_per_day: null,
      max_concurrent_agents: 10,
      max_agents_total: 64,
      workflow_timeout_minutes: 60,
      silence_seconds: 60,
      retention_days: null,
      retention_max_workflows: null,
      retention_max_mb: null,
      mcp_servers: [],
      domain_tools: null,
      mcp_tasks: 'on',
      log_level: 'warn',
      file: { path: path.join(HOME, 'beltalowda.config.json'), found: false },
      warnings: [],
    });
    const said = Object.entries(options).filter(([, value]) => value !== null && value !== false);
    expect(Object.fromEntries(said)).toEqual({
      branch: [],
      domain: [],
      scope: [],
      step: [],
      host: '127.0.0.1',
      port: 8417,
      allowed_hosts: [],
      allowed_origins: [],
      cors_origins: [],
      rate_limit: 1200,
      owner_max_requests: 2000,
      max_connections: 5000,
      after: 0,
      detail: 'report',
      format: 'markdown',
      limit: 20,
    });
    expect(origins.filter(({ from }) => from !== 'default').map(({ name }) => name)).toEqual(['home']);
  });

  it('keeps its data where the platform keeps the data of programs', () => {
    const { config } = examineConfig({ env: {}, flags: {}, cwd: '/cwd' });
    expect(config.home).toBe(envPaths('beltalowda', { suffix: '' }).data);
  });

  it.each(ALL)('takes the flag before the environment before the default for $name', (option) => {
    const { name, env, flag, kind } = option;
    const [low, high] = textsFor(option);
    const typed = kind.placeholder === null ? false : high;
    const both = look({ [env]: low }, { [name]: typed });
    expect(valueOf(both, name)).toEqual(valueOf(look({}, { [name]: typed }), name));
    const set = look({ [env]: low }, {});
    expect(valueOf(set, name)).not.toEqual(valueOf(both, name));
    expect(both.origins.find((origin) => origin.name === name)?.from).toBe(
      `flag ${kind.placeholder === null ? flag.replace('--', '--no-') : flag}`,
    );
    expect(set.origins.find((origin) => origin.name === name)?.from).toBe(`environment ${env}`);
  });

  it('cannot be changed afterwards, nor can what is in it', () => {
    const config = read({ BELTALOWDA_SOURCES: 'a', BELTALOWDA_DOMAIN: 'news' });
    const parts = [config, config.sources, config.warnings, config.options, config.options.domain, config.file];
    for (const part of [...parts, config.origins, config.origins[0]]) expect(Object.isFrozen(part)).toBe(true);
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
    expect(read({}, { plan: '-', out: 'report' }).options).toMatchObject({ plan: '-', out: '/cwd/report' });
  });

  it('counts an empty variable as unset', () => {
    const empty = {
      BELTALOWDA_MAX_AGENTS_TOTAL: ' ',
      BELTALOWDA_SOURCES: '',
      BELTALOWDA_MODEL: '',
      BELTALOWDA_JSON: '',
    };
    expect(read(empty)).toEqual(read());
  });

  it.each(['on', 'true', 'YES', '1'])('turns a switch on for %s', (word) => {
    expect(read({ BELTALOWDA_JSON: word }).options.json).toBe(true);
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
    ['BELTALOWDA_RETENTION_DAYS', 'off', 'a whole number from 1 to 36500'],
    ['BELTALOWDA_MCP_TASKS', 'true', 'one of on, off, not "true"'],
    ['BELTALOWDA_LOG_LEVEL', 'loud', 'one of trace, debug, info, warn, error, fatal, silent, not "loud"'],
    ['BELTALOWDA_MODEL', 'x'.repeat(201), 'the name of a model'],
    ['BELTALOWDA_AGENTS', '33', 'BELTALOWDA_AGENTS must be a whole number from 1 to 32, not "33"'],
    ['BELTALOWDA_DOMAIN', 'news,nwes', 'BELTALOWDA_DOMAIN must be one of academic, news'],
    ['BELTALOWDA_JSON', 'maybe', 'BELTALOWDA_JSON must be true or false, not "maybe"'],
    ['BELTALOWDA_SINCE', 'yesterday', 'a date or time such as 2026-11-26'],
  ])('refuses %s=%s and says what it must be', (name, value, message) => {
    const fault = refusal({ [name]: value });
    expect(fault.code).toBe('CONFIG_INVALID');
    expect(fault.message).toContain(message);
    expect(fault.message.length).toBeLessThan(250);
  });

  it('names the word that was meant', () => {
    expect(refusal({ BELTALOWDA_LOG_LEVEL: 'wran' }).hint).toBe('Did you mean BELTALOWDA_LOG_LEVEL=warn?');
    expect(refusal({}, { pattern: 'swam' }).hint).toBe('Did you mean --pattern swarm?');
  });

  it('names the flag, not the variable, when the flag is wrong', () => {
    expect(refusal({ BELTALOWDA_MAX_AGENTS_TOTAL: '5' }, { max_agents_total: 'x' }).message).toMatch(
      /^--max-agents-total /,
    );
    expect(refusal({}, { home: ' ' }).message).toBe('--home must be a path, not " "');
  });

  it('calls a wrong flag of a command an argument, since it is none of the settings', () => {
    expect(refusal({}, { limit: '0' })).toMatchObject({
      code: 'INVALID_INPUT',
      message: '--limit must be a whole number from 1 to 100, not "0"',
      hint: 'Correct it, or leave --limit out (default: 20).',
    });
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

describe('examineConfig', () => {
  it('finds everything that is wrong, and says what would hold without it', () => {
    const env = { BELTALOWDA_HOME: HOME, BELTALOWDA_LOG_LEVEL: 'loud', BELTALOWDA_LIMIT: '1000' };
    const { config, problems } = examineConfig({ env, flags: { model: ' ' }, cwd: '/cwd' });
    expect(problems.map(({ message }) => message.split(' ')[0])).toEqual([
      '--model',
      'BELTALOWDA_LOG_LEVEL',
      'BELTALOWDA_LIMIT',
    ]);
    expect(config).toMatchObject({ home: HOME, model: 'extractive', log_level: 'warn' });
    expect(config.options.limit).toBe(20);
  });
});

/** `…_X` with as much of the name as differs from the one before it. */
const tails = (env: string): readonly string[] => {
  const parts = env.split('_');
  return parts.slice(1).map((_part, at) => `\`…_${parts.slice(at + 1).join('_')}\``);
};

it('every setting stands in the table of the README', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const missing = ALL.filter((option) => option.setting)
    .map(({ env }) => env)
    .filter((env) => ![`\`${env}\``, ...tails(env)].some((name) => readme.includes(name)));
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
