/** Servers of the Model Context Protocol whose tools agents may use, as the user's configuration names them. */

import type { Domain } from './source.ts';

interface AnyServer {
  /** As the configuration calls it; its tools are called after it. */
  readonly name: string;
  /** The tools that agents may use, by the server's own names; null: all. */
  readonly tools: readonly string[] | null;
  /** Most seconds of one run of a tool, and of a start, which has 20 at most. */
  readonly timeout_seconds: number;
  /** The domains of a swarm that get its tools; null: all but those that need tools of their own kind. */
  readonly domains: readonly Domain[] | null;
}

/** A program that is started here and speaks over its standard input and output. */
export interface LocalServer extends AnyServer {
  readonly kind: 'local';
  readonly command: string;
  readonly args: readonly string[];
  /** What it gets beside a few variables that every program needs. Its values are secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute; null: where this process was started. */
  readonly cwd: string | null;
}

/** A server reached over streamable HTTP. */
export interface RemoteServer extends AnyServer {
  readonly kind: 'remote';
  readonly url: string;
  /** Sent with every request. Their values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
}

export type ToolServer = LocalServer | RemoteServer;

/** Whether it runs on this machine, and needs no network. What a program that the user lists does itself is the user's choice. */
export function isNear(server: ToolServer): boolean {
  return server.kind === 'local' || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/u.test(new URL(server.url).hostname);
}

/** What an agent of a domain is given, by the names of tools; a name that ends in `*` takes all that begin so. */
export type DomainTools = Readonly<Partial<Record<Domain, readonly string[]>>>;

/** What became of a server when it was tried. */
export interface ToolServerState {
  readonly name: string;
  /** Names of its tools as agents see them. */
  readonly tools: readonly string[];
  /** What is not there, in words; empty where all is well. */
  readonly wrong: readonly string[];
}
