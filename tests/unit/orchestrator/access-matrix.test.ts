/** Every verb of the door, asked by everybody. The tables name each verb, so that the compiler asks for a new one. */

import { expect, it, test } from 'vitest';
import { taskId } from '../../../src/core/ids.ts';
import type { Caller, Orchestrator } from '../../../src/core/views.ts';
import { finished, ME, orchestra } from '../../support/orchestra.ts';

type Ask = (at: Orchestrator, caller: Caller, task_id: string) => Promise<unknown>;
/** About nobody's workflow in particular: `nobody`. */
type Verb = Exclude<keyof Orchestrator, 'probe' | 'watch' | 'recover' | 'close'>;
type AboutAll =
  | 'start'
  | 'list'
  | 'taskIds'
  | 'analytics'
  | 'figures'
  | 'unregisterWebhook'
  | 'webhookDeliveries'
  | 'redeliver';
type AboutOne = Exclude<Verb, AboutAll>;

const ABOUT_ONE: Readonly<Record<AboutOne, Ask>> = {
  status: (at, caller, id) => at.status(id, caller, { wait_ms: 1 }),
  result: (at, caller, id) => at.result(id, caller),
  cancel: (at, caller, id) => at.cancel(id, caller),
  resume: (at, caller, id) => at.resume(id, caller, { sources: ['.'] }),
  events: (at, caller, id) => at.events(id, caller),
  source: (at, caller, id) => at.source(id, 's1', caller),
  document: (at, caller, id) => at.document(id, 'report.md', caller),
  audit: (at, caller, id) => at.audit(id, caller),
  replay: (at, caller, id) => at.replay(id, caller),
  delete: (at, caller, id) => at.delete(id, caller),
  registerWebhook: (at, caller, id) => at.registerWebhook({ url: 'https://hooks.example/in', task_id: id }, caller),
};
const ABOUT_ALL: Readonly<Record<AboutAll, Ask>> = {
  start: (at, caller) => at.start({ task: 'How?', dry_run: true, idempotency_key: 'key' }, caller),
  list: (at, caller) => at.list(caller, { query: 'log' }),
  taskIds: (at, caller) => at.taskIds(caller, 'wf_', 100),
  analytics: (at, caller) => at.analytics(caller),
  figures: async (at, caller) => [
    await at.figures.summary(caller),
    await at.figures.workflows(caller),
    await at.figures.costs(caller),
    await at.figures.performance(caller),
  ],
  unregisterWebhook: (at, caller) => at.unregisterWebhook({ url: 'https://hooks.example/in' }, caller),
  webhookDeliveries: (at, caller) => at.webhookDeliveries(caller),
  redeliver: (at, caller) => at.redeliver('dl_1', caller),
};

const UNKNOWN = taskId(new Uint8Array(16).fill(9));
const STRANGERS: readonly Caller[] = [
  { owner: 'other', trusted: false },
  { owner: 'other', trusted: true },
  { owner: 'ME', trusted: false },
  { owner: 'me ', trusted: false },
  { owner: '', trusted: false },
];

async function told(asked: Promise<unknown>, task_id: string): Promise<string> {
  const outcome = await asked.then(
    (value) => ({ value }),
    (thrown: { readonly code: string; readonly message: string; readonly hint: string }) => {
      const { code, message, hint } = thrown;
      return { code, message, hint };
    },
  );
  return JSON.stringify(outcome).replaceAll(task_id, UNKNOWN);
}

it.each(Object.entries(ABOUT_ONE))(
  '%s finds nothing of somebody else, in the words for what never was',
  async (_, ask) => {
    const on = await orchestra();
    const ended = await finished(on);
    const { task_id: open = '' } = await on.orchestrator.start({ task: 'Why?' }, ME);
    const gone = await finished(on, { task: 'When?' });
    await on.orchestrator.delete(gone, ME);
    for (const stranger of STRANGERS) {
      const unknown = await told(ask(on.orchestrator, stranger, UNKNOWN), UNKNOWN);
      expect(unknown).toContain('NOT_FOUND');
      for (const task_id of [ended, open, gone]) {
        expect(await told(ask(on.orchestrator, stranger, task_id), task_id)).toBe(unknown);
      }
    }
    // Nothing was done to them either.
    expect(await told(on.orchestrator.events(ended, ME), ended)).toContain('workflow_complete');
    expect((await on.orchestrator.status(open, ME)).status).not.toBe('cancelled');
  },
);

it.each(Object.entries(ABOUT_ALL))('%s tells nobody of what somebody else has', async (_, ask) => {
  const [on, empty] = [await orchestra(), await orchestra()];
  const { task_id = '' } = await on.orchestrator.start({ task: 'How does the log work?', idempotency_key: 'key' }, ME);
  await on.clock.advance(20_000);
  await empty.clock.advance(20_000);
  for (const stranger of STRANGERS) {
    const answer = await told(ask(on.orchestrator, stranger, UNKNOWN), UNKNOWN);
    expect(answer).not.toContain(task_id);
    expect(answer).toBe(await told(ask(empty.orchestrator, stranger, UNKNOWN), UNKNOWN));
  }
});

test('a key of somebody else is free, and what was broken off by somebody else is not told of', async () => {
  const on = await orchestra();
  const [mine, theirs] = await Promise.all(
    [ME, { owner: 'other', trusted: false }].map((caller) =>
      on.orchestrator.start({ task: 'How?', idempotency_key: 'key' }, caller),
    ),
  );
  expect(mine?.task_id).not.toBe(theirs?.task_id);
  expect(theirs).not.toHaveProperty('broken_off');
});
