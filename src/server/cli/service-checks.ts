/**
 * What `doctor` looks at for `serve`: where it would listen and for whom, tokens, the authorization server, webhooks and the
 * collector of traces. Keys and tokens are neither printed nor sent anywhere but where they are meant to go.
 */

import { stat } from 'node:fs/promises';
import type { Config } from '../../config.ts';
import { count } from '../../core/amount.ts';
import type { DatabaseState } from '../../core/audit.ts';
import { Fault, toFault } from '../../core/errors.ts';
import type { OtlpSettings } from '../../core/telemetry.ts';
import { fetchKeys } from '../access/keys.ts';
import { issuerOf } from '../access/service-access.ts';
import { readTokens, type TokenEntry } from '../access/token-list.ts';
import { isLoopback, Origins } from '../http/origins.ts';
import type { Look } from './look.ts';
import type { CliParts } from './parts.ts';
import { shellWord } from './session.ts';

/** How long a collector is waited for. */
const PROBE_MS = 5000;
/** Bits of a file's mode: others may change it; others may read it. */
const OTHERS_WRITE = 0o022;
const OTHERS_READ = 0o044;

export async function lookAtService(
  parts: CliParts,
  config: Config,
  database: Pick<DatabaseState, 'exists'> | null,
): Promise<readonly Look[]> {
  const { tokens_file } = config.options;
  const looks = await Promise.all([
    tokens_file === null ? null : lookAtTokens(tokens_file, parts.terminal.now()),
    lookAtIssuer(config),
    database?.exists === true ? lookAtWebhooks(parts, config) : null,
    lookAtTraces(config.otlp),
  ]);
  return [lookAtAddress(config), ...looks.filter((look) => look !== null)];
}

/** What the service would be refused for, without listening: it may be running there. */
function lookAtAddress({ options }: Config): Look {
  const { host, port, tokens_file, oauth_issuer, public_url } = options;
  const what = 'service';
  const at = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const configured = tokens_file !== null || oauth_issuer !== null;
  if (!configured && !isLoopback(host)) {
    const message = `${host} can be reached from other machines, and no access control is configured`;
    const words = `${at}: serve refuses to listen there, because nothing says who may ask`;
    return { check: { what, good: false, words }, problem: new Fault('ACCESS_REQUIRED', message) };
  }
  // Whoever named one has something in mind that leads others here: a proxy, which is on this machine for the service.
  if (!configured && (public_url !== null || options.allowed_hosts.length > 0)) {
    return {
      check: { what, good: null, words: `${at}: whoever asks there is you, whatever name it is reached by` },
      problem: null,
      advice: `Whoever comes through a proxy on this machine is taken for you, with all that \`local\` may: name a file of tokens (--tokens-file) or an authorization server, unless the proxy lets nobody else in.`,
    };
  }
  const who = configured ? 'for whoever has a token' : 'for this machine alone; whoever asks there is you';
  const name = public_url !== null && URL.canParse(public_url) ? new URL(public_url).host : null;
  if (name === null || new Origins(options).takesHost(name)) {
    return { check: { what, good: true, words: `${at}: ${who}` }, problem: null };
  }
  return {
    check: { what, good: null, words: `${at}: ${who}; not by the name ${name}` },
    problem: null,
    advice: `Requests for ${name} are refused: list it in BELTALOWDA_ALLOWED_HOSTS, unless a proxy before the service names another host.`,
  };
}

async function lookAtTokens(file: string, now: number): Promise<Look> {
  const what = 'tokens';
  try {
    const words = `${file}: ${tokensIn(await readTokens(file), now)}`;
    const mode = process.platform === 'win32' ? 0 : (await stat(file)).mode;
    const octal = (mode & 0o777).toString(8).padStart(4, '0');
    const hint = `Keep it yours: chmod 600 ${shellWord(file)}`;
    if ((mode & OTHERS_WRITE) !== 0) {
      const message = `others may change the file of tokens ${file} (mode ${octal}), and so let anybody in`;
      const problem = new Fault('CONFIG_INVALID', message, { hint });
      return { check: { what, good: false, words: `${words}; others may change it` }, problem };
    }
    if ((mode & OTHERS_READ) === 0) return { check: { what, good: true, words }, problem: null };
    const advice = `Others may read the file of tokens (mode ${octal}), its owners and hashes. ${hint}`;
    return { check: { what, good: null, words: `${words}; others may read it` }, problem: null, advice };
  } catch (thrown) {
    return { check: { what, good: false, words: `${file}: cannot be used` }, problem: toFault(thrown) };
  }
}

function tokensIn(tokens: readonly TokenEntry[], now: number): string {
  if (tokens.length === 0) return 'no token, so nobody is let in by one';
  const expired = tokens.filter(({ expires_at }) => expires_at !== null && Date.parse(expires_at) <= now).length;
  const owners = count(new Set(tokens.map(({ owner }) => owner)).size, 'owner');
  return `${count(tokens.length, 'token')} of ${owners}${expired === 0 ? '' : `, ${expired} expired`}`;
}

/** Null where none is configured. */
async function lookAtIssuer({ options }: Config): Promise<Look | null> {
  const what = 'authorization server';
  const bad = (words: string, problem: Fault): Look => ({ check: { what, good: false, words }, problem });
  try {
    const settings = issuerOf(options);
    if (settings === null) return null;
    const { issuer, jwks_url } = settings;
    const reached = await fetchKeys(jwks_url).then(publicKeysIn, (thrown: unknown) => toFault(thrown).message);
    if (typeof reached === 'number' && reached > 0) {
      return { check: { what, good: true, words: `${issuer}: publishes ${count(reached, 'key')}` }, problem: null };
    }
    const why = typeof reached === 'number' ? 'it publishes none that could be used' : reached;
    const problem = new Fault(
      'ACCESS_UNAVAILABLE',
      `the keys of ${issuer} cannot be had from ${named(jwks_url)}: ${why}`,
      {
        hint: 'Correct BELTALOWDA_OAUTH_JWKS_URL, or see that this machine reaches it. Until then no token of it is taken.',
      },
    );
    return bad(`${issuer}: its keys cannot be had`, problem);
  } catch (thrown) {
    return bad('its settings cannot be used', toFault(thrown));
  }
}

const KINDS_OF_KEYS: ReadonlySet<unknown> = new Set(['RSA', 'EC', 'OKP']);

/** Keys that can prove a token. */
function publicKeysIn(published: Awaited<ReturnType<typeof fetchKeys>> | null): number {
  const keys = published?.keys;
  if (!Array.isArray(keys)) return 0;
  return keys.filter((key) => KINDS_OF_KEYS.has(key?.kty) && key.use !== 'enc').length;
}

/** Without its query, which may hold a key. */
function named(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

async function lookAtWebhooks(parts: CliParts, config: Config): Promise<Look> {
  const what = 'webhooks';
  try {
    const state = await (await parts.maintenance(config)).webhooks();
    if (state === null || state.registrations === 0) {
      return { check: { what, good: null, words: 'none is registered' }, problem: null };
    }
    const { registrations, disabled, pending, oldest, dead, failing } = state;
    const words = [
      `${count(registrations, 'registration')}${disabled === 0 ? '' : `, ${disabled} disabled`}`,
      pending === 0 ? 'nothing waits' : `${count(pending, 'message')} to deliver, the oldest of ${oldest}`,
      ...(dead === 0 ? [] : [`${count(dead, 'message')} given up`]),
      ...failing.map(({ host, workflows, since }) => `${host} fails since ${since} (${count(workflows, 'workflow')})`),
    ].join('; ');
    if (disabled + dead + failing.length === 0) return { check: { what, good: true, words }, problem: null };
    const advice =
      'Webhooks: GET /webhook/deliveries says what the receivers answer; what was given up can be sent again, and a disabled url registered again (docs/webhooks.md).';
    return { check: { what, good: null, words }, problem: null, advice };
  } catch (thrown) {
    return { check: { what, good: false, words: 'cannot be read' }, problem: toFault(thrown) };
  }
}

/** By a request without any span: whatever is wrong with it, research goes on. */
async function lookAtTraces(otlp: OtlpSettings | null): Promise<Look> {
  const what = 'traces';
  if (otlp === null) {
    return {
      check: { what, good: null, words: 'not configured: OTEL_EXPORTER_OTLP_ENDPOINT is not set' },
      problem: null,
    };
  }
  const { url, protocol, headers, timeout_ms } = otlp;
  const json = protocol === 'http/json';
  const answer = await fetch(url, {
    method: 'POST',
    body: json ? '{"resourceSpans":[]}' : new Uint8Array(),
    headers: { ...headers, 'Content-Type': json ? 'application/json' : 'application/x-protobuf' },
    redirect: 'manual',
    signal: AbortSignal.timeout(Math.min(PROBE_MS, timeout_ms)),
  }).then(
    (response) => response.body?.cancel().then(() => response.status) ?? response.status,
    () => null,
  );
  const where = named(url);
  if (answer !== null && answer >= 200 && answer < 300) {
    return { check: { what, good: true, words: `${where}: the collector takes them` }, problem: null };
  }
  const how = answer === null ? 'cannot be reached' : `answers ${answer}`;
  const mend = answer === 401 || answer === 403 ? 'OTEL_EXPORTER_OTLP_HEADERS' : 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const advice = `Traces are lost until the collector takes them: see to it, or correct ${mend}. Research goes on without them.`;
  return { check: { what, good: null, words: `${where}: the collector ${how}` }, problem: null, advice };
}
