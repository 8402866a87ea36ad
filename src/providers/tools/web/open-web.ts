/** What tools of the web work with, opened when the first of them runs: none of it is loaded before. */

import type { Clock } from '../../../core/clock.ts';
import { type Api, openApi } from './api.ts';
import { openGuard } from '../../../egress/egress.ts';
import { FetchFailure, openHttp } from './http.ts';
import { openPages, type Pages } from './pages.ts';
import { openRobots } from './robots.ts';
import { worksAnswer } from './search/works.ts';
import { openThreads, type Threads } from './threads.ts';

export interface Web {
  readonly pages: Pages;
  readonly api: Api;
  readonly threads: Threads;
  readonly clock: Clock;
  readonly worksAnswer: typeof worksAnswer;
  readonly FetchFailure: typeof FetchFailure;
  close(): Promise<void>;
}

export interface WebParts {
  readonly fetch_allow: readonly string[];
  readonly clock: Clock;
  readonly version: string;
}

/** As a robots.txt calls us. */
const NAME = 'beltalowda';

export function openWeb({ fetch_allow, clock, version }: WebParts): Web {
  const user_agent = `${NAME}/${version} (+https://www.npmjs.com/package/${NAME})`;
  const http = openHttp({ guard: openGuard(fetch_allow), clock, user_agent });
  const api = openApi({ clock, user_agent });
  const threads = openThreads({ clock });
  const robots = openRobots({ http, threads, clock, agent: NAME });
  return {
    pages: openPages({ http, robots, threads, clock }),
    api,
    threads,
    clock,
    worksAnswer,
    FetchFailure,
    close: async () => {
      await Promise.all([http.close(), api.close(), threads.close()]);
    },
  };
}
