import { expect, test } from 'vitest';
import type { Job } from '../../../../src/engine/dispatch/dispatch.ts';
import { InProcessDispatcher } from '../../../../src/engine/dispatch/in-process.ts';

interface Running {
  readonly name: string;
  readonly signal: AbortSignal;
  readonly leave: () => void;
  readonly end: () => void;
}

/** A dispatcher whose jobs run until they are told to end. */
function bench(total: number) {
  const dispatcher = new InProcessDispatcher({ total });
  const running: Running[] = [];
  const order: string[] = [];
  const perform = (job: Job, signal: AbortSignal, leave: () => void): Promise<void> =>
    new Promise((resolve) => {
      const name = `${job.task_id}${job.step_id}`;
      order.push(name);
      running.push({ name, signal, leave, end: resolve });
    });
  return {
    dispatcher,
    order,
    serve: () => dispatcher.serve(perform),
    add: (names: string, limit = 100) => {
      for (const name of names.split(' ')) {
        dispatcher.dispatch({ task_id: name.slice(0, 1), step_id: name.slice(1) }, limit);
      }
    },
    signal: (name: string) => running.find((job) => job.name === name)?.signal,
    leave: (name: string) => running.find((job) => job.name === name)?.leave(),
    end: async (name: string) => {
      running.find((job) => job.name === name)?.end();
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    },
  };
}

test('jobs wait until somebody serves, then run in their order', () => {
  const { order, serve, add } = bench(2);
  add('A1 A2 A3');
  expect(order).toEqual([]);
  serve();
  expect(order).toEqual(['A1', 'A2']);
});

test('places go round from workflow to workflow', async () => {
  const { order, serve, add, end } = bench(1);
  serve();
  add('A1 A2 A3 B1 B2 C1');
  for (const name of ['A1', 'A2', 'B1', 'C1', 'A3', 'B2']) await end(name);
  expect(order).toEqual(['A1', 'A2', 'B1', 'C1', 'A3', 'B2']);
});

test('a newcomer gets the next free place before one that holds them all', async () => {
  const { order, serve, add, end } = bench(3);
  serve();
  add('A1 A2 A3 A4 A5 B1 B2');
  await end('A1');
  await end('A2');
  await end('A3');
  expect(order).toEqual(['A1', 'A2', 'A3', 'B1', 'A4', 'B2']);
});

test('a workflow at its own limit is passed over and does not block the others', async () => {
  const { order, serve, add, end } = bench(10);
  serve();
  add('A1 A2 A3', 2);
  add('B1', 1);
  expect(order).toEqual(['A1', 'A2', 'B1']);
  await end('A2');
  expect(order).toEqual(['A1', 'A2', 'B1', 'A3']);
});

test('a job that waits already is not doubled', async () => {
  const { order, serve, add, end } = bench(1);
  serve();
  add('A1 A2 A2 A2');
  await end('A1');
  await end('A2');
  expect(order).toEqual(['A1', 'A2']);
});

test('who leaves its place lets the next one in at once, and gives no second place when it ends', async () => {
  const { order, serve, add, end, leave } = bench(2);
  serve();
  add('A1 A2 A3 A4 A5', 2);
  leave('A1');
  leave('A1');
  expect(order).toEqual(['A1', 'A2', 'A3']);
  await end('A1');
  expect(order).toEqual(['A1', 'A2', 'A3']);
  await end('A2');
  expect(order).toEqual(['A1', 'A2', 'A3', 'A4']);
});

test('who has left its place is aborted and waited for all the same', async () => {
  const { dispatcher, serve, add, end, leave, signal } = bench(1);
  serve();
  add('A1');
  leave('A1');
  let closed = false;
  const closing = dispatcher.close().then(() => (closed = true));
  expect(signal('A1')?.aborted).toBe(true);
  await end('none');
  expect(closed).toBe(false);
  await end('A1');
  await closing;
});

test('withdrawing forgets what waits, aborts what runs with the reason, and touches no other workflow', async () => {
  const { dispatcher, order, serve, add, end, signal } = bench(2);
  serve();
  add('A1 B1 A2 B2');
  const reason = new Error('cancel');
  dispatcher.withdraw('A', reason);
  expect(signal('A1')?.reason).toBe(reason);
  expect(signal('B1')?.aborted).toBe(false);
  await end('A1');
  expect(order).toEqual(['A1', 'B1', 'B2']);
  dispatcher.withdraw('unknown', reason);
});

test('withdrawing spares the steps it is told to, waiting or running', async () => {
  const { dispatcher, order, serve, add, end, signal } = bench(2);
  serve();
  add('A1 A2 A3 A4');
  dispatcher.withdraw('A', new Error('cancel'), new Set(['1', '4']));
  expect([signal('A1')?.aborted, signal('A2')?.aborted]).toEqual([false, true]);
  await end('A2');
  expect(order).toEqual(['A1', 'A2', 'A4']);
});

test('a withdrawn workflow may come again; its new jobs are not aborted', async () => {
  const { dispatcher, order, serve, add, end, signal } = bench(5);
  serve();
  add('A1');
  dispatcher.withdraw('A', new Error('cancel'));
  add('A9');
  expect(signal('A9')?.aborted).toBe(false);
  await end('A1');
  await end('A9');
  expect(order).toEqual(['A1', 'A9']);
});

test('closing aborts what runs, starts nothing more and waits for the last job', async () => {
  const { dispatcher, order, serve, add, end, signal } = bench(1);
  serve();
  add('A1 A2 B1');
  let closed = false;
  const closing = dispatcher.close().then(() => (closed = true));
  expect(signal('A1')?.aborted).toBe(true);
  add('C1');
  expect(closed).toBe(false);
  await end('A1');
  await closing;
  expect(order).toEqual(['A1']);
  await dispatcher.close();
});
