/** What the README shows to be copied: each snippet is parsed, and each server in it started and spoken to. */

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { expect, onTestFinished, test } from 'vitest';
import { BINARY, pipeIn, ROOT, temporaryHome } from '../support/binary.ts';
import { readConfig } from '../../src/config.ts';
import { temporaryFolder, writeFiles } from '../support/folder.ts';

interface ServerEntry {
  readonly type?: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface HostFile {
  readonly mcpServers?: Readonly<Record<string, ServerEntry>>;
  readonly servers?: Readonly<Record<string, ServerEntry>>;
}

const README = await readFile(path.join(ROOT, 'README.md'), 'utf8');

/** The JSON blocks, each with the line that introduces it. */
const BLOCKS = Array.from(README.matchAll(/\n\n([^\n]+(?:\n[^\n]+)*)\n\n```json\n(.*?)\n```/gs), (match) => ({
  above: match[1] ?? '',
  json: JSON.parse(match[2] ?? '') as HostFile,
}));

const HOSTS = BLOCKS.filter(({ json }) => json.mcpServers !== undefined || json.servers !== undefined);

/** Starts what a host would start, our program in the place of the one `npx` would fetch, and asks for its tools. */
async function toolsOf(entry: ServerEntry): Promise<readonly string[]> {
  const fetched = entry.command === 'npx';
  const [launcher, ours] = fetched
    ? [entry.args.slice(0, 2), entry.args.slice(2)]
    : [entry.args.slice(0, 1), entry.args.slice(1)];
  expect(launcher).toEqual(fetched ? ['-y', 'beltalowda'] : [path.relative(ROOT, BINARY)]);
  const home = await temporaryHome(entry.env);
  onTestFinished(() => home.remove());
  const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'host', version: '1' } };
  const lines = [
    { jsonrpc: '2.0', id: 1, method: 'initialize', params: hello },
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    { jsonrpc: '2.0', id: 2, method: 'tools/list' },
  ];
  const run = await pipeIn(home, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), ours);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const answers = run.stdout.trim().split('\n');
  const { result } = JSON.parse(answers.at(-1) ?? '') as { result: { tools: readonly { name: string }[] } };
  return result.tools.map(({ name }) => name);
}

test.each([
  ['Claude Desktop', 'mcpServers'],
  ['Cursor', 'mcpServers'],
  ['Claude Code', 'mcpServers'],
  ['VS Code', 'servers'],
] as const)('the snippet for %s starts the server', async (host, key) => {
  const block = HOSTS.find(({ above }) => above.includes(`**${host}**`));
  const entry = block?.json[key]?.['beltalowda'];
  if (entry === undefined) throw new Error(`the README has no ${key} entry for ${host}`);
  expect(await toolsOf(entry)).toContain('orchestrate_research');
});

test('the file the Inspector is given starts the server under the name the README uses', async () => {
  const command = /inspector --config (\S+) --server (\S+)/.exec(README);
  const file = JSON.parse(await readFile(path.join(ROOT, command?.[1] ?? ''), 'utf8')) as HostFile;
  const entry = file.mcpServers?.[command?.[2] ?? ''];
  if (entry === undefined) throw new Error('the README names a server that mcp.config.json does not have');
  expect(await toolsOf({ ...entry, env: {} })).toContain('orchestrate_research');
});

test('the command for Claude Code ends in what the snippets start', () => {
  expect(README).toContain('-- npx -y beltalowda`');
});

test('the configuration file is one that the program takes', async () => {
  const config = BLOCKS.find(({ json }) => '$schema' in json)?.json;
  const folder = await temporaryFolder();
  await writeFiles(folder, { 'beltalowda.config.json': JSON.stringify(config) });
  const read = readConfig({ env: { BELTALOWDA_HOME: folder }, flags: {}, cwd: process.cwd() });
  expect(read).toMatchObject({
    retention_days: 90,
    sources: [path.join(homedir(), 'notes'), path.join(homedir(), 'papers')],
  });
});

test('every command it shows is one the program has', async () => {
  const home = await temporaryHome();
  onTestFinished(() => home.remove());
  const { stdout } = await pipeIn(home, '', ['--help']);
  const shown = Array.from(README.matchAll(/^(?:npx )?beltalowda ([a-z]+)/gm), (match) => match[1] ?? '');
  expect(shown.length).toBeGreaterThan(8);
  for (const command of shown) expect(stdout).toMatch(new RegExp(`^ +${command}\\b`, 'm'));
});
