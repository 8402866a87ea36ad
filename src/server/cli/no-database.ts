/** Asking about workflows where no research was ever done: an empty store in memory answers, and nothing is created. */

import { existsSync } from 'node:fs';
import type { Config } from '../../config.ts';
import { Fault } from '../../core/errors.ts';
import type { CliParts } from './parts.ts';

/** What to open for commands about workflows that are there already. */
export interface Records {
  readonly config: Config;
  /** Adds to a NOT_FOUND that there is no database to find anything in. */
  readonly explained: <T>(asked: Promise<T>) => Promise<T>;
}

/** Throws STORE_* where it cannot be seen whether there is a database. */
export async function recordsOf(parts: CliParts, config: Config): Promise<Records> {
  // Looked for here first: completion asks at every press of a key, and the store's own look loads all of it.
  const there = existsSync(config.database) || (await (await parts.maintenance(config)).inspect()).exists;
  if (there) return { config, explained: (asked) => asked };
  return {
    config: { ...config, database: ':memory:' },
    explained: (asked) => asked.catch((thrown: unknown) => Promise.reject(withDatabase(thrown, config.database))),
  };
}

function withDatabase(thrown: unknown, file: string): unknown {
  if (!(thrown instanceof Fault) || thrown.code !== 'NOT_FOUND') return thrown;
  return new Fault('NOT_FOUND', `${thrown.message}: there is no database ${file}`, {
    hint: 'Name the data directory of the workflow with --home or BELTALOWDA_HOME, or its database with --db or BELTALOWDA_DB.',
    cause: thrown,
  });
}
