/** What servers of tools are opened with. */

import type { Clock } from '../../../core/clock.ts';
import type { ToolServer } from '../../../core/tool-server.ts';

export interface ToolServersOptions {
  readonly servers: readonly ToolServer[];
  readonly clock: Clock;
  /** Of this program, for the name it gives itself to servers. */
  readonly version: string;
  /** Names of other tools that agents have. */
  readonly reserved: readonly string[];
  /** Told what servers print, and how they come and go; without the values of `env` and `headers`. */
  readonly log: (message: string) => void;
}

/** Of an agent's tools, those of servers. Vendors take little over a hundred in all, and every turn pays for each. */
export const MOST_TOOLS = 64;

export const NETWORK_OFF = 'the network is off; BELTALOWDA_NETWORK=on lets agents use it';

/** What is said to be unavailable where all of a server is. */
export function allOf({ name }: Pick<ToolServer, 'name'>): string {
  return `tools of ${name}`;
}
