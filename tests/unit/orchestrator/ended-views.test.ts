import { expect, test } from 'vitest';
import type { StatusView } from '../../../src/core/views.ts';
import type { Workflow } from '../../../src/core/workflow.ts';
import { EndedViews } from '../../../src/orchestrator/ended-views.ts';
import { finished, ME, orchestra, OTHER } from '../../support/orchestra.ts';

/** Views that count how often one was made; only what names and dates a view is looked at. */
function counting() {
  const views = new EndedViews();
  const made: string[] = [];
  const of = (task_id: string, { status = 'completed', version = 9 } = {}): Promise<StatusView> =>
    views.of({ task_id, status, version } as Workflow, async () => {
      made.push(`${task_id} ${version}`);
      return { task_id, version } as StatusView;
    });
  return { of, made };
}

test('the view of an ended workflow is made once, of one that goes on each time it is asked for', async () => {
  const { of, made } = counting();
  for (let round = 0; round < 3; round += 1) await of('ended');
  for (let round = 0; round < 2; round += 1) await of('open', { status: 'running' });
  expect(made).toEqual(['ended 9', 'open 9', 'open 9']);
});

test('a view of the time before the end is not taken for one of the end, nor one of the end for what was changed since', async () => {
  const { of, made } = counting();
  await of('a', { status: 'running', version: 8 });
  await of('a', { version: 9 });
  expect(await of('a', { version: 10 })).toMatchObject({ version: 10 });
  expect(made).toEqual(['a 8', 'a 9', 'a 10']);
});

test('so many are kept: whoever was not asked for the longest is made anew', async () => {
  const { of, made } = counting();
  for (let n = 0; n < 200; n += 1) await of(`w${n}`);
  await of('w0');
  await of('w200');
  expect(made).toHaveLength(201);
  await of('w0');
  expect(made).toHaveLength(201);
  await of('w1');
  expect(made).toHaveLength(202);
});

test('an ended workflow that was looked at is shown to nobody else, and to nobody once it is deleted', async () => {
  const on = await orchestra();
  const task_id = await finished(on);
  const view = await on.orchestrator.status(task_id, ME);
  expect(await on.orchestrator.status(task_id, ME)).toBe(view);
  expect(await on.orchestrator.status(task_id, ME, { wait_ms: 1000 })).toBe(view);
  await expect(on.orchestrator.status(task_id, OTHER)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await on.orchestrator.delete(task_id, ME);
  await expect(on.orchestrator.status(task_id, ME)).rejects.toMatchObject({ code: 'DELETED' });
});
