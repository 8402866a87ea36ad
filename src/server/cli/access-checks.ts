/** What `doctor` says of the service: whether `serve` would start, judged by what it starts with. */

import type { Config } from '../../config.ts';
import { toFault } from '../../core/errors.ts';
import { serviceAccess } from '../access/service-access.ts';
import { checkAddress } from '../http/http.ts';
import type { Look } from './look.ts';
import type { CliParts } from './parts.ts';

const SAID: ReadonlySet<string> = new Set([
  'host',
  'tokens_file',
  'oauth_issuer',
  'oauth_jwks_url',
  'oauth_audience',
  'public_url',
]);

/** Nothing where nothing is said of who may ask: then it is whoever sits at this machine. */
export async function lookAtService({ terminal }: CliParts, { options, origins }: Config): Promise<readonly Look[]> {
  if (!origins.some(({ name, from }) => SAID.has(name) && from !== 'default')) return [];
  const { host, port, tokens_file, oauth_issuer } = options;
  const told: string[] = [];
  // Nothing is waited for: no token is asked about.
  const clock = { now: () => terminal.now(), after: () => () => undefined };
  const check = (good: boolean, words: string) => ({ what: 'service', good, words: `${host} port ${port}: ${words}` });
  try {
    const access = await serviceAccess(options, { clock, warn: (_fields, message) => told.push(message) });
    checkAddress(options, access);
    const who = [tokens_file, oauth_issuer].flatMap((from) => (from === null ? [] : `takes tokens of ${from}`));
    if (who.length === 0) who.push('everybody on this machine is its user');
    return [{ check: check(true, [...who, ...told].join('; ')), problem: null }];
  } catch (thrown) {
    return [{ check: check(false, 'would not start'), problem: toFault(thrown) }];
  }
}
