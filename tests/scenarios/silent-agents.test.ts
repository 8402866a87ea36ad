/**
 * What falls silent: a model's endpoint that takes requests and never answers, over a real socket, and a tool whose server
 * hangs. The agent is named in its status, begun again, and the run lands without it in the end, saying so.
 */

import { expect, onTestFinished, test } from 'vitest';
import type { StatusView } from '../../src/core/views.ts';
import type { LanguageModel } from '../../src/providers/language-model.ts';
import { languageModels } from '../../src/providers/models/vendors/vendors.ts';
import { scripted, TEST_PRICE, type TestModel } from '../support/cassette.ts';
import { eventually } from '../support/engine-node.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ME, type Orchestra, report } from '../support/orchestra.ts';
import { LOG, agentOf, FIRST, replies, thinkingOrchestra, turnOf } from '../support/thinking-orchestra.ts';
import { page, toolOf } from '../support/thinking.ts';
import { event, stream, type VendorServer, vendorServer } from '../support/vendor-server.ts';

const TASK = { task: 'How?' };

/** A vendor's model at this address. */
function vendorAt({ url }: VendorServer, clock: FakeClock): LanguageModel {
  const credentials = { OPENAI_COMPATIBLE_API_KEY: 'k', OPENAI_API_KEY: 'k', OPENAI_BASE_URL: `${url}/v1` };
  const models = languageModels({ credentials, clock });
  onTestFinished(() => models.close());
  return models.model('openai/gpt-5');
}

/** The second agent asks that vendor once it has searched; whoever else asks is answered by the script. */
function secondAsks(vendor: LanguageModel, script: TestModel): LanguageModel {
  const { context_tokens, quiet_ms = 0 } = vendor;
  return {
    name: FIRST,
    context_tokens,
    quiet_ms,
    price: TEST_PRICE,
    exchange: (request, options) =>
      request.output === null && agentOf(request) === 2 && turnOf(request) > 0
        ? vendor.exchange(request, options)
        : script.exchange(request, options),
  };
}

async function second({ orchestrator }: Orchestra, task_id: string): Promise<StatusView['agents'][number] | undefined> {
  return (await orchestrator.status(task_id, ME)).agents.find(({ agent_id }) => agent_id === 'belter-2');
}

/** Until the vendor has been asked so often: a socket takes turns of the event loop, not time. */
function asked(server: VendorServer, times: number): Promise<void> {
  return eventually(() => server.asked.length >= times, `request ${times}`);
}

test('an endpoint that never answers: its agent is named, tried again, and missing in the report', async () => {
  const clock = new FakeClock();
  const server = await vendorServer(() => {});
  const script = scripted(replies, { name: FIRST });
  const on = await thinkingOrchestra([secondAsks(vendorAt(server, clock), script)], { clock });
  const { task_id = '' } = await on.orchestrator.start(TASK, ME);
  await asked(server, 1);
  await clock.advance(65_000);
  const silent = await second(on, task_id);
  expect(silent).toMatchObject({ status: 'running', attempts: 1 });
  expect(silent?.activity).toBe(`silent since ${silent?.silent_since ?? ''}, waiting for ${FIRST}`);
  expect(silent?.last_activity_at).toBe(silent?.silent_since);
  await clock.advance(105_000);
  await asked(server, 2);
  expect(server.cut()).toBe(1);
  expect(await second(on, task_id)).toMatchObject({ attempts: 2 });
  await clock.advance(170_000);
  await asked(server, 3);
  await clock.advance(170_000);
  const view = await report(on, task_id);
  expect(view).toMatchObject({ status: 'completed', completeness: 'partial', citations: { total: 1 } });
  expect(view.missing).toEqual([
    { what: 'What does a checkpoint do?', why: expect.stringMatching(/gave no sign for \d+ s while it waited for/) },
  ]);
  expect(await second(on, task_id)).toMatchObject({ status: 'failed', attempts: 3, error: { code: 'AGENT_SILENT' } });
  expect([server.asked.length, server.cut()]).toEqual([3, 3]);
  // The turn before was bought once, however often the step was begun.
  const first = script.requests.filter((request) => request.output === null && agentOf(request) === 2);
  expect(first).toHaveLength(1);
});

test('an endpoint that is slow but talks: its agent is left alone', async () => {
  const clock = new FakeClock();
  // Not a word of the answer, only that it is at it.
  const server = await vendorServer((response) => {
    stream(response);
    const go = (left: number): void => {
      if (left === 0) response.end(event({ error: { message: 'enough', type: 'invalid_request_error' } }));
      else response.write(': at it\n\n', () => clock.after(20_000, () => go(left - 1)));
    };
    go(8);
  });
  const on = await thinkingOrchestra([secondAsks(vendorAt(server, clock), scripted(replies, { name: FIRST }))], {
    clock,
  });
  const { task_id = '' } = await on.orchestrator.start(TASK, ME);
  await asked(server, 1);
  for (let seconds = 0; seconds < 155; seconds += 5) {
    await clock.advance(5000);
    expect(await second(on, task_id)).not.toHaveProperty('silent_since');
  }
  expect(await second(on, task_id)).toMatchObject({ status: 'running', attempts: 1 });
});

test('a tool whose server hangs: its agent is named, and told when the time of the tool is up', async () => {
  let runs = 0;
  const search = {
    ...toolOf('web_search', async (input) => {
      runs += 1;
      if (input['query'] === 'query 1') await new Promise(() => {});
      return { text: LOG, found: [page(LOG)], failed: false };
    }),
    timeout_ms: 90_000,
  };
  const on = await thinkingOrchestra([scripted(replies, { name: FIRST })], { search });
  const { task_id = '' } = await on.orchestrator.start(TASK, ME);
  await eventually(() => runs >= 2, 'both search');
  await on.clock.advance(65_000);
  const hanging = (await on.orchestrator.status(task_id, ME)).agents.filter(
    ({ silent_since }) => silent_since !== undefined,
  );
  expect(hanging).toMatchObject([{ status: 'running', attempts: 1 }]);
  expect(hanging[0]?.activity).toContain('waiting for web_search');
  await on.clock.advance(60_000);
  const view = await report(on, task_id);
  expect(view.status).toBe('completed');
  const { agents } = await on.orchestrator.status(task_id, ME);
  expect(agents.filter(({ role }) => role === 'belter').map(({ attempts }) => attempts)).toEqual([1, 1]);
});
