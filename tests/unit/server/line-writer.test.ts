import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { LineWriter } from '../../../src/server/line-writer.ts';

/** A reader that takes one line at a time, when told to. */
function slow(): { readonly stream: Writable; readonly lines: string[]; readonly take: () => Promise<void> } {
  const lines: string[] = [];
  let next: (() => void) | undefined;
  const stream = new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => {
      lines.push(line);
      next = done;
    },
  });
  const take = async (): Promise<void> => {
    next?.();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  };
  return { stream, lines, take };
}

test('it is empty once the last line has left', async () => {
  const { stream, lines, take } = slow();
  let written = 0;
  const writer = new LineWriter(stream, () => (written += 1));
  expect(writer.empty).toBe(true);
  writer.write({ n: 1 });
  writer.write({ n: 2 });
  expect(writer.empty).toBe(false);
  await take();
  expect({ empty: writer.empty, written }).toEqual({ empty: false, written: 1 });
  await take();
  expect({ empty: writer.empty, written }).toEqual({ empty: true, written: 2 });
  expect(lines).toEqual(['{"n":1}\n', '{"n":2}\n']);
});

test('a few large lines fill it, and so do many small ones', () => {
  const large = new LineWriter(slow().stream, () => undefined);
  large.write({ text: 'x'.repeat(8 * 1024 * 1024) });
  expect(large.full).toBe(true);
  const small = new LineWriter(slow().stream, () => undefined);
  for (let n = 0; n < 9999; n += 1) small.write({});
  expect(small.full).toBe(false);
  small.write({});
  expect(small.full).toBe(true);
});

test('while it is full a hint waits, the same one once, and comes when there is room', async () => {
  const { stream, lines, take } = slow();
  const writer = new LineWriter(stream, () => undefined);
  writer.hint({ of: 'a' });
  writer.write({ text: 'x'.repeat(9 * 1024 * 1024) });
  for (let n = 0; n < 1000; n += 1) writer.hint({ of: n % 2 === 0 ? 'a' : 'b' });
  expect(stream.writableLength).toBeLessThan(10 * 1024 * 1024);
  for (let n = 0; n < 4; n += 1) {
    expect(writer.empty).toBe(false);
    await take();
  }
  expect(writer.empty).toBe(true);
  expect(lines.filter((line) => line.length < 100)).toEqual(['{"of":"a"}\n', '{"of":"a"}\n', '{"of":"b"}\n']);
});
