/** Requests in, answers out: the guard before every route, and the table of routes behind it. */

import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { Fault, toFault } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { callerOf } from './access.ts';
import { isJson, readBody } from './body.ts';
import type { Origins } from './origins.ts';
import { ownHeaders, requestId } from './own-headers.ts';
import type { OwnedRequests } from './owned-requests.ts';
import { problem } from './problem.ts';
import { parseQuery } from './query.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Route, Service } from './route.ts';
import { stopping } from './stopping.ts';

/** What is known of a request beyond what it says. */
export interface Connection {
  /** Where it comes from. */
  readonly address: string;
  readonly host: string | undefined;
  /** Aborted when the answer is done or the client gone. */
  readonly gone: AbortSignal;
  /** Aborted then, and when the service stops. */
  readonly ends: AbortSignal;
  readonly cut: () => void;
}

export interface Guard {
  readonly origins: Origins;
  readonly rate: RateLimit;
  readonly owned: OwnedRequests;
}

const CORS_METHODS = 'GET, POST, DELETE';
const CORS_REQUEST_HEADERS =
  'authorization, content-type, last-event-id, mcp-method, mcp-name, mcp-protocol-version, x-request-id, traceparent, tracestate, baggage';
const CORS_ANSWER_HEADERS = 'X-Request-Id, Retry-After, WWW-Authenticate, Content-Disposition';
const CORS_SECONDS = '600';

/** Of a route that says nothing of a query. */
const NO_QUERY = z.strictObject({});

type Env = { Bindings: Connection };

/** The whole service as a function of a request and its connection. */
export function httpApp(service: Service, guard: Guard): Hono<Env> {
  const app = new Hono<Env>();
  const told = (c: Context<Env>, thrown: unknown, headers: Readonly<Record<string, string>> = {}): Response => {
    const fault = toFault(thrown);
    if (fault.code === 'INTERNAL') {
      const err = fault.cause ?? fault;
      service.log.warn({ err, method: c.req.method, path: c.req.path }, fault.message);
    }
    return problem(fault, headers);
  };
  app.use('*', async (c, next) => {
    const began = service.clock.now();
    const request_id = requestId(c.req.header('x-request-id'));
    const refused = admitted(c, guard);
    if (refused !== null) c.res = told(c, refused);
    else if (isPreflight(c, guard)) c.res = new Response(null, { status: 204 });
    else await next();
    answerHeaders(c, request_id, guard);
    const { method, path } = c.req;
    service.log.debug({ request_id, method, path, status: c.res.status, ms: service.clock.now() - began }, 'request');
  });
  const routes = service.groups.flatMap((group) => group.routes);
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    app.on(route.method, path, (c) => served(c, route, { service, guard }).catch((thrown: unknown) => told(c, thrown)));
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map((route) => route.method);
    const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ');
    app.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), (c) =>
      told(c, new Fault('METHOD_NOT_ALLOWED', `${path} takes ${allow}`), { Allow: allow }),
    );
  }
  app.notFound((c) => {
    const near = nearest(c.req.path.slice(0, 100), [...new Set(routes.map((route) => route.path))]);
    const hint = near === null ? {} : { hint: `Did you mean ${near}?` };
    return told(c, new Fault('NO_SUCH_ROUTE', `nothing is at ${JSON.stringify(c.req.path.slice(0, 100))}`, hint));
  });
  app.onError((thrown, c) => told(c, thrown));
  return app;
}

/** Null, or why the request goes no further. In this order: what costs least, and tells least, first. */
function admitted(c: Context<Env>, { origins, rate }: Guard): Fault | null {
  const { host, address } = c.env;
  const origin = c.req.header('origin') ?? null;
  if (!origins.takesHost(host)) return new Fault('HOST_REFUSED', `this service does not answer for ${quoted(host)}`);
  if (!origins.takesOrigin(origin)) return new Fault('ORIGIN_REFUSED', `pages of ${quoted(origin)} may not ask here`);
  try {
    rate.take(address);
    return null;
  } catch (thrown) {
    return toFault(thrown);
  }
}

interface Serving {
  readonly service: Service;
  readonly guard: Guard;
}

async function served(c: Context<Env>, route: Route, { service, guard: { owned } }: Serving): Promise<Response> {
  if (service.draining.aborted && route.whileDraining !== true) {
    throw stopping();
  }
  const request = c.req.raw;
  const principal = await admittedAs(request, route, service);
  if (principal instanceof Response) return principal;
  const query = new URL(request.url).searchParams;
  if (route.query === undefined && query.size > 0) parseQuery(NO_QUERY, query);
  const { scope } = route;
  const { gone, ends, cut } = c.env;
  if (scope !== null) owned.enter(principal.owner, gone);
  const takesBody = route.method === 'POST';
  if (takesBody && !isJson(request.headers.get('content-type'))) {
    throw new Fault('MEDIA_TYPE_UNSUPPORTED', `${route.path} takes application/json`);
  }
  return route.handle({
    request,
    service,
    principal,
    caller: callerOf(principal),
    params: c.req.param(),
    query,
    body: takesBody ? await readBody(request) : '',
    gone,
    ends,
    // What was asked of nobody needs no credential to go on.
    lapsed: () => (scope === null ? gone : owned.lapsed({ request, principal, scope, gone })),
    cut,
  });
}

/** Who asks, or the answer to somebody who may not. A route that is for everybody is asked as nobody. */
async function admittedAs(request: Request, route: Route, { access }: Service) {
  const { scope } = route;
  if (scope === null) return { owner: '', scopes: new Set<never>() };
  const found = await access.authenticate(request);
  if ('refused' in found) return problem(found.refused, challenged(found.challenge));
  if (found.scopes.has(scope)) return found;
  return problem(new Fault('FORBIDDEN', `this takes the scope ${scope}`), challenged(access.challenge(scope)));
}

function challenged(challenge: string | null): Readonly<Record<string, string>> {
  return challenge === null ? {} : { 'WWW-Authenticate': challenge };
}

function isPreflight(c: Context<Env>, { origins }: Guard): boolean {
  const origin = c.req.header('origin') ?? null;
  return (
    c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined && origins.shares(origin)
  );
}

function answerHeaders(c: Context<Env>, request_id: string, { origins }: Guard): void {
  const { headers } = c.res;
  ownHeaders(headers, request_id);
  const origin = c.req.header('origin') ?? null;
  if (origin !== null && origins.shares(origin)) {
    headers.set('Access-Control-Allow-Origin', origin);
    headers.set('Access-Control-Expose-Headers', CORS_ANSWER_HEADERS);
    headers.append('Vary', 'Origin');
    if (c.req.method === 'OPTIONS') {
      headers.set('Access-Control-Allow-Methods', CORS_METHODS);
      headers.set('Access-Control-Allow-Headers', CORS_REQUEST_HEADERS);
      headers.set('Access-Control-Max-Age', CORS_SECONDS);
    }
  }
}

function quoted(text: string | null | undefined): string {
  return text === null || text === undefined ? 'a request without a host' : JSON.stringify(text.slice(0, 100));
}
