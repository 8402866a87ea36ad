import { expect, test } from 'vitest';
import type { StatusView } from '../../../src/core/views.ts';
import { EndedViews } from '../../../src/orchestrator/ended-views.ts';
import { eventually } from '../../support/engine-node.ts';
import { finished, ME, orchestra, OTHER } from '../../support/orchestra.ts';

/** Only what names and dates a view is looked at. */
function view(task_id: string, status = 'completed'): StatusView {
  return { task_id, status, version: 9 } as StatusView;
}

test('a view of the end is kept, one of the time before it is not', () => {
  const views = new EndedViews();
  for (const status of ['completed', 'failed', 'cancelled', 'running', 'pending']) views.keep(view(status, status));
  expect(views.get('completed')).toEqual(view('completed'));
  expect(views.get('failed')).toBeDefined();
  expect(views.get('cancelled')).toBeDefined();
  expect(views.get('running')).toBeUndefined();
  expect(views.get('pending')).toBeUndefined();
});

test('so many are kept: whoever was not asked for the longest is let go', () => {
  const views = new EndedViews();
  for (let n = 0; n < 200; n += 1) views.keep(view(`w${n}`));
  expect(views.get('w0')).toBeDefined();
  views.keep(view('w200'));
  expect(views.get('w0')).toBeDefined();
  expect(views.get('w1')).toBeUndefined();
  expect(views.get('w2')).toBeDefined();
});

test('an ended workflow that was looked at is shown to nobody else, and to nobody once it is deleted', async () => {
  const on = await orchestra();
  const task_id = await finished(on);
  const first = await on.orchestrator.status(task_id, ME);
  expect(await on.orchestrator.status(task_id, ME)).toBe(first);
  expect(await on.orchestrator.status(task_id, ME, { wait_ms: 1000 })).toBe(first);
  await expect(on.orchestrator.status(task_id, OTHER)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await on.orchestrator.delete(task_id, ME);
  await expect(on.orchestrator.status(task_id, ME)).rejects.toMatchObject({ code: 'DELETED' });
});

test('what one that goes on was shown to be is not shown again', async () => {
  const on = await orchestra({ deeds: ['hang'] });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  await eventually(async () => (await on.orchestrator.status(task_id, ME)).agents.length === 1, 'its agent is at work');
  await on.orchestrator.cancel(task_id, ME);
  expect(await on.orchestrator.status(task_id, ME)).toMatchObject({ status: 'cancelled', progress: 1 });
});
