import { chmodSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { WebhookState } from '../../../../src/core/audit.ts';
import { hashOfToken, newToken } from '../../../../src/server/access/token.ts';
import { authorizationServer } from '../../../support/authorization-server.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { collector } from '../../../support/otlp-collector.ts';
import { run } from './run-command.ts';
import { scriptedMaintenance, SOUND, STATE } from './scripted-maintenance.ts';

let home = '';
let file = '';
beforeEach(async () => {
  home = await temporaryFolder();
  file = path.join(home, 'tokens.json');
});

const Diagnosis = z.object({
  checks: z.array(z.object({ what: z.string(), good: z.boolean().nullable(), words: z.string() })),
  problems: z.array(z.object({ code: z.string(), message: z.string(), hint: z.string() })),
  advice: z.array(z.string()),
});

const NO_DATABASE = { ...STATE, exists: false, schema: null, workflows: 0 };

async function doctor(argv: readonly string[], given: Partial<Parameters<typeof run>[1]> = {}) {
  const maintenance = scriptedMaintenance({ state: NO_DATABASE });
  const env = { BELTALOWDA_HOME: home, ...given.env };
  const { exit, out } = await run(['doctor', '--json', ...argv], { maintenance, ...given, env });
  const { checks, problems, advice } = Diagnosis.parse(JSON.parse(out));
  const check = (what: string) => {
    const found = checks.filter((one) => one.what === what);
    expect(found.length).toBeLessThan(2);
    return found[0] === undefined ? null : { good: found[0].good, words: found[0].words };
  };
  return { exit, out, check, problems, advice: advice.join('\n') };
}

/** Writes the file of tokens, for its owner alone to read unless said otherwise. */
function tokens(entries: readonly object[], mode = 0o600): readonly string[] {
  const made = entries.map(() => newToken());
  const list = entries.map((entry, at) => ({
    id: `tok_${at}`,
    owner: 'ann',
    scopes: ['read'],
    sha256: hashOfToken(made[at] ?? '')?.toString('hex'),
    created_at: '2026-01-01T00:00:00Z',
    ...entry,
  }));
  writeFileSync(file, JSON.stringify({ tokens: list }));
  chmodSync(file, mode);
  return made;
}

function issuing(issuer: string, jwks: string): readonly string[] {
  return ['--oauth-issuer', issuer, '--oauth-jwks-url', jwks, '--public-url', 'http://127.0.0.1:8417'];
}

/** A database that is there and sound, with webhooks in this state. */
function there(webhooks: WebhookState | null) {
  const database = path.join(home, 'beltalowda.db');
  writeFileSync(database, '');
  return scriptedMaintenance({ state: { ...STATE, file: database }, check: { ...SOUND, file: database }, webhooks });
}

describe('where the service would listen', () => {
  it('is for this machine alone unless something says who may ask', async () => {
    const { exit, check } = await doctor([]);
    expect(exit).toBe(0);
    expect(check('service')).toEqual({
      good: true,
      words: '127.0.0.1:8417: for this machine alone; whoever asks there is you',
    });
    expect([check('tokens'), check('authorization server'), check('webhooks')]).toEqual([null, null, null]);
  });

  it('is a problem where other machines reach it and nothing says who may ask', async () => {
    const open = await doctor(['--host', '0.0.0.0']);
    expect(open.exit).toBe(1);
    expect(open.check('service')).toMatchObject({ good: false });
    expect(open.problems.map(({ code }) => code)).toEqual(['ACCESS_REQUIRED']);
    tokens([{}]);
    const kept = await doctor(['--host', '::', '--tokens-file', file]);
    expect([kept.exit, kept.check('service')]).toEqual([
      0,
      { good: true, words: '[::]:8417: for whoever has a token' },
    ]);
  });

  it('by a public name takes that name', async () => {
    tokens([{}]);
    const named = ['--public-url', 'https://research.example:8443/', '--tokens-file', file];
    const refused = await doctor(named);
    expect([refused.exit, refused.check('service')?.good]).toEqual([0, null]);
    expect(refused.advice).toContain('research.example:8443 are refused: list it in BELTALOWDA_ALLOWED_HOSTS');
    const taken = await doctor([...named, '--allowed-hosts', 'research.example']);
    expect(taken.check('service')?.good).toBe(true);
  });
});

it.each([
  ['--public-url', 'https://research.example'],
  ['--allowed-hosts', 'research.example'],
])(
  'where %s leads others here and nobody is asked who they are, it is said whom they are taken for',
  async (...flags) => {
    const { exit, check, advice } = await doctor(flags);
    expect([exit, check('service')?.good]).toEqual([0, null]);
    expect(advice).toContain('comes through a proxy on this machine is taken for you');
  },
);

describe('the file of tokens', () => {
  it('is counted, with what has expired, and nothing secret is printed', async () => {
    const made = tokens([{}, { expires_at: '2020-01-01T00:00:00Z' }, { owner: 'bob', expires_at: null }]);
    const { exit, check, out, advice } = await doctor(['--tokens-file', file]);
    expect([exit, check('tokens')]).toEqual([0, { good: true, words: `${file}: 3 tokens of 2 owners, 1 expired` }]);
    expect(advice).not.toContain('file of tokens');
    for (const token of made) {
      expect(out).not.toContain(token);
      expect(out).not.toContain(hashOfToken(token)?.toString('hex'));
    }
  });

  it('that others may read is named, and one that they may change is a problem', async () => {
    tokens([], 0o644);
    const read = await doctor([], { env: { BELTALOWDA_TOKENS_FILE: file } });
    expect([read.exit, read.check('tokens')?.good]).toEqual([0, null]);
    expect(read.check('tokens')?.words).toContain('no token, so nobody is let in by one');
    expect(read.advice).toContain(`(mode 0644), its owners and hashes. Keep it yours: chmod 600 ${file}`);
    chmodSync(file, 0o620);
    const changed = await doctor(['--tokens-file', file]);
    expect([changed.exit, changed.check('tokens')?.good]).toEqual([1, false]);
    expect(changed.problems).toMatchObject([{ code: 'CONFIG_INVALID', hint: `Keep it yours: chmod 600 ${file}` }]);
  });

  it.each([
    ['none', null, 'is not there'],
    ['no JSON', '{"tokens": secret', 'is not JSON'],
    ['an entry that is none', '{"tokens": [{"id": "secret-id"}]}', 'at tokens[0].owner'],
  ])('that is %s is a problem that serve would have', async (_, text, message) => {
    if (text !== null) writeFileSync(file, text, { mode: 0o600 });
    const { exit, check, problems, out } = await doctor(['--tokens-file', file]);
    expect([exit, check('tokens')]).toEqual([1, { good: false, words: `${file}: cannot be used` }]);
    expect(problems).toMatchObject([{ code: 'CONFIG_INVALID', message: expect.stringContaining(message) as string }]);
    expect(out).not.toContain('secret');
  });
});

describe('the authorization server', () => {
  it('is asked for its keys', async () => {
    const { issuer, jwks_url } = await authorizationServer(new FakeClock(), 'https://a.example');
    const { exit, check } = await doctor(issuing(issuer, jwks_url));
    expect([exit, check('authorization server')]).toEqual([0, { good: true, words: `${issuer}: publishes 1 key` }]);
  });

  it.each([
    ['answers 503', 'it answers 503', (r: ServerResponse) => r.writeHead(503).end()],
    ['is away', 'it cannot be reached', (r: ServerResponse) => r.destroy()],
    ['answers a page', 'it answers no JSON', (r: ServerResponse) => r.end('<html>')],
    ['has no key', 'it publishes none', (r: ServerResponse) => r.end('{"keys":[{"kty":"oct"}]}')],
    ['has no list', 'it publishes none', (r: ServerResponse) => r.end('{}')],
    ['has nothing', 'it publishes none', (r: ServerResponse) => r.end('null')],
  ])('that %s is a problem, named without what may be secret', async (_, why, how) => {
    const server = await authorizationServer(new FakeClock(), 'https://a.example');
    const { issuer, jwks_url } = server;
    server.answer(how);
    const { exit, check, problems } = await doctor(issuing(issuer, `${jwks_url}?key=sesame`));
    expect([exit, check('authorization server')?.good]).toEqual([1, false]);
    const [{ code, message, hint } = { code: '', message: '', hint: '' }] = problems;
    expect([code, message]).toEqual(['ACCESS_UNAVAILABLE', expect.stringContaining(`${jwks_url}: ${why}`)]);
    expect(hint).toContain('BELTALOWDA_OAUTH_JWKS_URL');
  });

  it('with settings that are not complete is a problem, and nobody is asked', async () => {
    const { jwks_url, issuer, asked } = await authorizationServer(new FakeClock(), 'https://a.example');
    const half = await doctor(['--oauth-issuer', issuer, '--oauth-jwks-url', jwks_url]);
    expect([half.exit, half.check('authorization server')?.good, asked()]).toEqual([1, false, 0]);
    expect(half.problems[0]?.message).toContain('BELTALOWDA_PUBLIC_URL is not');
  });
});

describe('webhooks', () => {
  const STILL = { registrations: 2, disabled: 0, pending: 0, oldest: null, dead: 0, failing: [] };
  const AT = '2026-03-01T12:00:00.000Z';

  it.each([
    [null, null, 'none is registered'],
    [{ ...STILL, registrations: 0 }, null, 'none is registered'],
    [STILL, true, '2 registrations; nothing waits'],
    [{ ...STILL, pending: 3, oldest: AT }, true, `2 registrations; 3 messages to deliver, the oldest of ${AT}`],
  ])('%o are told of in words', async (webhooks, good, words) => {
    const { exit, check, advice } = await doctor([], { maintenance: there(webhooks) });
    expect([exit, check('webhooks')]).toEqual([0, { good, words }]);
    expect(advice).not.toContain('Webhooks:');
  });

  it('that are not taken are named with who does not take them, and what to do', async () => {
    const failing = [{ host: 'a.example', workflows: 1, since: AT }];
    const webhooks = { ...STILL, disabled: 1, pending: 7, oldest: AT, dead: 1, failing };
    const { exit, check, advice } = await doctor([], { maintenance: there(webhooks) });
    expect(exit).toBe(0);
    expect(check('webhooks')).toEqual({
      good: null,
      words: `2 registrations, 1 disabled; 7 messages to deliver, the oldest of ${AT}; 1 message given up; a.example fails since ${AT} (1 workflow)`,
    });
    expect(advice).toContain('GET /webhook/deliveries');
  });
});

describe('the collector of traces', () => {
  it('is not asked where none is set', async () => {
    const { check } = await doctor([]);
    expect(check('traces')).toEqual({ good: null, words: 'not configured: OTEL_EXPORTER_OTLP_ENDPOINT is not set' });
  });

  it.each(['http/protobuf', 'http/json'])(
    'gets a request over %s with the headers it wants, and no span',
    async (protocol) => {
      const at = await collector();
      const { exit, check, out } = await doctor([], {
        env: {
          OTEL_EXPORTER_OTLP_ENDPOINT: at.url,
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_EXPORTER_OTLP_HEADERS: 'api-key=sesame',
        },
      });
      expect([exit, check('traces')]).toEqual([
        0,
        { good: true, words: `${at.url}/v1/traces: the collector takes them` },
      ]);
      expect([at.requests[0]?.headers['api-key'], at.spans]).toEqual(['sesame', []]);
      expect(out).not.toContain('sesame');
    },
  );

  it.each([
    [401, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [404, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    [307, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ])('that answers %i is no reason why research would not work, and says what to correct', async (status, variable) => {
    const at = await collector();
    at.answers.push({ status, headers: { Location: 'http://127.0.0.1:9/' } });
    const { exit, check, advice } = await doctor([], { env: { OTEL_EXPORTER_OTLP_ENDPOINT: at.url } });
    expect([exit, check('traces')]).toEqual([
      0,
      { good: null, words: `${at.url}/v1/traces: the collector answers ${status}` },
    ]);
    expect(advice).toContain(`correct ${variable}`);
  });

  it('that is away is named', async () => {
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1/v1/traces?key=sesame' };
    const { check, out } = await doctor([], { env });
    expect(check('traces')).toEqual({
      good: null,
      words: 'http://127.0.0.1:1/v1/traces: the collector cannot be reached',
    });
    expect(out).not.toContain('sesame');
  });
});
