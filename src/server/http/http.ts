/**
 * The HTTP edge: where it listens, what it takes, how it stops. Everything it knows of a workflow is asked of the
 * orchestrator; nothing here outlives the process.
 */

import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Fault } from '../../core/errors.ts';
import { httpApp } from './app.ts';
import { EventHubs } from './event-hub.ts';
import { Health, type HealthCheck } from './health.ts';
import { McpHandlers } from './mcp-handlers.ts';
import { nodeServer } from './node-server.ts';
import { type Addressed, isLoopback, Origins } from './origins.ts';
import { type Incoming, OpenExchanges } from './open-exchanges.ts';
import { OwnedRequests } from './owned-requests.ts';
import { Pipelines } from './pipelines.ts';
import { RateLimit } from './rate-limit.ts';
import type { HttpParts, Service } from './route.ts';
import { ROUTE_GROUPS } from './routes.ts';
import { unparsed, unreadable } from './unreadable.ts';

export type { HttpParts } from './route.ts';

export interface Listening extends Addressed {
  /** 0: any that is free. */
  readonly port: number;
  /** Requests of one address in a minute, but for those of this machine. */
  readonly rate_limit: number;
  /** Requests of one owner that may be open at once, but for those of this machine's user. */
  readonly owner_max_requests: number;
  /** Each holds memory, whoever opened it. */
  readonly max_connections: number;
}

export interface HttpService {
  /** `http://127.0.0.1:8417`. */
  readonly url: string;
  /**
   * Takes nothing new, tells streams to come back, ends waits, gives what is under way a few seconds, then stops
   * listening. Workflows are not touched.
   */
  close(): Promise<void>;
}

/** Once the service stops: what waited has so long to be answered, what worked so long to end, what was aborted so long to be told. */
const PROMPT_MS = 1000;
const GRACE_MS = 3000;
const FAREWELL_MS = 500;
/** A database that is written is looked at by a write; more often would only cost the disk. */
const DATABASE_TTL_MS = 5000;

/** Throws ACCESS_REQUIRED for an address that others can reach, unless access is configured. */
export function checkAddress(
  { host }: Pick<Addressed, 'host'>,
  { configured }: { readonly configured: boolean },
): void {
  if (configured || isLoopback(host)) return;
  throw new Fault('ACCESS_REQUIRED', `${host} can be reached from other machines, and no access control is configured`);
}

/** Listens, or throws ACCESS_REQUIRED or ADDRESS_UNAVAILABLE. */
export async function serveOverHttp(parts: HttpParts, listening: Listening): Promise<HttpService> {
  checkAddress(listening, parts.access);
  const drain = new AbortController();
  const service = serviceOf(parts, drain.signal);
  const open = new OpenExchanges(parts.clock);
  const { access, clock, log } = parts;
  const rate = new RateLimit(listening.rate_limit, clock);
  const app = httpApp(service, {
    origins: new Origins(listening),
    rate,
    owned: new OwnedRequests({ access, clock, log, most: listening.owner_max_requests }),
  });
  const fetched = async (request: Request, env: unknown): Promise<Response> =>
    app.fetch(request, open.connection(env as Incoming));
  const server = nodeServer();
  const pipelines = new Pipelines();
  const answered = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    if (!pipelines.takes(incoming, outgoing)) return;
    const listener = getRequestListener(fetched, {
      // The whole process would get this library's Request and Response in the place of Node's.
      overrideGlobalObjects: false,
      errorHandler: (thrown) => unreadable(thrown, incoming, { rate, log }),
    });
    listener(incoming, outgoing).catch((thrown: unknown) => {
      parts.log.warn({ err: thrown }, 'a request that could not be answered');
      outgoing.destroy();
    });
  };
  server.on('request', answered);
  // An expectation that nobody knows is let be, as it may be (RFC 9110, 10.1.1): Node would refuse it past the guard.
  server.on('checkExpectation', answered);
  server.on('clientError', (error, socket) => unparsed(error, socket, { rate, log, pipelines }));
  server.maxConnections = listening.max_connections;
  const url = await listen(server, listening);
  return {
    url,
    close: async () => {
      drain.abort();
      service.hubs.wake();
      open.end();
      // What waited is answered; subscriptions have nothing to wait for.
      await open.leave({ ms: PROMPT_MS, besides: () => service.mcp.subscriptions });
      await service.mcp.endSubscriptions();
      await open.leave({ ms: GRACE_MS, besides: () => 0 });
      // Calls that did not end by themselves are told so, as far as they can be.
      await service.mcp.close();
      await open.leave({ ms: FAREWELL_MS, besides: () => 0 });
      service.hubs.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What a service's routes share. */
export function serviceOf(parts: HttpParts, draining: AbortSignal): Service {
  const { clock, version, log, orchestrator, lag } = parts;
  const database: HealthCheck = {
    name: 'database',
    vital: true,
    ttl_ms: DATABASE_TTL_MS,
    look: async () => (await orchestrator()).probe(),
  };
  return {
    ...parts,
    groups: ROUTE_GROUPS,
    hubs: new EventHubs({ orchestrator, clock, lag, failed: (err) => log.warn({ err }, 'events could not be read') }),
    mcp: new McpHandlers(parts),
    health: new Health({ checks: [database, ...parts.checks], clock, version }),
    draining,
  };
}

async function listen(server: Server, { host, port }: Listening): Promise<string> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Fault('ADDRESS_UNAVAILABLE', `cannot listen on ${host} port ${port}: ${reason}`, { cause: thrown });
  }
  const at = server.address();
  const bound = typeof at === 'object' && at !== null ? at.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
}
