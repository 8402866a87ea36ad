/** Who may ask the service: tokens of a file, tokens of an authorization server, or both. Credentials end here. */

import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import { type Access, loopback, type Principal, type Refusal, type ResourceMetadata } from '../http/access.ts';
import { isLoopback } from '../http/origins.ts';
import { SCOPES, type Scope } from '../scope.ts';
import { IssuedTokens, type IssuerSettings } from './issued.ts';
import { isTokenLike } from './token.ts';
import { TokenBook } from './token-book.ts';

export interface AccessSettings {
  readonly tokens_file: string | null;
  readonly oauth_issuer: string | null;
  readonly oauth_jwks_url: string | null;
  readonly oauth_audience: string | null;
  readonly public_url: string | null;
}

export interface AccessParts {
  readonly clock: Clock;
  readonly warn: (fields: object, message: string) => void;
}

/** Where the metadata of a protected resource stands (RFC 9728). */
export const METADATA_PATH = '/.well-known/oauth-protected-resource';

/** Throws CONFIG_INVALID where a setting or the file cannot be used. With nothing configured: access over loopback. */
export async function serviceAccess(settings: AccessSettings, parts: AccessParts): Promise<Access> {
  const issuer = issuerOf(settings);
  const { tokens_file: file, public_url } = settings;
  if (issuer === null && file === null) return loopback;
  const book = file === null ? null : await TokenBook.open({ ...parts, file });
  const issued = issuer === null ? null : new IssuedTokens(issuer, parts.clock);
  const resource = public_url === null ? null : withoutSlash(public_url);
  const where = issuer === null || resource === null ? null : `resource_metadata="${resource}${METADATA_PATH}"`;
  const challenge = (...parameters: readonly (string | null)[]): string => {
    const said = ['realm="beltalowda"', ...parameters, where].filter((one) => one !== null);
    return `Bearer ${said.join(', ')}`;
  };
  const refuse = (why: string, hint?: string): Refusal => ({
    refused: new Fault('UNAUTHENTICATED', why, hint === undefined ? {} : { hint }),
    challenge: challenge('error="invalid_token"'),
  });
  const authenticate = async (request: Request): Promise<Principal | Refusal> => {
    const credential = credentialOf(request);
    if (credential === null) {
      const refused = new Fault('UNAUTHENTICATED', 'the request has no token in its header Authorization');
      // What a client asks its authorization server for, unless its user wants less.
      return { refused, challenge: challenge(issued === null ? null : 'scope="read run"') };
    }
    if (book !== null && isTokenLike(credential)) {
      const looked = await book.find(credential);
      if (looked.kind !== 'found') return refuse(looked.kind === 'expired' ? EXPIRED : UNKNOWN);
      const { owner, scopes, expires_at } = looked.entry;
      return { owner, scopes: new Set(scopes), until: expires_at === null ? undefined : Date.parse(expires_at) };
    }
    if (issued === null) return refuse(UNKNOWN);
    const proven = await issued.prove(credential);
    return proven.kind === 'refused' ? refuse(proven.why, 'Ask the authorization server for a new token.') : proven;
  };
  return {
    configured: true,
    authenticate,
    challenge: (scope: Scope) => challenge('error="insufficient_scope"', `scope="${scope}"`),
    ...(issuer === null || resource === null ? {} : { metadata: metadataOf(issuer, resource) }),
  };
}

const UNKNOWN = 'the token is not known here';
const EXPIRED = 'the token has expired';

/** Of the header alone: what stands in a URL ends up in histories and logs. */
function credentialOf(request: Request): string | null {
  const [, credential] = /^Bearer +([\w.~+/=-]+) *$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  return credential ?? null;
}

function metadataOf({ issuer }: IssuerSettings, resource: string): ResourceMetadata {
  return {
    resource,
    authorization_servers: [issuer],
    scopes_supported: SCOPES,
    bearer_methods_supported: ['header'],
    resource_name: 'beltalowda',
  };
}

/** Null without an issuer. Throws CONFIG_INVALID: half of what it takes is refused: it would look protected and let nobody in, or anybody. */
export function issuerOf(settings: AccessSettings): IssuerSettings | null {
  const { oauth_issuer: issuer, oauth_jwks_url: jwks_url, oauth_audience: audience, public_url } = settings;
  if (issuer === null) {
    const orphan = jwks_url === null ? (audience === null ? null : 'OAUTH_AUDIENCE') : 'OAUTH_JWKS_URL';
    if (orphan === null) return null;
    throw lacking(`BELTALOWDA_${orphan} is set, and BELTALOWDA_OAUTH_ISSUER is not`);
  }
  if (jwks_url === null) throw lacking('BELTALOWDA_OAUTH_ISSUER is set, and BELTALOWDA_OAUTH_JWKS_URL is not');
  if (public_url === null) throw lacking('BELTALOWDA_OAUTH_ISSUER is set, and BELTALOWDA_PUBLIC_URL is not');
  checkSecure('BELTALOWDA_OAUTH_ISSUER', issuer);
  checkSecure('BELTALOWDA_OAUTH_JWKS_URL', jwks_url);
  checkPlain('BELTALOWDA_OAUTH_ISSUER', issuer);
  checkPlain('BELTALOWDA_PUBLIC_URL', public_url);
  const own = withoutSlash(public_url);
  // Clients write the address of a service with the slash at its end or without.
  return { issuer, jwks_url, audiences: audience === null ? [own, `${own}/`] : [audience] };
}

function lacking(what: string): Fault {
  return new Fault('CONFIG_INVALID', what, {
    hint: 'Tokens of an authorization server take its issuer, the URL of its keys, and the public URL of this service.',
  });
}

/** Who can change what comes over the network would be who makes the tokens. */
function checkSecure(name: string, url: string): void {
  const { protocol, hostname } = parsedUrl(name, url);
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replaceAll(/[[\]]/g, '')))) return;
  throw new Fault('CONFIG_INVALID', `${name} must begin with https://, but on this machine`);
}

function checkPlain(name: string, url: string): void {
  const { search, hash, username, protocol } = parsedUrl(name, url);
  const plain = /^https?:$/.test(protocol) && search === '' && hash === '' && username === '' && !/[#?]/.test(url);
  if (!plain) throw new Fault('CONFIG_INVALID', `${name} must be an http(s) URL without user, query and fragment`);
}

function parsedUrl(name: string, url: string): URL {
  if (URL.canParse(url)) return new URL(url);
  throw new Fault('CONFIG_INVALID', `${name} is not a URL`);
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '');
}
