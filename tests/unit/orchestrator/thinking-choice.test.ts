import { expect, test } from 'vitest';
import { NO_USAGE } from '../../../src/core/call.ts';
import type { ModelRequest } from '../../../src/providers/language-model.ts';
import { type Reply, scripted } from '../../support/cassette.ts';
import { finished, ME } from '../../support/orchestra.ts';
import { FIRST, LOG, thinkingOrchestra, turnOf } from '../../support/thinking-orchestra.ts';
import { note, use } from '../../support/thinking.ts';

const BRANCHES = [
  { name: 'first', when: 'the log is written first', objectives: ['How is the log written?'] },
  { name: 'other', objectives: ['What else is there?'] },
];

/** Searches, then notes the same in ever longer turns as long as it is let; chooses by what was noted. */
function thorough(request: ModelRequest): Reply {
  const turn = turnOf(request);
  if (request.output !== null)
    return { text: JSON.stringify({ branch: 'first', claims: ['choice.1'], why: 'It is.' }) };
  const usage = { ...NO_USAGE, input_tokens: 3_000 + turn * 2_000, output_tokens: 200 };
  if (turn === 0) return { usage, ...use(['web_search', { query: 'log' }]) };
  const isChoosing = request.messages[0]?.text.includes('which of these conditions hold') === true;
  return { usage, ...note(isChoosing ? 'choice.s1' : 'belter-1.s1', LOG, { done: turn > 9 }) };
}

test.each([18_000, 60_000, 200_000])(
  'what was found for a branch chooses it, whatever the cap: %d tokens',
  async (cap) => {
    const on = await thinkingOrchestra([scripted(thorough, { name: FIRST, context_tokens: 1_000_000 })]);
    const budget = { max_tokens: cap };
    const task_id = await finished(on, { task: 'How?', orchestrator_type: 'conditional', branches: BRANCHES, budget });
    const { agents, status } = await on.orchestrator.status(task_id, ME);
    expect(agents.map(({ objective }) => objective)).toContain('How is the log written?');
    // Under the smallest of them nothing is left for the branch itself.
    expect(status).toBe(cap < 20_000 ? 'failed' : 'completed');
  },
);
