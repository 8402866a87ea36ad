/** Runs one command of the command line against a scripted orchestrator and a recording terminal. */

import type { Config, ConfigFlags } from '../../../../src/config.ts';
import { examineConfig, readConfig } from '../../../../src/config.ts';
import type { Maintenance } from '../../../../src/core/audit.ts';
import type { ToolServerState } from '../../../../src/core/tool-server.ts';
import type { ModelProbe } from '../../../../src/core/model-catalogue.ts';
import type { Orchestrator } from '../../../../src/core/views.ts';
import { type CliParts, runCli } from '../../../../src/server/cli/cli.ts';
import type { RecordingTerminal } from './recording-terminal.ts';
import { settings } from '../../../support/settings.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { scriptedMaintenance } from './scripted-maintenance.ts';
import { scriptedOrchestrator } from './scripted-orchestrator.ts';

/** Relative paths in flags start here. Nothing is written there. */
export const CWD = '/where/the/user/is';
/** A data directory that is not there: no configuration file of this machine is read. */
export const NOWHERE = '/where/nothing/is';
export const RESEARCH: readonly string[] = ['research', 'How does WAL work?', '--source', 'docs'];

export interface Given {
  readonly orchestrator?: Orchestrator;
  readonly terminal?: RecordingTerminal;
  readonly env?: NodeJS.ProcessEnv;
  readonly maintenance?: Maintenance;
  /** What became of the servers of tools when they were tried. */
  readonly tools?: readonly ToolServerState[];
  readonly models?: ModelProbe;
  /** Resolves when the store is open; at once unless given. */
  readonly opening?: Promise<Orchestrator>;
}

interface Started {
  readonly exit: Promise<number>;
  readonly terminal: RecordingTerminal;
  /** Settings the store was opened with, and stdio or HTTP was served with. */
  readonly configs: Config[];
  readonly served: Config[];
}

export function start(argv: readonly string[], given: Given = {}): Started {
  const terminal = given.terminal ?? recordingTerminal();
  const configs: Config[] = [];
  const served: Config[] = [];
  const env: NodeJS.ProcessEnv = { BELTALOWDA_HOME: NOWHERE, ...given.env };
  const parts: CliParts = {
    version: '9.8.7',
    terminal,
    configure: (flags: ConfigFlags) => readConfig({ env, flags, cwd: CWD }),
    examine: (flags: ConfigFlags) => examineConfig({ env, flags, cwd: CWD }),
    open: (config) => {
      configs.push(config);
      return given.opening ?? Promise.resolve(given.orchestrator ?? scriptedOrchestrator());
    },
    maintenance: () => Promise.resolve(given.maintenance ?? scriptedMaintenance()),
    serve: (config) => {
      served.push(config);
      return Promise.resolve(0);
    },
    stdio: (config) => {
      served.push(config);
      return Promise.resolve(0);
    },
    models: () => Promise.resolve(given.models ?? { ...settings().models, probe: () => Promise.resolve(null) }),
    tools: () => Promise.resolve(given.tools ?? []),
    launch: { command: 'npx', args: ['-y', 'beltalowda'] },
  };
  const exit = runCli(argv, parts);
  return { exit, terminal, configs, served };
}

type Ended = Omit<Started, 'exit'> & { readonly exit: number; readonly out: string; readonly err: string };

export async function run(argv: readonly string[], given: Given = {}): Promise<Ended> {
  const started = start(argv, given);
  const exit = await started.exit;
  return { ...started, exit, ...started.terminal.written };
}
