/** Databases to test on: the one the first release wrote, and one with a workflow of every kind. */

import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite.ts';
import type { Hold, Store } from '../../../../src/store/store.ts';
import {
  APPROVAL,
  begun,
  claim,
  end,
  ended,
  ERASURE,
  ERROR,
  idOf,
  intent,
  outcome,
  ROOM,
  running,
  settlement,
  spec,
  submission,
  take,
} from '../../../contract/rows.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** What the first release left behind (its owner is `local`): two workflows that ended, one that was interrupted. */
export const FIRST_RELEASE = {
  ended: ['wf_77d2zveba731dph4fj594eqmwk', 'wf_1pbjqnkf8zf3xx1xn1rgrgt6nn'],
  interrupted: 'wf_62kag0ws1098wn0vgztr0frk5d',
} as const;

export async function firstRelease(file: string): Promise<void> {
  const packed = await readFile(new URL('../../../fixtures/databases/schema-1.db.gz', import.meta.url));
  await writeFile(file, await promisify(gunzip)(packed));
}

/** A workflow of every kind in one file: of the first release, adopted, retried, failed, stopped, erased, open. */
export async function everyKind(file: string): Promise<void> {
  await firstRelease(file);
  const clock = new FakeClock();
  const store = await openSqliteStore({ file, clock });
  const done = await ended(store, 1, { submission: { title: 'A title', idempotency_key: 'k', trace: TRACE } });
  clock.jump(1000);
  await goneOnFrom(store, done);
  await failed(store);
  await ended(store, 4, { finish: { status: 'cancelled' }, texts: ['quote and more of 1'] });
  for (const n of [5, 6]) await ended(store, n);
  await store.workflows.erase(idOf(5), ERASURE);
  await store.workflows.erase(idOf(6), { kind: 'expired', reason: 'retention' });
  const open = await running(store, 7);
  await progress(store, open);
  await store.workflows.create(submission(8, { title: 'It waits' }), ROOM);
  await store.close();
}

const TRACE = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };

async function progress(store: Store, hold: Hold): Promise<void> {
  for (const activity of ['reading', 'quoting', 'writing']) {
    await store.events.append(hold, [{ event_type: 'agent_progress', agent_id: 'belter-1', data: { activity } }]);
  }
}

/** Paused for approval, then finished on the outcomes of an earlier one and a claim of its own. */
async function goneOnFrom(store: Store, from: string): Promise<void> {
  await store.workflows.create(submission(2, { resumed_from: from }), ROOM);
  const first = await take(store, { task_id: idOf(2) });
  await store.workflows.wait(first.hold, { phase: 'awaiting_approval', events: [] });
  await store.workflows.approve(idOf(2), APPROVAL);
  const { hold } = await take(store, { task_id: idOf(2) });
  for (const id of ['collect', 'agent:belter-1']) {
    await store.steps.adopt(hold, { spec: spec(id), idempotency_key: id, from, events: [] });
  }
  await store.steps.begin(hold, intent('agent:belter-2'));
  const of = { step_id: 'agent:belter-2', agent_id: 'belter-2' };
  await store.calls.settle(hold, settlement((await begun(store, hold, of)).call_id));
  const { call_id } = await begun(store, hold, { ...of, key: 'turn-2', kind: 'tool', name: 'search_documents' });
  await store.calls.settle(hold, settlement(call_id, { outcome: { kind: 'failed', error: ERROR }, spent: null }));
  const own = claim('belter-2.1', { agent_id: 'belter-2' });
  await store.steps.settle(hold, outcome('agent:belter-2', { evidence: { claims: [own] } }));
  await progress(store, hold);
  await store.workflows.finish(hold, end({ total_cost: 0.25 }));
}

async function failed(store: Store): Promise<void> {
  const hold = await running(store, 3);
  const failure = { step_id: 'collect', error: ERROR, events: [] };
  await store.steps.begin(hold, intent('collect'));
  await store.steps.fail(hold, { ...failure, available_at: '2026-01-01T00:01:00.000Z' });
  await store.steps.begin(hold, intent('collect'));
  await store.steps.fail(hold, { ...failure, available_at: null });
  await store.workflows.requestStop(idOf(3), { kind: 'deadline', reason: 'late', finalize: true });
  await store.workflows.finish(hold, end({ status: 'failed', error: ERROR, result: null }));
}
