/** Errors of the service: where it listens, who may ask, and in which form. */

import type { CatalogueEntry } from './entry.ts';

export const SERVICE = {
  ACCESS_REQUIRED: {
    meaning: 'The service was to listen where other machines can reach it, and nothing says who may ask.',
    hint: 'Leave --host at 127.0.0.1, or say who may ask: `beltalowda token create --owner NAME --tokens-file FILE`, then `serve` with that file. A proxy before it needs that as well.',
    retryable: false,
    exit: 2,
  },
  ACCESS_UNAVAILABLE: {
    meaning: 'Whether the token is right cannot be known now: the keys of the authorization server cannot be had.',
    hint: 'Try again in a moment. Whoever runs the service: see that it reaches BELTALOWDA_OAUTH_JWKS_URL.',
    retryable: true,
    exit: 1,
  },
  ADDRESS_UNAVAILABLE: {
    meaning: 'The service cannot listen at the address and port it was told.',
    hint: 'Choose another with --port or --host, or end the program that listens there.',
    retryable: true,
    exit: 1,
  },
  HOST_REFUSED: {
    meaning: 'The request names a host that this service does not answer for, as a web page does that is after it.',
    hint: 'Ask for it by an address of this machine, or list the name in BELTALOWDA_ALLOWED_HOSTS.',
    retryable: false,
    exit: 2,
  },
  ORIGIN_REFUSED: {
    meaning: 'The request comes from a web page of another origin.',
    hint: 'List the origin in BELTALOWDA_ALLOWED_ORIGINS, or in BELTALOWDA_CORS_ORIGINS if its pages are to read answers.',
    retryable: false,
    exit: 2,
  },
  UNAUTHENTICATED: {
    meaning: 'The request does not say who asks, or not in a way that can be believed.',
    hint: 'Send `Authorization: Bearer TOKEN` with a token of this service.',
    retryable: false,
    exit: 2,
  },
  FORBIDDEN: {
    meaning: 'Who asks is known, and may not do this.',
    hint: 'Use a token with the scope named in the message.',
    retryable: false,
    exit: 2,
  },
  RATE_LIMITED: {
    meaning: 'More requests came from this address than are taken in a minute.',
    hint: 'Wait as long as Retry-After says; to wait for research, use wait_seconds or the event stream.',
    retryable: true,
    exit: 1,
  },
  TOO_MANY_OPEN: {
    meaning: 'One owner has as many requests open as are taken, event streams, subscriptions and waits among them.',
    hint: 'End what nobody reads, and come back after Retry-After. Whoever runs the service sets BELTALOWDA_OWNER_MAX_REQUESTS.',
    retryable: true,
    exit: 1,
  },
  NO_SUCH_ROUTE: {
    meaning: 'The service has nothing at this path.',
    hint: 'Ask for /openapi.json, which lists what there is.',
    retryable: false,
    exit: 2,
  },
  METHOD_NOT_ALLOWED: {
    meaning: 'The path is there, but not for this method.',
    hint: 'Use a method that the header Allow lists.',
    retryable: false,
    exit: 2,
  },
  REQUEST_TIMEOUT: {
    meaning: 'The request did not come to its end in time.',
    hint: 'Send it again, headers and body without a pause.',
    retryable: true,
    exit: 1,
  },
  HEADERS_TOO_LARGE: {
    meaning: 'The path and headers of the request have more bytes than are read.',
    hint: 'Send fewer or shorter headers, and arguments in the body.',
    retryable: false,
    exit: 2,
  },
  BODY_TOO_LARGE: {
    meaning: 'The body of the request has more bytes, depth or values than are read.',
    hint: 'Send less; sources are named by path, not sent.',
    retryable: false,
    exit: 2,
  },
  MEDIA_TYPE_UNSUPPORTED: {
    meaning: 'The body of the request is not declared as JSON, or is compressed.',
    hint: 'Send `Content-Type: application/json`.',
    retryable: false,
    exit: 2,
  },
} as const satisfies Record<string, CatalogueEntry>;
