/** The command line: words in, exit code out. What it needs from outside comes in as parts. */

import { toFault } from '../../core/errors.ts';
import type { Invocation } from './command-line.ts';
import { parse } from './command-line.ts';
import { printRecord } from './fault-block.ts';
import type { CliParts } from './parts.ts';
import { readTask, research } from './research.ts';
import { resume, status } from './resume.ts';
import { withSession } from './session.ts';
import type { Terminal } from './terminal.ts';

export type { CliParts } from './parts.ts';
export type { Terminal } from './terminal.ts';
export { terminal } from './terminal.ts';

/**
 * Runs one command. Never rejects: errors are printed on standard error, with `error CODE:` and `hint:`. When it
 * resolves, what was printed has left the process, which should exit with the code: after a second Ctrl-C, work may
 * still be under way.
 */
export async function runCli(argv: readonly string[], parts: CliParts): Promise<number> {
  const { terminal } = parts;
  const json = argv.includes('--json');
  const exit = await run(argv, parts).catch((thrown: unknown) => {
    const fault = toFault(thrown);
    // A script that asked for an object gets one, whatever happened.
    if (json) terminal.out(`${JSON.stringify({ error: fault.toRecord() }, null, 2)}\n`);
    return report(terminal, fault);
  });
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
  if (invocation.kind === 'text') {
    parts.terminal.out(invocation.text);
    return 0;
  }
  if (invocation.kind === 'stdio') {
    const config = parts.configure(invocation.flags);
    for (const warning of config.warnings) parts.terminal.err(`warning: ${warning}\n`);
    return parts.stdio(config);
  }
  if (invocation.kind === 'research') {
    const task = await readTask(parts.terminal, invocation.task);
    return withSession(parts, invocation.flags, (session) => research(session, invocation, task));
  }
  return withSession(parts, invocation.flags, (session) =>
    invocation.kind === 'resume' ? resume(session, invocation) : status(session, invocation),
  );
}
