/** What the command line needs from outside, given by the composition root. */

import type { Config, ConfigFlags, Examined } from '../../config.ts';
import type { Maintenance } from '../../core/audit.ts';
import type { ToolServerState } from '../../core/tool-server.ts';
import type { ModelProbe } from '../../core/model-catalogue.ts';
import type { Orchestrator } from '../../core/views.ts';
import type { Terminal } from './terminal.ts';

export interface CliParts {
  readonly version: string;
  readonly terminal: Terminal;
  /** Throws CONFIG_INVALID and what else `readConfig` throws. */
  configure(flags: ConfigFlags): Config;
  /** The same for `doctor`: never throws. */
  examine(flags: ConfigFlags): Examined;
  /** Opens the store and what works on it. The session closes it. */
  open(config: Config): Promise<Orchestrator>;
  /** What can be done to the database as a whole. Opens nothing until one of its methods is called. */
  maintenance(config: Config): Promise<Maintenance>;
  /** Serves MCP until the end of standard input, and resolves to the exit code. */
  stdio(config: Config): Promise<number>;
  /** Serves HTTP until a signal comes, and resolves to the exit code. */
  serve(config: Config): Promise<number>;
  /** The models that can be run with this configuration. Touches no network until one is probed. */
  models(config: Config): Promise<ModelProbe>;
  /** Starts or reaches every server of `mcpServers`, says what it found, and ends them. */
  readonly tools: (config: Config) => Promise<readonly ToolServerState[]>;
  /** How a host starts this very program: `npx -y beltalowda`, or Node and the launcher, both absolute. */
  readonly launch: { readonly command: string; readonly args: readonly string[] };
}
