/**
 * `node bench/apart/streams-written.ts ours FOLDER WORKFLOWS` or `... bare WORKFLOWS`: streams of events over HTTP, and what writes them, in
 * one process. Ours commits each event to the store and tells readers as the engine does; the bare one writes frames of the same size
 * to every open answer and does nothing else. It is asked by bench/parts/streams.ts.
 */

import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as passed } from 'node:timers/promises';
import { systemClock } from '../../src/engine/system-clock.ts';
import { HOST } from '../../src/server/callers.ts';
import { loopback } from '../../src/server/http/access.ts';
import { serveOverHttp } from '../../src/server/http/http.ts';
import type { Hold } from '../../src/store/store.ts';
import { ROOM, idOf, submission, take } from '../../tests/contract/rows.ts';
import { type Composition, compose } from '../composition.ts';
import { answerEach, sharedNow } from '../conversation.ts';

/** Of what length the frames are, about. */
const ACTIVITY = 'reading what happens to the pages of a log that was written before they were: '.repeat(2);
const LEASE_MS = 3_600_000;

export interface Opened {
  readonly port: number;
  /** Of each stream. */
  readonly paths: readonly string[];
  /** Number of the last event there is, the same for each. */
  readonly head: number;
}

export interface Written {
  /** When each round of events was committed, or was there to be sent. */
  readonly committed: readonly number[];
}

export type Question =
  | { readonly kind: 'open' }
  /** Rounds of one event for each workflow; `every_ms` 0: one after the other. */
  | { readonly kind: 'write'; readonly rounds: number; readonly every_ms: number }
  /** Processor time of this process, milliseconds. */
  | { readonly kind: 'cpu' };

interface Source {
  open(): Promise<Opened>;
  /** Writes one event for each workflow; resolves with the time at which they were there. */
  write(): Promise<number>;
}

class Ours implements Source {
  readonly #composition: Promise<Composition>;
  readonly #holds: Hold[] = [];
  readonly #ids: readonly string[];

  constructor(folder: string, workflows: number) {
    mkdirSync(folder);
    this.#composition = compose({ file: join(folder, 'streams.db'), source: folder });
    this.#ids = Array.from({ length: workflows }, (_, n) => idOf(n + 1));
  }

  async open(): Promise<Opened> {
    const { orchestrator, store } = await this.#composition;
    const max_active = this.#ids.length;
    for (const [n, task_id] of this.#ids.entries()) {
      await store.workflows.create(submission(n + 1), { ...ROOM, max_active });
      this.#holds.push((await take(store, { task_id, max_active, lease_ms: LEASE_MS })).hold);
    }
    const { url } = await serveOverHttp(
      {
        version: '1.0.0',
        orchestrator: async () => orchestrator,
        access: loopback,
        clock: systemClock,
        random: Math.random,
        tasks: false,
        checks: [],
        log: { warn: console.error, debug: () => undefined },
      },
      {
        host: '127.0.0.1',
        port: 0,
        allowed_hosts: [],
        allowed_origins: [],
        cors_origins: [],
        rate_limit: 1000,
        owner_max_requests: 5000,
        max_connections: 5000,
      },
    );
    const { version } = await orchestrator.status(this.#ids[0] ?? '', HOST);
    return { port: Number(new URL(url).port), paths: this.#ids.map((id) => `/stream/${id}`), head: version };
  }

  async write(): Promise<number> {
    const { store, bus } = await this.#composition;
    const event = { event_type: 'agent_progress', agent_id: 'belter-1', data: { activity: ACTIVITY } } as const;
    await Promise.all(this.#holds.map((hold) => store.events.append(hold, [event])));
    const now = sharedNow();
    for (const task_id of this.#ids) bus.publish(task_id);
    return now;
  }
}

class Bare implements Source {
  readonly #answers: readonly Set<ServerResponse>[];
  #seq = 0;

  constructor(workflows: number) {
    this.#answers = Array.from({ length: workflows }, () => new Set());
  }

  async open(): Promise<Opened> {
    const server = createServer(({ url = '' }, answer) => {
      answer.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
      answer.write(': events\n\n');
      const among = this.#answers[Number(url.slice(1))];
      among?.add(answer);
      answer.once('close', () => among?.delete(answer));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const paths = this.#answers.map((_, n) => `/${n}`);
    return { port: (server.address() as AddressInfo).port, paths, head: 0 };
  }

  async write(): Promise<number> {
    this.#seq += 1;
    const now = sharedNow();
    for (const [n, among] of this.#answers.entries()) {
      const frame = frameOf(idOf(n + 1), this.#seq);
      for (const answer of among) answer.write(frame);
    }
    // What is written leaves, and what came is taken in, before the next.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    return now;
  }
}

function frameOf(task_id: string, seq: number): Buffer {
  const timestamp = new Date().toISOString();
  const data = { activity: ACTIVITY };
  const event = { task_id, seq, event_type: 'agent_progress', timestamp, agent_id: 'belter-1', data };
  return Buffer.from(`id: ${seq}\nevent: agent_progress\ndata: ${JSON.stringify(event)}\n\n`);
}

async function write(source: Source, rounds: number, every_ms: number): Promise<Written> {
  const committed: number[] = [];
  const begun = sharedNow();
  for (let round = 0; round < rounds; round += 1) {
    const early = begun + round * every_ms - sharedNow();
    if (early > 0) await passed(early);
    committed.push(await source.write());
  }
  return { committed };
}

const [who, ...rest] = process.argv.slice(2);
const source = who === 'ours' ? new Ours(rest[0] ?? '', Number(rest[1])) : new Bare(Number(rest[0]));
answerEach(async (asked) => {
  const question = asked as Question;
  if (question.kind === 'open') return source.open();
  if (question.kind === 'write') return write(source, question.rounds, question.every_ms);
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
});
