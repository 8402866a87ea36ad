/** The service as it is left running: scraped while it works, and its work a part of the caller's own trace. */

import { spawn } from 'node:child_process';
import process from 'node:process';
import { expect, it, onTestFinished } from 'vitest';
import { BINARY, temporaryHome } from '../support/binary.ts';
import { collector } from '../support/otlp-collector.ts';
import { path, unsoundTrace } from '../support/trace.ts';
import { findings, readExposition } from '../unit/telemetry/exposition.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${CALLER}-01`;

async function serve(endpoint: string) {
  const home = await temporaryHome({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_SCHEDULE_DELAY: '600000' });
  const child = spawn(process.execPath, [BINARY, 'serve', '--port', '0'], { env: home.env, stdio: 'pipe' });
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
    await home.remove();
  });
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (piece: Buffer) => {
      said += piece.toString();
      const [, found] = /listens on (http:\S+)/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('close', () => reject(new Error(`it ended: ${said}`)));
  });
  const stop = (): Promise<number | null> => {
    child.kill('SIGTERM');
    return closed;
  };
  return { url, stop };
}

async function ask(url: string, tool: string, input: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`${url}/tools/${tool}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: TRACEPARENT },
    body: JSON.stringify(input),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, unknown>;
}

it('is scraped by Prometheus and followed by a collector', async () => {
  const collected = await collector();
  const { url, stop } = await serve(collected.url);
  const { task_id } = await ask(url, 'orchestrate_research', { task: 'How does a write-ahead log work?' });
  let status: unknown = 'pending';
  for (let polls = 0; polls < 10 && status !== 'completed'; polls += 1) {
    ({ status } = await ask(url, 'get_status', { task_id, wait_seconds: 20 }));
  }
  expect(status).toBe('completed');
  const answer = await fetch(`${url}/metrics`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  const families = readExposition(await answer.text());
  expect([...findings(families)]).toEqual([]);
  const samples = families.flatMap((family) => family.samples);
  const counted = samples
    .filter(({ value }) => value > 0)
    .map(({ name, labels }) => `${name} ${Object.values(labels).join(' ')}`);
  expect(counted).toEqual(
    expect.arrayContaining([
      'beltalowda_workflows_ended_total beltalowda completed',
      'beltalowda_step_duration_seconds_count agent succeeded',
      'beltalowda_store_verb_seconds_count workflows.create',
      'process_resident_memory_bytes ',
    ]),
  );
  expect(JSON.stringify(samples)).not.toContain(String(task_id));
  // Only what waits is sent when it stops: until now nothing was.
  expect(collected.spans).toEqual([]);
  expect(await stop()).toBe(0);
  expect([...unsoundTrace(collected.spans, { trace_id: TRACE, caller: CALLER })]).toEqual([]);
  const paths = collected.spans.map((span) => path(collected.spans, span));
  expect(paths).toEqual(
    expect.arrayContaining([
      'invoke_workflow beltalowda',
      'invoke_workflow beltalowda > step agent > invoke_agent belter',
    ]),
  );
  expect(JSON.stringify(collected.spans.map(({ attributes }) => attributes))).not.toContain('write-ahead');
}, 60_000);
