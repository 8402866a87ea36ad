/** Options of the service: where it listens, for whom, and who may ask. */

import { MAX_NAME } from '../core/limits.ts';
import { BOUND, HOST, ORIGIN } from './hosts.ts';
import { list, path as pathKind, text, whole } from './kinds.ts';
import type { Words } from './words.ts';

const url = text({
  placeholder: 'url',
  expected: 'a URL that begins with https:// or http://',
  max: 2000,
  pattern: '^\\s*https?://[^\\s"\\\\]+\\s*$',
});

/** Origins of web pages. */
const origins = list(
  text({
    placeholder: 'origin',
    expected: 'an origin such as https://app.example or http://wiki.corp:8080, each by itself: no path, no *',
    max: MAX_NAME,
    pattern: ORIGIN,
  }),
  { separator: ',', expected: 'a list of origins' },
);

export const SERVICE_OPTIONS = {
  host: {
    kind: text({
      placeholder: 'address',
      expected: 'an address of this machine, without a port',
      max: MAX_NAME,
      pattern: BOUND,
    }),
    description: 'Address to listen at. Any but a loopback address takes access control',
    preset: '127.0.0.1',
  },
  port: { kind: whole(0, 65_535), description: 'Port to listen at; 0 for any that is free', preset: 8417 },
  allowed_hosts: {
    kind: list(
      text({
        placeholder: 'host',
        expected: 'a host or a host and port, such as research.corp or research.corp:8417: no URL, no *',
        max: MAX_NAME,
        pattern: HOST,
      }),
      { separator: ',', expected: 'a list of hosts' },
    ),
    description:
      'Name the service is reached by beside those of loopback; repeat for more. In the variable: separated by ","',
    preset: [],
    fallback: 'none',
  },
  allowed_origins: {
    kind: origins,
    description: 'Origin whose web pages may send requests; repeat for more. In the variable: separated by ","',
    preset: [],
    fallback: 'none but those of the service itself',
  },
  cors_origins: {
    kind: origins,
    description:
      'Origin whose web pages may send requests and read the answers; repeat for more. In the variable: separated by ","',
    preset: [],
    fallback: 'none: CORS is off',
  },
  rate_limit: {
    kind: whole(1, 1_000_000),
    description: 'Requests a minute from one address; this machine has no limit',
    preset: 1200,
  },
  owner_max_requests: {
    kind: whole(1, 1_000_000),
    description:
      'Requests of one owner open at once, event streams and subscriptions among them; more are refused. No limit for the owner local',
    preset: 2000,
  },
  max_connections: {
    kind: whole(1, 1_000_000),
    description: 'Connections open at once; more are closed unanswered',
    preset: 5000,
  },
  tokens_file: {
    kind: pathKind({ placeholder: 'file' }),
    description: 'File of the tokens that the service takes; `beltalowda token create` writes it',
    preset: null,
    fallback: 'none: whoever reaches the loopback address is you',
  },
  public_url: {
    kind: url,
    description: 'URL clients reach the service by, without a path; tokens of an authorization server must be for it',
    preset: null,
    fallback: 'none',
  },
  oauth_issuer: {
    kind: url,
    description: 'Authorization server whose tokens are taken: the value of iss, exactly',
    preset: null,
    fallback: 'none',
  },
  oauth_jwks_url: { kind: url, description: 'Where its keys are published', preset: null, fallback: 'none' },
  oauth_audience: {
    kind: text({ placeholder: 'name', expected: `a name of at most ${MAX_NAME} characters`, max: MAX_NAME }),
    description: 'Value of aud that its tokens must have',
    preset: null,
    fallback: 'the public URL',
  },
} as const satisfies Record<string, Words>;
