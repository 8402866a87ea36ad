/** docs/http.md says what the service does: its tables are held against the code, and what is to be copied is used. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ALL } from '../../../../src/config.ts';
import { type ErrorCode, Fault } from '../../../../src/core/errors.ts';
import { problem } from '../../../../src/server/http/problem.ts';
import { ROUTE_GROUPS } from '../../../../src/server/http/routes.ts';
import { STATUS_OF } from '../../../../src/server/http/statuses.ts';
import { ROOT } from '../../../support/binary.ts';
import { HTTP_CLIENTS } from '../../../support/http-clients.ts';
import { byName, servedHttp } from '../../../support/http-service.ts';
import { ScriptedOrchestrator } from '../mcp/scripted.ts';

const PAGE = await readFile(path.join(ROOT, 'docs', 'http.md'), 'utf8');

/** Cells of the rows of the table below a heading, or below the last words before it. */
function rows(after: string): readonly (readonly string[])[] {
  const [, table = ''] = /((?:^\|.*\|\n)+)/m.exec(PAGE.slice(PAGE.indexOf(after))) ?? [];
  const lines = table.trim().split('\n').slice(2);
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test('every route is there with its scope, and no other', () => {
  const told = rows('\n## Routes\n').map(([request = '', scope = '']) => `${request} ${scope}`);
  const routes = ROUTE_GROUPS.flatMap((group) => group.routes).map(
    ({ method, path: at, scope }) => `\`${method} ${at}\` ${scope === null ? 'none' : `\`${scope}\``}`,
  );
  expect(told.toSorted()).toEqual(routes.toSorted());
});

test('every status is there, and the codes beside it have it', () => {
  const told = rows('\n| status').flatMap(([statuses = '', when = '']) =>
    statuses
      .split(', ')
      .map((status) => ({ status: Number(status), statuses: statuses.split(', ').map(Number), when })),
  );
  const known = new Set(Object.values(STATUS_OF));
  expect(new Set(told.map(({ status }) => status))).toEqual(known);
  for (const { statuses, when } of told) {
    for (const [, code = ''] of when.matchAll(/`([A-Z_]+)`/g)) {
      expect([code, statuses]).toEqual([code, expect.arrayContaining([STATUS_OF[code as ErrorCode]])]);
    }
  }
});

test('the error it shows is the one that is sent', async () => {
  const [, shown = ''] = /```json\n(\{\n {2}"type".*?)\n```/s.exec(PAGE) ?? [];
  const example = JSON.parse(shown) as { readonly code: ErrorCode; readonly detail: string };
  expect(example).toEqual(await problem(new Fault(example.code, example.detail)).json());
});

test('every variable it names is one', () => {
  const variables = new Set(ALL.map(({ env }) => env));
  const named = Array.from(PAGE.matchAll(/BELTALOWDA_[A-Z_]+/g), ([name]) => name);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !variables.has(name))).toEqual([]);
});

interface Entry {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const HOSTS = Array.from(PAGE.matchAll(/```json\n(\{\n {2}"(?:mcpServers|inputs)".*?)\n```/gs), ([, text = '']) => {
  const file = JSON.parse(text) as Readonly<
    Record<'mcpServers' | 'servers', { readonly beltalowda: Entry } | undefined>
  >;
  return (file.mcpServers ?? file.servers)?.beltalowda;
});

test.each([0, 1, 2])('what host %i is given reaches the service with its token', async (at) => {
  const entry = HOSTS[at];
  if (entry === undefined) throw new Error('the page shows three hosts');
  const served = await servedHttp(new ScriptedOrchestrator(), { access: byName });
  const filled = Object.entries(entry.headers).map(([name, value]) => [name, value.replace(/\$\{[^}]+\}/, 'ann')]);
  expect(new URL(entry.url).pathname).toBe('/mcp');
  for (const { connect } of HTTP_CLIENTS) {
    const client = await connect(served.url, Object.fromEntries(filled) as Readonly<Record<string, string>>);
    onTestFinished(() => client.close());
    expect(await client.tools()).toContain('orchestrate_research');
  }
});
