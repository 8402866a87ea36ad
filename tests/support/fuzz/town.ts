/**
 * The real service with tenants: real store, engine, research, access and webhooks; a scripted outside. What each tenant has
 * holds a word that is nowhere else: where it is found in another's answer, something has leaked.
 */

import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Caller } from '../../../src/core/views.ts';
import { serviceAccess } from '../../../src/server/access/service-access.ts';
import { hashOfToken, newToken } from '../../../src/server/access/token.ts';
import { changeTokens, newTokenId, type TokenEntry } from '../../../src/server/access/token-list.ts';
import { serveOverHttp } from '../../../src/server/http/http.ts';
import { eventually } from '../engine-node.ts';
import type { FakeClock } from '../fake-clock.ts';
import { temporaryFolder } from '../folder.ts';
import { orchestra, type Orchestra } from '../orchestra.ts';
import { openSite, type Site, status } from '../sites.ts';

export const TENANTS = ['ann', 'ben', 'cleo'] as const;
export type TenantName = (typeof TENANTS)[number];

export interface Tenant {
  readonly name: TenantName;
  readonly token: string;
  /** May only look. */
  readonly reading: string;
  /** Stands in the task, title, context, key, report, sources and webhook's address of what is theirs, and nowhere else. */
  readonly canary: string;
  readonly source: string;
  readonly ended: string;
  readonly waiting: string;
  /** Of registrations, messages, sources. */
  readonly ids: readonly string[];
  readonly cursors: readonly string[];
}

export interface Town {
  readonly url: string;
  readonly port: number;
  readonly clock: FakeClock;
  readonly on: Orchestra;
  readonly tenants: Readonly<Record<TenantName, Tenant>>;
  readonly expired: string;
  /** Where webhooks of a tenant go: `URL/NAME`. */
  readonly site: Site;
  /** What the service logged as defects, and what has leaked into messages. */
  readonly defects: readonly string[];
  readonly root: string;
}

const SCOPES = ['read', 'run'] as const;
const ELSEWHERE = 'The log is never written first.\nA checkpoint may wait.\nReaders do not wait.\n';

function callerOf(name: TenantName): Caller {
  return { owner: name, trusted: false };
}

function entry(owner: string, token: string, change: Partial<TokenEntry> = {}): TokenEntry {
  const sha256 = hashOfToken(token)?.toString('hex') ?? '';
  const created_at = '2026-01-01T00:00:00.000Z';
  return { id: newTokenId(), owner, scopes: [...SCOPES], sha256, created_at, expires_at: null, ...change };
}

interface Person {
  readonly name: TenantName;
  readonly token: string;
  readonly reading: string;
  readonly canary: string;
}

export async function openTown(): Promise<Town> {
  const people = TENANTS.map((name): Person => {
    const [token, reading] = [newToken(), newToken()];
    return { name, token, reading, canary: `canary${name}${randomBytes(8).toString('hex')}` };
  });
  const defects: string[] = [];
  const site = await openSite((asked, response) => {
    // Where the path was garbled too, nothing says whose receiver it is.
    const whose = people.find(({ name }) => asked.path.startsWith(`/${name}`));
    for (const { name, canary } of people) {
      if (whose !== undefined && whose.name !== name && asked.body.includes(canary))
        defects.push(`${asked.path} was told ${canary}`);
    }
    status(response, 204);
  });
  onTestFinished(() => site.close());
  const on = await orchestraOf(people, site);
  const expired = newToken();
  const file = path.join(await temporaryFolder(), 'tokens.json');
  await changeTokens(file, () => [
    ...people.flatMap(({ name, token, reading }) => [entry(name, token), entry(name, reading, { scopes: ['read'] })]),
    entry('ann', expired, { expires_at: '2026-01-01T00:00:00.000Z' }),
  ]);
  const nothing = { oauth_issuer: null, oauth_jwks_url: null, oauth_audience: null, public_url: null };
  const warn = (fields: object, message: string): void =>
    void defects.push(
      `${message}: ${'err' in fields && fields.err instanceof Error ? fields.err.stack : JSON.stringify(fields)}`,
    );
  const access = await serviceAccess({ tokens_file: file, ...nothing }, { clock: on.clock, warn });
  const listening = {
    host: '127.0.0.1',
    port: 0,
    allowed_hosts: [],
    allowed_origins: [],
    cors_origins: ['https://app.example'],
  };
  const service = await serveOverHttp(
    {
      version: '1.2.3',
      orchestrator: async () => on.orchestrator,
      access,
      clock: on.clock,
      random: () => 0.5,
      tasks: true,
      checks: [],
      log: { warn, debug: () => undefined },
    },
    { ...listening, rate_limit: 1000, owner_max_requests: 5000, max_connections: 5000 },
  );
  onTestFinished(() => service.close());
  const tenants = await Promise.all(people.map((person) => settled(person, on, site)));
  const { url } = service;
  return {
    url,
    port: Number(new URL(url).port),
    clock: on.clock,
    on,
    tenants: Object.fromEntries(tenants.map((tenant) => [tenant.name, tenant])) as Record<TenantName, Tenant>,
    expired,
    site,
    defects,
    root: on.folder,
  };
}

/** Each has a file that nobody else names, and all have the others. */
async function orchestraOf(people: readonly Person[], site: Site): Promise<Orchestra> {
  const own = people.map(({ name, canary }) => {
    const text = [`${canary} is written first.`, `A checkpoint copies ${canary} back.`, `Readers see ${canary}.`];
    return [`${name}.txt`, `${text.join('\n')}\n`] as const;
  });
  const on = await orchestra({
    files: { ...Object.fromEntries(own), 'all.txt': ELSEWHERE },
    below: Object.fromEntries(people.map(({ name }) => [name, [`${name}.txt`]])),
    elsewhere: ['all.txt'],
    settings: { fetch_allow: [site.host], owner_max_active: 20 },
  });
  for (const { name } of people) {
    await mkdir(path.join(on.folder, name));
    await writeFile(path.join(on.folder, name, 'own.txt'), 'own');
  }
  return on;
}

/** One workflow that has ended, another that waits to be approved, and a registration. */
async function settled({ name, token, reading, canary }: Person, on: Orchestra, site: Site): Promise<Tenant> {
  const { orchestrator } = on;
  const caller = callerOf(name);
  const source = path.join(on.folder, name);
  const request = {
    title: `Of ${canary}`,
    context: `For ${canary}`,
    sources: [source],
    webhook: { url: `${site.url}/${name}-${canary}` },
  };
  const task = `What does ${canary} do?`;
  const { task_id: ended = '' } = await orchestrator.start({ ...request, task, idempotency_key: canary }, caller);
  await on.clock.advance(20_000);
  await eventually(async () => (await orchestrator.status(ended, caller)).progress === 1, `${ended} ends`);
  const { task_id: waiting = '' } = await orchestrator.start({ ...request, task, require_approval: true }, caller);
  await on.clock.advance(20_000);
  await eventually(async () => (await orchestrator.status(waiting, caller)).phase === 'awaiting_approval', 'it waits');
  const registered = await orchestrator.registerWebhook(
    { url: `${site.url}/${name}/${canary}`, task_id: ended },
    caller,
  );
  const { deliveries, next_cursor } = await orchestrator.webhookDeliveries(caller, { limit: 1 });
  const { next_cursor: page } = await orchestrator.list(caller, { limit: 1 });
  const whole = await orchestrator.result(ended, caller, { detail: 'evidence', max_chars: 40 });
  const ids = [
    registered.webhook_id,
    ...deliveries.map((one) => one.delivery_id),
    ...whole.sources.map((one) => one.source_id),
  ];
  const cursors = [next_cursor, page, whole.next_cursor].filter((one) => one !== undefined);
  return { name, token, reading, canary, source, ended, waiting, ids, cursors };
}
