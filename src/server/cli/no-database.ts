/** What there is to ask about where no research was ever done. Nothing is created to find that out. */

import { existsSync } from 'node:fs';
import type { Config } from '../../config.ts';
import { Fault } from '../../core/errors.ts';
import type { AnalyticsView } from '../../core/listing.ts';
import type { Orchestrator } from '../../core/views.ts';
import type { CliParts } from './parts.ts';

/**
 * The orchestrator for commands about workflows that are there already. Without a database, one that lists nothing and
 * answers NOT_FOUND for every task_id. Throws STORE_* where it cannot be seen whether there is one.
 */
export async function openRecords(parts: CliParts, config: Config): Promise<Orchestrator> {
  // Looked for here first: completion asks at every press of a key, and the store's own look loads all of it.
  const there = existsSync(config.database) || (await (await parts.maintenance(config)).inspect()).exists;
  return there ? parts.open(config) : nothingRecorded(config.database);
}

function nothingRecorded(file: string): Orchestrator {
  const unknown = (task_id: string): Promise<never> =>
    Promise.reject(
      new Fault('NOT_FOUND', `there is no workflow ${JSON.stringify(task_id)}: there is no database ${file}`, {
        hint: 'Name the data directory of the workflow with --home or BELTALOWDA_HOME, or its database with --db or BELTALOWDA_DB.',
      }),
    );
  return {
    // No command about what is there starts anything.
    start: () => Promise.reject(new Fault('INTERNAL', `nothing can be started: there is no database ${file}`)),
    status: unknown,
    result: unknown,
    cancel: unknown,
    resume: unknown,
    events: unknown,
    source: unknown,
    document: unknown,
    audit: unknown,
    replay: unknown,
    delete: unknown,
    list: () => Promise.resolve({ workflows: [] }),
    taskIds: () => Promise.resolve([]),
    analytics: (_caller, { since = null, until = null } = {}) => Promise.resolve({ ...NO_FIGURES, since, until }),
    watch: () => () => undefined,
    recover: () => undefined,
    close: () => Promise.resolve(),
  };
}

const NO_FIGURES: AnalyticsView = {
  since: null,
  until: null,
  totals: {
    total_workflows: 0,
    success_rate: null,
    avg_execution_time: null,
    total_cost_usd: 0,
    by_status: { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 },
  },
  by_pattern: [],
  by_model: [],
  by_day: [],
  slowest: [],
  most_expensive: [],
  failures: [],
};
