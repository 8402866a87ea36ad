/** What the command line needs from outside, given by the composition root. */

import type { Config, ConfigFlags } from '../../config.ts';
import type { Orchestrator } from '../../core/views.ts';
import type { Terminal } from './terminal.ts';

export interface CliParts {
  readonly version: string;
  readonly terminal: Terminal;
  /** Throws CONFIG_INVALID. */
  configure(flags: ConfigFlags): Config;
  /** Opens the store and what works on it. The session closes it. */
  open(config: Config): Promise<Orchestrator>;
  /** Serves MCP until the end of standard input, and resolves to the exit code. */
  stdio(config: Config): Promise<number>;
}
