/**
 * Routes are data: method, path, what the caller must be allowed, what goes in and comes out. The server, the OpenAPI
 * document and the test that tries every route as every kind of caller are all made from them.
 */

import type { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { Caller, Orchestrator } from '../../core/views.ts';
import type { JsonSchema } from '../mcp/schema.ts';
import type { McpLog } from '../mcp/mcp.ts';
import type { Scope } from '../scope.ts';
import type { Access, Principal } from './access.ts';
import type { EventHubs } from './event-hub.ts';
import type { Health, HealthCheck } from './health.ts';
import type { MakeServer, McpHandlers } from './mcp-handlers.ts';

/** What the composition root gives to the service. */
export interface HttpParts {
  readonly version: string;
  /** Opened at the first call and then the same; rejects when it cannot be, and may be asked again. */
  readonly orchestrator: () => Promise<Orchestrator>;
  readonly access: Access;
  readonly clock: Clock;
  /** From 0 to 1: spreads what many clients would else do at once. */
  readonly random: () => number;
  /** Whether MCP clients of the 2026 era that take tasks are given them. */
  readonly tasks: boolean;
  /** What is offered at /mcp; the product's tools, resources and prompts unless told. */
  readonly server?: MakeServer | undefined;
  /** What /health looks at beside the database. */
  readonly checks: readonly HealthCheck[];
  /** What /metrics answers; nothing where nobody counts. */
  readonly metrics?: (() => Promise<string>) | undefined;
  /** Told how long after it was recorded an event was read for those who follow its workflow, milliseconds. */
  readonly lag?: ((ms: number) => void) | undefined;
  readonly log: McpLog & { debug(fields: object, message: string): void };
}

/** What one running service has, shared by its routes. */
export interface Service extends HttpParts {
  readonly groups: readonly RouteGroup[];
  readonly hubs: EventHubs;
  readonly mcp: McpHandlers;
  readonly health: Health;
  /** Aborted when the service begins to stop: nothing new is taken any more. */
  readonly draining: AbortSignal;
}

/** One request, after its guard. */
export interface Exchange {
  readonly request: Request;
  readonly service: Service;
  readonly principal: Principal;
  readonly caller: Caller;
  /** Parts of the path, decoded, by their names in the route. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The body as text; empty for a method without one. */
  readonly body: string;
  /** Aborted when the client is gone, and when the answer is done. */
  readonly gone: AbortSignal;
  /** Aborted then, and when the service stops: ends a wait, never a workflow. */
  readonly ends: AbortSignal;
  /** For an answer that stays open: aborted once the credential it was asked with is refused. */
  readonly lapsed: () => AbortSignal;
  /** Breaks the connection off: for a client that does not read. */
  readonly cut: () => void;
}

interface Answer {
  readonly media: string;
  /** Of a JSON answer, or of the data of one event. */
  readonly schema?: () => JsonSchema;
  readonly description: string;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `/workflows/{id}`. */
  readonly path: string;
  /** Null: no credential is asked for, and the route tells nothing that is anybody's. */
  readonly scope: Scope | null;
  readonly summary: string;
  /** Without one, any query is refused. */
  readonly query?: z.ZodObject;
  /** Schema of a JSON body. */
  readonly body?: () => JsonSchema;
  readonly answer: Answer;
  /** Whether it is served while the service stops: how it is, not what it does. */
  readonly whileDraining?: boolean;
  readonly handle: (exchange: Exchange) => Promise<Response>;
}

/** Routes about one thing; each group is a file, listed in routes.ts. */
export interface RouteGroup {
  readonly name: string;
  readonly description: string;
  readonly routes: readonly Route[];
}

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });
}
