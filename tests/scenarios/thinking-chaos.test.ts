/** A vendor that fails: whatever it does, and however often, a run lands, and each request the vendor saw is on the bill once. */

import type { ChaosConfig } from '@copilotkit/aimock';
import { expect, test } from 'vitest';
import { ME } from '../support/orchestra.ts';
import { sharedLibrary } from '../support/shared-library.ts';
import { thinkingNode } from '../support/thinking-node.ts';

const library = sharedLibrary();

const KINDS = [
  ['500', 'dropRate'],
  ['429', 'rateLimitRate'],
  ['malformed JSON', 'malformedRate'],
  ['closed connections', 'disconnectRate'],
] as const satisfies readonly (readonly [what: string, rate: keyof ChaosConfig])[];

const FAULTS: readonly (readonly [what: string, chaos: ChaosConfig])[] = [
  ...[0.1, 0.3].flatMap((rate) =>
    KINDS.map(([what, kind]) => [`${what}, ${rate * 100} % of the requests`, { [kind]: rate }] as const),
  ),
  [
    'all of them, a tenth in all',
    { dropRate: 0.025, rateLimitRate: 0.025, malformedRate: 0.025, disconnectRate: 0.025 },
  ],
];

test.each(FAULTS)('%s', async (_what, chaos) => {
  const node = await thinkingNode({ chaos, library: library() });
  const { task_id, status, spend } = await node.run();
  const result = await node.orchestrator.result(task_id, ME);
  // Every agent may have met more faults than it is given attempts: then there is nothing to report, and it says so.
  const landed = status === 'failed' ? (result.error?.code ?? '') : `${status}, ${result.completeness}`;
  expect(landed).toMatch(/^(completed, (full|partial)|ALL_AGENTS_FAILED|STEP_FAILED|PROVIDER_\w+)$/);
  expect(result.completeness === 'full').toBe(status === 'completed' && result.missing.length === 0);
  expect((result.citations?.total ?? 0) > 0).toBe(status === 'completed');
  const calls = (await node.store.calls.list(task_id)).filter(({ kind }) => kind === 'model');
  const seen = node.mock.getRequests();
  const served = seen.filter(({ response }) => response.chaosAction === undefined);
  // What the breaker keeps back is told of in the ledger, is never seen by the vendor, and costs nothing.
  const costly = calls.filter(({ status: is, spent }) => is === 'failed' && (spent.microusd ?? 0) > 0);
  expect(calls.length).toBeGreaterThanOrEqual(seen.length);
  // Of a request on a connection that the other end has just closed nobody here can know whether it was seen.
  const mayCost = (chaos.disconnectRate ?? 0) > 0 ? calls.length : seen.length - served.length;
  expect(costly.length).toBeLessThanOrEqual(mayCost);
  expect(calls.filter((call) => call.status === 'succeeded')).toHaveLength(served.length);
  expect(calls.filter((call) => call.status === 'running')).toEqual([]);
  const microusd = calls.reduce((sum, { spent }) => sum + (spent.microusd ?? 0), 0);
  expect(spend.cost_usd).toBe(microusd / 1e6);
});
