import { expect, it, onTestFinished } from 'vitest';
import type { Happening } from '../../../src/core/telemetry.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite.ts';
import { timed } from '../../../src/store/timed.ts';
import { idOf, intent, outcome, ROOM, running, submission } from '../../contract/rows.ts';
import { databaseFile } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';

async function told() {
  const happenings: Extract<Happening, { kind: 'stored' }>[] = [];
  const real = await openSqliteStore({ file: await databaseFile(), clock: new FakeClock() });
  onTestFinished(() => real.close());
  const tell = (happening: Happening): void => {
    if (happening.kind === 'stored') happenings.push(happening);
  };
  return { store: timed(real, { tell }), happenings };
}

it('answers as the store does, and tells which verb it was and how it went', async () => {
  const { store, happenings } = await told();
  await store.workflows.create(submission(1), ROOM);
  expect((await store.workflows.get(idOf(1)))?.task_id).toBe(idOf(1));
  const stale = { task_id: idOf(1), fence: 9 };
  await expect(store.events.append(stale, [])).rejects.toMatchObject({ code: 'LEASE_LOST' });
  expect(happenings.map(({ verb, code }) => [verb, code])).toEqual([
    ['workflows.create', null],
    ['workflows.get', null],
    ['events.append', 'LEASE_LOST'],
  ]);
  expect(happenings.every(({ ms }) => ms >= 0)).toBe(true);
  expect(typeof store.changes()).toBe('number');
});

it('lets a verb that follows from another join its transaction', async () => {
  const { store } = await told();
  const hold = await running(store);
  await store.steps.begin(hold, intent('a'));
  let joined: Promise<unknown> = Promise.resolve();
  const before = store.changes();
  await store.steps.settle(hold, outcome('a'), {
    written: () => {
      joined = store.steps.begin(hold, intent('b'));
    },
    back: () => undefined,
  });
  await joined;
  expect((await store.steps.list(hold.task_id)).map(({ step_id, status }) => [step_id, status])).toEqual([
    ['a', 'succeeded'],
    ['b', 'running'],
  ]);
  expect(store.changes()).toBe(before);
});
