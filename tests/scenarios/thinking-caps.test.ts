/** Whatever the cap and whatever fails: no run spends more than it may, and what was paid for is in a report. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLibrary } from '../../src/providers/tools/documents/documents.ts';
import type { Library } from '../../src/providers/providers.ts';
import { cappedRun, landed, landingProblems, pays, spendingProblems } from '../support/capped-runs.ts';
import { metered } from '../support/metered.ts';
import { ME } from '../support/orchestra.ts';
import { CAPS, SEED } from '../support/sizes.ts';
import { type ThinkingNode, thinkingNode } from '../support/thinking-node.ts';

/** Of all runs: their documents are the same. */
let library: Library;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'beltalowda-test-'));
  library = openLibrary({ cacheDirectory: folder, log: () => {} });
});
afterAll(async () => {
  await library.close();
  await rm(folder, { recursive: true });
});

const SEEDS = Array.from({ length: CAPS }, (_, n) => SEED + n);

test.each(SEEDS)('seed %i', async (seed) => {
  const drawn = cappedRun(seed);
  const { request, node: options, meter, cancel } = drawn;
  const answers = metered(meter);
  const node = await thinkingNode({
    ...options,
    library,
    answers: async (asked) => {
      if (cancel !== null && node.mock.getRequests().length === cancel.after) await stop(cancel.finalize);
      return answers(asked);
    },
  });
  const stop = async (finalize: boolean): Promise<void> => {
    const [workflow] = (await node.orchestrator.list(ME)).workflows;
    if (workflow !== undefined) await node.orchestrator.cancel(workflow.task_id, ME, { finalize });
  };
  const run = await landed(node, await node.run(request));
  expect([...spendingProblems(run), ...landingProblems(run)]).toEqual([]);
  expect(pays(drawn) && run.status.status !== 'completed').toBe(false);
});

test('a cap that pays for nothing is no research that found nothing, and a larger one begins with a plan', async () => {
  const node = await thinkingNode({ library });
  const none = await landed(node, await node.run({ budget: { max_tokens: 1000 } }));
  expect([...spendingProblems(none), ...landingProblems(none)]).toEqual([]);
  expect([none.status.status, none.status.error?.code]).toEqual(['failed', 'BUDGET_EXHAUSTED']);
  expect(bought(node)).toEqual([]);
  const more = await landed(node, await node.resume(none.status.task_id, { budget: { max_tokens: 1_000_000 } }));
  expect(more.result).toMatchObject({ status: 'completed', completeness: 'full', missing: [] });
});

describe('a small cap on a dear model', () => {
  const dear = { model: 'anthropic/claude-fable-5', answers: metered({ seed: 1, density: 0.8 }) };
  const small = { budget: { max_cost_usd: 1.5 } };

  test('makes a plan of few agents, all of which bring something home', async () => {
    const node = await thinkingNode({ ...dear, library });
    const { estimate } = await node.orchestrator.start({ task: 'How?', dry_run: true, ...small }, ME);
    expect(estimate).toMatchObject({ agents: 3, note: expect.stringContaining('2 agents at most instead of 8') });
    const run = await landed(node, await node.run(small));
    expect([...spendingProblems(run), ...landingProblems(run)]).toEqual([]);
    const belters = run.status.agents.filter(({ role }) => role === 'belter');
    expect(belters.map(({ claims }) => (claims ?? 0) > 0)).toEqual([true, true]);
    expect(run.result.missing[0]).toMatchObject({ what: 'more than 2 agents' });

    const more = await landed(node, await node.resume(run.status.task_id, { budget: { max_cost_usd: 50 } }));
    expect([...spendingProblems(more), ...landingProblems(more)]).toEqual([]);
    expect(more.result).toMatchObject({ completeness: 'full', missing: [] });
    expect(more.claims).toBeGreaterThan(run.claims);
    const all = bought(node);
    expect(new Set(all).size).toBe(all.length);
  });

  test('keeps the agents that were asked for, and the estimate says how thin it is', async () => {
    const node = await thinkingNode({ ...dear, library });
    const asked = { ...small, agents: 4 };
    const { estimate } = await node.orchestrator.start({ task: 'How?', dry_run: true, ...asked }, ME);
    expect(estimate.note).toContain('notes of 2 of 4 agents');
    const run = await landed(node, await node.run(asked));
    expect([...spendingProblems(run), ...landingProblems(run)]).toEqual([]);
    expect(run.status.agents.filter(({ role }) => role === 'belter')).toHaveLength(4);
  });
});

/** Whole requests that the vendor answered, in order. */
function bought({ mock }: ThinkingNode): readonly string[] {
  const served = mock.getRequests().filter(({ response }) => response.status === 200);
  return served.map(({ body }) => JSON.stringify(body));
}

describe('with a larger budget it goes on where it was cut short, and buys nothing twice', () => {
  const meter = { seed: 1, density: 0.3 };
  test.each([
    ['the agents', { max_tokens: 53_000 }, {}],
    ['the report', { max_cost_usd: 0.4 }, { model_belter: 'xai/grok-4.7', model_camina: 'anthropic/claude-fable-5' }],
  ] as const)('%s', async (_what, budget, models) => {
    const node = await thinkingNode({ model: 'xai/grok-4.7', models, library, answers: metered(meter) });
    const cut = await landed(node, await node.run({ budget }));
    expect(cut.status.status).toBe('completed');
    const first = bought(node);
    const whole = await landed(
      node,
      await node.resume(cut.status.task_id, { budget: { max_tokens: 1_000_000, max_cost_usd: 20 } }),
    );
    expect([...spendingProblems(whole), ...landingProblems(whole)]).toEqual([]);
    expect(cut.result.missing).not.toEqual([]);
    expect(whole.result).toMatchObject({ completeness: 'full', missing: [] });
    expect(whole.claims).toBeGreaterThanOrEqual(cut.claims);
    const all = bought(node);
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(first.length);
  });
});
