import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BINARY, ROOT, temporaryHome, type Home } from '../support/binary.ts';

test('every page made from the source says what the source says, and tools/list is within its price', async () => {
  const check = promisify(execFile)(process.execPath, ['scripts/docs.js', '--check'], { cwd: ROOT });
  const { stdout, stderr } = await check;
  expect(stderr).toBe('');
  const tokens = Number(/([\d,]+) tokens in tools\/list/.exec(stdout)?.[1]?.replace(',', ''));
  expect(tokens).toBeGreaterThan(1000);
  expect(tokens).toBeLessThan(4000);
});

/** A part of the page, from its heading to the next of the same rank. */
function part(page: string, heading: string): string {
  const rank = /^#+/.exec(heading)?.[0] ?? '';
  const begin = page.indexOf(`\n${heading}\n`);
  const end = page.indexOf(`\n${rank} `, begin + heading.length);
  return page.slice(begin, end === -1 ? undefined : end);
}

/** The first cell of each row of the first table. */
function firstCells(text: string): string[] {
  const [table = ''] = /(?:^\|.*\|\n)+/m.exec(text) ?? [];
  return Array.from(table.matchAll(/^\| `([^`]+)`/gm), (match) => match[1] ?? '');
}

const CALLS: Readonly<Record<string, { readonly good: object; readonly bad: object }>> = {
  orchestrate_research: { good: { task: 'What is a torn page?', wait_seconds: 50 }, bad: { task: '' } },
  get_status: { good: {}, bad: { wait_seconds: 51 } },
  get_result: { good: {}, bad: { section: 'there is none of this name' } },
  cancel: { good: {}, bad: { reason: 7 } },
  resume: { good: {}, bad: { plan: [] } },
  list_workflows: { good: {}, bad: { cursor: 'forged' } },
  get_analytics: { good: {}, bad: { since: 'yesterday' } },
};

const PROMPTS: Readonly<Record<string, Record<string, string>>> = {
  deep_research: { question: 'Why?' },
  compare: { things: 'a, b' },
  literature_review: { topic: 'logs' },
  due_diligence: { subject: 'Example GmbH' },
};

describe('what the page names answers, and nothing else is offered', () => {
  let home: Home;
  let client: Client;
  let page: string;

  beforeEach(async () => {
    home = await temporaryHome();
    page = await readFile(path.join(ROOT, 'docs/tools.md'), 'utf8');
    client = new Client({ name: 'docs', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [BINARY],
        cwd: ROOT,
        env: home.env,
        stderr: 'ignore',
      }),
    );
  });

  afterEach(async () => {
    await client.close();
    await home.remove();
  });

  test('tools, each with its arguments, a good call and a bad one', async () => {
    const { tools } = await client.listTools();
    const named = Array.from(page.matchAll(/^## `(.+)`$/gm), (match) => match[1]);
    expect(tools.map(({ name }) => name)).toEqual(named);
    expect(Object.keys(CALLS)).toEqual(named);
    let task_id: unknown;
    for (const { name, inputSchema } of tools) {
      const top = firstCells(part(page, `## \`${name}\``)).filter((argument) => !argument.includes('['));
      expect([name, ...top]).toEqual([name, ...Object.keys(inputSchema.properties ?? {})]);
      const known = top.includes('task_id') ? { task_id } : {};
      const good = await client.callTool({ name, arguments: { ...known, ...CALLS[name]?.good } }, { timeout: 60_000 });
      expect([name, good.isError ?? false]).toEqual([name, false]);
      task_id ??= (good.structuredContent as { task_id?: string }).task_id;
      const bad = await client.callTool({ name, arguments: { ...known, ...CALLS[name]?.bad } });
      expect([name, bad.isError]).toEqual([name, true]);
      expect(bad.structuredContent).toMatchObject({ error: { code: 'INVALID_INPUT' } });
    }
  });

  test('resources, each read once, and once where there is nothing', async () => {
    const started = await client.callTool(
      { name: 'orchestrate_research', arguments: { task: 'What is a torn page?', wait_seconds: 50 } },
      { timeout: 60_000 },
    );
    const { task_id } = started.structuredContent as { task_id: string };
    const { resourceTemplates } = await client.listResourceTemplates();
    const [patterns, ...templates] = firstCells(part(page, '## Resources'));
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual(templates);
    await client.readResource({ uri: patterns ?? '' });
    for (const template of templates) {
      const fill = (id: string): string =>
        template.replace('{task_id}', id).replace('{source_id}', 's1').replace('{name}', 'report.md');
      const { contents } = await client.readResource({ uri: fill(task_id) });
      expect(contents).toHaveLength(1);
      const uri = fill('wf_0000000000000000000000000z');
      await expect(client.readResource({ uri })).rejects.toMatchObject({ data: { uri } });
    }
  });

  test('prompts, each with its arguments, good and missing', async () => {
    const { prompts } = await client.listPrompts();
    const named = Array.from(page.matchAll(/^### `(.+)`$/gm), (match) => match[1]);
    expect(prompts.map(({ name }) => name)).toEqual(named);
    expect(Object.keys(PROMPTS)).toEqual(named);
    for (const { name, arguments: taken } of prompts) {
      expect(firstCells(part(page, `### \`${name}\``))).toEqual(taken?.map((argument) => argument.name));
      const { messages } = await client.getPrompt({ name, arguments: PROMPTS[name] ?? {} });
      expect(messages).toHaveLength(1);
      await expect(client.getPrompt({ name, arguments: {} })).rejects.toMatchObject({
        message: expect.stringContaining('is required') as string,
      });
    }
  });
});
