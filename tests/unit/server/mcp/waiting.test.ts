import { expect, test } from 'vitest';
import { progressReporter } from '../../../../src/server/mcp/waiting.ts';
import type { StatusView } from '../../../../src/core/views.ts';
import { STATUS, without } from './views.ts';

const AT = '2026-01-02T03:04:05.678Z';
const idle: StatusView = {
  ...without(STATUS, 'queue_position'),
  phase: 'planning',
  progress: 0,
  agents: [],
  recent_events: [],
};

function reading(documents: number): StatusView {
  const data = { activity: `reading documents: ${documents} so far` };
  const event = { task_id: STATUS.task_id, seq: 2, timestamp: AT, event_type: 'agent_progress', data } as const;
  return { ...idle, recent_events: [event] };
}

test('a waiting client hears what is new, and the same again only as a sign of life', () => {
  let now = 0;
  const heard: { readonly message: string | undefined; readonly progress: number }[] = [];
  const report = progressReporter(
    'token',
    async ({ params: { message, progress } }) => {
      heard.push({ message, progress });
    },
    () => now,
  );
  for (let i = 0; i < 50; i += 1) report(idle);
  expect(heard.map(({ message }) => message)).toEqual(['planning']);

  for (const documents of [1, 1, 742]) report(reading(documents));
  expect(heard.slice(1).map(({ message }) => message)).toEqual([
    'planning: reading documents: 1 so far',
    'planning: reading documents: 742 so far',
  ]);

  report({ ...reading(742), progress: 0.05 });
  expect(heard.at(-1)?.progress).toBe(0.05);
  report({ ...reading(742), progress: 0.05 });
  expect(heard).toHaveLength(4);

  // The orchestrator calls at least every 10 s, and a client wants a word within 15.
  now += 10_000;
  report({ ...reading(742), progress: 0.05 });
  expect(heard).toHaveLength(5);
  for (const [index, { progress }] of heard.entries()) {
    expect(progress).toBeGreaterThan(heard[index - 1]?.progress ?? -1);
  }
});
