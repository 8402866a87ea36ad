import { spawn, spawnSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Home } from '../support/binary.ts';
import { BINARY, pipeIn, ROOT, temporaryHome } from '../support/binary.ts';
import { event, stream, vendorServer } from '../support/vendor-server.ts';

const EXAMPLES = path.join(ROOT, 'examples', 'documents', 'durability');
const Entry = z.object({ command: z.string(), args: z.array(z.string()), env: z.record(z.string(), z.string()) });
const Diagnosis = z.object({
  problems: z.array(z.object({ code: z.string() })),
  host: z.object({ mcpServers: z.object({ beltalowda: Entry }) }),
});

let home: Home;
beforeEach(async () => {
  home = await temporaryHome({ BELTALOWDA_SOURCES: '' });
});
afterEach(() => home.remove());

const configure = (content: string): Promise<void> => writeFile(inHome('beltalowda.config.json'), content);
const inHome = (name: string): string => path.join(home.folder, name);

describe('doctor', () => {
  it('finds nothing wrong in an empty home, and leaves it empty', async () => {
    const { code, stdout, stderr } = await pipeIn(home, '', ['doctor']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Nothing is wrong.');
    expect(await readdir(home.folder)).toEqual([]);
  });

  it('prints an entry for a host that starts this program with its sources', async () => {
    const { stdout } = await pipeIn(home, '', ['doctor', '--source', EXAMPLES, '--json']);
    const { command, args, env } = Diagnosis.parse(JSON.parse(stdout)).host.mcpServers.beltalowda;
    expect(env).toEqual({ BELTALOWDA_SOURCES: EXAMPLES, BELTALOWDA_HOME: home.folder });
    const server = spawn(command, args, { cwd: '/', env: { ...env, PATH: process.env['PATH'] ?? '' } });
    const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    server.stdin.end(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: hello })}\n`);
    expect(JSON.parse(await text(server.stdout))).toMatchObject({ result: { serverInfo: { name: 'beltalowda' } } });
  });

  it('says that a database after research is sound', async () => {
    await pipeIn(home, '', ['research', 'What is group commit?', '--source', EXAMPLES, '--quiet']);
    const { code, stdout } = await pipeIn(home, '', ['doctor']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/✔ database .*: sound, 1 workflow, /);
  });

  it('names a damaged database, and does not touch it', async () => {
    await writeFile(inHome('beltalowda.db'), 'not a database '.repeat(1000));
    const { code, stdout } = await pipeIn(home, '', ['doctor']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^error STORE_CORRUPT: .*\nhint: /m);
    expect(await readdir(home.folder)).toEqual(['beltalowda.db']);
  });

  it('asks models over the proxy of the environment, and says so', async () => {
    const proxy = await vendorServer((response) => {
      stream(response);
      response.end(event({ model: 'm', choices: [{ index: 0, delta: { content: 'Yes.' }, finish_reason: 'stop' }] }));
    });
    const env = { VLLM_BASE_URL: 'http://models.invalid', BELTALOWDA_MODEL: 'vllm/m', HTTP_PROXY: proxy.url };
    const { stdout } = await pipeIn({ ...home, env: { ...home.env, ...env } }, '', ['doctor']);
    expect(stdout).toContain('set: VLLM_BASE_URL; asked over the proxy of the environment');
    expect(stdout).toMatch(/model .*vllm\/m: answers/);
    expect(proxy.asked.map(({ path: asked }) => asked)).toEqual(['http://models.invalid/v1/chat/completions']);
  });

  it('works while another program holds the database locked', async () => {
    await pipeIn(home, '', ['db', 'migrate']);
    const other = new Database(inHome('beltalowda.db'));
    other.pragma('locking_mode = EXCLUSIVE');
    other.exec('BEGIN EXCLUSIVE');
    const { code, stdout } = await pipeIn(home, '', ['doctor', '--json']);
    other.close();
    expect(code).toBe(1);
    expect(Diagnosis.parse(JSON.parse(stdout)).problems.map((problem) => problem.code)).toEqual(['STORE_LOCKED']);
  });

  it('works when the configuration is broken', async () => {
    await configure('{"modle": 1,}');
    const { code, stdout } = await pipeIn(home, '', ['doctor']);
    expect(code).toBe(1);
    expect(stdout).toContain('is not JSON: line 1, column 13');
  });
});

describe('the configuration file', () => {
  it('gives research its sources, relative to itself', async () => {
    await mkdir(inHome('notes'));
    await writeFile(inHome('notes/esk.md'), '# Harbour\n\nThe harbour of Esk was dredged in 1911.\n');
    await configure('{"sources": ["notes"], "json": true}');
    const { code, stdout } = await pipeIn(home, '', ['research', 'When was the harbour of Esk dredged?', '--quiet']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ sources: [{ location: 'notes/esk.md:3' }] });
  });

  it.each([
    ['{"modle": "x"}', 'there is no key "modle"', 'Did you mean "model"?'],
    ['{"max_agents_total": "many"}', 'max_agents_total must be a whole number', 'Correct it'],
    ['{', 'is not JSON: line 1, column 2', 'JSON has no comments'],
    ['[]', 'must hold a JSON object, not a list', 'for example'],
    ['{"home": "/x"}', 'home cannot stand here', 'BELTALOWDA_HOME'],
  ])('%s stops every command and the server, with a line that says why', async (content, message, hint) => {
    await configure(content);
    for (const argv of [['list'], []]) {
      const { code, stdout, stderr } = await pipeIn(home, '', argv);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain(`error CONFIG_INVALID: ${inHome('beltalowda.config.json')}`);
      expect(stderr).toContain(message);
      expect(stderr).toContain(hint);
    }
    expect(await readdir(home.folder)).toEqual(['beltalowda.config.json']);
  });

  it('that is named has to be there', async () => {
    const { code, stderr } = await pipeIn(home, '', ['list', '--config', '/none/x.json']);
    expect(code).toBe(2);
    expect(stderr).toContain('/none/x.json: the configuration file does not exist');
  });
});

/** Tells every module that is loaded, on standard error. */
const TELL =
  'data:text/javascript,import {registerHooks} from "node:module"; registerHooks({resolve(s, c, next) { const r = next(s, c); process.stderr.write(r.url + "\\n"); return r; }})';

describe('starting up', () => {
  it.each([[['--version']], [['--help']], [['completion', 'bash']], [['research', '--help']]])(
    '%j loads neither the store, nor zod, nor the protocol',
    (argv) => {
      const { status, stderr } = spawnSync(process.execPath, ['--import', TELL, BINARY, ...argv], {
        encoding: 'utf8',
        env: home.env,
      });
      expect(status).toBe(0);
      expect(stderr).toContain('/dist/config.js');
      expect(
        stderr
          .split('\n')
          .filter((url) =>
            /better-sqlite3|\/zod\/|modelcontextprotocol|\/dist\/(?:store|engine|orchestrator)/.test(url),
          ),
      ).toEqual([]);
    },
  );

  it('stdio loads neither the command line nor the store before a request needs it', () => {
    const { status, stderr } = spawnSync(process.execPath, ['--import', TELL, BINARY, 'stdio'], {
      encoding: 'utf8',
      env: home.env,
      input: '',
    });
    expect(status).toBe(0);
    expect(stderr).toContain('/dist/server/stdio.js');
    expect(
      stderr.split('\n').filter((url) => /better-sqlite3|commander|\/dist\/(?:store|engine|orchestrator)/.test(url)),
    ).toEqual([]);
  });
});
