/** The command line: words in, exit code out. What it needs from outside comes in as parts. */

import type { Config } from '../../config.ts';
import { toFault } from '../../core/errors.ts';
import type { CommandCall } from './command-line.ts';
import { parse } from './command-line.ts';
import { COMMAND_LIST } from './commands.ts';
import { dispatch } from './dispatch.ts';
import { printRecord } from './fault-block.ts';
import type { CliParts } from './parts.ts';
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
  let json = argv.includes('--json');
  const configured = (call: CommandCall): Config => {
    const config = parts.configure(call.flags);
    // A variable or the file may ask for JSON as well; until they are read, only the flag can be known.
    json = config.options.json && takesJson(call);
    return config;
  };
  const exit = await run(argv, parts, configured).catch((thrown: unknown) => {
    const fault = toFault(thrown);
    // A script that asked for an object gets one, whatever happened; one that reads lines gets it in a line.
    const indent = argv[0] === 'events' ? 0 : 2;
    if (json) terminal.out(`${JSON.stringify({ error: fault.toRecord() }, null, indent)}\n`);
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

function takesJson({ name }: CommandCall): boolean {
  return COMMAND_LIST.some((command) => command.name === name && command.options.includes('json'));
}

async function run(
  argv: readonly string[],
  parts: CliParts,
  configured: (call: CommandCall) => Config,
): Promise<number> {
  const { terminal } = parts;
  const invocation = await parse(argv, {
    version: parts.version,
    columns: terminal.stdoutIsTTY ? Math.min(100, terminal.columns) : 80,
    color: terminal.color.out,
    stdinIsTTY: terminal.stdinIsTTY,
  });
  if (invocation.kind === 'text') {
    terminal.out(invocation.text);
    return 0;
  }
  return dispatch(invocation, parts, configured);
}
