/** One command at work: its orchestrator, and what Ctrl-C means to it. */

import type { CommandOptions, Config, ConfigFlags } from '../../config.ts';
import type { Orchestrator } from '../../core/views.ts';
import { PLACES } from './commands.ts';
import type { CliParts } from './parts.ts';
import type { Terminal } from './terminal.ts';
import { paints } from './style.ts';

export interface Session {
  readonly config: Config;
  /** Options of the command as they hold, from wherever they come. */
  readonly options: CommandOptions;
  /** Those that were typed for this call. */
  readonly flags: ConfigFlags;
  readonly orchestrator: Orchestrator;
  readonly terminal: Terminal;
  /** Aborted when the user leaves at once. Work ends its waits then and prints nothing more. */
  readonly left: AbortSignal;
  /** What the first Ctrl-C does from now on. With null, and at the beginning, it leaves like the second. */
  onStop(stop: (() => void) | null): void;
  /** Tells once what is odd about the settings. Not before a task_id that has to be the first line. */
  warn(this: void): void;
  /** What to type: `beltalowda`, these words, and the flags that lead to the same database. */
  typed(this: void, words: string): string;
  /** Tells which workflow can be continued after leaving. */
  working(task_id: string): void;
}

/** Giving leases back must not keep somebody waiting who has pressed Ctrl-C twice. */
const CLOSE_MS = 900;

/** Opens, works, closes. Resolves to the exit code of the work, or to that of leaving: 130, or 143 and 129 for SIGTERM and SIGHUP. */
export async function withSession(
  parts: CliParts,
  { config, flags }: Pick<Session, 'config' | 'flags'>,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const { terminal } = parts;
  const warn = warnings(config, terminal);
  const leave = new AbortController();
  const leaving = Promise.withResolvers<number>();
  const go = (exit: number): void => {
    leave.abort();
    leaving.resolve(exit);
  };
  const presses = interrupts(() => go(130));
  const ears = [terminal.onInterrupt(presses.press), terminal.onTerminate(go)];
  let orchestrator: Orchestrator | null = null;
  let task_id: string | null = null;
  const open = async (): Promise<number> => {
    const opened = await parts.open(config);
    orchestrator = opened;
    return work({
      config,
      options: config.options,
      flags,
      orchestrator: opened,
      terminal,
      left: leave.signal,
      onStop: presses.onStop,
      warn,
      typed: (words) => typed(flags, words),
      working: (id) => {
        task_id = id;
      },
    });
  };
  try {
    const exit = await Promise.race([open(), leaving.promise]);
    if (leave.signal.aborted) terminal.err(`${farewell(flags, task_id)}\n`);
    return exit;
  } finally {
    warn();
    await close(orchestrator, terminal);
    for (const deaf of ears) deaf();
  }
}

interface Presses {
  press(this: void): void;
  onStop(this: void, stop: (() => void) | null): void;
}

/** The first press stops, if stopping is possible; the second, or the first without that, leaves. */
function interrupts(leave: () => void): Presses {
  let count = 0;
  let stop: (() => void) | null = null;
  return {
    press: () => {
      count += 1;
      if (count > 1 || stop === null) leave();
      else stop();
    },
    onStop: (given) => {
      stop = given;
    },
  };
}

function warnings(config: Config, terminal: Terminal): () => void {
  let told = false;
  return () => {
    if (told) return;
    told = true;
    const paint = paints(terminal.color.err);
    for (const warning of config.warnings) terminal.err(`${paint('caution', 'warning:')} ${warning}\n`);
  };
}

function farewell(flags: ConfigFlags, task_id: string | null): string {
  if (task_id === null) return 'Left.';
  return `Left. What was recorded is kept; carry on with: ${typed(flags, `resume ${task_id}`)}`;
}

/** What to type: `beltalowda`, these words, and the flags of this call that lead to the same database. */
export function typed(flags: ConfigFlags, words: string): string {
  const places = PLACES.flatMap((name) => {
    const value = flags[name];
    return typeof value === 'string' ? [`--${name} ${shellWord(value)}`] : [];
  });
  return ['beltalowda', words, ...places].join(' ');
}

/** As a shell reads it back. */
export function shellWord(value: string): string {
  return /^[\w./~+:@-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

async function close(orchestrator: Orchestrator | null, terminal: Terminal): Promise<void> {
  if (orchestrator === null) return;
  const late = Promise.withResolvers<void>();
  const stopTimer = terminal.every(CLOSE_MS, () => late.resolve());
  try {
    await Promise.race([orchestrator.close(), late.promise]);
  } finally {
    stopTimer();
  }
}
