/** Runs one command of the command line against a scripted orchestrator and a recording terminal. */

import type { Config, ConfigFlags } from '../../../../src/config.ts';
import { readConfig } from '../../../../src/config.ts';
import type { Orchestrator } from '../../../../src/core/views.ts';
import { runCli } from '../../../../src/server/cli/cli.ts';
import type { RecordingTerminal } from './recording-terminal.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { scriptedOrchestrator } from './scripted-orchestrator.ts';

/** Relative paths in flags start here. Nothing is written there. */
export const CWD = '/where/the/user/is';
export const RESEARCH: readonly string[] = ['research', 'How does WAL work?', '--source', 'docs'];

export interface Given {
  readonly orchestrator?: Orchestrator;
  readonly terminal?: RecordingTerminal;
  readonly env?: NodeJS.ProcessEnv;
}

interface Started {
  readonly exit: Promise<number>;
  readonly terminal: RecordingTerminal;
  /** Settings the store was opened with, and stdio was served with. */
  readonly configs: Config[];
  readonly served: Config[];
}

export function start(argv: readonly string[], given: Given = {}): Started {
  const terminal = given.terminal ?? recordingTerminal();
  const configs: Config[] = [];
  const served: Config[] = [];
  const exit = runCli(argv, {
    version: '9.8.7',
    terminal,
    configure: (flags: ConfigFlags) => readConfig({ env: given.env ?? {}, flags, cwd: CWD }),
    open: (config) => {
      configs.push(config);
      return Promise.resolve(given.orchestrator ?? scriptedOrchestrator());
    },
    stdio: (config) => {
      served.push(config);
      return Promise.resolve(0);
    },
  });
  return { exit, terminal, configs, served };
}

type Ended = Omit<Started, 'exit'> & { readonly exit: number; readonly out: string; readonly err: string };

export async function run(argv: readonly string[], given: Given = {}): Promise<Ended> {
  const started = start(argv, given);
  const exit = await started.exit;
  return { ...started, exit, ...started.terminal.written };
}
