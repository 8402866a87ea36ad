import { expect, test } from 'vitest';
import { NO_USAGE } from '../../../src/core/call.ts';
import { Fault } from '../../../src/core/errors.ts';
import type { ModelRequest } from '../../../src/providers/language-model.ts';
import { type Reply, scripted } from '../../support/cassette.ts';
import { eventually } from '../../support/engine-node.ts';
import { finished, ME, type Orchestra } from '../../support/orchestra.ts';
import { agentOf, FIRST, noted, replies, SECOND, thinkingOrchestra, turnOf } from '../../support/thinking-orchestra.ts';
import { use } from '../../support/thinking.ts';

/** Searches seven times before it notes, so that a small budget ends in the middle. */
function searching(request: ModelRequest): Reply {
  const turn = turnOf(request);
  if (request.output !== null) return replies(request);
  if (turn >= 7) return noted(agentOf(request), { done: true });
  const usage = { ...NO_USAGE, input_tokens: 1_900, output_tokens: 100 };
  const input = { query: `query ${agentOf(request)} ${turn}` };
  return { usage, ...use(['web_search', input], ['note', { gaps: [`gap ${turn}`] }]) };
}

async function turnsOf({ store }: Orchestra, task_id: string) {
  const calls = await store.calls.list(task_id);
  return calls.filter(({ agent_id, kind, status }) => agent_id !== null && kind === 'model' && status === 'succeeded');
}

test('turns that a fallback answered are taken over when the workflow is gone on from, also once the first model is back', async () => {
  let isDown = true;
  const first = scripted(
    (request) =>
      isDown && request.output === null ? new Fault('PROVIDER_QUOTA', 'no credit is left') : searching(request),
    { name: FIRST },
  );
  const second = scripted(searching, { name: SECOND });
  const on = await thinkingOrchestra([first, second], { settings: { fallback_models: [SECOND] } });
  const task_id = await finished(on, { task: 'How?', agents: 2, budget: { max_tokens: 40_000 } });
  const bought = await turnsOf(on, task_id);
  expect(new Set(bought.map(({ name }) => name))).toEqual(new Set([SECOND]));

  isDown = false;
  const asked = first.requests.length;
  const view = await on.orchestrator.resume(task_id, ME, { budget: { max_tokens: 1_000_000 } });
  const next = view.task_id ?? '';
  await on.clock.advance(20_000);
  await eventually(async () => (await on.orchestrator.status(next, ME)).progress === 1, `${next} ends`);
  const turns = await turnsOf(on, next);
  expect(turns.filter(({ adopted_from }) => adopted_from === task_id).map(({ call_id }) => call_id)).toEqual(
    bought.map(({ call_id }) => call_id),
  );
  expect(turns).toHaveLength(16);
  expect(first.requests).toHaveLength(asked);
  expect((await on.orchestrator.status(next, ME)).status).toBe('completed');
});
