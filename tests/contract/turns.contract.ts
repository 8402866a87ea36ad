import { expect, test } from 'vitest';
import type { Lane, Store } from '../../src/store/store.ts';
import { busy, claim, due, registration, tell, telling } from './messages.ts';
import { fresh, type OpenStore } from './opened.ts';

const LIMITS = { in_all: 6, per_owner: 4, per_host: 4, failing: 2 };
const TURNS = 8;

async function register(store: Store, owner: string, hosts: readonly string[]): Promise<void> {
  for (const host of hosts) {
    await store.webhooks.register(
      registration({ webhook_id: `wh_${owner}_${host}`, owner, host, url: `https://${host}/` }),
    );
  }
}

/** Owners whose every message is taken at once, with more of them than there are places in all the turns of a test. */
async function backlog(store: Store, owners: readonly string[]): Promise<void> {
  let n = 100;
  for (const owner of owners) {
    await register(
      store,
      owner,
      ['a', 'b', 'c'].map((host) => `${owner}.${host}.example`),
    );
    for (let made = 0; made < 4; made += 1) {
      const hold = await telling(store, (n += 1), owner);
      await tell(store, hold, ...Array.from({ length: TURNS }, () => 'agent_progress' as const));
    }
  }
  while (await store.deliveries.collect()) continue;
}

/** Who is begun, turn after turn, where all places but one are taken by the backlog of `owners` and one comes free at each turn. */
async function turns(store: Store, owners: readonly string[], failing: readonly Lane[]): Promise<readonly string[]> {
  const begun: string[] = [];
  let under = [...(await due(store, { limits: { ...LIMITS, failing: 0 }, failing }))];
  expect(under.every(({ owner }) => owners.includes(owner))).toBe(true);
  for (let turn = 0; turn < TURNS; turn += 1) {
    const [over, ...rest] = under;
    if (over !== undefined) await store.deliveries.settle(over.hold, { kind: 'delivered', status: 204 });
    const { claimed } = await store.deliveries.claim(claim({ limits: LIMITS, failing, busy: busy(rest) }));
    expect(claimed.length).toBe(1);
    begun.push(...claimed.map(({ owner, host }) => `${owner} ${host}`));
    under = [...rest, ...claimed];
  }
  return begun;
}

export function turnContract(open: OpenStore): void {
  test('a host that did not answer is tried as soon as there is a place, however much others have to send', async () => {
    const { store } = await fresh(open);
    const owners = ['ann', 'ben'];
    await register(store, 'local', ['late.example']);
    await telling(store);
    await backlog(store, owners);
    const begun = await turns(store, owners, [{ owner: 'local', host: 'late.example' }]);
    expect(begun[0]).toBe('local late.example');
  });

  test('nor does what its own owner sends elsewhere keep it waiting', async () => {
    const { store } = await fresh(open);
    await backlog(store, ['ann']);
    await register(store, 'ann', ['late.example']);
    await telling(store, 1, 'ann');
    const begun = await turns(store, ['ann'], [{ owner: 'ann', host: 'late.example' }]);
    expect(begun[0]).toBe('ann late.example');
  });

  test('hosts of one owner that do not answer never take the last place there is for such hosts', async () => {
    const { store } = await fresh(open);
    const hosts = ['a.example', 'b.example', 'c.example'];
    await register(store, 'bad', hosts);
    await telling(store, 1, 'bad');
    const failing = hosts.map((host) => ({ owner: 'bad', host }));
    const first = await due(store, { limits: LIMITS, failing });
    expect(first.map(({ host }) => host)).toEqual(['a.example']);
    await register(store, 'local', ['late.example']);
    await telling(store, 2);
    const mine = { owner: 'local', host: 'late.example' };
    const more = await due(store, { limits: LIMITS, failing: [...failing, mine], busy: busy(first) });
    expect(more.map(({ host }) => host)).toEqual(['late.example']);
  });

  test('of hosts that do not answer the one that was tried longest ago comes first, whatever waits for it', async () => {
    const { store, clock } = await fresh(open);
    await register(store, 'bad', ['a.example']);
    for (let n = 1; n <= 3; n += 1) await telling(store, n, 'bad');
    while (await store.deliveries.collect()) continue;
    clock.jump(1);
    await register(store, 'bad', ['b.example']);
    await telling(store, 4, 'bad');
    const failing = ['b.example', 'a.example'].map((host) => ({ owner: 'bad', host }));
    const [first] = await due(store, { limits: { ...LIMITS, failing: 1 }, failing });
    expect(first?.host).toBe('b.example');
  });
}
