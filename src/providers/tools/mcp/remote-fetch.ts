/** `fetch` for servers of tools, whose answers may be of any size. It hears how long a server asks to be left alone. */

import type { Clock } from '../../../core/clock.ts';
import { retryAfter } from '../../../egress/egress.ts';

/** Of one answer, or of one stream of them, in bytes. */
const MOST_BYTES = 32_000_000;
/** However long a server asks for: its clock may be wrong. */
const LONGEST_WAIT_MS = 3_600_000;

export interface Hears {
  readonly clock: Clock;
  /** The server wants no request for so many milliseconds. */
  readonly later: (ms: number) => void;
}

/** As fetch, with a body that fails once it is too long. Follows no redirect: the headers of an entry are for its server alone. */
export function remoteFetch({ clock, later }: Hears): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const response = await fetch(url, { ...init, redirect: 'manual' });
    const { status, statusText, headers } = response;
    if (status === 429 || status === 503) {
      const ms = retryAfter(headers.get('retry-after') ?? undefined, clock.now());
      if (ms !== null) later(Math.min(ms, LONGEST_WAIT_MS));
    }
    if (response.body === null) return response;
    let bytes = 0;
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        bytes += chunk.byteLength;
        if (bytes > MOST_BYTES) controller.error(new TypeError(`it sent more than ${MOST_BYTES / 1_000_000} MB`));
        else controller.enqueue(chunk);
      },
    });
    return new Response(response.body.pipeThrough(counted), { status, statusText, headers });
  };
}
