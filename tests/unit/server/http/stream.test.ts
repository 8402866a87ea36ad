import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import { HEARTBEAT_MS, STALLED_MS } from '../../../../src/server/http/event-stream.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ask, as, byName, EventReader, servedHttp } from '../../../support/http-service.ts';
import { finished, ME, orchestra } from '../../../support/orchestra.ts';
import { until } from '../mcp/connections.ts';
import { TASK_ID } from '../mcp/views.ts';
import { WrittenWorkflow } from './event-source.ts';

const numbers = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, n) => from + n);

/** Timers go by the time that passes, whatever the clock says. */
class SetBack extends FakeClock {
  back = 0;

  override now(): number {
    return super.now() - this.back;
  }
}

async function written() {
  const source = new WrittenWorkflow();
  const served = await servedHttp(source);
  return { source, ...served, stream: `${served.url}/stream/${TASK_ID}` };
}

describe('a stream of events', () => {
  it('tells what was, what is, and ends after the terminal event', async () => {
    const { source, stream } = await written();
    source.write(3);
    const reader = await EventReader.open(stream);
    expect(Object.fromEntries(reader.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    await reader.until(({ events }) => events.length === 3);
    source.write(2);
    await reader.until(({ events }) => events.length === 5);
    source.end();
    await reader.toEnd();
    expect(reader.seqs).toEqual(numbers(1, 6));
    expect(reader.events.at(-1)).toMatchObject({ id: '6', event: 'workflow_complete' });
    expect(reader.events.map(({ data }) => JSON.parse(data) as unknown)).toEqual(source.written);
    expect(source.watches).toBe(0);
  });

  it('goes on behind `after`, and behind Last-Event-ID before that', async () => {
    const { source, stream } = await written();
    source.write(9);
    source.end();
    const after = await EventReader.open(`${stream}?after=4`);
    await after.toEnd();
    expect(after.seqs).toEqual(numbers(5, 10));
    const back = await EventReader.open(`${stream}?after=0`, { 'Last-Event-ID': '7' });
    await back.toEnd();
    expect(back.seqs).toEqual(numbers(8, 10));
  });

  it('answers a reader that has everything of an ended workflow with 204, which ends its coming back', async () => {
    const { source, stream } = await written();
    source.write(2);
    source.end();
    const answer = await fetch(stream, { headers: { 'Last-Event-ID': '3' } });
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    expect(source.looks).toBe(0);
  });

  it.each([
    ['?after=4', {}, 'after is 4, and the last event is 3'],
    ['', { 'Last-Event-ID': 'abc' }, 'Last-Event-ID must be the number of an event; got "abc"'],
    ['?from=1', {}, 'unknown argument "from"'],
  ])('refuses a place that is none: %s %j', async (query, headers, detail) => {
    const { source, stream } = await written();
    source.write(3);
    const { status, body } = await ask(stream + query, { headers: { ...headers } });
    expect(status).toBe(400);
    expect(body['detail']).toContain(detail);
  });

  it('says what is missing where history was trimmed, without an id to come back to', async () => {
    const { source, stream } = await written();
    source.write(9);
    source.end();
    source.first = 6;
    const reader = await EventReader.open(`${stream}?after=2`);
    await reader.toEnd();
    const [gap] = reader.events;
    expect(gap).toEqual({ id: undefined, event: 'gap', data: JSON.stringify({ task_id: TASK_ID, after: 2, next: 6 }) });
    expect(reader.seqs.slice(1)).toEqual(numbers(6, 10));
  });

  it('sends a comment after each 15 s of silence', async () => {
    const { source, stream, clock } = await written();
    source.write(1);
    const reader = await EventReader.open(stream);
    await reader.until(({ events }) => events.length === 1);
    const before = reader.comments.length;
    for (let beat = 1; beat <= 3; beat += 1) {
      await until(() => clock.waiting > 0);
      await clock.advance(HEARTBEAT_MS);
      await reader.until(({ comments }) => comments.length === before + beat);
    }
    source.end();
    await reader.toEnd();
    expect([reader.comments.length - before, reader.seqs]).toEqual([3, [1, 2]]);
  });

  it('goes on with its signs of life when the clock is set back', async () => {
    const source = new WrittenWorkflow();
    const clock = new SetBack();
    const { url } = await servedHttp(source, { clock });
    source.write(1);
    const reader = await EventReader.open(`${url}/stream/${TASK_ID}`);
    await reader.until(({ events }) => events.length === 1);
    const before = reader.comments.length;
    clock.back = 3_600_000;
    await clock.advance(STALLED_MS);
    await reader.until(({ comments }) => comments.length > before);
    expect(reader.comments.at(-1)).toBe('alive');
  });

  it('tells readers to come back when the service stops, and they miss nothing', async () => {
    const { source, stream, service } = await written();
    source.write(4);
    const reader = await EventReader.open(stream);
    await reader.until(({ events }) => events.length === 4);
    const closing = service.close();
    await reader.toEnd();
    await closing;
    expect([reader.seqs, reader.retry]).toEqual([numbers(1, 4), 3000]);
    const next = await servedHttp(source);
    source.end();
    const back = await EventReader.open(`${next.url}/stream/${TASK_ID}`, { 'Last-Event-ID': '4' });
    await back.toEnd();
    expect(back.seqs).toEqual([5]);
  });

  it('ends when the workflow is deleted while it is followed', async () => {
    const { source, stream } = await written();
    source.write(1);
    const reader = await EventReader.open(stream);
    await reader.until(({ events }) => events.length === 1);
    source.broken = new Fault('DELETED', 'it was deleted');
    source.hint(TASK_ID);
    await reader.toEnd();
    expect(reader.seqs).toEqual([1]);
    expect(await ask(stream)).toMatchObject({ status: 410 });
  });

  it('waits out a store that cannot be read, and says so in the log', async () => {
    const { source, stream, clock, log } = await written();
    source.write(1);
    const reader = await EventReader.open(stream);
    await reader.until(({ events }) => events.length === 1);
    source.broken = new Fault('STORE_LOCKED', 'the file is locked');
    source.write(1);
    await until(() => log.some(({ message }) => message === 'events could not be read'));
    source.broken = null;
    await clock.advance(1000);
    await reader.until(({ events }) => events.length === 2);
    expect(reader.seqs).toEqual([1, 2]);
  });

  it('follows a real workflow to its end, for its owner alone', async () => {
    const on = await orchestra({ deeds: ['find', 'nothing'] });
    const { url } = await servedHttp(on.orchestrator, { access: byName, clock: on.clock });
    const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
    expect((await ask(`${url}/stream/${task_id}`, { headers: as('other') })).status).toBe(404);
    const reader = await EventReader.open(`${url}/stream/${task_id}`, as('me'));
    await Promise.all([reader.toEnd(), on.clock.advance(1000)]);
    const { events } = await on.orchestrator.events(task_id, ME);
    expect(reader.events.map(({ data }) => JSON.parse(data) as unknown)).toEqual(JSON.parse(JSON.stringify(events)));
    const ended = await finished(on);
    const replay = await EventReader.open(`${url}/stream/${ended}`, as('me'));
    await replay.toEnd();
    expect(replay.events.at(-1)?.event).toBe('workflow_complete');
  });
});

describe('many readers', () => {
  it('are served by one read of the store for each change', async () => {
    const { source, stream } = await written();
    source.write(2);
    const readers = await Promise.all(numbers(1, 40).map(() => EventReader.open(stream)));
    await Promise.all(readers.map((reader) => reader.until(({ events }) => events.length === 2)));
    const before = source.reads;
    for (let turn = 1; turn <= 10; turn += 1) {
      source.write(3);
      await Promise.all(readers.map((reader) => reader.until(({ events }) => events.length === 2 + 3 * turn)));
    }
    expect(source.reads - before).toBe(10);
    source.end();
    await Promise.all(readers.map((reader) => reader.toEnd()));
    for (const reader of readers) expect(reader.seqs).toEqual(numbers(1, 33));
    expect(source.watches).toBe(0);
  });

  it('do not wait for one that takes nothing: it is cut off after 30 s, and comes back for the rest', async () => {
    const { source, stream, url, clock } = await written();
    source.write(1);
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname);
    // One that asks, and then reads no byte.
    socket.pause().write(`GET /stream/${TASK_ID} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
    const reader = await EventReader.open(stream);
    await reader.until(({ events }) => events.length === 1);
    // More than kernel, socket and stream hold for it, in a few hundred large events.
    for (let turn = 0; turn < 60; turn += 1) {
      source.write(10, 20_000);
      await reader.until(({ events }) => events.length === 1 + 10 * (turn + 1));
    }
    await clock.advance(STALLED_MS + HEARTBEAT_MS);
    socket.resume();
    await closed;
    source.end();
    await reader.toEnd();
    expect(reader.seqs).toEqual(numbers(1, 602));
    const back = await EventReader.open(stream, { 'Last-Event-ID': '40' });
    await back.toEnd();
    expect(back.seqs).toEqual(numbers(41, 602));
    expect(source.watches).toBe(0);
  });

  it('are not cut off while they take something, however slowly', async () => {
    const { source, url, clock } = await written();
    source.write(600, 60_000);
    source.end();
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname);
    let told = '';
    socket.on('data', (chunk: Buffer) => (told += chunk.toString('latin1')));
    const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
    socket.write(`GET /stream/${TASK_ID} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    // So much that the kernel sees room for more, and so little that something is left.
    for (let step = 1; step <= 5; step += 1) {
      socket.resume();
      await until(() => told.length > step * 4_000_000);
      socket.pause();
      await clock.advance(STALLED_MS - 10_000);
    }
    socket.resume();
    await closed;
    expect(told.match(/^id: \d+$/gm)).toHaveLength(601);
  });

  it('leave nothing behind where only the head was asked for', async () => {
    const { source, stream } = await written();
    source.write(1);
    const answer = await fetch(stream, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    await until(() => source.watches === 0);
    expect(source.watches).toBe(0);
  });

  it('leave nothing behind when they go, at whatever moment', async () => {
    const { source, stream } = await written();
    source.write(5);
    for (let round = 0; round < 20; round += 1) {
      const readers = await Promise.all(numbers(1, 5).map(() => EventReader.open(stream)));
      await Promise.all(readers.slice(0, round % 6).map((reader) => reader.until(({ events }) => events.length > 0)));
      for (const reader of readers) reader.leave();
      source.write(1);
    }
    await until(() => source.watches === 0);
    expect(source.watches).toBe(0);
  });
});
