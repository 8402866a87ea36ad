/**
 * The tokens that hold now. The file is looked at when a token is to be known, at most once a second, and read again when it
 * is another one: what was revoked is refused a second later. One that cannot be read leaves the last good one in force.
 */

import { stat } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';
import { toFault } from '../../core/errors.ts';
import { hashOfToken, oneWithHash } from './token.ts';
import { readTokens, type TokenEntry } from './token-list.ts';

/** Between two looks at the file. */
const LOOK_MS = 1000;
/** Permissions that are nobody's but the owner's of the file. */
const OTHERS = 0o077;

export interface TokenBookParts {
  readonly file: string;
  readonly clock: Clock;
  readonly warn: (fields: object, message: string) => void;
}

interface Kept extends TokenEntry {
  readonly hash: Buffer;
}

export type Looked =
  | { readonly kind: 'found'; readonly entry: TokenEntry }
  | { readonly kind: 'expired' }
  | { readonly kind: 'unknown' };

export class TokenBook {
  readonly #parts: TokenBookParts;
  #tokens: readonly Kept[] = [];
  /** What tells one state of the file from another: the one the tokens are of, null before the first. */
  #state: string | null = null;
  /** The one that could not be read and was told of. */
  #broken: string | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | null = null;

  private constructor(parts: TokenBookParts) {
    this.#parts = parts;
  }

  /** Throws CONFIG_INVALID where the file is not right to begin with. */
  static async open(parts: TokenBookParts): Promise<TokenBook> {
    const book = new TokenBook(parts);
    book.#lookedAt = parts.clock.now();
    await book.#look();
    return book;
  }

  async find(token: string): Promise<Looked> {
    await this.#refreshed();
    const hash = hashOfToken(token);
    const found = hash === null ? null : oneWithHash(this.#tokens, hash);
    if (found === null) return { kind: 'unknown' };
    const { expires_at } = found;
    if (expires_at !== null && Date.parse(expires_at) <= this.#parts.clock.now()) return { kind: 'expired' };
    return { kind: 'found', entry: found };
  }

  /** Requests that come together wait for one look. */
  async #refreshed(): Promise<void> {
    const now = this.#parts.clock.now();
    // Also where the clock was set back: nothing may be believed for longer than it says here.
    if (this.#looking === null && Math.abs(now - this.#lookedAt) >= LOOK_MS) {
      this.#lookedAt = now;
      this.#looking = this.#look().finally(() => {
        this.#looking = null;
      });
    }
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { file, warn } = this.#parts;
    const found = await stat(file).catch(() => null);
    const state = found === null ? 'gone' : [found.ino, found.size, found.mtimeMs, found.ctimeMs, found.mode].join(' ');
    if (state === this.#state) return;
    try {
      const tokens = await readTokens(file);
      this.#tokens = tokens.map((entry) => ({ ...entry, hash: Buffer.from(entry.sha256, 'hex') }));
      if (found !== null && process.platform !== 'win32' && (found.mode & OTHERS) !== 0) {
        const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
        warn({ file }, `others may read or change the file of tokens (mode ${mode}): chmod 600 keeps it yours`);
      }
    } catch (thrown) {
      const fault = toFault(thrown);
      if (this.#state === null) throw fault;
      // Read again at the next look, as it is: what kept it from being read may pass by itself. Told of once.
      if (this.#broken !== state)
        warn({ file, code: fault.code }, `${fault.message}; the tokens read before stay in force`);
      this.#broken = state;
      return;
    }
    this.#broken = null;
    this.#state = state;
  }
}
