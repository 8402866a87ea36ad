/**
 * The proxy of the environment, by the variables that everybody uses for it, in capitals or not. Like keys they stand in the
 * environment alone; their values may hold a password, so nothing repeats them.
 */

import type { ProxySettings } from '../core/proxy.ts';

interface ReadProxy {
  readonly proxy: ProxySettings;
  /** Sentences about what cannot be used. */
  readonly warnings: readonly string[];
}

/** What can be used of HTTP_PROXY, HTTPS_PROXY and NO_PROXY; an empty variable counts as unset. */
export function readProxy(env: NodeJS.ProcessEnv): ReadProxy {
  const warnings: string[] = [];
  const read = (name: string): string | null => {
    const given = said(env, name);
    const address = given === '' ? null : addressOf(given);
    if (given !== '' && address === null) {
      warnings.push(`${name} is no http or https address of a proxy and is not used.`);
    }
    return address;
  };
  const proxy = { http: read('HTTP_PROXY'), https: read('HTTPS_PROXY'), except: said(env, 'NO_PROXY') };
  return { proxy: Object.freeze(proxy), warnings };
}

/** Where both are set the one in small letters holds, as in other programs. */
function said(env: NodeJS.ProcessEnv, name: string): string {
  return (env[name.toLowerCase()] ?? '').trim() || (env[name] ?? '').trim();
}

/** Null for what no request can be sent to. */
function addressOf(given: string): string | null {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//iu.test(given) ? given : `http://${given}`;
  if (!URL.canParse(whole)) return null;
  const { protocol, username, password, href } = new URL(whole);
  return /^https?:$/u.test(protocol) && isEscaped(username) && isEscaped(password) ? href : null;
}

/** Whether it can be unescaped, as it is before it is sent. */
function isEscaped(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
