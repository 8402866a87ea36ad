/** What was typed, understood: one invocation, or a text to print. Knows commander; nothing else does. */

import type { Command as CommanderCommand, CommanderError, Option } from 'commander';
import type { ConfigFlags, Setting, SettingName } from '../../config.ts';
import { SETTINGS } from '../../config.ts';
import { Fault } from '../../core/errors.ts';
import { MAX_AGENTS } from '../../core/limits.ts';
import { nearest } from '../../core/nearest.ts';
import type { Domain } from '../../core/source.ts';
import { DOMAINS } from '../../core/source.ts';
import type { OrchestratorType } from '../../core/workflow.ts';
import { ORCHESTRATOR_TYPES } from '../../core/workflow.ts';
import { AFTER_HELP, COMMANDS, OPTIONS } from './help.ts';

/** How results are shown: the same for every command that ends with a report. */
export interface OutputFlags {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Folder for report.md, as typed. */
  readonly out: string | null;
}

export interface ResearchCommand extends OutputFlags {
  readonly kind: 'research';
  readonly flags: ConfigFlags;
  /** As typed; `-` asks for standard input. */
  readonly task: string;
  readonly title: string | undefined;
  readonly pattern: OrchestratorType | undefined;
  readonly agents: number | undefined;
  readonly domains: readonly Domain[] | undefined;
  readonly context: string | undefined;
  readonly model: string | undefined;
  readonly idempotency_key: string | undefined;
  readonly dry_run: boolean;
}

export interface ResumeCommand extends OutputFlags {
  readonly kind: 'resume';
  readonly flags: ConfigFlags;
  readonly task_id: string;
}

export interface StatusCommand {
  readonly kind: 'status';
  readonly flags: ConfigFlags;
  readonly task_id: string;
  readonly follow: boolean;
  readonly json: boolean;
}

export type Invocation =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'stdio'; readonly flags: ConfigFlags }
  | ResearchCommand
  | ResumeCommand
  | StatusCommand;

interface Surroundings {
  readonly version: string;
  /** Cells help may take. */
  readonly columns: number;
  readonly color: boolean;
  /** Whether a person sits at standard input: then no command means help, else MCP over stdio. */
  readonly stdinIsTTY: boolean;
}

type Values = Readonly<Record<string, unknown>>;

/** Throws INVALID_INPUT for anything that is no command, option or value of ours, naming what comes near. */
export async function parse(argv: readonly string[], surroundings: Surroundings): Promise<Invocation> {
  // Hosts start us without words, often and twice: they need not wait for the parser.
  const bare = argv.length === 0 || (argv.length === 1 && argv[0] === 'stdio');
  if (bare && !(argv.length === 0 && surroundings.stdinIsTTY)) return { kind: 'stdio', flags: {} };

  const { Command, CommanderError: Failure } = await import('commander');
  let found: Invocation | null = null;
  let printed = '';
  const program = new Command('beltalowda');
  program
    .description(
      'Research with several agents over your own documents: a cited report, and nothing is lost on the way.',
    )
    .version(surroundings.version, '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Show this help')
    .helpCommand('help [command]', 'Show the help of a command')
    .usage('[command] [options]')
    .allowExcessArguments()
    .exitOverride()
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions: othersThan })
    .configureOutput({
      writeOut: (text) => {
        printed += text;
      },
      writeErr: () => undefined,
      getOutHelpWidth: () => surroundings.columns,
      getOutHasColors: () => surroundings.color,
    })
    .addHelpText('after', AFTER_HELP)
    .action((values: Values, command: CommanderCommand) => {
      const [word] = command.args;
      if (word !== undefined) throw unknownCommand(word);
      if (!surroundings.stdinIsTTY) found = { kind: 'stdio', flags: configFlags(values) };
      else program.outputHelp();
    });
  for (const setting of SETTINGS) program.addOption(settingOption(program, setting));
  addCommands(program, (invocation) => {
    found = invocation;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    if (thrown.exitCode !== 0) throw usageFault(thrown, argv);
  }
  return found ?? { kind: 'text', text: printed };
}

function addCommands(program: CommanderCommand, accept: (invocation: Invocation) => void): void {
  const add = (name: keyof typeof COMMANDS): CommanderCommand => {
    const { usage, description, settings, options } = COMMANDS[name];
    const command = program.command(usage).description(description).helpOption('-h, --help', 'Show this help');
    command.allowExcessArguments(false);
    // The program itself takes these flags wherever they stand; they are repeated for the help of this command.
    for (const setting of SETTINGS.filter(({ name }) => settings.includes(name))) {
      command.addOption(settingOption(command, setting));
    }
    for (const option of options) {
      const { flags, text } = OPTIONS[option];
      const made = command.createOption(flags, text);
      if (option === 'domain') made.argParser(collect);
      command.addOption(made);
    }
    return command;
  };
  add('research').action((task: string, _values: Values, command: CommanderCommand) => {
    accept(researchCommand(task, command.optsWithGlobals()));
  });
  add('resume').action((task_id: string, _values: Values, command: CommanderCommand) => {
    const values = command.optsWithGlobals<Values>();
    accept({ kind: 'resume', flags: configFlags(values), task_id, ...outputFlags(values) });
  });
  add('status').action((task_id: string, _values: Values, command: CommanderCommand) => {
    const values = command.optsWithGlobals<Values>();
    const { json } = outputFlags(values);
    accept({ kind: 'status', flags: configFlags(values), task_id, follow: values['follow'] === true, json });
  });
  add('stdio').action((_values: Values, command: CommanderCommand) => {
    accept({ kind: 'stdio', flags: configFlags(command.optsWithGlobals()) });
  });
}

function researchCommand(task: string, values: Values): ResearchCommand {
  const domains = values['domain'];
  return {
    kind: 'research',
    flags: configFlags(values),
    task,
    title: typed(values, 'title'),
    pattern: choice('--pattern', typed(values, 'pattern'), ORCHESTRATOR_TYPES),
    agents: agentCount(typed(values, 'agents')),
    domains: Array.isArray(domains)
      ? domains.flatMap((name) => choice('--domain', String(name), DOMAINS) ?? [])
      : undefined,
    context: typed(values, 'context'),
    model: typed(values, 'model'),
    idempotency_key: typed(values, 'idempotencyKey'),
    dry_run: values['dryRun'] === true,
    ...outputFlags(values),
  };
}

function typed(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

function outputFlags(values: Values): OutputFlags {
  return { json: values['json'] === true, quiet: values['quiet'] === true, out: typed(values, 'out') ?? null };
}

function configFlags(values: Values): ConfigFlags {
  const flags: { [Name in SettingName]?: string | readonly string[] } = {};
  for (const { name } of SETTINGS) {
    const value = values[name.replaceAll(/_(\w)/g, (_match, letter: string) => letter.toUpperCase())];
    if (typeof value === 'string') flags[name] = value;
    else if (Array.isArray(value)) flags[name] = value.map(String);
  }
  return flags;
}

function settingOption(command: CommanderCommand, { name, flag, placeholder, ...words }: Setting): Option {
  const { description, fallback, env } = words;
  const option = command.createOption(
    `${flag} ${placeholder}`,
    `${description} (default: ${fallback}; variable: ${env})`,
  );
  option.helpGroup('Settings:');
  return name === 'source' ? option.argParser(collect) : option;
}

/** Settings for the end of a command's help: those it does not list itself. */
function othersThan(command: CommanderCommand): Option[] {
  const own = new Set(command.options.map((option) => option.long));
  const program = command.parent?.options ?? [];
  return program.filter((option) => option.long !== '--version' && !own.has(option.long));
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

function agentCount(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const amount = /^\d+$/.test(value) ? Number(value) : 0;
  if (amount >= 1 && amount <= MAX_AGENTS) return amount;
  throw new Fault('INVALID_INPUT', `--agents must be a whole number from 1 to ${MAX_AGENTS}, not "${value}"`, {
    hint: 'Leave --agents out to let the question decide.',
  });
}

function choice<Name extends string>(
  flag: string,
  value: string | undefined,
  names: readonly Name[],
): Name | undefined {
  if (value === undefined) return undefined;
  const found = names.find((name) => name === value);
  if (found !== undefined) return found;
  const close = nearest(value, names);
  throw new Fault('INVALID_INPUT', `${flag} must be one of ${names.join(', ')}, not "${value}"`, {
    hint: close === null ? `Choose one of them, or leave ${flag} out.` : `Did you mean ${flag} ${close}?`,
  });
}

function unknownCommand(word: string): Fault {
  if (/\s/.test(word.trim())) {
    return new Fault('INVALID_INPUT', 'a question alone is not a command', {
      hint: `To research it: beltalowda research "${word.trim()}" --source FOLDER`,
    });
  }
  const close = nearest(word, Object.keys(COMMANDS));
  return new Fault('INVALID_INPUT', `there is no command "${word}"`, {
    hint: close === null ? '`beltalowda --help` lists the commands.' : `Did you mean: beltalowda ${close}`,
  });
}

/** Commander's message in our form; its own suggestion, where it has one, becomes the hint. */
function usageFault(failure: CommanderError, argv: readonly string[]): Fault {
  const [first = '', ...rest] = failure.message.replace(/^error: /, '').split('\n');
  const suggestion = /\((Did you mean .*)\)/s.exec(rest.join('\n'))?.[1];
  const command = argv.find((word) => word in COMMANDS);
  const help = `\`beltalowda ${command === undefined ? '' : `${command} `}--help\` shows what is possible.`;
  const unquoted = failure.code === 'commander.excessArguments' && command === 'research';
  const hint = unquoted ? 'Put the task in quotes: beltalowda research "your question" --source FOLDER' : suggestion;
  return new Fault('INVALID_INPUT', first.replaceAll("'", '"'), { hint: hint ?? help });
}
