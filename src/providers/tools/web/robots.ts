/** What a site lets programs read (RFC 9309), asked once for each host and remembered for a while. */

import type { Clock } from '../../../core/clock.ts';
import { Fault } from '../../../core/errors.ts';
import { FetchFailure, type Http, RedirectFailure } from './http.ts';
import { decode } from './characters.ts';
import { ReadingEnded, type Threads } from './threads.ts';

export interface RobotsParts {
  readonly http: Http;
  readonly threads: Threads;
  readonly clock: Clock;
  /** The name a robots.txt would call us by. */
  readonly agent: string;
}

/** Whether the page may be fetched; else why not, in words for a model. */
export type Robots = (url: URL, signal: AbortSignal) => Promise<string | null>;

const KEPT_MS = 3_600_000;
/** For what may be over soon: a short fault is not the last word. */
const BRIEFLY_MS = 60_000;
const MOST_HOSTS = 500;
const MOST_BYTES = 512_000;
const LIMIT_MS = 10_000;

interface Known {
  readonly until: number;
  /** Null: nothing is forbidden. */
  readonly text: string | null;
  readonly refuses: string | null;
}

export function openRobots(parts: RobotsParts): Robots {
  const hosts = new Map<string, Known>();
  return async (url, signal) => {
    const { origin } = url;
    let known = hosts.get(origin);
    if (known === undefined || known.until <= parts.clock.now()) {
      known = await ask(new URL('/robots.txt', origin), parts, signal);
      hosts.delete(origin);
      hosts.set(origin, known);
      const oldest = hosts.size > MOST_HOSTS ? hosts.keys().next().value : undefined;
      if (oldest !== undefined) hosts.delete(oldest);
    }
    if (known.refuses !== null || known.text === null) return known.refuses;
    const allowed = await judge(url, known.text, { parts, signal });
    return allowed ? null : `the robots.txt of ${url.host} asks programs not to read this page`;
  };
}

async function ask(robotsUrl: URL, { http, clock }: RobotsParts, signal: AbortSignal): Promise<Known> {
  const until = clock.now() + KEPT_MS;
  try {
    const fetched = await http.fetch(robotsUrl.href, {
      accept: 'text/plain, */*;q=0.1',
      most: () => MOST_BYTES,
      signal,
    });
    const { status, bytes } = fetched;
    if (status >= 500 || status === 429) {
      return unreachable(robotsUrl, clock, `answers its robots.txt with HTTP ${status}`);
    }
    const text = status >= 200 && status < 300 ? decode(bytes, 'charset=utf-8') : null;
    return { until, text, refuses: null };
  } catch (thrown) {
    // RFC 9309 2.3.1.2: where robots.txt leads nowhere, the site has stated no rules; nor has one whose rules stand where nothing is fetched.
    const isNone = thrown instanceof RedirectFailure || (thrown instanceof Fault && thrown.code === 'ADDRESS_REFUSED');
    if (isNone) return { until: clock.now() + BRIEFLY_MS, text: null, refuses: null };
    if (!(thrown instanceof FetchFailure)) throw thrown;
    return unreachable(robotsUrl, clock, `does not give its robots.txt (${thrown.message})`);
  }
}

/** RFC 9309 2.3.1.4: a server that fails, or does not answer, has not said yes. */
function unreachable({ host }: URL, clock: Clock, what: string): Known {
  const refuses = `${host} ${what}, so its pages are left alone for now`;
  return { until: clock.now() + BRIEFLY_MS, text: null, refuses };
}

interface Judging {
  readonly parts: RobotsParts;
  readonly signal: AbortSignal;
}

/** Rules can be made so that matching them takes minutes; such rules forbid. */
async function judge(url: URL, robots: string, { parts, signal }: Judging): Promise<boolean> {
  const job = {
    kind: 'robots',
    robots,
    url: url.href,
    agent: parts.agent,
  } as const;
  try {
    return await parts.threads.run(job, { limit_ms: LIMIT_MS, signal });
  } catch (thrown) {
    if (thrown instanceof ReadingEnded) return false;
    throw thrown;
  }
}
