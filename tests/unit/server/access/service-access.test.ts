import { expect, test } from 'vitest';
import { type AccessSettings, serviceAccess } from '../../../../src/server/access/service-access.ts';
import { hashOfToken, newToken } from '../../../../src/server/access/token.ts';
import { changeTokens } from '../../../../src/server/access/token-list.ts';
import type { Scope } from '../../../../src/server/scope.ts';
import { authorizationServer } from '../../../support/authorization-server.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const PUBLIC = 'https://research.example';
const NOTHING: AccessSettings = {
  tokens_file: null,
  oauth_issuer: null,
  oauth_jwks_url: null,
  oauth_audience: null,
  public_url: null,
};

async function fileWith(token: string, owner: string, scopes: readonly Scope[]): Promise<string> {
  const file = `${await temporaryFolder()}/tokens.json`;
  const sha256 = hashOfToken(token)?.toString('hex') ?? '';
  const created_at = '2026-01-01T00:00:00.000Z';
  await changeTokens(file, () => [{ id: 'tok_1', owner, scopes, sha256, created_at, expires_at: null }]);
  return file;
}

function open(settings: Partial<AccessSettings>, clock = new FakeClock()) {
  return serviceAccess({ ...NOTHING, ...settings }, { clock, warn: () => undefined });
}

function bearing(credential: string, scheme = 'Bearer'): Request {
  return new Request('http://127.0.0.1/mcp', { headers: { Authorization: `${scheme} ${credential}` } });
}

test('with nothing configured, whoever reaches the loopback address is this machine', async () => {
  const access = await open({ public_url: PUBLIC });
  expect(access.configured).toBe(false);
  expect(await access.authenticate(new Request('http://127.0.0.1/'))).toMatchObject({ owner: 'local' });
});

test('a token of the file says until when it holds, where it has an end', async () => {
  const token = newToken();
  const file = await fileWith(token, 'alice', ['read']);
  const expires_at = '2026-01-02T00:00:00.000Z';
  await changeTokens(file, (entries) => entries.map((entry) => ({ ...entry, expires_at })));
  const access = await open({ tokens_file: file });
  expect(await access.authenticate(bearing(token))).toMatchObject({ owner: 'alice', until: Date.parse(expires_at) });
});

test('a token of the file is its owner, by the header alone', async () => {
  const token = newToken();
  const access = await open({ tokens_file: await fileWith(token, 'alice', ['read']) });
  expect(access.configured).toBe(true);
  expect(access.metadata).toBeUndefined();
  const alice = { owner: 'alice', scopes: new Set(['read']) };
  expect(await access.authenticate(bearing(token))).toEqual(alice);
  expect(await access.authenticate(bearing(token, 'bearer'))).toEqual(alice);
  const refused = { refused: { code: 'UNAUTHENTICATED' } };
  for (const request of [
    bearing(newToken()),
    bearing(token, 'Basic'),
    bearing(`${token} ${token}`),
    bearing('a.b.c'),
    new Request(`http://127.0.0.1/mcp?access_token=${token}&token=${token}`, { headers: { 'X-Api-Key': token } }),
  ]) {
    expect(await access.authenticate(request)).toMatchObject(refused);
  }
});

test('who has no token is told the scheme, who has a wrong one that it is wrong; neither reads it again', async () => {
  const access = await open({ tokens_file: await fileWith(newToken(), 'alice', ['read']) });
  expect(await access.authenticate(new Request('http://127.0.0.1/'))).toMatchObject({
    challenge: 'Bearer realm="beltalowda"',
  });
  const token = newToken();
  const answer = await access.authenticate(bearing(token));
  expect(answer).toMatchObject({ challenge: 'Bearer realm="beltalowda", error="invalid_token"' });
  expect(JSON.stringify(answer)).not.toContain(token);
  expect(access.challenge('run')).toBe('Bearer realm="beltalowda", error="insufficient_scope", scope="run"');
});

test('tokens of the file and of an authorization server hold beside each other, and the answer leads to the server', async () => {
  const clock = new FakeClock();
  const server = await authorizationServer(clock, PUBLIC);
  const { issuer, jwks_url } = server;
  const own = newToken();
  const settings = { oauth_issuer: issuer, oauth_jwks_url: jwks_url, public_url: `${PUBLIC}/` };
  const access = await open({ ...settings, tokens_file: await fileWith(own, 'alice', ['admin']) }, clock);
  expect(await access.authenticate(bearing(own))).toMatchObject({ owner: 'alice' });
  expect(await access.authenticate(bearing(await server.token()))).toMatchObject({ owner: `${issuer}#user-1` });
  const where = `resource_metadata="${PUBLIC}/.well-known/oauth-protected-resource"`;
  expect(await access.authenticate(new Request('http://127.0.0.1/'))).toMatchObject({
    challenge: `Bearer realm="beltalowda", scope="read run", ${where}`,
  });
  expect(await access.authenticate(bearing(await server.token({ aud: 'https://other.example' })))).toMatchObject({
    refused: { code: 'UNAUTHENTICATED', message: 'the token is for another service' },
    challenge: `Bearer realm="beltalowda", error="invalid_token", ${where}`,
  });
  expect(access.challenge('run')).toContain(where);
  expect(access.metadata).toEqual({
    resource: PUBLIC,
    authorization_servers: [issuer],
    scopes_supported: ['read', 'run', 'admin'],
    bearer_methods_supported: ['header'],
    resource_name: 'beltalowda',
  });
});

test('another name for the service may be what its tokens are for', async () => {
  const clock = new FakeClock();
  const server = await authorizationServer(clock, 'api://research');
  const settings = { oauth_issuer: server.issuer, oauth_jwks_url: server.jwks_url, public_url: PUBLIC };
  const access = await open({ ...settings, oauth_audience: 'api://research' }, clock);
  expect(await access.authenticate(bearing(await server.token()))).toMatchObject({ owner: `${server.issuer}#user-1` });
  expect(await access.authenticate(bearing(await server.token({ aud: PUBLIC })))).toHaveProperty('refused');
});

const ISSUER = { oauth_issuer: 'https://a.example', oauth_jwks_url: 'https://a.example/keys', public_url: PUBLIC };
const WRONG: readonly (readonly [Partial<AccessSettings>, string])[] = [
  [{ ...ISSUER, oauth_jwks_url: null }, 'OAUTH_JWKS_URL is not'],
  [{ ...ISSUER, public_url: null }, 'PUBLIC_URL is not'],
  [{ ...ISSUER, oauth_issuer: null }, 'OAUTH_ISSUER is not'],
  [{ oauth_audience: 'x' }, 'OAUTH_ISSUER is not'],
  [{ ...ISSUER, oauth_issuer: 'http://a.example' }, 'OAUTH_ISSUER must begin with https://'],
  [{ ...ISSUER, oauth_jwks_url: 'http://127.0.0.1.a.example/' }, 'OAUTH_JWKS_URL must begin with https://'],
  [{ ...ISSUER, oauth_issuer: 'https://a.example/#b' }, 'OAUTH_ISSUER must be an http(s) URL'],
  [{ ...ISSUER, public_url: 'https://me@b.example' }, 'PUBLIC_URL must be an http(s) URL'],
  [{ ...ISSUER, oauth_jwks_url: 'https://' }, 'OAUTH_JWKS_URL is not a URL'],
];

test.each(WRONG)('half of what it takes, or less than safe, is refused: %o', async (settings, message) => {
  const opening = open(settings);
  await expect(opening).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  await expect(opening).rejects.toThrow(message);
});
