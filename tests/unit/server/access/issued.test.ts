import { generateKeyPairSync, sign } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { SignJWT, UnsecuredJWT } from 'jose';
import { expect, test } from 'vitest';
import { isOwner } from '../../../../src/core/owner.ts';
import { IssuedTokens, ownerOf } from '../../../../src/server/access/issued.ts';
import { type AuthorizationServer, authorizationServer } from '../../../support/authorization-server.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { Random } from '../../../support/random.ts';
import { seeds } from '../../../support/seeds.ts';

const AUDIENCE = 'https://research.example';

async function opened() {
  const clock = new FakeClock();
  const server = await authorizationServer(clock, AUDIENCE);
  const { issuer, jwks_url } = server;
  const audiences = [AUDIENCE, `${AUDIENCE}/`];
  return { clock, server, issued: new IssuedTokens({ issuer, jwks_url, audiences }, clock) };
}

function seconds(clock: FakeClock, ahead: number): number {
  return Math.floor(clock.now() / 1000) + ahead;
}

test('a token of the issuer for this service says who asks and what they may', async () => {
  const { server, issued, clock } = await opened();
  expect(await issued.prove(await server.token())).toEqual({
    kind: 'proven',
    owner: `${server.issuer}#user-1`,
    scopes: new Set(['read', 'run']),
    until: (seconds(clock, 3600) + 30) * 1000,
  });
  expect(await issued.prove(await server.token({ aud: ['https://other.example', `${AUDIENCE}/`] }))).toMatchObject({
    kind: 'proven',
  });
  await issued.prove(await server.token({ sub: 'user-2' }));
  expect(server.asked()).toBe(1);
});

test.each([100, 100.5])('it is refused from the moment that it says of itself (%d s ahead)', async (ahead) => {
  const { server, issued, clock } = await opened();
  const token = await server.token({ exp: seconds(clock, 0) + ahead });
  const proven = await issued.prove(token);
  const until = proven.kind === 'proven' ? proven.until : 0;
  await clock.advance(until - clock.now() - 1);
  expect((await issued.prove(token)).kind).toBe('proven');
  await clock.advance(1);
  expect(await issued.prove(token)).toEqual({ kind: 'refused', why: 'the token has expired' });
});

const SCOPES: readonly (readonly [Readonly<Record<string, unknown>>, readonly string[]])[] = [
  [{ scope: 'openid read  admin email' }, ['read', 'admin']],
  [{ scope: undefined, scp: ['run', 'files.read'] }, ['run']],
  [{ scope: undefined, scp: 'read run' }, ['read', 'run']],
  [{ scope: 'readrun READ read,run' }, []],
  [{ scope: undefined }, []],
  [{ scope: 7, scp: [null, { read: true }] }, []],
];

test.each(SCOPES)('of the claims %o it may %o', async (claims, scopes) => {
  const { server, issued } = await opened();
  expect(await issued.prove(await server.token(claims))).toMatchObject({ scopes: new Set(scopes) });
});

test('what is expired, early, foreign, unsigned, or says too little is refused with why, and without its content', async () => {
  const { server, issued, clock } = await opened();
  const good = await server.token({ sub: 'secret-user' });
  const [header = '', payload = '', signature = ''] = good.split('.');
  const other = await authorizationServer(clock, AUDIENCE);
  const forged = await other.token({ iss: server.issuer, sub: 'secret-user' });
  const shared = new SignJWT({ iss: server.issuer, aud: AUDIENCE, sub: 'secret-user', exp: seconds(clock, 60) });
  const cases: readonly (readonly [string, string])[] = [
    [await server.token({ exp: seconds(clock, -31) }), 'has expired'],
    [await server.token({ nbf: seconds(clock, 60) }), 'does not hold yet'],
    [await server.token({ aud: 'https://secret.example' }), 'for another service'],
    [await server.token({ aud: undefined }), 'for another service'],
    [await server.token({ iss: 'https://secret.example' }), 'from another issuer'],
    [await server.token({ exp: undefined }), 'lacks a claim'],
    [await server.token({ sub: undefined }), 'lacks a claim'],
    [await server.token({ sub: '' }), 'names nobody'],
    [await server.token({ sub: 1 }), 'names nobody'],
    [await server.token({ sub: ['secret-user'] }), 'names nobody'],
    [await server.token({ sub: 'secret-\uD800' }), 'names nobody'],
    [forged, 'not signed by the issuer'],
    [await server.token({}, { kid: 'secret-key' }), 'not signed by a key'],
    [new UnsecuredJWT({ sub: 'secret-user' }).encode(), 'not accepted here'],
    [await shared.setProtectedHeader({ alg: 'HS256' }).sign(new Uint8Array(32)), 'not accepted here'],
    [`${header}.${payload}x.${signature}`, 'token'],
    [`${header}.${payload}.`, 'token'],
    ['secret', 'cannot be read'],
    ['secret'.repeat(9999), 'too long'],
  ];
  for (const [token, why] of cases) {
    const proven = await issued.prove(token);
    expect(proven).toEqual({ kind: 'refused', why: expect.stringContaining(why) });
    expect(JSON.stringify(proven)).not.toContain('secret');
  }
});

test('a new key of the issuer is fetched when it is met, at most every thirty seconds; an old one is taken no more', async () => {
  const { server, issued, clock } = await opened();
  const before = await server.token();
  expect(await issued.prove(before)).toMatchObject({ kind: 'proven' });
  await server.rotate();
  const after = await server.token();
  // Met right after a look: not looked for again, or anybody could have keys fetched all the time.
  expect(await issued.prove(after)).toMatchObject({ kind: 'refused' });
  expect(server.asked()).toBe(1);
  clock.jump(30_000);
  const both = await Promise.all([issued.prove(after), issued.prove(after)]);
  expect(both.map(({ kind }) => kind)).toEqual(['proven', 'proven']);
  expect(server.asked()).toBe(2);
  expect(await issued.prove(before)).toMatchObject({ kind: 'refused' });
});

test('a key that was taken back is looked for ten minutes later; while the issuer is away, its keys hold for an hour', async () => {
  const { server, issued, clock } = await opened();
  const exp = seconds(clock, 999_999);
  const old = await server.token({ exp });
  expect(await issued.prove(old)).toMatchObject({ kind: 'proven' });
  server.answer((response) => response.destroy());
  clock.jump(3_599_000);
  expect(await issued.prove(old)).toMatchObject({ kind: 'proven' });
  clock.jump(1000);
  await expect(issued.prove(old)).rejects.toMatchObject({ code: 'ACCESS_UNAVAILABLE' });
  server.answer(null);
  clock.jump(5000);
  expect(await issued.prove(old)).toMatchObject({ kind: 'proven' });
  await server.rotate();
  clock.jump(600_000);
  // Keys are fetched beside this one; the next, whose key is new, waits for them.
  expect(await issued.prove(old)).toMatchObject({ kind: 'proven' });
  expect(await issued.prove(await server.token())).toMatchObject({ kind: 'proven' });
  expect(await issued.prove(old)).toMatchObject({ kind: 'refused' });
});

test('an issuer that hangs makes nobody wait whose key is known', async () => {
  const { server, issued, clock } = await opened();
  const token = await server.token();
  await issued.prove(token);
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  server.answer(resolve);
  clock.jump(600_000);
  expect(await issued.prove(token)).toMatchObject({ kind: 'proven' });
  const held = await promise;
  expect(await issued.prove(token)).toMatchObject({ kind: 'proven' });
  expect(held.destroyed).toBe(false);
  expect(server.asked()).toBe(2);
});

test('a clock that was set back by hours locks nobody out', async () => {
  const { server, issued, clock } = await opened();
  expect(await issued.prove(await server.token())).toMatchObject({ kind: 'proven' });
  clock.jump(-2 * 3_600_000);
  expect(await issued.prove(await server.token())).toMatchObject({ kind: 'proven' });
});

const FAILURES: readonly (readonly [string, Parameters<AuthorizationServer['answer']>[0]])[] = [
  ['fails', (response) => response.writeHead(500).end()],
  ['leads elsewhere', (response) => response.writeHead(302, { Location: 'http://127.0.0.1:9/' }).end()],
  ['breaks off', (response) => response.destroy()],
  ['answers without end', (response) => response.end('x'.repeat(2 * 1024 * 1024))],
  [
    'answers a key that is none',
    (response) => response.end('{"keys":[{"kty":"EC","crv":"P-256","x":"!","y":"!","kid":"key-1","alg":"ES256"}]}'),
  ],
  ['answers no keys', (response) => response.end('<html>')],
];

test.each(FAILURES)(
  'an issuer that %s is no reason to refuse for good, and is left alone for a moment',
  async (_, how) => {
    const { server, issued, clock } = await opened();
    const token = await server.token();
    server.answer(how);
    const unavailable = { code: 'ACCESS_UNAVAILABLE', retryable: true };
    await expect(issued.prove(token)).rejects.toMatchObject(unavailable);
    server.answer(null);
    clock.jump(600_000);
    expect(await issued.prove(token)).toMatchObject({ kind: 'proven' });
  },
);

test('while keys cannot be had, they are asked for after a pause that grows, and that begins when the answer is there', async () => {
  const { server, issued, clock } = await opened();
  server.answer((response) => {
    clock.jump(5000);
    response.writeHead(503).end();
  });
  const token = await server.token();
  const asked: number[] = [];
  // How long until the next fetch may begin: what whoever asks is told.
  const waits = [5, 5, 5, 10, 5, 20, 1, 30, 1, 30, 1, 30];
  for (const [at, pause] of [0, 0, 0, 5000, 5000, 5000, 19_000, 1000, 29_000, 1000, 29_000, 1000].entries()) {
    clock.jump(pause);
    const wait = waits[at] ?? 0;
    await expect(issued.prove(token)).rejects.toMatchObject({
      code: 'ACCESS_UNAVAILABLE',
      retryAfterMs: wait * 1000,
      hint: expect.stringContaining(`Try again in ${wait} s.`),
    });
    asked.push(server.asked());
  }
  expect(asked).toEqual([1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6]);
});

test('a key that cannot be used is named with the time until keys are asked for again', async () => {
  const { server, issued, clock } = await opened();
  const good = await server.token();
  const token = await server.token({}, { kid: 'broken' });
  const broken = { kty: 'EC', crv: 'P-256', x: '!', y: '!', kid: 'broken', alg: 'ES256' };
  server.answer((response) => response.end(JSON.stringify({ keys: [broken] })));
  await expect(issued.prove(token)).rejects.toMatchObject({ code: 'ACCESS_UNAVAILABLE', retryAfterMs: 30_000 });
  clock.jump(18_500);
  await expect(issued.prove(token)).rejects.toMatchObject({
    retryAfterMs: 11_500,
    hint: expect.stringContaining('Try again in 12 s.'),
  });
  expect(await issued.prove(good)).toMatchObject({ kind: 'refused' });
});

test('a key that proves nothing, or one of two that are not told apart, is a token refused and no failure', async () => {
  const { server, issued, clock } = await opened();
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const published = [{ ...weak.publicKey.export({ format: 'jwk' }), kid: 'weak' }];
  const claims = { iss: server.issuer, aud: AUDIENCE, sub: 'user-1', exp: seconds(clock, 60) };
  const signed = (header: object): string => {
    const content = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${content}.${sign('sha256', Buffer.from(content), weak.privateKey).toString('base64url')}`;
  };
  server.answer((response) =>
    response.end(JSON.stringify({ keys: [...published, { ...published[0], kid: 'other' }] })),
  );
  for (const [header, why] of [
    [{ alg: 'RS256', kid: 'weak' }, 'not accepted here'],
    [{ alg: 'PS256', kid: 'weak' }, 'not accepted here'],
    [{ alg: 'RS256' }, "which of the issuer's keys"],
  ] as const) {
    expect(await issued.prove(signed(header))).toEqual({ kind: 'refused', why: expect.stringContaining(why) });
  }
});

test('no two pairs of issuer and subject are one owner, and every one has a name that can be an owner', () => {
  const issuers = ['https://a.example', 'https://a.example/b', `https://long.example/${'x'.repeat(200)}`];
  const subjects = ['1', 'b#1', '#1', 'a b', 'x'.repeat(300), '\u0000', ' ', 'local'];
  const owners = issuers.flatMap((issuer) => subjects.map((subject) => ownerOf(issuer, subject)));
  expect(new Set(owners).size).toBe(owners.length);
  expect(owners.filter((owner) => !isOwner(owner))).toEqual([]);
  expect(owners).not.toContain('local');
});

const PIECES: readonly string[] = [
  '',
  'e30',
  'bnVsbA',
  'W10',
  '-_~+/=',
  'x'.repeat(999),
  ...[
    { alg: 'ES256', kid: 'key-1' },
    { alg: 'none' },
    { alg: [], kid: {} },
    { alg: 'ES256', jwk: {} },
    { alg: 'ES256', kid: 'key-1', crit: ['b64'], b64: false },
  ].map((header) => Buffer.from(JSON.stringify(header)).toString('base64url')),
];

test.each(seeds(10))(
  'whatever is sent in the place of a token is refused, and nothing breaks (seed %i)',
  async (seed) => {
    const { server, issued } = await opened();
    const random = new Random(seed);
    const good = await server.token();
    const pieces = [...PIECES, ...good.split('.')];
    for (let n = 0; n < 100; n += 1) {
      const parts = Array.from({ length: random.below(5) }, () => pieces[random.below(pieces.length)]);
      const token = parts.join('.');
      const { kind } = await issued.prove(token);
      expect([token, kind]).toEqual([token, token === good ? 'proven' : 'refused']);
    }
  },
);
