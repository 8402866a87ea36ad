/** How vendors are reached: directly, or over the proxy that the environment names. */

import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool, request } from 'undici';
import type { ProxySettings } from '../../../core/proxy.ts';

export interface Routes {
  request(url: string, options: Omit<Dispatcher.RequestOptions, 'origin' | 'path'>): Promise<Dispatcher.ResponseData>;
  /** Closes idle connections, once those in use are done. Not to be called twice. */
  close(): Promise<void>;
}

/** A model on this machine is never asked for over a proxy, which would look for it on its own. */
const HERE = 'localhost,127.0.0.1,[::1]';

/** `connect_ms`: until a connection stands. There is no other time limit. */
export function openRoutes(proxy: ProxySettings, connect_ms: number): Routes {
  const direct = new Agent({ connectTimeout: connect_ms });
  const tunnel = {
    connectTimeout: connect_ms,
    // Until the proxy has made a connection of its own; closing would wait for one that never says so.
    clientFactory: (origin: URL, options: object) => new Pool(origin, { ...options, headersTimeout: connect_ms }),
  };
  const over = (uri: string | null): Dispatcher =>
    uri === null
      ? direct
      : // Whatever it is not told it would read from the environment itself.
        new EnvHttpProxyAgent({ ...tunnel, httpProxy: uri, httpsProxy: uri, noProxy: `${proxy.except},${HERE}` });
  const [http, https] = [over(proxy.http), over(proxy.https)];
  return {
    request: (url, options) => {
      const dispatcher = new URL(url).protocol === 'https:' ? https : http;
      return request(url, { ...options, dispatcher, headersTimeout: 0, bodyTimeout: 0 });
    },
    close: async () => {
      await Promise.all(Array.from(new Set([direct, http, https]), (each) => each.close()));
    },
  };
}
