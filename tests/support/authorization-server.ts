/** An authorization server as far as this service sees one: keys at an address, and tokens signed by them. */

import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { exportJWK, generateKeyPair, type GenerateKeyPairResult, type JWK, SignJWT } from 'jose';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';

interface Key extends GenerateKeyPairResult {
  readonly jwk: JWK;
}

export interface AuthorizationServer {
  readonly issuer: string;
  readonly jwks_url: string;
  /** How often its keys were asked for. */
  readonly asked: () => number;
  /** What it answers from now on, in the place of its keys; null: its keys. */
  answer(with_: ((response: ServerResponse) => void) | null): void;
  /** Signs with a new key, and publishes it alone. */
  rotate(): Promise<void>;
  /** A token of an hour for this service; claims and header as wished. */
  token(
    claims?: Readonly<Record<string, unknown>>,
    header?: { readonly alg?: string; readonly kid?: string },
  ): Promise<string>;
}

const HOUR_S = 3600;

/** On a free port of this machine, gone after the test. */
export async function authorizationServer(clock: Clock, audience: string): Promise<AuthorizationServer> {
  let key = await newKey('key-1');
  let count = 0;
  let instead: ((response: ServerResponse) => void) | null = null;
  const server = createServer((_request, response) => {
    count += 1;
    if (instead !== null) instead(response);
    else response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: [key.jwk] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const at = server.address();
  const issuer = `http://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`;
  return {
    issuer,
    jwks_url: `${issuer}/keys`,
    asked: () => count,
    answer: (other) => {
      instead = other;
    },
    rotate: async () => {
      key = await newKey(`key-${Number(key.jwk.kid?.slice(4)) + 1}`);
    },
    token: (claims = {}, header = {}) => {
      const now = Math.floor(clock.now() / 1000);
      const usual = { iss: issuer, aud: audience, sub: 'user-1', scope: 'read run', iat: now, exp: now + HOUR_S };
      const said = Object.fromEntries(
        Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined),
      );
      return new SignJWT(said)
        .setProtectedHeader({ alg: 'ES256', kid: key.jwk.kid ?? '', typ: 'at+jwt', ...header })
        .sign(key.privateKey);
    },
  };
}

async function newKey(kid: string): Promise<Key> {
  const pair = await generateKeyPair('ES256');
  return { ...pair, jwk: { ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' } };
}
