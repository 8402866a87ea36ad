/** What stays open is asked about again, and one owner has only so much of it. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import type { Access, Principal } from '../../../../src/server/http/access.ts';
import { eventStream, HEARTBEAT_MS } from '../../../../src/server/http/event-stream.ts';
import { OwnedRequests } from '../../../../src/server/http/owned-requests.ts';
import { ALL_SCOPES } from '../../../../src/server/scope.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { modernClient } from '../../../support/http-clients.ts';
import { as, ask, byName, EventReader, servedHttp } from '../../../support/http-service.ts';
import { until } from '../mcp/connections.ts';
import { ScriptedOrchestrator } from '../mcp/scripted.ts';
import { STATUS, TASK_ID } from '../mcp/views.ts';
import { WrittenWorkflow } from './event-source.ts';

/** Access by what the test says of each token now; a token it says nothing of is refused. */
class Said implements Access {
  readonly configured = true;
  readonly known = new Map<string, Principal>();
  unreachable = false;
  asked = 0;

  async authenticate(request: Request) {
    this.asked += 1;
    if (this.unreachable) throw new Fault('ACCESS_UNAVAILABLE', 'no keys');
    const [, token = ''] = (request.headers.get('authorization') ?? '').split(' ');
    return this.known.get(token) ?? { refused: new Fault('UNAUTHENTICATED', 'unknown'), challenge: 'Bearer' };
  }

  challenge(): string {
    return 'Bearer';
  }
}

const ANN: Principal = { owner: 'ann', scopes: ALL_SCOPES };

async function streamed(principal: Principal = ANN) {
  const access = new Said();
  access.known.set('one', principal);
  const source = new WrittenWorkflow();
  source.write(1);
  const served = await servedHttp(source, { access });
  const stream = `${served.url}/stream/${TASK_ID}`;
  const reader = await EventReader.open(stream, as('one'));
  await reader.until(({ events }) => events.length === 1);
  return { access, source, stream, reader, ...served };
}

describe('an event stream', () => {
  it.each([
    ['is revoked', null, 401],
    ['is another owner’s', { owner: 'ben', scopes: ALL_SCOPES }, 200],
    ['may not read any more', { owner: 'ann', scopes: new Set(['run'] as const) }, 403],
  ])('ends within half a minute after its token %s', async (...[, now, status]) => {
    const { access, source, stream, reader, clock } = await streamed();
    await clock.advance(29_000);
    if (now === null) access.known.clear();
    else access.known.set('one', now);
    await clock.advance(1000);
    source.write(1);
    await reader.toEnd();
    expect(reader.seqs).toEqual([1]);
    expect([reader.comments.at(-1), reader.retry]).toEqual(['the token holds no more, come back', 3000]);
    expect(source.watches).toBe(0);
    source.end();
    expect((await fetch(`${stream}?after=1`, { headers: as('one') })).status).toBe(status);
  });

  it('stays as long as its token holds, and is asked about no more once it has gone', async () => {
    const { access, source, reader, clock } = await streamed();
    await clock.advance(300_000);
    expect(access.asked).toBe(11);
    source.write(1);
    await reader.until(({ events }) => events.length === 2);
    reader.leave();
    await until(() => source.watches === 0);
    await clock.advance(300_000);
    expect([access.asked, clock.waiting]).toEqual([11, 0]);
  });

  it('ends when its token does, not at the next look', async () => {
    const end = Date.UTC(2026, 0, 1) + 42_000;
    const { reader, clock } = await streamed({ ...ANN, until: end });
    await clock.advance(41_999);
    await reader.until(({ comments }) => comments.length === 1 + Math.floor(41_999 / HEARTBEAT_MS));
    expect(reader.comments.at(-1)).toBe('alive');
    await clock.advance(1);
    await reader.toEnd();
    expect(reader.comments.at(-1)).toBe('the token holds no more, come back');
  });

  it('stays while nobody can tell whether its token holds, but not beyond its end', async () => {
    const { access, source, reader, clock, log } = await streamed({ ...ANN, until: Date.UTC(2026, 0, 1) + 95_000 });
    access.unreachable = true;
    await clock.advance(94_000);
    source.write(1);
    await reader.until(({ events }) => events.length === 2);
    expect(log.filter(({ message }) => message.includes('could not be found out'))).toHaveLength(3);
    await clock.advance(1000);
    await reader.toEnd();
    expect(reader.comments.at(-1)).toBe('the token holds no more, come back');
  });

  it('tells nothing more of what was read for it before', async () => {
    const [gone, lapsed, draining] = [new AbortController(), new AbortController(), new AbortController()];
    const frame = { at: 0, bytes: new Uint8Array(30_000), last: false };
    const frames = [1, 2, 3, 4, 5].map((seq) => ({ ...frame, seq }));
    let left = 0;
    const following = {
      next: () => frames.shift() ?? ('none' as const),
      onChange: () => () => undefined,
      leave: () => void (left += 1),
    };
    const stream = eventStream({
      following,
      clock: new FakeClock(),
      random: () => 0.5,
      draining: draining.signal,
      gone: gone.signal,
      lapsed: lapsed.signal,
      cut: () => undefined,
      first: null,
    });
    const pieces: number[] = [];
    for await (const piece of stream) {
      pieces.push(piece.length);
      // The second piece lies ready by then.
      if (pieces.length === 2) lapsed.abort();
    }
    const ending = ': the token holds no more, come back\nretry: 3000\n\n';
    expect([pieces.slice(0, 2), pieces.at(-1), left]).toEqual([[10, 30_000], ending.length, 1]);
    expect(pieces.length).toBeLessThan(5);
  });
});

/** Access that takes five seconds to say anything. */
async function slowly() {
  const clock = new FakeClock();
  const began = clock.now();
  let [asking, most, asked] = [0, 0, 0];
  const authenticate = async (): Promise<Principal> => {
    asked += 1;
    asking += 1;
    most = Math.max(most, asking);
    await new Promise<void>((resolve) => void clock.after(5000, resolve));
    asking -= 1;
    return ANN;
  };
  const owned = new OwnedRequests({
    access: { ...byName, authenticate },
    clock,
    log: { warn: () => undefined },
    most: 1000,
  });
  const request = new Request('http://localhost/');
  const stands = (principal: Principal, gone = new AbortController()) => {
    const signal = owned.lapsed({ request, principal, scope: 'read', gone: gone.signal });
    return { signal, gone };
  };
  return { clock, began, stands, counts: () => ({ most, asked }) };
}

describe('what stands while others are asked about', () => {
  it('ends when its token does, also when it came meanwhile', async () => {
    const { clock, began, stands } = await slowly();
    for (let n = 0; n < 50; n += 1) stands(ANN);
    const early = stands({ ...ANN, until: began + 31_000 });
    await clock.advance(30_500);
    const late = stands({ ...ANN, until: began + 32_000 });
    expect([early.signal.aborted, late.signal.aborted]).toEqual([false, false]);
    await clock.advance(500);
    expect([early.signal.aborted, late.signal.aborted]).toEqual([true, false]);
    await clock.advance(1000);
    expect(late.signal.aborted).toBe(true);
  });

  it('is asked about a few at once, again half a minute after all were, and not once it has gone', async () => {
    const { clock, stands, counts } = await slowly();
    const all = Array.from({ length: 40 }, () => stands(ANN));
    await clock.advance(30_000);
    expect(counts()).toEqual({ most: 8, asked: 8 });
    all.at(-1)?.gone.abort();
    await clock.advance(25_000);
    expect(counts()).toEqual({ most: 8, asked: 39 });
    await clock.advance(29_999);
    expect(counts().asked).toBe(39);
    await clock.advance(1);
    expect(counts().asked).toBe(47);
    for (const { gone } of all) gone.abort();
    await clock.advance(60_000);
    expect([counts().asked, clock.waiting]).toEqual([47, 0]);
  });
});

describe('a subscription', () => {
  it('ends in the protocol’s own way after its token is revoked, alone, and is told nothing more', async () => {
    const access = new Said();
    for (const token of ['one', 'two']) access.known.set(token, ANN);
    const scripted = new ScriptedOrchestrator();
    const { url, clock } = await servedHttp(scripted, { access });
    const uri = `orchestrator://${TASK_ID}/status`;
    const listening = async (token: string) => {
      const client = await modernClient(url, as(token));
      onTestFinished(() => client.close());
      const heard: string[] = [];
      client.setNotificationHandler('notifications/resources/updated', ({ params }) => void heard.push(params.uri));
      return { heard, subscription: await client.listen({ resourceSubscriptions: [uri] }) };
    };
    const revoked = await listening('one');
    const other = await listening('two');
    access.known.delete('one');
    await clock.advance(30_000);
    expect(await revoked.subscription.closed).toBe('graceful');
    for (let version = 18; other.heard.length === 0; version += 1) {
      scripted.statusView = { ...STATUS, version };
      scripted.hint(TASK_ID);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(revoked.heard).toEqual([]);
    await other.subscription.close();
    await until(() => scripted.watches === 0);
  });
});

describe('one owner', () => {
  it('has so many requests open at once: streams, subscriptions and waits; others are not kept from theirs', async () => {
    const source = new WrittenWorkflow();
    source.write(1);
    const { url } = await servedHttp(source, { access: byName, listening: { owner_max_requests: 3 } });
    const stream = `${url}/stream/${TASK_ID}`;
    const reader = await EventReader.open(stream, as('ann'));
    await EventReader.open(stream, as('ann'));
    const client = await modernClient(url, as('ann'));
    onTestFinished(() => client.close());
    await client.listen({ resourcesListChanged: true });
    for (const [path, init] of [
      [`/stream/${TASK_ID}`, {}],
      ['/workflows', {}],
      ['/mcp', { method: 'POST', body: '{}' }],
    ] as const) {
      const headers = { ...as('ann'), 'Content-Type': 'application/json' };
      const refused = await ask(url + path, { ...init, headers });
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
      expect(refused.body).toMatchObject({ code: 'TOO_MANY_OPEN', retryable: true });
    }
    expect((await ask(`${url}/workflows`, { headers: as('ben') })).status).toBe(200);
    expect((await ask(`${url}/health`)).status).toBe(200);
    reader.leave();
    await until(() => source.watches === 2);
    let status = 0;
    while (status !== 200) ({ status } = await ask(`${url}/workflows`, { headers: as('ann') }));
    expect((await ask(`${url}/workflows`, { headers: as('ann') })).status).toBe(200);
  });

  it('that is this machine’s user has no such limit', async () => {
    const source = new WrittenWorkflow();
    source.write(1);
    const { url } = await servedHttp(source, { listening: { owner_max_requests: 1 } });
    const readers = [1, 2, 3].map(() => EventReader.open(`${url}/stream/${TASK_ID}`));
    expect((await Promise.all(readers)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

it('closes connections beyond those it may have, and takes another once one has gone', async () => {
  const { url } = await servedHttp(new ScriptedOrchestrator(), { listening: { max_connections: 2 } });
  const { port, hostname } = new URL(url);
  const open = async () => {
    const socket = connect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    const closed = once(socket, 'close');
    socket.write('GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await Promise.race([closed, once(socket, 'data')]);
    return { socket, closed, answer: () => answer };
  };
  const first = await open();
  const second = await open();
  const third = await open();
  await third.closed;
  expect([first, second, third].map(({ answer }) => answer().slice(0, 12))).toEqual([
    'HTTP/1.1 200',
    'HTTP/1.1 200',
    '',
  ]);
  first.socket.destroy();
  let again = await open();
  while (again.answer() === '') again = await open();
  expect(again.answer()).toContain('HTTP/1.1 200');
});
