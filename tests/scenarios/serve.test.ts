/** The real binary as a service, over real HTTP: readers of streams, stops and kills. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Home, pipeIn, ROOT, temporaryHome } from '../support/binary.ts';
import { ask, EventReader, post } from '../support/http-service.ts';
import { inDatabase } from '../support/invariants.ts';
import { type ServiceProcess, startService } from '../support/service-process.ts';

const TASK = 'How do embedded databases keep committed data safe after a crash?';

async function homeFor(): Promise<Home> {
  const home = await temporaryHome();
  onTestFinished(() => home.remove());
  return home;
}

/** Ended with the test, if the test has not. */
async function service(home: Home, args: readonly string[] = []): Promise<ServiceProcess> {
  const started = await startService(home, args);
  onTestFinished(() => void started.child.kill('SIGKILL'));
  return started;
}

async function start(url: string, key?: string): Promise<string> {
  const input = { task: TASK, ...(key === undefined ? {} : { idempotency_key: key }) };
  const { status, body } = await ask(`${url}/tools/orchestrate_research`, post(input));
  expect(status).toBe(200);
  return String(body['task_id']);
}

describe('serve', () => {
  it('is what mcp.config.json says it is', async () => {
    const file = JSON.parse(await readFile(path.join(ROOT, 'mcp.config.json'), 'utf8')) as {
      mcpServers: Record<string, { type?: string; url?: string }>;
    };
    expect(file.mcpServers['beltalowda-http']).toEqual({ type: 'http', url: 'http://127.0.0.1:8417/mcp' });
    const home = await homeFor();
    const help = await pipeIn(home, '', ['serve', '--help']);
    expect(help.stdout).toMatch(/--port <n>[^]*default: 8417/);
  });

  it('goes on after kill -9 as if nothing had been, for readers of the stream as well', async () => {
    const home = await homeFor();
    const first = await service(home);
    const task_id = await start(first.url);
    const reader = await EventReader.open(`${first.url}/stream/${task_id}`);
    await reader.until(({ events }) => events.some(({ event }) => event === 'agent_start'));
    await first.stop('SIGKILL');
    await reader.toEnd().catch(() => undefined);
    const last = reader.seqs.at(-1) ?? 0;
    const next = await service(home);
    const back = await EventReader.open(`${next.url}/stream/${task_id}`, { 'Last-Event-ID': String(last) });
    await back.toEnd();
    const seen = [...reader.seqs, ...back.seqs];
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, n) => n + 1));
    expect(back.events.at(-1)?.event).toBe('workflow_complete');
    expect((await ask(`${next.url}/workflows/${task_id}`)).body).toMatchObject({ status: 'completed', resumed: 1 });
    expect(await next.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    const twice = inDatabase(path.join(home.folder, 'beltalowda.db'), (db) =>
      db.prepare(`SELECT step_id FROM steps WHERE task_id = ? AND status <> 'succeeded'`).pluck().all(task_id),
    );
    expect(twice).toEqual([]);
  }, 90_000);

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'at %s hands over what it works on, and tells readers to come back',
    async (signal) => {
      const home = await homeFor();
      const first = await service(home);
      const task_id = await start(first.url);
      const reader = await EventReader.open(`${first.url}/stream/${task_id}`);
      await reader.until(({ events }) => events.length > 0);
      const waiting = ask(`${first.url}/workflows/${task_id}?wait_seconds=50`);
      // Whatever was sent before is read by the time that these are answered: what is only on its way may find nobody.
      for (let asked = 0; asked < 3; asked += 1) await ask(`${first.url}/ready`);
      const stopping = first.stop(signal);
      await reader.toEnd();
      expect([await stopping, (await waiting).status]).toEqual([{ code: 0, signal: null }, 200]);
      expect(reader.retry).toBeGreaterThanOrEqual(1000);
      expect(first.stderr()).toMatch(/^beltalowda \S+ listens on http:\/\/127\.0\.0\.1:\d+ \(MCP at \S+\)\n$/);
      const leases = inDatabase(path.join(home.folder, 'beltalowda.db'), (db) =>
        db.prepare('SELECT count(*) FROM workflows WHERE lease_holder IS NOT NULL').pluck().get(),
      );
      expect(leases).toBe(0);
    },
  );

  it('takes up at its start what another process left', async () => {
    const home = await homeFor();
    const first = await service(home);
    const task_id = await start(first.url);
    await first.stop('SIGTERM');
    const next = await service(home);
    const { body } = await ask(`${next.url}/workflows/${task_id}?wait_seconds=50`);
    expect(body).toMatchObject({ status: 'completed' });
  });

  it('refuses an address that others reach, and a port that is taken, in clear words', async () => {
    const home = await homeFor();
    const open = await pipeIn(home, '', ['serve', '--host', '0.0.0.0']);
    expect(open).toMatchObject({ code: 2, stdout: '' });
    expect(open.stderr).toMatch(/^error ACCESS_REQUIRED: 0\.0\.0\.0 can be reached from other machines/);
    const { url } = await service(home);
    const taken = await pipeIn(home, '', ['serve', '--port', new URL(url).port]);
    expect(taken.code).toBe(1);
    expect(taken.stderr).toMatch(/^error ADDRESS_UNAVAILABLE: cannot listen on 127\.0\.0\.1 port \d+/);
  });
});
