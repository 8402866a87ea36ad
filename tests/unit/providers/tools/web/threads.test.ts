import { Buffer } from 'node:buffer';
import { deflateSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { openThreads, type Threads } from '../../../../../src/providers/tools/web/threads.ts';
import { Shared } from '../../../../../src/providers/tools/web/shared.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { rejection } from '../../../../support/rejection.ts';

const closing: Threads[] = [];

afterEach(async () => {
  for (const threads of closing.splice(0)) await threads.close();
});

function opened(clock: FakeClock, most: number): Threads {
  const threads = openThreads({ clock, most });
  closing.push(threads);
  return threads;
}

const never = new AbortController().signal;
const limits = { limit_ms: 1000, signal: never };

function asking(path: string) {
  return {
    kind: 'robots',
    robots: 'User-agent: *\nDisallow: /no',
    url: `https://a.example${path}`,
    agent: 'x',
  } as const;
}

/** A page of so many paragraphs. */
function pageOf(paragraphs: number) {
  const html = `<html><body>${'<p>word <b>word</b></p>'.repeat(paragraphs)}</body></html>`;
  const bytes = new TextEncoder().encode(html);
  const of = { url: 'https://a.example/', content_type: 'text/html', body: 'html', plainly: true } as const;
  return { kind: 'body', bytes, ...of } as const;
}

/** A page whose content is so many blanks, packed to a thousandth. */
function pdfOf(blanks: number): Uint8Array<ArrayBuffer> {
  const packed = deflateSync(Buffer.alloc(blanks, ' '));
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<<>>>>',
    `<</Length ${packed.length}/Filter/FlateDecode>>stream\n${packed.toString('latin1')}\nendstream`,
  ];
  let file = '%PDF-1.4\n';
  let places = '0000000000 65535 f \n';
  for (const [index, object] of objects.entries()) {
    places += `${String(file.length).padStart(10, '0')} 00000 n \n`;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
  }
  const trailer = `xref\n0 5\n${places}trailer<</Size 5/Root 1 0 R>>\nstartxref\n${file.length}\n%%EOF`;
  return new Uint8Array(Buffer.from(`${file}${trailer}`, 'latin1'));
}

describe('reading threads', () => {
  it('end a job that does not end, and give the next one a thread of its own', async () => {
    const clock = new FakeClock();
    const threads = opened(clock, 1);
    const late = rejection(threads.run(pageOf(100_000), limits));
    const next = threads.run(asking('/yes'), limits);
    while (clock.waiting === 0) await clock.settle();
    await clock.advance(1000);
    expect(await late).toContain('reading it did not end');
    expect(await next).toBe(true);
    expect(await threads.run(asking('/no'), limits)).toBe(false);
  });

  it('do not hold against a page how long they take to start', async () => {
    const clock = new FakeClock();
    const answer = opened(clock, 1).run(asking('/yes'), limits);
    // No thread starts within the few turns of the event loop that this clock needs for a minute.
    await clock.advance(60_000);
    expect(await answer).toBe(true);
  });

  it('end a document that unpacks to more than it should, wherever its memory lies', async () => {
    const clock = new FakeClock();
    const threads = openThreads({ clock, most: 1, outside_mb: 24 });
    closing.push(threads);
    const said = { kind: 'body', body: 'pdf', url: 'https://a.example/', content_type: 'application/pdf' } as const;
    const ended = { why: '' };
    const late = rejection(
      threads.run({ ...said, bytes: pdfOf(100_000_000), plainly: false }, { limit_ms: 1e9, signal: never }),
    ).then((why) => void (ended.why = why));
    while (ended.why === '') await clock.advance(100);
    await late;
    expect(ended.why).toContain('unpacks to more than a document should');
    expect(await threads.run(asking('/yes'), limits)).toBe(true);
  });

  it('give back the place of a job that is called off while it waits or runs', async () => {
    const threads = opened(new FakeClock(), 1);
    const off = new AbortController();
    const running = rejection(threads.run(asking('/a'), { limit_ms: 1000, signal: off.signal }));
    const waiting = rejection(threads.run(asking('/b'), { limit_ms: 1000, signal: off.signal }));
    off.abort(new Error('stop'));
    expect(await running).toContain('stop');
    expect(await waiting).toContain('stop');
    await expect(threads.run(asking('/c'), { limit_ms: 1000, signal: off.signal })).rejects.toThrow('stop');
    expect(await threads.run(asking('/yes'), limits)).toBe(true);
  });

  it('outlive a page that takes all memory', async () => {
    const threads = openThreads({ clock: new FakeClock(), most: 1, memory_mb: 24 });
    closing.push(threads);
    await expect(threads.run(pageOf(40_000), limits)).rejects.toThrow('took its thread down');
    expect(await threads.run(asking('/yes'), limits)).toBe(true);
  });

  it('take no more work once closed, and tell whoever waits', async () => {
    const threads = opened(new FakeClock(), 1);
    const running = rejection(threads.run(asking('/a'), limits));
    await threads.close();
    expect(await running).toContain('ReadingEnded');
    await expect(threads.run(asking('/a'), limits)).rejects.toThrow('closed');
  });
});

function shared(clock: FakeClock): Shared<string> {
  return new Shared({ clock, kept_ms: 1000, most_weight: 10, weigh: (value) => value.length });
}

describe('what is shared', () => {
  it('is made once for all, again after its time, and kept within the weight allowed, the oldest going first', async () => {
    const clock = new FakeClock();
    const values = shared(clock);
    let made = 0;
    const get = (key: string): Promise<string> => values.get(key, async () => `${(made += 1)}abc`, never);
    expect(await Promise.all([get('a'), get('a')])).toEqual(['1abc', '1abc']);
    expect(await get('a')).toBe('1abc');
    clock.jump(1000);
    expect(await get('a')).toBe('2abc');
    await get('b');
    await get('c');
    expect(await get('c')).toBe('4abc');
    expect(await get('a')).toBe('5abc');
  });

  it('is not kept where it failed', async () => {
    const values = shared(new FakeClock());
    await expect(values.get('a', () => Promise.reject(new Error('down')), never)).rejects.toThrow('down');
    expect(await values.get('a', async () => 'up', never)).toBe('up');
  });

  it('goes on for the others when one leaves, and is given up when the last does', async () => {
    const values = shared(new FakeClock());
    const [one, two] = [new AbortController(), new AbortController()];
    const stopped = Promise.withResolvers<unknown>();
    const make = (signal: AbortSignal): Promise<string> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          stopped.resolve(signal.reason);
          reject(signal.reason);
        });
      });
    const first = rejection(values.get('a', make, one.signal));
    const second = rejection(values.get('a', make, two.signal));
    one.abort(new Error('first leaves'));
    expect(await first).toContain('first leaves');
    two.abort(new Error('second leaves'));
    expect(await second).toContain('second leaves');
    expect(String(await stopped.promise)).toContain('second leaves');
    expect(await values.get('a', async () => 'anew', never)).toBe('anew');
  });
});
