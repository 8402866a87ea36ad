/** The fixture server behind the door of the service, on a free port of this machine. */

import { systemClock } from '../../src/engine/system-clock.ts';
import { loopback } from '../../src/server/http/access.ts';
import { type HttpService, serve, serviceOf } from '../../src/server/http/http.ts';
import { McpHandlers } from '../../src/server/http/mcp-handlers.ts';
import { fixtureServer } from './fixture-server.ts';
import { Jobs } from './jobs.ts';

interface FixtureService extends HttpService {
  /** What it complained of. */
  readonly complaints: readonly string[];
}

/** To be closed by whoever opens it. */
export async function fixtureService(): Promise<FixtureService> {
  const jobs = new Jobs();
  const complaints: string[] = [];
  const parts = {
    version: '1.2.3',
    orchestrator: async () => jobs,
    access: loopback,
    clock: systemClock,
    random: Math.random,
    tasks: true,
    checks: [],
    log: { warn: (_fields: object, message: string) => void complaints.push(message), debug: () => {} },
  };
  const drain = new AbortController();
  const listening = {
    host: '127.0.0.1',
    port: 0,
    allowed_hosts: [],
    allowed_origins: [],
    cors_origins: [],
    rate_limit: 1000,
  };
  const mcp = new McpHandlers({ ...parts, server: (of, era) => fixtureServer(of, era, jobs) });
  const service = await serve({ ...serviceOf(parts, drain.signal), mcp }, { drain, listening });
  return { ...service, complaints };
}
