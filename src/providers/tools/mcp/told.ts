/**
 * What a server said on its standard error, and reasons made of it, without the values that the user keeps secret. Secrets are
 * taken out before anything is cut or joined: half of one, or one with its line breaks changed, would not be found again.
 */

import type { ToolServer } from '../../../core/tool-server.ts';

const LAST_LINES = 3;
const LONGEST_LINE = 500;
const LONGEST_REASON = 400;
/** Shorter values are words of everyday, and would take them out of every sentence. */
const SHORTEST_SECRET = 4;
/** The same for a part of a value, which is printed alone less often. */
const SHORTEST_PART = 6;

type Secret = readonly [name: string, value: string];

const SECRET_NAME = /key|token|secret|passw(?:or)?d|authorization/iu;
/** `--api-key=…`, `API_KEY=…`, `Authorization: …`. */
const NAMED = /^(?<name>[\w.-]+)(?:=|:\s*)(?<value>.+)$/su;
/** The password in `postgres://user:password@host`. */
const IN_ADDRESS = /^[a-z][\w+.-]*:\/\/[^/@\s]*?:(?<value>\S+)@/iu;
/** What stands before a token in a header. */
const SCHEME = /^(?:bearer|basic|token)\s+/iu;

/** What may not be shown of a server, the longest first: one value may begin with another. */
function secretsOf(server: ToolServer): readonly Secret[] {
  const secrets = wholeSecrets(server).flatMap(([name, value]): Secret[] => {
    const parts = [value.replace(SCHEME, ''), ...value.split(/\r\n|\r|\n/u)].map((part) => part.trim());
    const longer = parts.filter((part) => part.length >= SHORTEST_PART);
    return [...(value.length >= SHORTEST_SECRET ? [value] : []), ...longer].map((each) => [name, each]);
  });
  return secrets.toSorted(([, a], [, b]) => b.length - a.length);
}

function wholeSecrets(server: ToolServer): readonly Secret[] {
  if (server.kind === 'local') return [...Object.entries(server.env), ...secretArgs(server.args)];
  const { search, searchParams } = new URL(server.url);
  const values = Array.from(searchParams.values()).filter((value) => value.length >= SHORTEST_PART);
  return [...Object.entries(server.headers), ...[search, ...values].map((value): Secret => ['address', value])];
}

/** Arguments are no secrets by themselves, as paths and switches have to be read in a failure; those named like one are. */
function secretArgs(args: readonly string[]): readonly Secret[] {
  return args.flatMap((arg, at): Secret[] => {
    const { name = '', value = '' } = NAMED.exec(arg)?.groups ?? {};
    if (SECRET_NAME.test(name)) return [[name, value]];
    const password = IN_ADDRESS.exec(arg)?.groups?.['value'];
    if (password !== undefined) return [['password', password]];
    const next = args[at + 1] ?? '';
    return /^-[\w.-]+$/u.test(arg) && SECRET_NAME.test(arg) && !next.startsWith('--') ? [[arg, next]] : [];
  });
}

export class Told {
  readonly #name: string;
  readonly #log: (message: string) => void;
  readonly #secrets: readonly Secret[];
  readonly #last: string[] = [];

  constructor(server: ToolServer, log: (message: string) => void) {
    this.#name = server.name;
    this.#log = log;
    this.#secrets = secretsOf(server);
  }

  said(line: string): void {
    const clean = this.clean(line).slice(0, LONGEST_LINE);
    this.#log(`${this.#name}: ${clean}`);
    this.#last.push(clean);
    if (this.#last.length > LAST_LINES) this.#last.shift();
  }

  clean(text: string): string {
    return this.#secrets.reduce((clean, [name, value]) => clean.replaceAll(value, () => `[${name}]`), text);
  }

  /** `ended`: how its program ended, which says more than that the connection is gone. */
  reason(thrown: unknown, ended: string | null): string {
    const clean = this.clean(ended ?? messageOf(thrown));
    return clean.replaceAll(/\s+/gu, ' ').trim().slice(0, LONGEST_REASON);
  }

  /** What a program printed before it failed mostly says why. */
  withLast(why: string): string {
    return this.#last.length === 0 ? why : `${why} (${this.#last.join(' / ')})`.slice(0, LONGEST_REASON);
  }
}

/** What went wrong at the bottom of it: fetch and the SDK wrap it in words of their own. */
function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { cause, message } = thrown;
  if (cause instanceof Error) return messageOf(cause);
  return message === '' && 'code' in thrown ? String(thrown.code) : message;
}
