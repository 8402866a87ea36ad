/** The command line: words in, exit code out. What it needs from outside comes in as parts. */

import type { Config, ConfigFlags } from '../../config.ts';
import { toFault } from '../../core/errors.ts';
import type { Orchestrator } from '../../core/views.ts';
import type { Invocation } from './command-line.ts';
import { parse } from './command-line.ts';
import { printRecord } from './fault-block.ts';
import { readTask, research } from './research.ts';
import { resume, status } from './resume.ts';
import { withSession } from './session.ts';
import type { Terminal } from './terminal.ts';

export type { Terminal } from './terminal.ts';
export { terminal } from './terminal.ts';

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

/**
 * Runs one command. Never rejects: errors are printed on standard error, with `error CODE:` and `hint:`. When it
 * resolves, what was printed has left the process, which should exit with the code: after a second Ctrl-C, work may
 * still be under way.
 */
export async function runCli(argv: readonly string[], parts: CliParts): Promise<number> {
  const { terminal } = parts;
  const exit = await run(argv, parts).catch((thrown: unknown) => report(terminal, thrown));
  const unwritten = await terminal.flush().then(
    () => null,
    (thrown: unknown) => report(terminal, thrown),
  );
  return exit === 0 ? (unwritten ?? exit) : exit;
}

function report(terminal: Terminal, thrown: unknown): number {
  const fault = toFault(thrown);
  printRecord(terminal, fault.toRecord());
  return fault.exit;
}

async function run(argv: readonly string[], parts: CliParts): Promise<number> {
  const { terminal } = parts;
  const invocation = await parse(argv, {
    version: parts.version,
    columns: terminal.stdoutIsTTY ? Math.min(100, terminal.columns) : 80,
    color: terminal.color.out,
    stdinIsTTY: terminal.stdinIsTTY,
  });
  return dispatch(invocation, parts);
}

async function dispatch(invocation: Invocation, parts: CliParts): Promise<number> {
  switch (invocation.kind) {
    case 'text':
      parts.terminal.out(invocation.text);
      return 0;
    case 'stdio': {
      const config = parts.configure(invocation.flags);
      for (const warning of config.warnings) parts.terminal.err(`warning: ${warning}\n`);
      return parts.stdio(config);
    }
    case 'research': {
      const task = await readTask(parts.terminal, invocation.task);
      return withSession(parts, invocation.flags, (session) => research(session, invocation, task));
    }
    case 'resume':
      return withSession(parts, invocation.flags, (session) => resume(session, invocation));
    case 'status':
      return withSession(parts, invocation.flags, (session) => status(session, invocation));
  }
}
