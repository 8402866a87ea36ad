import { expect, it } from 'vitest';
import type { Frame } from '../../../../src/server/http/event-frames.ts';
import { eventStream } from '../../../../src/server/http/event-stream.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const NEVER = new AbortController().signal;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function frame(seq: number): Frame {
  return { seq, at: 0, bytes: new TextEncoder().encode(`id: ${seq}\n\n`), last: seq === 3 };
}

it('gives each piece once, in order, to one who asks for more while the store is read', async () => {
  const gate = Promise.withResolvers<void>();
  const pieces = [frame(1), frame(2), frame(3)];
  let reads = 0;
  const changes: (() => void)[] = [];
  const stream = eventStream({
    following: {
      next: () => {
        reads += 1;
        return reads === 1 ? 'none' : gate.promise.then(() => pieces.shift() ?? 'end');
      },
      onChange: (changed) => {
        changes.push(changed);
        return () => undefined;
      },
      leave: () => undefined,
    },
    clock: new FakeClock(),
    random: () => 0.5,
    draining: NEVER,
    gone: NEVER,
    lapsed: NEVER,
    cut: () => undefined,
    first: null,
  });
  const reader = stream.getReader();
  const asked = [reader.read(), reader.read()];
  await turn();
  for (const changed of changes) changed();
  asked.push(reader.read(), reader.read(), reader.read());
  await turn();
  expect(reads).toBe(2);
  gate.resolve();
  const got = (await Promise.all(asked)).map(({ value }) => new TextDecoder().decode(value));
  expect(got).toEqual([': events\n\n', 'id: 1\n\n', 'id: 2\n\n', 'id: 3\n\n', '']);
});
