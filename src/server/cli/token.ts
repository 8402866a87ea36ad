/** `beltalowda token`: who may ask the service. */

import type { Config } from '../../config.ts';
import { iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import { isOwner, MAX_OWNER } from '../../core/owner.ts';
import { nearest } from '../../core/nearest.ts';
import { hashOfToken, newToken } from '../access/token.ts';
import { changeTokens, newTokenId, readTokens, type TokenEntry } from '../access/token-list.ts';
import type { Scope } from '../scope.ts';
import { type Column, type Fact, factText, tableText } from './facts.ts';
import { EXIT, printJson } from './outcome.ts';
import type { CliParts } from './parts.ts';

const DAY_MS = 86_400_000;
const USUAL: readonly Scope[] = ['read', 'run'];

export interface TokenCall {
  readonly name: 'token create' | 'token list' | 'token revoke';
  /** Of the token to revoke, or empty. */
  readonly id: string;
}

/** Resolves to the exit code. Throws INVALID_INPUT without a file, an owner or such a token; CONFIG_INVALID for a file that is not right. */
export async function token(parts: CliParts, config: Config, { name, id }: TokenCall): Promise<number> {
  const file = config.options.tokens_file;
  if (file === null) {
    throw new Fault('INVALID_INPUT', 'no file of tokens is named', {
      hint: 'Name it with --tokens-file or BELTALOWDA_TOKENS_FILE, here as for `beltalowda serve`.',
    });
  }
  if (name === 'token create') return create(parts, config, file);
  if (name === 'token revoke') return revoke(parts, config, { file, id });
  return list(parts, config, await readTokens(file));
}

async function create({ terminal }: CliParts, { options }: Config, file: string): Promise<number> {
  const { owner, scope, expires_days } = options;
  if (owner === null) {
    throw new Fault('INVALID_INPUT', '--owner is missing', {
      hint: 'Say whose workflows the token is for: beltalowda token create --owner NAME',
    });
  }
  if (!isOwner(owner)) {
    throw new Fault(
      'INVALID_INPUT',
      `--owner must be 1 to ${MAX_OWNER} printable characters, not ${JSON.stringify(owner)}`,
    );
  }
  const now = terminal.now();
  const made = newToken();
  const entry: TokenEntry = {
    id: newTokenId(),
    owner,
    scopes: [...new Set(scope.length === 0 ? USUAL : scope)],
    sha256: hashOfToken(made)?.toString('hex') ?? '',
    created_at: iso(now),
    expires_at: expires_days === null ? null : iso(now + expires_days * DAY_MS),
  };
  await changeTokens(file, (tokens) => [...tokens, entry]);
  const { sha256: _hash, ...told } = entry;
  if (options.json) {
    printJson(terminal, { ...told, token: made });
    return EXIT.done;
  }
  terminal.out(`${made}\n`);
  const facts: Fact[] = [
    ['id', entry.id],
    ['owner', owner],
    ['scopes', entry.scopes.join(', ')],
    ['expires', entry.expires_at ?? 'never'],
    ['kept in', `${file}, as a hash: the token itself is shown here and never again`],
  ];
  terminal.err(factText(terminal, facts));
  return EXIT.done;
}

async function revoke(
  { terminal }: CliParts,
  { options }: Config,
  { file, id }: { readonly file: string; readonly id: string },
): Promise<number> {
  // Looked up first: an id that is not there must not make a file.
  const known = (await readTokens(file)).map((entry) => entry.id);
  if (!known.includes(id)) {
    const close = nearest(id, known);
    throw new Fault('INVALID_INPUT', `${file} has no token ${JSON.stringify(id.slice(0, 64))}`, {
      hint: close === null ? '`beltalowda token list` shows the ids.' : `Did you mean ${close}?`,
    });
  }
  await changeTokens(file, (tokens) => tokens.filter((entry) => entry.id !== id));
  if (options.json) printJson(terminal, { id, revoked: true });
  else terminal.out(`Revoked ${id}. A running service refuses it a second later.\n`);
  return EXIT.done;
}

const COLUMNS: readonly Column[] = [
  { heading: 'id' },
  { heading: 'scopes' },
  { heading: 'created', look: () => 'faint' },
  { heading: 'expires', look: (text) => (text.startsWith('expired') ? 'bad' : 'faint') },
  { heading: 'owner' },
];

function list({ terminal }: CliParts, { options }: Config, tokens: readonly TokenEntry[]): number {
  const now = terminal.now();
  const told = tokens.map(({ sha256: _hash, ...entry }) => ({
    ...entry,
    expired: entry.expires_at !== null && Date.parse(entry.expires_at) <= now,
  }));
  if (options.json) printJson(terminal, { tokens: told });
  else if (told.length === 0) terminal.err('There is none yet. Make one: beltalowda token create --owner NAME\n');
  else {
    const rows = told.map(({ id, owner, scopes, created_at, expires_at, expired }) => ({
      cells: [id, scopes.join(','), created_at, expired ? `expired ${expires_at}` : (expires_at ?? 'never'), owner],
    }));
    terminal.out(tableText(terminal, COLUMNS, rows));
  }
  return EXIT.done;
}
