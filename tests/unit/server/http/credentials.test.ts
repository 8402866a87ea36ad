/** The service with real tokens: what it answers to whom, and where no token may ever turn up. */

import {
  checkResourceAllowed,
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
} from '@modelcontextprotocol/client';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, test } from 'vitest';
import { serviceAccess } from '../../../../src/server/access/service-access.ts';
import { hashOfToken, newToken } from '../../../../src/server/access/token.ts';
import { changeTokens } from '../../../../src/server/access/token-list.ts';
import type { Scope } from '../../../../src/server/scope.ts';
import { type AuthorizationServer, authorizationServer } from '../../../support/authorization-server.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { ask, EventReader, post, servedHttp } from '../../../support/http-service.ts';
import { ScriptedOrchestrator } from '../mcp/scripted.ts';
import { TASK_ID } from '../mcp/views.ts';

const PUBLIC = 'https://research.example';
const METADATA = '/.well-known/oauth-protected-resource';

interface Owned {
  readonly owner: string;
  readonly scopes: readonly Scope[];
}

async function served(owned: readonly Owned[], issuer: (clock: FakeClock) => Promise<AuthorizationServer | null>) {
  const clock = new FakeClock();
  const tokens_file = `${await temporaryFolder()}/tokens.json`;
  const tokens = owned.map(() => newToken());
  const entries = owned.map((one, at) => ({
    ...one,
    id: `tok_${at}`,
    sha256: hashOfToken(tokens[at] ?? '')?.toString('hex') ?? '',
    created_at: '2026-01-01T00:00:00.000Z',
    expires_at: null,
  }));
  await changeTokens(tokens_file, () => entries);
  const server = await issuer(clock);
  const settings = {
    tokens_file,
    oauth_issuer: server?.issuer ?? null,
    oauth_jwks_url: server?.jwks_url ?? null,
    oauth_audience: null,
    public_url: server === null ? null : PUBLIC,
  };
  const access = await serviceAccess(settings, { clock, warn: () => undefined });
  return { ...(await servedHttp(new ScriptedOrchestrator(), { access, clock })), tokens, tokens_file, server };
}

function bearer(token: string | undefined): { readonly Authorization: string } {
  return { Authorization: `Bearer ${token ?? ''}` };
}

const both = (clock: FakeClock) => authorizationServer(clock, PUBLIC);
const none = async () => null;

test('401 and 403 say how to do better, and what holds is let in', async () => {
  const { url, tokens, server } = await served([{ owner: 'ann', scopes: ['read'] }], both);
  const where = `resource_metadata="${PUBLIC}${METADATA}"`;
  const nobody = await ask(`${url}/workflows`);
  expect(nobody.status).toBe(401);
  expect(nobody.headers.get('www-authenticate')).toBe(`Bearer realm="beltalowda", scope="read run", ${where}`);
  const wrong = await ask(`${url}/workflows`, { headers: bearer(newToken()) });
  expect(wrong).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
  expect(wrong.headers.get('www-authenticate')).toContain('error="invalid_token"');
  expect((await ask(`${url}/workflows`, { headers: bearer(tokens[0]) })).status).toBe(200);
  const issued = (await server?.token({ scope: 'read' })) ?? '';
  expect((await ask(`${url}/workflows`, { headers: bearer(issued) })).status).toBe(200);
  for (const token of [tokens[0], issued]) {
    const start = await ask(`${url}/tools/orchestrate_research`, post({ task: 'How?' }, bearer(token)));
    expect(start).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(start.headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="run"');
  }
});

test('the metadata leads to the authorization server, for everybody; without one there is none', async () => {
  const { url, server } = await served([], both);
  const found = await ask(url + METADATA);
  expect(found).toMatchObject({ status: 200, body: { resource: PUBLIC, authorization_servers: [server?.issuer] } });
  const { url: other } = await served([], none);
  expect(await ask(other + METADATA)).toMatchObject({ status: 404, body: { code: 'NO_SUCH_ROUTE' } });
});

test('a client of the protocol finds its way from the answer to the authorization server', async () => {
  const { url, server } = await served([], both);
  const refused = await fetch(`${url}/mcp`, post({ jsonrpc: '2.0', id: 1, method: 'ping' }));
  expect(extractWWWAuthenticateParams(refused)).toMatchObject({
    resourceMetadataUrl: new URL(PUBLIC + METADATA),
    scope: 'read run',
  });
  const found = await discoverOAuthProtectedResourceMetadata(`${url}/mcp`);
  expect(found.authorization_servers).toEqual([server?.issuer]);
  expect(checkResourceAllowed({ requestedResource: `${PUBLIC}/mcp`, configuredResource: found.resource })).toBe(true);
});

test('while the keys cannot be had, tokens of the file hold, and the others are told to come back', async () => {
  const { url, tokens, server } = await served([{ owner: 'ann', scopes: ['read'] }], both);
  const issued = (await server?.token()) ?? '';
  server?.answer((response) => response.destroy());
  expect((await ask(`${url}/workflows`, { headers: bearer(tokens[0]) })).status).toBe(200);
  const later = await ask(`${url}/workflows`, { headers: bearer(issued) });
  expect(later).toMatchObject({ status: 503, body: { code: 'ACCESS_UNAVAILABLE', retryable: true } });
  expect(later.headers.get('retry-after')).toBe('5');
});

it.each(['blt', 'jwt'])('a token (%s) is in no answer and in no line of the log, wherever it is sent', async (kind) => {
  const { url, tokens, server, log } = await served([{ owner: 'ann', scopes: ['read', 'run'] }], both);
  const token = kind === 'blt' ? (tokens[0] ?? '') : ((await server?.token()) ?? '');
  const almost = `${token.slice(0, -2)}AA`;
  const answers: string[] = [];
  for (const sent of [token, almost]) {
    const inits: readonly RequestInit[] = [
      { headers: bearer(sent) },
      { headers: { Authorization: sent } },
      { headers: { Authorization: `Basic ${sent}` } },
      post({ task_id: 'wf_1' }, bearer(sent)),
      post({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }, bearer(sent)),
    ];
    for (const init of inits) {
      for (const path of ['/workflows', '/mcp', '/tools/get_status', '/stream/wf_1', '/none']) {
        const answer = await fetch(url + path, init);
        answers.push(JSON.stringify([...answer.headers]));
        if (answer.headers.get('content-type')?.includes('event-stream') !== true) answers.push(await answer.text());
        else await answer.body?.cancel();
      }
    }
  }
  expect(
    answers.filter((answer) => answer.includes(token.slice(0, 40)) || answer.includes(token.slice(-40, -2))),
  ).toEqual([]);
  const lines = JSON.stringify(log);
  expect(lines).not.toContain(token.slice(0, 40));
  expect(lines).not.toContain(token.slice(-40, -2));
});

it.each(['blt', 'jwt'])('a stream ends with its token (%s), and who comes back is answered 401', async (kind) => {
  const { url, tokens, tokens_file, server, clock } = await served([{ owner: 'ann', scopes: ['read'] }], both);
  const now = Math.floor(clock.now() / 1000);
  const headers = bearer(kind === 'blt' ? tokens[0] : await server?.token({ exp: now + 40 }));
  const stream = `${url}/stream/${TASK_ID}`;
  const reader = await EventReader.open(stream, headers);
  await reader.until(({ events }) => events.length > 0);
  await clock.advance(59_999);
  await reader.until(({ comments }) => comments.length === 3);
  expect(reader.comments.at(-1)).toBe('alive');
  if (kind === 'blt') await changeTokens(tokens_file, () => []);
  // The token of the server would be let in for those 30 s more in which its end is not certain.
  await clock.advance(10_001);
  if (kind === 'blt') await clock.advance(19_999);
  // A signature is checked beside the thread: the wait for the token's end may begin only after the clock has stopped.
  const ended = reader.toEnd();
  for (let over = false; !over; await clock.advance(0))
    over = await Promise.race([ended.then(() => true), turn(false)]);
  expect(reader.comments.at(-1)).toBe('the token holds no more, come back');
  expect(await ask(stream, { headers })).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
});

test('a token in the address lets nobody in', async () => {
  const { url, tokens } = await served([{ owner: 'ann', scopes: ['read'] }], none);
  for (const name of ['access_token', 'token', 'api_key', 'authorization']) {
    expect((await ask(`${url}/workflows?${name}=${tokens[0]}`)).status).toBe(401);
  }
});
