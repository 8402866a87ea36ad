import { expect, it } from 'vitest';
import { taken } from '../../../../src/server/http/taken-stream.ts';
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
  const opened = taken(source, { clock, gone: gone.signal, cut: () => void (cuts += 1) });
  /** What is written in one turn. */
  const write = async (...pieces: readonly number[]): Promise<void> => {
    const controller = await promise;
    for (const bytes of pieces) controller.enqueue(new Uint8Array(bytes));
    await clock.settle();
  };
  const begun = async (...pieces: readonly number[]): Promise<ReadableStream<Uint8Array>> => {
    await write(...pieces);
    const answer = await opened;
    if (answer instanceof ReadableStream) return answer;
    throw new Error('it came as one piece');
  };
  const end = async (): Promise<void> => (await promise).close();
  const fail = async (): Promise<void> => (await promise).error(new Error('broken'));
  return { clock, gone, opened, begun, write, end, fail, counts: () => [cuts, cancelled] };
}

it('hands over what is written, in order, and ends', async () => {
  const { begun, write, end, clock, counts } = written();
  const sizes: number[] = [];
  const stream = await begun(1);
  const reading = (async () => {
    for await (const piece of stream) sizes.push(piece.length);
  })();
  for (const bytes of [3_000_000, 2]) await write(bytes);
  // Silence is no stall.
  await clock.advance(120_000);
  await write(4);
  await end();
  await reading;
  expect(sizes).toEqual([1, 3_000_000, 2, 4]);
  expect([counts(), clock.waiting]).toEqual([[0, 0], 0]);
});

it('cuts off a reader that leaves a piece for 30 s, counted from what it took last', async () => {
  const { begun, write, clock, counts } = written();
  const reader = (await begun(1)).getReader();
  await write(2);
  await clock.advance(20_000);
  await reader.read();
  await clock.advance(29_999);
  expect(counts()).toEqual([0, 0]);
  await clock.advance(1);
  expect([counts(), clock.waiting]).toEqual([[1, 1], 0]);
});

it('cuts off a reader that leaves more than a megabyte when more comes', async () => {
  const { begun, write, counts } = written();
  const reader = (await begun(1)).getReader();
  await reader.read();
  await write(2_000_000);
  expect(counts()).toEqual([0, 0]);
  await write(1);
  expect(counts()).toEqual([1, 1]);
});

it.each([
  ['small pieces', [1000, 1000, 3], 2003],
  ['one large piece', [3_000_000], 3_000_000],
  ['large pieces', [1_000_000, 1_000_000, 3], false],
] as const)(
  'comes as one piece where it has ended in the turn in which it began, but not as a copy of much: %s',
  async (...[, pieces, length]) => {
    const { opened, write, end, gone, clock, counts } = written();
    const wrote = write(...pieces);
    await end();
    await wrote;
    const answer = await opened;
    expect([answer instanceof Uint8Array && answer.length, counts()[0]]).toEqual([length, 0]);
    gone.abort();
    expect(clock.waiting).toBe(0);
  },
);

it('asks for the next answer only while less than a megabyte lies untaken, and ends with the last', async () => {
  const clock = new FakeClock();
  let made = 0;
  const answer = (): ReadableStream<Uint8Array> => {
    made += 1;
    return new Response(new Uint8Array(400_000)).body ?? new ReadableStream();
  };
  const next = async () => (made < 20 ? answer() : null);
  const stream = await taken(answer(), { clock, gone: new AbortController().signal, cut: () => undefined }, next);
  const known: number[] = [];
  let bytes = 0;
  for await (const piece of stream as ReadableStream<Uint8Array>) {
    bytes += piece.length;
    await clock.settle();
    known.push(made - bytes / 400_000);
  }
  expect([bytes, made, clock.waiting]).toEqual([8_000_000, 20, 0]);
  expect(Math.max(...known)).toBeLessThan(8);
});

it('tells its source when the reader has gone, and its reader when the source has failed', async () => {
  const left = written();
  await left.begun(1);
  left.gone.abort();
  await left.clock.settle();
  expect([left.counts(), left.clock.waiting]).toEqual([[0, 1], 0]);
  const failing = written();
  const reader = (await failing.begun(1)).getReader();
  await reader.read();
  const reading = reader.read();
  await failing.fail();
  await expect(reading).rejects.toThrow('broken');
  const never = written();
  await never.fail();
  const answer = await never.opened;
  await expect(new Response(answer).text()).rejects.toThrow('broken');
});
