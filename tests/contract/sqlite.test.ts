import { rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { newDatabase } from '../support/new-database.ts';
import { storeContract } from './store.contract.ts';

storeContract('SQLite', async (clock) => {
  const folder = await mkdtemp(join(tmpdir(), 'beltalowda-contract-'));
  const file = await newDatabase(join(folder, 'a.db'));
  const opened: Store[] = [];
  const open = async (): Promise<Store> => {
    const store = await openSqliteStore({ file, clock });
    opened.push(store);
    return store;
  };
  const store = await open();
  return {
    store,
    reopen: async () => {
      await store.close();
      return open();
    },
    second: open,
    dispose: async () => {
      await Promise.all(opened.map((one) => one.close()));
      await rm(folder, { recursive: true });
    },
  };
});
