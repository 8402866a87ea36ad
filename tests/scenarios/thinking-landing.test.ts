/** Stopped in the middle of the agents' work: what they noted is in the report, and nothing more is bought for it than the report. */

import { expect, test } from 'vitest';
import type { CallRecord } from '../../src/core/call.ts';
import { landed, spendingProblems } from '../support/capped-runs.ts';
import { AGENTS, halting, SLOW } from '../support/halting-analyst.ts';
import { ME } from '../support/orchestra.ts';
import { SteeredClock } from '../support/steered-clock.ts';
import { type ThinkingNode, thinkingNode } from '../support/thinking-node.ts';

const TASK = 'How do embedded databases keep committed data safe after a crash or power loss?';
interface Halted {
  readonly node: ThinkingNode;
  readonly clock: SteeredClock;
  readonly task_id: string;
  readonly release: () => void;
}

/** Research whose agents are all in a turn that is not answered: four have noted, one has not. */
async function halted(pattern: 'beltalowda' | 'swarm' = 'beltalowda'): Promise<Halted> {
  const { answers, everyoneHeld, release } = halting();
  const clock = new SteeredClock();
  const node = await thinkingNode({ answers, clock });
  const request = { task: TASK, orchestrator_type: pattern, budget: { max_minutes: 1 } };
  const { task_id = '' } = await node.orchestrator.start(request, ME);
  await everyoneHeld;
  return { node, clock, task_id, release };
}

async function outcome({ node, task_id }: Halted) {
  for (;;) {
    const status = await node.orchestrator.status(task_id, ME, { wait_ms: 50_000 });
    if (status.progress === 1) return landed(node, status);
  }
}

function byModel(calls: readonly CallRecord[], of: (call: CallRecord) => boolean = () => true): readonly string[] {
  return calls.filter((call) => call.kind === 'model' && of(call)).map(({ call_id }) => call_id);
}

/** What holds of every landing: claims of the four are cited, the fifth is missing, and the bill is whole. */
async function wellLanded(run: Halted, why: string, role: 'belter' | 'technical' = 'belter') {
  const end = await outcome(run);
  const { node, task_id } = run;
  const claims = await node.store.claims.list(task_id);
  const authors = new Set(claims.map(({ agent_id }) => agent_id));
  const noting = [2, 3, 4, 5].map((n) => `${role}-${n}`);
  expect([...authors].sort()).toEqual(noting);
  const cited = await node.orchestrator.result(task_id, ME, { detail: 'evidence' });
  expect(new Set(cited.claims?.map(({ agent_id }) => agent_id))).toEqual(authors);
  expect(end.result).toMatchObject({ completeness: 'partial', citations: { unsupported: 0 } });
  expect(end.result.citations?.total).toBeGreaterThan(3);
  expect(end.result.missing).toContainEqual({ what: SLOW, why });
  const inReport = `${why}; what was noted before is in the report`;
  expect(end.result.missing).toContainEqual({ what: `4 of ${AGENTS} objectives`, why: inReport });
  expect(spendingProblems(end)).toEqual([]);
  const givenUp = byModel(end.calls, ({ status, estimated }) => status === 'failed' && estimated);
  expect([...givenUp].sort()).toEqual([
    `agent:${role}-1/turn-2#1`,
    ...noting.map((agent_id) => `agent:${agent_id}/turn-3#1`),
  ]);
  expect(await node.store.audit.verify(task_id)).toMatchObject({ sound: true });
  expect(await node.orchestrator.replay(task_id, ME)).toMatchObject({ same: true, differences: [] });
  return end;
}

test('at the deadline the report is written from what they had noted', async () => {
  const run = await halted();
  const { clock } = run;
  // Fast up to the last seconds: how long agents have to come home is no matter of how busy this machine is.
  clock.run(100);
  await new Promise<void>((resolve) => {
    clock.after(55_000, resolve);
  });
  clock.run(4);
  const { status, result } = await wellLanded(run, 'the time limit of 1 minutes was reached');
  expect(status.status).toBe('completed');
  expect(result.text).toContain('written with anthropic/claude-opus-5-5');
});

test('at a cancel that finalizes, too; gone on from, it buys what was missing and nothing twice', async () => {
  const run = await halted();
  const { node, task_id } = run;
  await node.orchestrator.cancel(task_id, ME, { finalize: true, reason: 'enough' });
  const { status, result, calls } = await wellLanded(run, 'cancelled: enough');
  expect(status.status).toBe('cancelled');
  expect(result.text).toContain('written with anthropic/claude-opus-5-5');
  const bought = byModel(calls, (call) => call.status === 'succeeded');
  run.release();
  const whole = await landed(node, await node.resume(task_id, {}));
  expect(whole.result).toMatchObject({ status: 'completed', completeness: 'full', missing: [] });
  const again = byModel(whole.calls, ({ adopted_from }) => adopted_from === null);
  expect(again.filter((call) => call.startsWith('agent:') && bought.includes(call))).toEqual([]);
  expect(again.filter((call) => call.startsWith('agent:')).length).toBe(AGENTS + 1);
});

test('at a plain cancel it is ordered from what they had noted, without a single request', async () => {
  const run = await halted('swarm');
  const { node, task_id } = run;
  const before = byModel(await node.store.calls.list(task_id));
  await node.orchestrator.cancel(task_id, ME, { reason: 'enough' });
  const { status, calls } = await wellLanded(run, 'cancelled: enough', 'technical');
  expect(status.status).toBe('cancelled');
  expect(byModel(calls)).toEqual(before);
});
