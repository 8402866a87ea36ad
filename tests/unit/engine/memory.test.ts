import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { databaseFile, ended, id, startNode, submission, work } from '../../support/engine-node.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('what a step was given goes once its workflow has ended, also where its body left a listener behind', async () => {
  const given: WeakRef<object>[] = [];
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: ['a', 'b'],
      body: ({ signal, journal }) => {
        given.push(new WeakRef(signal), new WeakRef(journal));
        signal.addEventListener('abort', () => journal.steps.size);
        return 'done';
      },
    }),
  });
  for (let n = 1; n <= 5; n += 1) {
    await node.engine.submit(submission(n));
    await ended(node, id(n));
  }
  expect(given).toHaveLength(20);
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
  collectGarbage();
  // The workflow that ended last may still be on somebody's stack.
  expect(given.slice(0, 16).filter((one) => one.deref() !== undefined)).toEqual([]);
});
