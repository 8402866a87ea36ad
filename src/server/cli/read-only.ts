/** Looking at workflows where nothing can be written: a copy of the database is opened in place of it, and removed afterwards. */

import type { Config } from '../../config.ts';
import type { DatabaseCopy } from '../../core/audit.ts';
import { Fault } from '../../core/errors.ts';
import type { Orchestrator } from '../../core/views.ts';
import type { CliParts } from './parts.ts';

interface Readable {
  open(this: void): Promise<Orchestrator>;
  /** After the orchestrator is closed. */
  close(): Promise<void>;
}

/** Opens the database itself where that is possible. */
export function readable(parts: CliParts, config: Config): Readable {
  let copy: DatabaseCopy | null = null;
  return {
    open: async () => {
      try {
        return await parts.open(config);
      } catch (thrown) {
        if (!cannotBeWritten(thrown)) throw thrown;
        copy = await (await parts.maintenance(config)).copy();
        parts.terminal.err(`note: ${config.database} cannot be written; this is read from a copy of it.\n`);
        return parts.open({ ...config, database: copy.file });
      }
    },
    close: async () => copy?.remove(),
  };
}

/** A full disk has no room for the shared memory that reading takes. */
function cannotBeWritten(thrown: unknown): boolean {
  return thrown instanceof Fault && (thrown.code === 'STORE_READ_ONLY' || thrown.code === 'STORE_FULL');
}
