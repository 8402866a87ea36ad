import { expect, it } from 'vitest';
import type { Frame } from '../../../../src/server/http/event-frames.ts';
import { eventStream } from '../../../../src/server/http/event-stream.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const NEVER = new AbortController().signal;

function frame(seq: number): Frame {
  return { seq, at: 0, bytes: new TextEncoder().encode(`id: ${seq}\n\n`), last: seq === 3 };
}

it('gives each piece once, in order, to one who asks for several at a time, while the store is read', async () => {
  const gate = Promise.withResolvers<void>();
  const pages: (readonly Frame[])[] = [[frame(1), frame(2)], [frame(3)]];
  let reads = 0;
  const stream = eventStream({
    following: {
      next: async () => {
        reads += 1;
        await gate.promise;
        return pages.shift() ?? null;
      },
      onChange: () => () => undefined,
      leave: () => undefined,
    },
    clock: new FakeClock(),
    random: () => 0.5,
    draining: NEVER,
    gone: NEVER,
    cut: () => undefined,
    first: null,
  });
  const reader = stream.getReader();
  const asked = [1, 2, 3, 4, 5].map(() => reader.read());
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  expect(reads).toBe(1);
  gate.resolve();
  const got = (await Promise.all(asked)).map(({ value }) =>
    value === undefined ? null : new TextDecoder().decode(value),
  );
  expect(got).toEqual([': events\n\n', 'id: 1\n\n', 'id: 2\n\n', 'id: 3\n\n', null]);
});
