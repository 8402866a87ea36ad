import { expect, it } from 'vitest';
import { openTelemetry, type Watching } from '../../../src/telemetry/telemetry.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { findings, type Family, readExposition } from './exposition.ts';
import { call, failedCall, OF, SECRET, tellEverything, workflow } from './happenings.ts';

function fail(message: string): never {
  throw new Error(message);
}

async function watching(): Promise<Watching> {
  const telemetry = await openTelemetry({
    otlp: null,
    metrics: true,
    version: '1.2.3',
    clock: new FakeClock(),
    log: fail,
  });
  telemetry.reads({
    workflows: async () => ({ queued: 3, running: 2, awaiting_approval: 1 }),
    steps: () => ({ waiting: 4, running: 5 }),
  });
  return telemetry;
}

function value(
  families: readonly Family[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | null {
  const samples = families.flatMap((family) => family.samples);
  const found = samples.find(
    (sample) => sample.name === name && JSON.stringify(sample.labels) === JSON.stringify(labels),
  );
  return found?.value ?? null;
}

it('is in the format of Prometheus, with names as it wants them', async () => {
  const telemetry = await watching();
  tellEverything(telemetry);
  const text = await telemetry.text();
  expect([...findings(readExposition(text))]).toEqual([]);
  expect(text).not.toContain(SECRET);
  expect(text).not.toContain(OF.task_id);
});

it('counts what happened once, whoever found it again', async () => {
  const telemetry = await watching();
  tellEverything(telemetry);
  const families = readExposition(await telemetry.text());
  const at = (name: string, labels?: Readonly<Record<string, string>>): number | null =>
    value(families, `beltalowda_${name}`, labels);
  expect({
    queued: at('workflows', { state: 'queued' }),
    waiting: at('steps', { state: 'waiting' }),
    begun: at('workflows_begun_total', { pattern: 'beltalowda', how: 'again' }),
    waited: at('workflow_queue_wait_seconds_sum'),
    ended: at('workflows_ended_total', { pattern: 'beltalowda', status: 'completed' }),
    lasted: at('workflow_duration_seconds_sum', { pattern: 'beltalowda', status: 'completed' }),
    steps: at('step_duration_seconds_count', { kind: 'agent', outcome: 'succeeded' }),
    retried: at('step_attempts_failed_total', { kind: 'agent' }),
    asked: at('model_call_duration_seconds_count', { model: 'mistral/large', outcome: 'succeeded' }),
    failed: at('call_failures_total', { kind: 'model', code: 'PROVIDER_LIMITED' }),
    tokens: at('model_tokens_total', { model: 'mistral/large', type: 'input' }),
    dollars: at('model_cost_dollars_total', { model: 'mistral/large' }),
    tool: at('tool_call_duration_seconds_count', { tool: 'fetch_page', outcome: 'succeeded' }),
    limited: at('limiter_wait_seconds_sum', { limiter: 'provider' }),
    stored: at('store_verb_seconds_count', { verb: 'steps.settle' }),
    refused: at('store_failures_total', { code: 'STORE_FULL' }),
    read: at('event_lag_seconds_count'),
    dead: at('webhook_deliveries_total', { outcome: 'dead' }),
    disabled: at('webhooks_disabled_total'),
    silent: at('agents_silent_total'),
    release: at('build_info', { version: '1.2.3' }),
  }).toEqual({
    queued: 3,
    waiting: 4,
    begun: 1,
    waited: 4,
    ended: 1,
    lasted: 2.5,
    steps: 1,
    retried: 1,
    asked: 1,
    failed: 1,
    tokens: 140,
    dollars: 0.005,
    tool: 1,
    limited: 1.5,
    stored: 2,
    refused: 1,
    read: 1,
    dead: 1,
    disabled: 1,
    silent: 1,
    release: 1,
  });
});

it('keeps as many series, whatever names callers think of', async () => {
  const telemetry = await watching();
  // Ours alone: of Node's own there is one for each kind of garbage collection there has been.
  const size = async (): Promise<number> =>
    readExposition(await telemetry.text())
      .flatMap(({ samples }) => samples)
      .filter(({ name }) => name.startsWith('beltalowda_')).length;
  const tell = (n: number): void => {
    const name = `vendor/model-${n}`;
    const of = { ...OF, task_id: `wf_${n}` };
    telemetry.tell({ kind: 'workflow_ended', workflow: workflow({ owner: `owner-${n}` }), left: [] });
    telemetry.tell({ kind: 'call_ended', of, call: call({ name }), request: null });
    telemetry.tell({ kind: 'call_ended', of, call: failedCall({ name }), request: null });
    telemetry.tell({ kind: 'call_ended', of, call: call({ kind: 'tool', name: `tool_${n}` }), request: null });
  };
  for (let n = 0; n < 100; n += 1) tell(n);
  const before = await size();
  for (let n = 100; n < 10_000; n += 1) tell(n);
  expect(await size()).toBe(before);
  const text = await telemetry.text();
  expect(text).not.toContain('owner-');
  expect(new Set(text.match(/model="[^"]*"/g)).size).toBe(33);
  expect(new Set(text.match(/tool="[^"]*"/g)).size).toBe(65);
});

it('gives no place to a name that nothing answered to', async () => {
  const telemetry = await watching();
  for (let n = 0; n < 100; n += 1) {
    telemetry.tell({ kind: 'call_ended', of: OF, call: failedCall({ name: `made-up/${n}` }), request: null });
  }
  telemetry.tell({ kind: 'call_ended', of: OF, call: call({ name: 'vendor/real' }), request: null });
  const models = (await telemetry.text()).match(/model="[^"]*"/g);
  expect([...new Set(models)]).toEqual(['model="other"', 'model="vendor/real"']);
});

it('leaves out what the database cannot say, and says the rest', async () => {
  const telemetry = await watching();
  telemetry.reads({
    workflows: () => Promise.reject(new Error('locked')),
    steps: () => ({ waiting: 1, running: 0 }),
  });
  const families = readExposition(await telemetry.text());
  expect(families.find(({ name }) => name === 'beltalowda_workflows')?.samples).toEqual([]);
  expect(value(families, 'beltalowda_steps', { state: 'waiting' })).toBe(1);
});

it('is nothing where nobody asked for it', async () => {
  const telemetry = await openTelemetry({
    otlp: null,
    metrics: false,
    version: '1',
    clock: new FakeClock(),
    log: fail,
  });
  tellEverything(telemetry);
  expect(telemetry.traces).toBe(false);
  expect(await telemetry.text()).toBe('');
  await telemetry.close();
});
