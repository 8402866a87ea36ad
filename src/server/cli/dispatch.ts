/** From a call to the command that answers it. Each command's code is loaded when it is called for, and only then. */

import type { Config } from '../../config.ts';
import type { CommandCall } from './command-line.ts';
import type { CommandName } from './commands.ts';
import type { CliParts } from './parts.ts';
import { readable } from './read-only.ts';
import { type Session, withSession } from './session.ts';

/** Runs the command and resolves to its exit code. `configure` is called for commands that need the settings to be right. */
export async function dispatch(
  call: CommandCall,
  parts: CliParts,
  configure: (call: CommandCall) => Config,
): Promise<number> {
  const { name, words, flags } = call;
  const [word = ''] = words;
  if (name === 'completion') {
    const { completion } = await import('./completion.ts');
    parts.terminal.out(completion(word));
    return 0;
  }
  if (name === 'doctor') {
    const { doctor } = await import('./doctor.ts');
    return doctor(parts, flags);
  }
  const config = configure(call);
  if (name === 'stdio' || name === 'serve') {
    const warnings = [...config.warnings];
    if (name === 'serve') {
      const { serveWarnings } = await import('./serve-checks.ts');
      warnings.push(...(await serveWarnings(parts, config)));
    }
    for (const warning of warnings) parts.terminal.err(`warning: ${warning}\n`);
    return parts[name](config);
  }
  if (name === 'db migrate' || name === 'db check' || name === 'db backup') {
    const { database } = await import('./database.ts');
    return database(parts, config, { name, target: word });
  }
  if (name === 'token create' || name === 'token list' || name === 'token revoke') {
    const { token } = await import('./token.ts');
    return token(parts, config, { name, id: word });
  }
  if (name === 'research') {
    const { readTask, research } = await import('./research.ts');
    // Before anything is opened: a wrong pipe leaves nothing behind.
    const task = await readTask(parts.terminal, word);
    return withSession(parts, { config, flags }, (session) => research(session, task));
  }
  const [work, { recordsOf }] = await Promise.all([COMMANDS[name](), import('./no-database.ts')]);
  const records = await recordsOf(parts, config);
  const reading = READERS.has(name) && !config.options.follow;
  const opened = reading
    ? readable(parts, records.config)
    : { open: () => parts.open(records.config), close: async () => {} };
  try {
    const { open } = opened;
    return await withSession({ ...parts, open }, { config, flags }, (session) =>
      records.explained(work(session, word)),
    );
  } finally {
    await opened.close();
  }
}

/** Commands that only look. */
const READERS: ReadonlySet<CommandName> = new Set([
  'list',
  'status',
  'result',
  'events',
  'export',
  'analytics',
  'audit verify',
  'replay',
]);

/** A command that works through the orchestrator; `word` is the task_id that follows it, or empty. */
type Work = (session: Session, word: string) => Promise<number>;
type Apart =
  | 'completion'
  | 'doctor'
  | 'stdio'
  | 'serve'
  | 'research'
  | 'db migrate'
  | 'db check'
  | 'db backup'
  | 'token create'
  | 'token list'
  | 'token revoke';

const COMMANDS: Readonly<Record<Exclude<CommandName, Apart>, () => Promise<Work>>> = {
  resume: async () => (await import('./resume.ts')).resume,
  list: async () => (await import('./list.ts')).list,
  status: async () => (await import('./status.ts')).status,
  result: async () => (await import('./result.ts')).result,
  events: async () => (await import('./events.ts')).events,
  cancel: async () => (await import('./cancel.ts')).cancel,
  export: async () => (await import('./export.ts')).exportReport,
  analytics: async () => (await import('./analytics.ts')).analytics,
  'audit verify': async () => (await import('./audit.ts')).verify,
  replay: async () => (await import('./audit.ts')).replay,
  delete: async () => (await import('./delete.ts')).erase,
};
