import { expect, it } from 'vitest';
import { takenStream } from '../../../../src/server/http/taken-stream.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** A source that is written whether or not it is read. */
function written() {
  const clock = new FakeClock();
  const gone = new AbortController();
  let cuts = 0;
  let cancelled = 0;
  const { promise, resolve } = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>();
  const source = new ReadableStream<Uint8Array>({
    start: (controller) => resolve(controller),
    cancel: () => void (cancelled += 1),
  });
  const stream = takenStream(source, { clock, gone: gone.signal, cut: () => void (cuts += 1) });
  const write = async (bytes: number): Promise<void> => {
    (await promise).enqueue(new Uint8Array(bytes));
    await clock.settle();
  };
  const end = async (): Promise<void> => (await promise).close();
  const fail = async (): Promise<void> => (await promise).error(new Error('broken'));
  return { clock, gone, stream, write, end, fail, counts: () => [cuts, cancelled] };
}

it('hands over what is written, in order, and ends', async () => {
  const { stream, write, end, clock, counts } = written();
  const sizes: number[] = [];
  const reading = (async () => {
    for await (const piece of stream) sizes.push(piece.length);
  })();
  for (const bytes of [1, 3_000_000, 2]) await write(bytes);
  // Silence is no stall.
  await clock.advance(120_000);
  await write(4);
  await end();
  await reading;
  expect(sizes).toEqual([1, 3_000_000, 2, 4]);
  expect([counts(), clock.waiting]).toEqual([[0, 0], 0]);
});

it('cuts off a reader that leaves a piece for 30 s, counted from what it took last', async () => {
  const { stream, write, clock, counts } = written();
  const reader = stream.getReader();
  await write(1);
  await write(2);
  await clock.advance(20_000);
  await reader.read();
  await clock.advance(29_999);
  expect(counts()).toEqual([0, 0]);
  await clock.advance(1);
  expect([counts(), clock.waiting]).toEqual([[1, 1], 0]);
});

it('cuts off a reader that leaves more than a megabyte when more comes', async () => {
  const { write, counts } = written();
  await write(2_000_000);
  expect(counts()).toEqual([0, 0]);
  await write(1);
  expect(counts()).toEqual([1, 1]);
});

it('tells its source when the reader has gone, and its reader when the source has failed', async () => {
  const left = written();
  await left.write(1);
  left.gone.abort();
  await left.clock.settle();
  expect([left.counts(), left.clock.waiting]).toEqual([[0, 1], 0]);
  const failing = written();
  const reading = failing.stream.getReader().read();
  await failing.fail();
  await expect(reading).rejects.toThrow('broken');
});
