import { describe, expect, it } from 'vitest';
import { EventHubs } from '../../../../src/server/http/event-hub.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { as, ask, byName, post, servedHttp } from '../../../support/http-service.ts';
import { ScriptedOrchestrator } from '../mcp/scripted.ts';
import { CALLER, TASK_ID } from '../mcp/views.ts';
import { WrittenWorkflow } from './event-source.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('/metrics', () => {
  it('answers in the text format of Prometheus', async () => {
    const { url } = await servedHttp(new ScriptedOrchestrator(), { metrics: async () => 'up_to_date 1\n' });
    const answer = await fetch(`${url}/metrics`);
    expect(await answer.text()).toBe('up_to_date 1\n');
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('is for whoever runs the service, where strangers are told apart', async () => {
    const { url } = await servedHttp(new ScriptedOrchestrator(), { access: byName, metrics: async () => 'secret 1\n' });
    const status = async (who: string): Promise<number> => (await ask(`${url}/metrics`, { headers: as(who) })).status;
    expect(await Promise.all(['stranger', 'ann:read', 'ann:run'].map(status))).toEqual([401, 403, 403]);
    expect((await fetch(`${url}/metrics`, { headers: as('ann:admin') })).status).toBe(200);
  });

  it('is empty where nobody counts', async () => {
    const { url } = await servedHttp(new ScriptedOrchestrator());
    expect(await (await fetch(`${url}/metrics`)).text()).toBe('');
  });
});

it('tells how late events were read, but for those from before anybody followed', async () => {
  const clock = new FakeClock(Date.UTC(2025, 11, 31, 23, 59, 59));
  const source = new WrittenWorkflow();
  const lags: number[] = [];
  const hubs = new EventHubs({
    orchestrator: async () => source,
    clock,
    lag: (ms) => void lags.push(ms),
    failed: () => undefined,
  });
  const following = await hubs.follow({ task_id: TASK_ID, caller: CALLER }, 0);
  // They are of the next second.
  clock.jump(1250);
  source.write(2);
  await clock.settle();
  expect(lags).toEqual([250, 250]);
  following.leave();
  clock.jump(60_000);
  const late = await hubs.follow({ task_id: TASK_ID, caller: CALLER }, 0);
  await clock.settle();
  expect(lags).toEqual([250, 250]);
  late.leave();
});

function startCall(_meta?: object): object {
  const params = { name: 'orchestrate_research', arguments: { task: 'a' }, ...(_meta === undefined ? {} : { _meta }) };
  return { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
}

it('takes the trace of a call of the protocol from its request, where the call itself says none', async () => {
  const scripted = new ScriptedOrchestrator();
  const { url } = await servedHttp(scripted);
  const headers = {
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2025-06-18',
    traceparent: TRACEPARENT,
  };
  const own = TRACEPARENT.replace('b7ad', 'c8be');
  for (const message of [startCall(), startCall({ traceparent: own })]) {
    await (await fetch(`${url}/mcp`, post(message, headers))).text();
  }
  expect(scripted.asked.map(({ args }) => args[0])).toMatchObject([
    { trace: { traceparent: TRACEPARENT } },
    { trace: { traceparent: own } },
  ]);
});
