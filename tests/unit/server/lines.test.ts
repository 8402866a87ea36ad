import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { LineSplitter, type Line } from '../../../src/server/lines.ts';

function split(maxBytes: number, chunks: readonly (string | Buffer)[]): Line[] {
  const lines: Line[] = [];
  const splitter = new LineSplitter(maxBytes, (line) => lines.push(line));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return lines;
}

const text = (line: string): Line => ({ kind: 'text', text: line });

test('wherever the chunks are cut, the lines are the same', () => {
  const stream = Buffer.from('één\r\n\n🪐🪐\nlast');
  const expected = [text('één'), text(''), text('🪐🪐'), text('last')];
  for (let size = 1; size <= stream.length; size += 1) {
    const chunks: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size));
    expect(split(100, chunks)).toEqual(expected);
  }
});

test('a line of exactly the limit passes, one byte more does not', () => {
  expect(split(5, ['12345\n', '123456\n', '1\n'])).toEqual([
    text('12345'),
    { kind: 'too_long', bytes: 6, head: '123456', tail: '123456' },
    text('1'),
  ]);
});

test('of an oversized line only the two ends are kept, whatever its chunks', () => {
  const line = `HEAD${'-'.repeat(5000)}TAIL`;
  for (const size of [1, 7, 300, 6000]) {
    const chunks: string[] = [];
    for (let at = 0; at < line.length; at += size) chunks.push(line.slice(at, at + size));
    const [dropped] = split(1000, chunks);
    if (dropped?.kind !== 'too_long') throw new Error('not dropped');
    expect(dropped.bytes).toBe(5008);
    expect(dropped.head).toBe(`HEAD${'-'.repeat(252)}`);
    expect(dropped.tail).toBe(`${'-'.repeat(252)}TAIL`);
  }
});

test('bytes that are no UTF-8 are said to be none', () => {
  expect(split(100, [Buffer.from([0x61, 0xff, 0x0a, 0x62])])).toEqual([{ kind: 'not_utf8' }, text('b')]);
});

test('the memory held for an endless line stays small', () => {
  const splitter = new LineSplitter(1024, () => undefined);
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 8000; i += 1) splitter.push(Buffer.from(chunk));
  splitter.end();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 1024 * 1024);
});

test('a line that comes byte by byte is held in few pieces', () => {
  const lines: Line[] = [];
  const splitter = new LineSplitter(1024 * 1024, (line) => lines.push(line));
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < 1_000_000; n += 1) splitter.push(Buffer.from([0x61 + (n % 26)]));
  // A million small buffers are some two hundred megabytes.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024);
  splitter.end();
  const [line] = lines;
  if (line?.kind !== 'text') throw new Error('not a line');
  expect(line.text).toHaveLength(1_000_000);
  expect(line.text.slice(26, 52)).toBe('abcdefghijklmnopqrstuvwxyz');
});
