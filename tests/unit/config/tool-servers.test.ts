import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Config, type Examined, examineConfig, readConfig } from '../../../src/config.ts';
import { temporaryFolder } from '../../support/folder.ts';

let home = '';
let file = '';
beforeEach(async () => {
  home = await temporaryFolder();
  file = path.join(home, 'beltalowda.config.json');
});

function reading(mcpServers: unknown): Config {
  writeFileSync(file, JSON.stringify({ mcpServers }));
  return readConfig({ env: { BELTALOWDA_HOME: home }, flags: {}, cwd: '/cwd' });
}

function refusals(mcpServers: unknown): readonly string[] {
  writeFileSync(file, JSON.stringify({ mcpServers }));
  const { problems } = examineConfig({ env: { BELTALOWDA_HOME: home }, flags: {}, cwd: '/cwd' });
  return problems.map(({ message }) => message.slice(file.length + 2));
}

describe('mcpServers', () => {
  it('is taken as hosts write it, with what may be left out filled in', () => {
    const { mcp_servers } = reading({
      files: { command: 'npx', args: ['-y', 'files'], env: { ROOT: '/x' }, cwd: 'sub' },
      far: {
        type: 'http',
        url: 'https://far.example/mcp',
        headers: { 'x-key': 'k' },
        tools: ['find'],
        domains: ['news'],
      },
      off: { command: 'x', disabled: true },
    });
    const any = { tools: null, domains: null, timeout_seconds: 60 };
    expect(mcp_servers).toEqual([
      {
        ...any,
        kind: 'local',
        name: 'files',
        command: 'npx',
        args: ['-y', 'files'],
        env: { ROOT: '/x' },
        cwd: path.join(home, 'sub'),
      },
      {
        ...any,
        kind: 'remote',
        name: 'far',
        url: 'https://far.example/mcp',
        headers: { 'x-key': 'k' },
        tools: ['find'],
        domains: ['news'],
      },
    ]);
  });

  it('can stand in a variable as JSON, before the file', () => {
    reading({ filed: { command: 'a' } });
    const env = { BELTALOWDA_HOME: home, BELTALOWDA_MCP_SERVERS: '{"told": {"command": "b"}}' };
    const { mcp_servers } = readConfig({ env, flags: {}, cwd: '/cwd' });
    expect(mcp_servers.map(({ name }) => name)).toEqual(['told']);
  });

  it('is shown by names alone', () => {
    const { origins } = reading({
      a: { command: 'b', args: ['sesame'], env: { KEY: 'sesame' } },
      c: { url: 'http://d/?k=sesame' },
    });
    expect(origins.find(({ name }) => name === 'mcp_servers')?.value).toEqual(['a', 'c']);
    expect(JSON.stringify(origins)).not.toContain('sesame');
  });

  it.each([
    ['sesame', 'mcpServers must be an object of servers by name, each with a command or a url, not "a string"'],
    [{ a: 'sesame' }, 'mcpServers.a must be an object with a command or a url, not "a string"'],
    [
      { a: { commnad: 'sesame' } },
      'mcpServers.a must be made of the keys type, command, args, env, cwd, url, headers, tools, timeout_seconds, domains, disabled, not "commnad"',
    ],
    [
      { a: { env: { KEY: 'sesame' } } },
      'mcpServers.a must be either a program (command, args, env, cwd) or an address (url, headers), not "the keys env"',
    ],
    [{ a: { command: 'b', env: { KEY: ['sesame'] } } }, 'mcpServers.a.env.KEY must be a text, not "a list"'],
    [
      { a: { url: 'b', headers: { authorization: 'sesame' } } },
      'mcpServers.a.url must be an address that begins with http:// or https:// and names no user (headers are for that), not "a string"',
    ],
    [
      { a: { url: 'https://bob:sesame@b' } },
      'mcpServers.a.url must be an address that begins with http:// or https:// and names no user (headers are for that), not "a string"',
    ],
    [
      { a: { url: 'https://b', headers: { authorization: 7_777_777 } } },
      'mcpServers.a.headers.authorization must be a text, not "a number"',
    ],
    [
      { a: { command: 'b', type: 'sse' } },
      'mcpServers.a.type must be one of stdio, http, streamable-http, streamableHttp; the older sse is not spoken, not "sse"',
    ],
    [{ a: { command: 'b', type: 'http' } }, 'mcpServers.a.type must be "stdio", as it has a command, not "http"'],
    [
      { a: { command: 'b', timeout_seconds: 0 } },
      'mcpServers.a.timeout_seconds must be a number above 0, at most 3600, not 0',
    ],
  ])('%j is refused with its place, and without what may be secret', (servers, message) => {
    expect(refusals(servers)).toEqual([message]);
  });

  it('in a variable is refused without being repeated', () => {
    for (const [told, place] of [
      [
        '{"a": {"command": "b", "env": {"KEY": 5551234}}}',
        'BELTALOWDA_MCP_SERVERS.a.env.KEY must be a text, not "a number"',
      ],
      [
        'sesame {',
        'BELTALOWDA_MCP_SERVERS must be an object of servers by name, each with a command or a url, as JSON, not "a text that is none"',
      ],
    ]) {
      const env = { BELTALOWDA_HOME: home, BELTALOWDA_MCP_SERVERS: told };
      const { problems } = examineConfig({ env, flags: {}, cwd: '/cwd' });
      expect(problems.map(({ message }) => message)).toEqual([place]);
    }
  });
});

function given(domain_tools: unknown): Examined {
  writeFileSync(file, JSON.stringify({ domain_tools }));
  return examineConfig({ env: { BELTALOWDA_HOME: home }, flags: {}, cwd: '/cwd' });
}

describe('domain_tools', () => {
  it('is read by domain, and names the domain that is none', () => {
    expect(given({ image: ['eye_*'] }).config.domain_tools).toEqual({ image: ['eye_*'] });
    expect(given({ images: ['eye_*'] }).problems[0]?.message).toMatch(/domain_tools must be .* not "images"$/);
    expect(given({ image: 'eye' }).problems[0]?.message).toMatch(
      /domain_tools\.image must be a list of names of tools/,
    );
  });
});
