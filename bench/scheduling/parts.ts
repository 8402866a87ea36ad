/** The orchestrator as one process has it, over a SQLite file, with a given model in the place of the shipped one. */

import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inProcessBus } from '../../src/bus/in-process.ts';
import type { Caller } from '../../src/core/views.ts';
import { InProcessDispatcher } from '../../src/engine/dispatch/in-process.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { openNode } from '../../src/node.ts';
import type { LocalOrchestrator } from '../../src/orchestrator.ts';
import { extractiveModel } from '../../src/providers/models/extractive/extractive.ts';
import type { Library, OfflineModel } from '../../src/providers/providers.ts';
import { openLibrary } from '../../src/providers/tools/documents/documents.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { libraryInMemory } from './library.ts';
import { type CallTimes, type Ears, overheard, slowModel } from './models.ts';
import { settings } from '../../tests/support/settings.ts';

/** The defaults of the settings. */
export const LIMITS = { max_active: 50, max_queued: 1000, total: 64, max_concurrent: 10 } as const;
export const CALLER: Caller = { owner: 'bench', trusted: true };
const EXAMPLES = fileURLToPath(new URL('../../examples/documents', import.meta.url));

export type Variant = 'slow' | 'extractive';

export interface Parts {
  readonly orchestrator: LocalOrchestrator;
  readonly store: Store;
  close(): Promise<void>;
}

function log(message: string, thrown?: unknown): void {
  console.error(message, thrown);
}

export async function openParts(variant: Variant, times: CallTimes, ears: Ears): Promise<Parts> {
  const folder = await mkdtemp(join(tmpdir(), 'beltalowda-bench-'));
  const clock = systemClock;
  const store = await openSqliteStore({ file: join(folder, 'bench.db'), clock });
  const bus = inProcessBus({ clock, changes: () => store.changes(), failed: (thrown) => log('the bus', thrown) });
  const library: Library =
    variant === 'slow' ? libraryInMemory() : openLibrary({ cacheDirectory: join(folder, 'cache'), log });
  const own: OfflineModel = variant === 'slow' ? slowModel(variant, times) : extractiveModel();
  const model = overheard(own, ears);
  const { max_active, max_queued, total, max_concurrent } = LIMITS;
  const orchestrator = openNode({
    store,
    bus,
    dispatcher: new InProcessDispatcher({ total }),
    library,
    model: () => model,
    lastResort: extractiveModel(),
    clock,
    random: Math.random,
    admission: { max_active, max_queued },
    log: (message, thrown) => {
      // A cancel aborts what is under way: that it failed is what was asked for.
      if (!(thrown instanceof Error && thrown.name === 'AbortError')) log(message, thrown);
    },
    settings: settings({ sources: [EXAMPLES], model: variant, max_concurrent_agents: max_concurrent }),
    closeRest: () => library.close(),
  });
  orchestrator.recover();
  const close = async (): Promise<void> => {
    await orchestrator.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { orchestrator, store, close };
}
