import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configSchema } from '../../../src/config/json-schema.ts';
import { ALL, examineConfig } from '../../../src/config.ts';
import type { Json } from '../../../src/core/json.ts';
import { temporaryFolder } from '../../support/folder.ts';

const PUBLISHED = new URL('../../../beltalowda.config.schema.json', import.meta.url);

it('the published schema is the one the tables give', () => {
  expect(JSON.parse(readFileSync(PUBLISHED, 'utf8'))).toEqual(configSchema());
});

it('says of each path where a relative one starts, and of each key its default, flag and variable', () => {
  const { properties } = z
    .object({ properties: z.record(z.string(), z.looseObject({ description: z.string() })) })
    .parse(configSchema());
  for (const { key, env, flag, kind, inFile } of ALL) {
    if (inFile === false) continue;
    const description = properties[key]?.description ?? '';
    expect(description).toContain(`Flag: ${flag}, variable: ${env}.`);
    expect(description.includes('starts at the folder of this file')).toBe(kind.path);
  }
});

const ADDRESSES = [
  'http://127.0.0.1:1',
  'https://[::1]:8090/mcp',
  'https://c.example?to=bob@d.example',
  'https://c.example#@',
  'https://c.example/@bob/mcp',
  'https://c.example\\@',
  'https://bücher.example/mcp',
];
const WITH_USER = [
  'https://bob@c.example',
  'https://bob:sesame@c.example/mcp',
  'https://:sesame@c.example',
  'https://bob@@c.example',
  'https:///bob@c.example',
  'https://\\bob@c.example',
];

it.each(WITH_USER)('fetch refuses %s, which names a user', (url) => {
  expect(() => new Request(url)).toThrow('includes credentials');
});

describe('the schema and the reader agree', () => {
  const schema = z.fromJSONSchema(configSchema());
  let file = '';
  beforeEach(async () => {
    file = path.join(await temporaryFolder(), 'config.json');
  });
  const isRead = (document: Json): boolean => {
    writeFileSync(file, JSON.stringify(document));
    return examineConfig({ env: {}, flags: { config: file }, cwd: '/cwd' }).problems.length === 0;
  };

  const right: readonly Json[] = [
    {},
    { $schema: 'x' },
    { home: '/x', db: 'y' },
    { sources: [] },
    { sources: ['a', './b', 'C:\\c', '/d e'] },
    { max_agents_total: 1 },
    { max_agents_total: 10_000 },
    { max_agents_total: 5.0 },
    { mcp_tasks: 'off' },
    { json: true, quiet: false },
    { title: 'é'.repeat(200) },
    { title: '🪐'.repeat(200) },
    { since: '2026-03-01', until: '2026-03-01T10:00Z' },
    { domain: ['news', 'text'] },
    { plan: '-' },
    { after: 0 },
    { fetch_allow: ['wiki.corp', 'wiki.corp.:8090', 'localhost', 'bücher.corp:80', '10.0.0.5:1', 'my_host'] },
    { fetch_allow: ['fd00::1', 'FD00:0::1', '[::1]', '[::1]:8090', '::ffff:10.0.0.1'] },
    { mcpServers: {} },
    {
      mcpServers: { 'Brave Search': { command: 'npx', args: ['-y', 'x'], env: { KEY: '' }, cwd: '/x', type: 'stdio' } },
    },
    { mcpServers: { a: { url: 'http://localhost:1/mcp', headers: { x: 'y' }, type: 'http', disabled: true } } },
    ...ADDRESSES.map((url) => ({ mcpServers: { a: { url } } })),
    { mcpServers: { a: { command: 'b', tools: ['c'], timeout_seconds: 0.5, domains: ['news', 'image'] } } },
    { domain_tools: {} },
    { domain_tools: { image: ['a_*', 'b'], news: [] } },
    { prices: {} },
    { prices: { 'a/b/c': { input: 0.5, output: 2, cached: 0, cache_write: 1, reasoning: 3 } } },
  ];
  const wrong: readonly Json[] = [
    [],
    null,
    'x',
    { unknown: 1 },
    { config: 'x' },
    { $schema: 1 },
    { home: '' },
    { home: ' ' },
    { sources: 'a' },
    { sources: [''] },
    { sources: ['https://a.example'] },
    { sources: ['a\u0000b'] },
    { max_agents_total: '5' },
    { max_agents_total: 0 },
    { max_agents_total: 10_001 },
    { max_agents_total: 1.5 },
    { retention_days: null },
    { mcp_tasks: true },
    { mcp_tasks: 'On' },
    { json: 'true' },
    { title: 'é'.repeat(201) },
    { fetch_allow: 'wiki.corp' },
    { fetch_allow: [''] },
    { fetch_allow: ['http://wiki.corp'] },
    { fetch_allow: ['wiki.corp/'] },
    { fetch_allow: ['*.wiki.corp'] },
    { fetch_allow: ['.wiki.corp'] },
    { fetch_allow: ['10.0.0.0/8'] },
    { fetch_allow: ['me@wiki.corp'] },
    { fetch_allow: ['wiki.corp other.corp'] },
    { fetch_allow: ['wiki.corp:http'] },
    { mcpServers: [] },
    { mcpServers: { a: null } },
    { mcpServers: { a: {} } },
    { mcpServers: { ' ': { command: 'b' } } },
    { mcpServers: { a: { command: ' ' } } },
    { mcpServers: { a: { command: 'b', url: 'https://c.example' } } },
    { mcpServers: { a: { command: 'b', headers: {} } } },
    { mcpServers: { a: { url: 'https://c.example', env: {} } } },
    { mcpServers: { a: { url: 'ftp://c.example' } } },
    ...[
      ...WITH_USER,
      'https://@c.example',
      'https://',
      'https:///c',
      'https://c.example/a b',
      'https://c.example/\u0000',
    ].map((url) => ({
      mcpServers: { a: { url } },
    })),
    { mcpServers: { a: { command: 'b', args: 'c' } } },
    { mcpServers: { a: { command: 'b', args: [1] } } },
    { mcpServers: { a: { command: 'b', env: { c: 1 } } } },
    { mcpServers: { a: { command: 'b', envs: {} } } },
    { mcpServers: { a: { command: 'b', type: 'sse' } } },
    { mcpServers: { a: { command: 'b', tools: [''] } } },
    { mcpServers: { a: { command: 'b', timeout_seconds: 0 } } },
    { mcpServers: { a: { command: 'b', timeout_seconds: '5' } } },
    { mcpServers: { a: { command: 'b', domains: ['nothing'] } } },
    { domain_tools: { nothing: [] } },
    { domain_tools: { news: 'a' } },
    { domain_tools: { news: [''] } },
    { prices: [] },
    { prices: { b: { input: 1, output: 2 } } },
    { prices: { 'a/b': { input: 1 } } },
    { prices: { 'a/b': { input: 1, output: -2 } } },
    { prices: { 'a/b': { input: 1, output: 2, image: 3 } } },
    { prices: { 'a/b': { input: '1', output: 2 } } },
    { since: 'yesterday' },
    { domain: ['nothing'] },
    { domain: 'news' },
    { after: -1 },
  ];

  it.each(right.map((document) => ({ document })))('both accept $document', ({ document }) => {
    expect([schema.safeParse(document).success, isRead(document)]).toEqual([true, true]);
  });
  it.each(wrong.map((document) => ({ document })))('both refuse $document', ({ document }) => {
    expect([schema.safeParse(document).success, isRead(document)]).toEqual([false, false]);
  });
});
