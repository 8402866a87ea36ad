/**
 * Whatever comes in over HTTP: the service goes on, every refusal says why, no error is of our making, nobody is told what
 * is another's, nothing of what came is kept in memory. `REQUESTS` sets how many, `SEED` repeats a run. Requests are made
 * from the list of routes and the schemas of the tools, so that a new one is asked as well.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answersIn, Wire } from '../support/fuzz/wire.ts';
import { Clients } from '../support/fuzz/clients.ts';
import { type Answered, faultsOf } from '../support/fuzz/judge.ts';
import { Requests, type Sent } from '../support/fuzz/requests.ts';
import { openTown, TENANTS, type Tenant, type TenantName, type Town } from '../support/fuzz/town.ts';
import { Random } from '../support/random.ts';
import { REQUESTS, SEED } from '../support/sizes.ts';

/** Sent at a time. */
const ROUND = 50;
/** Connections at a time, each with bytes of its own. */
const CONNECTIONS = 25;
/** Of all that is sent, so much is bytes for which there is no client. */
const RAW = 0.25;
/** Looks at the heap, and how much must be sent for what it shows to mean anything. */
const LOOKS = 10;
const LEAST = 20_000;
/** Bytes that a request may leave behind, by the slope over the second half. Were it kept, it would be a kilobyte at least. */
const MOST_LEFT = 256;
const FOREVER = { timeout: 7_200_000 };

/** The heap after collection, in bytes. Only where it is asked for: each look takes a while. */
function heap(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

/** Whether what each tenant has is told to them, and is as it was, by a right request in each way there is. */
class Plain {
  readonly #town: Town;
  readonly #before: ReadonlyMap<string, string>;

  private constructor(town: Town, before: ReadonlyMap<string, string>) {
    this.#town = town;
    this.#before = before;
  }

  static async of(town: Town): Promise<Plain> {
    const before = TENANTS.map(async (name) => [name, await reportOf(town, town.tenants[name])] as const);
    const plain = new Plain(town, new Map(await Promise.all(before)));
    for (const [name, report] of plain.#before) {
      if (!report.startsWith('200 true true ')) throw new Error(`${name} is told ${report.slice(0, 500)}`);
    }
    return plain;
  }

  /** Whose is another than it was. */
  async changed(): Promise<readonly string[]> {
    const changed = TENANTS.map(async (name) =>
      (await reportOf(this.#town, this.#town.tenants[name])) === this.#before.get(name) ? [] : [name],
    );
    return (await Promise.all(changed)).flat();
  }
}

/** Of a report all of it; of the workflow that waits only whether it is told. */
async function reportOf(town: Town, { ended, token, canary, waiting }: Tenant): Promise<string> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const got = await fetch(`${town.url}/workflows/${ended}/result?detail=evidence`, { headers });
  const text = await got.text();
  const params = { name: 'get_status', arguments: { task_id: waiting } };
  const status = await fetch(`${town.url}/mcp`, {
    method: 'POST',
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    headers: { ...headers, Accept: 'application/json, text/event-stream' },
  });
  const told = (await status.text()).includes(`"task_id":"${waiting}"`);
  return `${got.status} ${text.includes(canary)} ${told} ${text}`;
}

/**
 * What is left of each request: the middle one of the slopes between any two looks of the later half. Null where too few were sent to say.
 */
function leftBehind(heaps: readonly { readonly sent: number; readonly bytes: number }[]): number | null {
  const judged = heaps.slice(Math.floor(heaps.length / 2));
  const slopes = judged.flatMap((one, n) =>
    judged.slice(n + 1).map((other) => (other.bytes - one.bytes) / (other.sent - one.sent)),
  );
  return slopes.toSorted((a, b) => a - b)[Math.floor(slopes.length / 2)] ?? null;
}

function shown({ method, path, headers, body, who }: Sent): string {
  return `${who ?? 'nobody'}: ${method} ${path} ${JSON.stringify(headers)} ${body?.toString().slice(0, 2000) ?? ''}`;
}

/** As text that an answer may repeat. */
function askedOf({ path, body, headers }: Sent): string {
  return `${path} ${body?.toString() ?? ''} ${JSON.stringify(headers)}`;
}

async function thrown(
  count: number,
  throwRound: (town: Town, clients: Clients) => (size: number) => Promise<string[]>,
) {
  const town = await openTown();
  const clients = new Clients(town);
  onTestFinished(() => clients.close());
  const round = throwRound(town, clients);
  const plain = await Plain.of(town);
  const heaps: { sent: number; bytes: number }[] = [];
  for (let sent = 0; sent < count;) {
    const size = Math.min(ROUND, count - sent);
    const found = await round(size);
    sent += size;
    const changed = sent === count || sent % (ROUND * 10) === 0 ? await plain.changed() : [];
    expect([...found, ...town.defects, ...changed]).toEqual([]);
    if (count >= LEAST && sent >= ((heaps.length + 1) * count) / LOOKS) heaps.push({ sent, bytes: heap() });
  }
  return { heaps, left: leftBehind(heaps) };
}

const TOLD = { status: 200, type: 'application/json', body: '{}', whole: true };
const PROBLEM = 'application/problem+json';

/** Answers that must not go through. */
const WRONG: readonly (readonly [string, (town: Pick<Town, 'tenants'>) => Partial<Answered>])[] = [
  ['a word of another’s', ({ tenants }) => ({ text: `{"title":"Of ${tenants.ann.canary}"}` })],
  ['an id of another’s', ({ tenants }) => ({ text: tenants.cleo.waiting })],
  ['500 without a code', () => ({ status: 500, type: 'text/plain', body: 'Internal Server Error' })],
  ['500 before its end', () => ({ status: 500, whole: false })],
  ['an INTERNAL problem', () => ({ status: 500, type: PROBLEM, body: '{"code":"INTERNAL"}' })],
  ['a code under another status', () => ({ status: 404, type: PROBLEM, body: '{"code":"INVALID_INPUT"}' })],
  ['a refusal that is no problem', () => ({ status: 400, body: '{"message":"no"}' })],
  [
    'an error of ours in the protocol',
    () => ({ body: '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"x"}}' }),
  ],
  [
    'the same in a stream',
    () => ({
      type: 'text/event-stream',
      body: 'event: message\ndata: {"jsonrpc":"2.0","id":1,"result":{"structuredContent":{"error":{"code":"INTERNAL"}}}}\n\n',
    }),
  ],
];

function tenantOf(name: TenantName): Tenant {
  const [ended, waiting] = [`wf_ended_of_${name}`, `wf_waiting_of_${name}`];
  const rest = { token: '', reading: '', source: '', ids: [], cursors: [] };
  return { name, canary: `canary of ${name}`, ended, waiting, ...rest };
}

test('what must not be answered is seen', () => {
  const tenants = TENANTS.map((name) => [name, tenantOf(name)] as const);
  const town = { tenants: Object.fromEntries(tenants) as Record<TenantName, Tenant> };
  const asked = `/workflows/${town.tenants.ann.ended}`;
  expect(faultsOf({ ...TOLD, text: town.tenants.ann.ended }, 'ben', { town, asked })).toEqual([]);
  for (const [what, answer] of WRONG) {
    const found = faultsOf({ text: '', ...TOLD, ...answer(town) }, 'ben', { town, asked });
    expect([what, found.length]).toEqual([what, 1]);
  }
});

describe(`HTTP (seed ${SEED})`, () => {
  test(`${Math.ceil(REQUESTS * (1 - RAW))} requests over right HTTP`, FOREVER, async ({ annotate }) => {
    const statuses = new Map<number, number>();
    const { heaps, left } = await thrown(Math.ceil(REQUESTS * (1 - RAW)), (town, clients) => {
      const requests = new Requests(new Random(SEED), town);
      return async (size) => {
        const exchanges = await clients.exchanged(Array.from({ length: size }, () => requests.next()));
        return exchanges.flatMap(({ sent, answered }) => {
          if (answered === null) return [];
          statuses.set(answered.status, (statuses.get(answered.status) ?? 0) + 1);
          const faults = faultsOf(answered, sent.who, { town, asked: askedOf(sent) });
          return faults.map((fault) => `${fault}: ${shown(sent)} → ${answered.text.slice(0, 1000)}`);
        });
      };
    });
    await annotate(
      `answers ${JSON.stringify(Object.fromEntries(statuses))}; heaps ${JSON.stringify(heaps)}; ${left} left`,
    );
    // Not all of it is refused at the door, and none of it goes through unseen.
    for (const status of [200, 400, 401, 404]) expect(statuses.get(status) ?? 0).toBeGreaterThan(REQUESTS / 1000);
    expect(left ?? 0).toBeLessThan(MOST_LEFT);
  });

  test(`${Math.ceil(REQUESTS * RAW)} connections with bytes of all kinds`, FOREVER, async ({ annotate }) => {
    const statuses = new Map<number, number>();
    const { heaps, left } = await thrown(Math.ceil(REQUESTS * RAW), (town, clients) => {
      const random = new Random(SEED);
      const wire = new Wire(random, new Requests(random, town));
      return async (size) => {
        const faults: string[] = [];
        for (let sent = 0; sent < size; sent += CONNECTIONS) {
          const all = Array.from({ length: Math.min(CONNECTIONS, size - sent) }, () => wire.next());
          const texts = await Promise.all(all.map((bytes) => clients.raw(bytes)));
          for (const [n, { sent: request, pieces }] of all.entries()) {
            const asked = `${askedOf(request)} ${Buffer.concat([...pieces]).toString('latin1')}`;
            for (const answered of answersIn(texts[n] ?? '')) {
              statuses.set(answered.status, (statuses.get(answered.status) ?? 0) + 1);
              const found = faultsOf(answered, request.who, { town, asked });
              faults.push(
                ...found.map((fault) => `${fault}: ${asked.slice(0, 3000)} → ${answered.text.slice(0, 1000)}`),
              );
            }
          }
        }
        return faults;
      };
    });
    await annotate(
      `answers ${JSON.stringify(Object.fromEntries(statuses))}; heaps ${JSON.stringify(heaps)}; ${left} left`,
    );
    for (const status of [200, 400, 404, 431]) expect(statuses.get(status) ?? 0).toBeGreaterThan(0);
    expect(left ?? 0).toBeLessThan(MOST_LEFT);
  });
});
