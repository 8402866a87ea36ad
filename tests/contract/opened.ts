/** Stores to run the contract against. */

import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import type { Hold, Store } from '../../src/store/store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { LEASE_MS, running, take } from './rows.ts';

interface OpenedStore {
  readonly store: Store;
  /** Closes the store, if it is open, and opens the same data again. */
  reopen(): Promise<Store>;
  /** Another store on the same data, as another process would have it. */
  second(): Promise<Store>;
  dispose(): Promise<void>;
}

/** Opens a store on new, empty data. */
export type OpenStore = (clock: Clock) => Promise<OpenedStore>;

export interface Fresh extends OpenedStore {
  readonly clock: FakeClock;
}

export async function fresh(open: OpenStore): Promise<Fresh> {
  const clock = new FakeClock();
  const opened = await open(clock);
  onTestFinished(() => opened.dispose());
  return { ...opened, clock };
}

/** A hold that was good until another process took its workflow over. */
export async function staleHold(at: Fresh): Promise<Hold> {
  const hold = await running(at.store);
  at.clock.jump(LEASE_MS + 1);
  await take(at.store, { holder: 'two' });
  return hold;
}
