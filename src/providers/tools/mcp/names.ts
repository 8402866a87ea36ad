/**
 * What agents call a tool of a server: the server's name, then the tool's, made of what every vendor takes. A name depends on the
 * configuration and on the tool alone, never on which servers happen to answer, so that it is the same after a restart.
 */

import { createHash } from 'node:crypto';
import type { ToolServer } from '../../../core/tool-server.ts';

const LONGEST = 64;
const LONGEST_PREFIX = 32;
const HASH_LENGTH = 8;

function fitting(name: string): string {
  return name.replaceAll(/[^\w-]+/gu, '_');
}

/** How the names of all tools of a server begin. */
export function prefixOf({ name }: Pick<ToolServer, 'name'>): string {
  return `${fitting(name).slice(0, LONGEST_PREFIX)}_`;
}

/**
 * The name of a tool: `server_tool` where it fits and can be no other tool's, else with the beginning of a hash.
 * @param servers all there are, in their order: one whose names could be those of an earlier one has the hash in each
 * @param reserved names of tools that belong to no server
 */
export function toolName(
  server: Pick<ToolServer, 'name'>,
  tool: string,
  among: { readonly servers: readonly Pick<ToolServer, 'name'>[]; readonly reserved: ReadonlySet<string> },
): string {
  const prefix = prefixOf(server);
  const own = fitting(tool);
  const plain = `${prefix}${own}`;
  const earlier = among.servers.slice(
    0,
    among.servers.findIndex(({ name }) => name === server.name),
  );
  const isShared = earlier
    .map((other) => prefixOf(other))
    .some((other) => other.startsWith(prefix) || prefix.startsWith(other));
  if (own === tool && plain.length <= LONGEST && !isShared && !among.reserved.has(plain)) return plain;
  const hash = createHash('sha256')
    .update(JSON.stringify([server.name, tool]))
    .digest('hex')
    .slice(0, HASH_LENGTH);
  return `${plain.slice(0, LONGEST - HASH_LENGTH - 1)}_${hash}`;
}
