import { expect, test } from 'vitest';
import { NO_QUOTA, type Quota } from '../../src/core/quota.ts';
import { UNSAID } from '../../src/core/workflow.ts';
import type { Admission, Store, Submission } from '../../src/store/store.ts';
import { fresh, type OpenStore } from './opened.ts';
import { begun, end, ERASURE, idOf, intent, ROOM, settlement, spent, submission, take } from './rows.ts';

const DAY_MS = 86_400_000;

function within(quota: Partial<Quota>): Admission {
  return { ...ROOM, quota: { ...NO_QUOTA, ...quota } };
}

/** A workflow of a model that is paid for, and that may take so many micro-dollars. */
function paying(n: number, max_microusd: number | null, change: Partial<Submission> = {}): Submission {
  const config = {
    ...submission(n).config,
    ...UNSAID,
    model: 'vendor/model',
    budget: { max_tokens: null, max_microusd },
  };
  return submission(n, { config, ...change });
}

function asked(store: Store, given: Submission, quota: Partial<Quota>): Promise<string> {
  return store.workflows.create(given, within(quota)).then(
    ({ created }) => (created ? 'admitted' : 'known'),
    (thrown: { readonly code: string }) => thrown.code,
  );
}

export function quotaContract(open: OpenStore): void {
  test('an owner has so many open workflows, whatever others have; one that ended makes room', async () => {
    const { store } = await fresh(open);
    const two = { max_active: 2 };
    expect(await asked(store, submission(1), two)).toBe('admitted');
    expect(await asked(store, submission(2), two)).toBe('admitted');
    expect(await asked(store, submission(3), two)).toBe('QUOTA_EXCEEDED');
    expect(await store.workflows.get(idOf(3))).toBeNull();
    expect(await asked(store, submission(4, { owner: 'other' }), two)).toBe('admitted');
    const { hold } = await take(store, { task_id: idOf(1) });
    expect(await asked(store, submission(5), two)).toBe('QUOTA_EXCEEDED');
    await store.workflows.finish(hold, end());
    expect(await asked(store, submission(6), two)).toBe('admitted');
  });

  test('two processes do not both give away the last place', async () => {
    const at = await fresh(open);
    const second = await at.second();
    const one = { max_active: 1 };
    const outcomes = await Promise.all([asked(at.store, submission(1), one), asked(second, submission(2), one)]);
    expect(outcomes.toSorted()).toEqual(['QUOTA_EXCEEDED', 'admitted']);
  });

  test('what is known already is given again, also to an owner who has all they may', async () => {
    const { store } = await fresh(open);
    const given = submission(1, { idempotency_key: 'k' });
    expect(await asked(store, given, { max_active: 1, max_per_minute: 1 })).toBe('admitted');
    expect(await asked(store, { ...given, task_id: idOf(2) }, { max_active: 1, max_per_minute: 1 })).toBe('known');
  });

  test('so many submissions in any minute, and the refusal says when the next is taken', async () => {
    const { store, clock } = await fresh(open);
    const two = { max_per_minute: 2 };
    expect(await asked(store, submission(1), two)).toBe('admitted');
    clock.jump(20_000);
    expect(await asked(store, submission(2), two)).toBe('admitted');
    expect(await asked(store, submission(4, { owner: 'other' }), two)).toBe('admitted');
    clock.jump(10_000);
    await expect(store.workflows.create(submission(3), within(two))).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      retryAfterMs: 30_000,
    });
    clock.jump(30_000);
    expect(await asked(store, submission(3), two)).toBe('admitted');
    // The one of 40 s ago and this one.
    expect(await asked(store, submission(5), two)).toBe('QUOTA_EXCEEDED');
  });

  test('a clock that was set back refuses nobody for longer than the wait it names', async () => {
    const { store, clock } = await fresh(open);
    const one = { max_per_minute: 1 };
    expect(await asked(store, submission(1), one)).toBe('admitted');
    clock.jump(-3_600_000);
    expect(await asked(store, submission(2), one)).toBe('admitted');
    await expect(store.workflows.create(submission(3), within(one))).rejects.toMatchObject({ retryAfterMs: 60_000 });
    clock.jump(60_000);
    expect(await asked(store, submission(3), one)).toBe('admitted');
  });

  test('a day has so many dollars: what open workflows may take is kept for them', async () => {
    const { store } = await fresh(open);
    const day = { max_microusd_per_day: 10_000 };
    expect(await asked(store, paying(1, 6000), day)).toBe('admitted');
    expect(await asked(store, paying(2, 6000), day)).toBe('QUOTA_EXCEEDED');
    expect(await asked(store, paying(3, 4000), day)).toBe('admitted');
    expect(await asked(store, paying(4, 1), day)).toBe('QUOTA_EXCEEDED');
    expect(await asked(store, paying(5, null), day)).toBe('QUOTA_EXCEEDED');
    expect(await asked(store, paying(6, 6000, { owner: 'other' }), day)).toBe('admitted');
    // Costs nothing, so that nobody has to wait for it.
    expect(await asked(store, submission(7), day)).toBe('admitted');
  });

  test('what ended counts by what it spent, on the day it was spent', async () => {
    const { store, clock } = await fresh(open);
    const day = { max_microusd_per_day: 10_000 };
    await store.workflows.create(paying(1, 10_000), within(day));
    const { hold } = await take(store, { task_id: idOf(1) });
    await store.steps.begin(hold, intent('agent:belter-1'));
    const call = await begun(store, hold);
    await store.calls.settle(hold, settlement(call.call_id, { spent: spent(300) }));
    expect(await asked(store, paying(2, 1), day)).toBe('QUOTA_EXCEEDED');
    await store.workflows.finish(hold, end());
    expect(await asked(store, paying(3, 7001), day)).toBe('QUOTA_EXCEEDED');
    await expect(store.workflows.create(paying(3, 7001), within(day))).rejects.toMatchObject({
      retryAfterMs: DAY_MS - (clock.now() % DAY_MS),
    });
    expect(await asked(store, paying(4, 7000), day)).toBe('admitted');
    await store.workflows.requestStop(idOf(4), { kind: 'cancel', reason: null, finalize: false });
    await store.workflows.finish((await take(store, { task_id: idOf(4) })).hold, end({ status: 'cancelled' }));
    clock.jump(DAY_MS - (clock.now() % DAY_MS));
    expect(await asked(store, paying(5, 10_000), day)).toBe('admitted');
  });

  test('an open workflow without a cap keeps what its calls under way may take', async () => {
    const { store } = await fresh(open);
    const day = { max_microusd_per_day: 10_000 };
    await store.workflows.create(paying(1, null), ROOM);
    const { hold } = await take(store, { task_id: idOf(1) });
    await store.steps.begin(hold, intent('agent:belter-1'));
    await begun(store, hold, { most: { tokens: 100, microusd: 3000 } });
    expect(await asked(store, paying(2, 7001), day)).toBe('QUOTA_EXCEEDED');
    expect(await asked(store, paying(3, 7000), day)).toBe('admitted');
  });

  test('what was spent on a workflow that is erased since stays spent, and so does what was given up', async () => {
    const { store } = await fresh(open);
    const day = { max_microusd_per_day: 10_000 };
    await store.workflows.create(paying(1, 10_000), ROOM);
    const { hold } = await take(store, { task_id: idOf(1) });
    await store.steps.begin(hold, intent('agent:belter-1'));
    const call = await begun(store, hold, { key: 'a' });
    await store.calls.settle(hold, settlement(call.call_id, { spent: spent(300) }));
    await begun(store, hold, { key: 'b', most: { tokens: 100, microusd: 2000 } });
    await store.workflows.finish(hold, end());
    await store.workflows.erase(idOf(1), ERASURE);
    expect(await asked(store, paying(2, 5001), day)).toBe('QUOTA_EXCEEDED');
    expect(await asked(store, paying(3, 5000), day)).toBe('admitted');
  });

  test('an erased workflow is open no more, and was submitted in its minute all the same', async () => {
    const { store, clock } = await fresh(open);
    const two = { max_active: 1, max_per_minute: 2 };
    for (const n of [1, 2]) {
      expect(await asked(store, submission(n), two)).toBe('admitted');
      const { hold } = await take(store, { task_id: idOf(n) });
      await store.workflows.finish(hold, end());
      await store.workflows.erase(idOf(n), ERASURE);
      clock.jump(20_000);
    }
    await expect(store.workflows.create(submission(3), within(two))).rejects.toMatchObject({ retryAfterMs: 20_000 });
    expect(await asked(store, submission(4, { owner: 'other' }), two)).toBe('admitted');
    clock.jump(20_000);
    expect(await asked(store, submission(3), two)).toBe('admitted');
    await store.workflows.finish((await take(store, { task_id: idOf(3) })).hold, end());
    expect(await asked(store, submission(5), two)).toBe('QUOTA_EXCEEDED');
  });
}
