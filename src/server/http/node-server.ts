/** Node's server, and how long it waits for what a client sends. */

import { createServer, type Server } from 'node:http';

/** A client has so long to send its headers, and its whole request. */
export const HEADERS_MS = 10_000;
export const REQUEST_MS = 30_000;
const IDLE_MS = 60_000;
/** How often that is looked at. Node looks every 30 s unless told, so that ten seconds could be forty. */
const LOOK_MS = 1000;

export function nodeServer(): Server {
  return createServer({
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: IDLE_MS,
    connectionsCheckingInterval: LOOK_MS,
    // One without a host is refused here as well, but in the form of every refusal.
    requireHostHeader: false,
  });
}
