import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Config, ConfigFlags } from '../../../src/config.ts';
import { ALL, examineConfig, readConfig } from '../../../src/config.ts';
import { Fault } from '../../../src/core/errors.ts';
import { temporaryFolder } from '../../support/folder.ts';

let home = '';
let file = '';
beforeEach(async () => {
  home = await temporaryFolder();
  file = path.join(home, 'beltalowda.config.json');
});

interface Given {
  readonly env?: NodeJS.ProcessEnv;
  readonly flags?: ConfigFlags;
}

/** The settings with this file in the data directory. */
function reading(content: unknown, { env = {}, flags = {} }: Given = {}): Config {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readConfig({ env: { BELTALOWDA_HOME: home, ...env }, flags, cwd: '/cwd' });
}

function refusal(content: unknown, given: Given = {}): Fault {
  try {
    reading(content, given);
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

const named = (config: string) => () => readConfig({ env: {}, flags: { config }, cwd: home });

const origin = (config: Config, name: string): string | undefined =>
  config.origins.find((one) => one.name === name)?.from;

describe('a configuration file', () => {
  it('is read from the data directory, and stands behind flags and variables', () => {
    const config = reading(
      { model: 'from file', log_level: 'info', max_agents_total: 3 },
      { env: { BELTALOWDA_LOG_LEVEL: 'error', BELTALOWDA_MAX_AGENTS_TOTAL: '4' }, flags: { max_agents_total: '5' } },
    );
    expect(config).toMatchObject({ model: 'from file', log_level: 'error', max_agents_total: 5 });
    expect(config.file).toEqual({ path: file, found: true });
    expect(
      ['model', 'log_level', 'max_agents_total', 'max_concurrent_agents'].map((name) => origin(config, name)),
    ).toEqual([`file ${file}`, 'environment BELTALOWDA_LOG_LEVEL', 'flag --max-agents-total', 'default']);
  });

  it('takes every option under the name of its variable', () => {
    const values = new Map<string, unknown>([
      ['since', '2026-03-01'],
      ['until', '2026-04-01T10:00:00Z'],
      ['mcpServers', { a: { command: 'b' } }],
      ['domain_tools', { news: ['a_*'] }],
      ['allowed_origins', ['https://a.example']],
      ['cors_origins', ['https://a.example']],
      ['prices', { 'ollama/a': { input: 0, output: 0 } }],
    ]);
    const document = Object.fromEntries(
      ALL.filter(({ name }) => name !== 'home' && name !== 'config').map(({ kind, key }) => {
        const [word = '7'] = kind.choices ?? [];
        const number = kind.schema['type'] === 'integer' || kind.schema['type'] === 'number';
        const least = Math.max(7, Number(kind.schema['minimum'] ?? 0));
        const one = number ? least : kind.placeholder === null ? true : word;
        return [key, values.get(key) ?? (kind.separator === null ? one : [word])];
      }),
    );
    const { origins } = reading(document);
    const left = origins.filter(({ from }) => from !== `file ${file}`);
    expect(left.map(({ name }) => name)).toEqual(['home', 'config']);
  });

  it('starts relative paths at its own folder, and expands ~', () => {
    const config = reading({ sources: ['docs', '/abs', '../up'], db: 'x/y.db', out: 'report', plan: '-' });
    expect(config.sources).toEqual([path.join(home, 'docs'), '/abs', path.join(path.dirname(home), 'up')]);
    expect(config.database).toBe(path.join(home, 'x', 'y.db'));
    expect(config.options).toMatchObject({ out: path.join(home, 'report'), plan: '-' });
    expect(reading({ sources: ['~'] }).sources[0]).not.toContain('~');
  });

  it.each(['flag', 'variable'])('may be named by %s, and may then say where the data directory is', async (how) => {
    const elsewhere = path.join(await temporaryFolder(), 'mine.json');
    writeFileSync(elsewhere, JSON.stringify({ home: 'data', log_level: 'info' }));
    const config = readConfig({
      env: how === 'variable' ? { BELTALOWDA_CONFIG: elsewhere } : {},
      flags: how === 'flag' ? { config: elsewhere } : {},
      cwd: '/cwd',
    });
    expect(config).toMatchObject({ home: path.join(path.dirname(elsewhere), 'data'), log_level: 'info' });
    expect(config.database).toBe(path.join(path.dirname(elsewhere), 'data', 'beltalowda.db'));
    expect(config.file).toEqual({ path: elsewhere, found: true });
    expect(origin(config, 'home')).toBe(`file ${elsewhere}`);
  });

  it('is never taken from the working directory', () => {
    writeFileSync(file, '{"model": "theirs"}');
    const config = readConfig({ env: { BELTALOWDA_HOME: path.join(home, 'none') }, flags: {}, cwd: home });
    expect(config.model).toBe('extractive');
  });

  it('may name its schema, and begin with the mark of an editor', () => {
    expect(reading('\uFEFF{"$schema": "./x.json", "log_level": "info"}').log_level).toBe('info');
    expect(refusal({ $schema: 1 }).message).toBe(`${file}: $schema must be the address of a schema, not 1`);
  });
});

describe('what is wrong in it is named with file, key and what was expected', () => {
  it.each([
    [{ modle: 'x' }, 'there is no key "modle"', 'Did you mean "model"?'],
    [{ source: ['x'] }, 'there is no key "source"', 'Did you mean "sources"?'],
    [{ xyzzy: 1 }, 'there is no key "xyzzy"', 'in small letters, without BELTALOWDA_'],
    [{ mcpServer: {} }, 'there is no key "mcpServer"', 'Did you mean "mcpServers"?'],
    [{ mcp_servers: {} }, 'there is no key "mcp_servers"', 'Did you mean "mcpServers"?'],
    [{ budget_usd: 0 }, 'budget_usd must be a number from 0.01 to 100000', 'Correct it'],
    [{ budget_usd: '5' }, 'not "5"', 'Write "budget_usd": 5'],
    [{ max_tokens: 999 }, 'max_tokens must be a whole number from 1000', 'Correct it'],
    [{ network: true }, 'network must be one of on, off, not true', 'Correct it'],
    [{ max_cost_usd: 5 }, 'there is no key "max_cost_usd"', 'in small letters'],
    [{ anthropic_api_key: 'sk-1' }, 'there is no key "anthropic_api_key"', 'in small letters'],
    [
      { max_agents_total: '7' },
      'max_agents_total must be a whole number from 1 to 10000, not "7"',
      'Write "max_agents_total": 7',
    ],
    [{ max_agents_total: 1.5 }, 'not 1.5', 'leave max_agents_total out (default: 64)'],
    [{ max_agents_total: 0 }, 'not 0', 'Correct it'],
    [{ retention_days: null }, 'retention_days must be a whole number from 1 to 36500, not null', 'Correct it'],
    [{ log_level: 'wran' }, 'log_level must be one of trace, debug', 'Did you mean "warn"?'],
    [{ mcp_tasks: true }, 'mcp_tasks must be one of on, off, not true', 'Correct it'],
    [{ json: 'yes' }, 'json must be true or false, not "yes"', 'Write "json": true'],
    [{ sources: 'docs' }, 'sources must be a list of paths, not "docs"', 'Write "sources": ["docs"]'],
    [{ sources: ['a', 2] }, 'sources[1] must be a path, not 2', 'Correct it'],
    [{ domain: ['nwes'] }, 'domain[0] must be one of academic, news', 'Did you mean "news"?'],
    [{ model: '' }, 'model must be the name of a model, not ""', 'Correct it'],
    [{ title: { a: 1 } }, 'title must be a text of at most 200 characters, not {"a":1}', 'Correct it'],
    [{ config: 'x.json' }, 'config cannot stand in a configuration file', 'Use --config or BELTALOWDA_CONFIG.'],
    [
      { home: '/x' },
      'home cannot stand here: this file was found in the data directory',
      'name this file with --config',
    ],
  ])('%j', (content, message, hint) => {
    const fault = refusal(content);
    expect(fault.code).toBe('CONFIG_INVALID');
    expect(fault.message).toMatch(new RegExp(`^${file.replaceAll('.', '\\.')}: `));
    expect(fault.message).toContain(message);
    expect(fault.hint).toContain(hint);
  });

  it('refuses a web address among the sources as a source of that kind', () => {
    const fault = refusal({ sources: ['https://a.example/b'] });
    expect(fault.code).toBe('SOURCE_UNSUPPORTED');
    expect(fault.message).toContain(`${file}: sources[0]`);
  });

  it('names line and column of broken JSON', () => {
    const fault = refusal('{\n  "model": "x",\n}\n');
    expect(fault.message).toBe(`${file} is not JSON: line 3, column 1: a key in double quotes was expected`);
    expect(fault.hint).toContain('no comma after the last entry');
  });

  it.each([
    ['[]', 'a list'],
    ['"x"', 'a string'],
    ['null', 'null'],
    ['7', 'a number'],
  ])('refuses %s, which is no object', (content, noun) => {
    expect(refusal(content).message).toBe(`${file} must hold a JSON object, not ${noun}`);
  });

  it('finds all mistakes at once for whoever asks for them, and reads the rest', () => {
    writeFileSync(file, '{"modle": "x", "log_level": 3, "max_agents_total": 5}');
    const { config, problems } = examineConfig({ env: { BELTALOWDA_HOME: home }, flags: {}, cwd: '/cwd' });
    expect(problems).toHaveLength(2);
    expect(config).toMatchObject({ log_level: 'warn', max_agents_total: 5, file: { found: true } });
  });
});

describe('a file that cannot be read', () => {
  it('is an error when it was named, and none when it was not', () => {
    expect(named('none.json')).toThrow(`${path.join(home, 'none.json')}: the configuration file does not exist`);
    expect(named(path.join(home, 'x', 'none.json'))).toThrow('does not exist');
    expect(readConfig({ env: { BELTALOWDA_HOME: home }, flags: {}, cwd: home }).file.found).toBe(false);
  });

  it('is named when it is a folder, also in the data directory', () => {
    mkdirSync(file);
    expect(named(file)).toThrow('the configuration file is a folder');
    expect(() => readConfig({ env: { BELTALOWDA_HOME: home }, flags: {}, cwd: home })).toThrow('is a folder');
  });

  it('is named when it is too large', () => {
    writeFileSync(file, ' '.repeat(1_000_001));
    expect(named(file)).toThrow('too large for a configuration file: 1000001 bytes');
  });

  it.skipIf(process.getuid?.() === 0)('is named when this user may not read it', () => {
    writeFileSync(file, '{}');
    chmodSync(file, 0o000);
    expect(named(file)).toThrow('may not be read by this user');
  });
});
