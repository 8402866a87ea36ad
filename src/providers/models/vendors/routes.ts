/** How vendors are reached: directly, or over the proxy that the environment names. */

import { BlockList, isIP } from 'node:net';
import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool, request } from 'undici';
import type { ProxySettings } from '../../../core/proxy.ts';

export interface Routes {
  request(url: string, options: Omit<Dispatcher.RequestOptions, 'origin' | 'path'>): Promise<Dispatcher.ResponseData>;
  /** Closes idle connections, once those in use are done. Not to be called twice. */
  close(): Promise<void>;
}

/** A model on this machine is never asked for over a proxy, which would look for it on its own. */
const HERE = 'localhost';

/** Addresses of this machine, and those that the list of exceptions names as a range: `10.0.0.0/8`, `fd00::/8`, `192.168.*`. */
export function directAddresses(except: string): BlockList {
  const addresses = new BlockList();
  addresses.addSubnet('127.0.0.0', 8, 'ipv4');
  addresses.addAddress('::1', 'ipv6');
  for (const entry of except.split(/[\s,]+/)) {
    const parts = entry.endsWith('.*') ? entry.slice(0, -2).split('.') : [];
    const filled = [...parts, '0', '0', '0'].slice(0, 4).join('.');
    const range = parts.length === 0 ? entry : `${filled}/${8 * parts.length}`;
    const [, base = '', bits = ''] = /^\[?([\d.a-f:]+)\]?\/(\d{1,3})$/i.exec(range) ?? [];
    const family = isIP(base);
    if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) continue;
    addresses.addSubnet(base, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  }
  return addresses;
}

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
  const addresses = directAddresses(proxy.except);
  const routeTo = ({ protocol, hostname }: URL): Dispatcher => {
    const host = hostname.replaceAll(/^\[|\]$/g, '');
    const family = isIP(host);
    if (family !== 0 && addresses.check(host, family === 4 ? 'ipv4' : 'ipv6')) return direct;
    return protocol === 'https:' ? https : http;
  };
  return {
    request: (url, options) => {
      const dispatcher = routeTo(new URL(url));
      return request(url, { ...options, dispatcher, headersTimeout: 0, bodyTimeout: 0 });
    },
    close: async () => {
      await Promise.all(Array.from(new Set([direct, http, https]), (each) => each.close()));
    },
  };
}
