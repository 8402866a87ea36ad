import { expect, test } from 'vitest';
import { Fault } from '../../../src/core/errors.ts';
import { scripted } from '../../support/cassette.ts';
import { ME, report } from '../../support/orchestra.ts';
import { agentOf, FIRST, noted, replies, thinkingOrchestra, turnOf } from '../../support/thinking-orchestra.ts';
import { DONE } from '../../support/thinking.ts';

/** Both agents note something, are refused once with the word to come back so much later, and are done then. */
async function limitedOnce(retryAfterMs: number) {
  const refused = new Set<number>();
  const model = scripted(
    (request) => {
      const turn = turnOf(request);
      if (request.output !== null || turn === 0) return replies(request);
      const agent = agentOf(request);
      if (turn === 1) return noted(agent);
      if (refused.has(agent)) return DONE;
      refused.add(agent);
      return new Fault('PROVIDER_LIMITED', 'too many requests', { retryAfterMs });
    },
    { name: FIRST },
  );
  const on = await thinkingOrchestra([model]);
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  for (let seconds = 0; seconds < 120; seconds += 10) await on.clock.advance(10_000);
  return { view: await report(on, task_id), status: await on.orchestrator.status(task_id, ME) };
}

test.each([25_000, 40_000, 100_000])('a wait of %d ms that a provider asks for costs agents nothing', async (ms) => {
  const { view, status } = await limitedOnce(ms);
  expect(view).toMatchObject({ status: 'completed', completeness: 'full', missing: [] });
  const researchers = status.agents.filter(({ role }) => role === 'belter');
  expect(researchers.map(({ attempts }) => attempts)).toEqual([1, 1]);
});

test('one that is longer than an agent has ends it with what it noted', async () => {
  const { view } = await limitedOnce(150_000);
  expect(view).toMatchObject({ status: 'completed', completeness: 'partial', citations: { total: 2 } });
  expect(view.missing).toEqual([{ what: '2 of 2 objectives', why: expect.stringContaining('too many requests') }]);
});
