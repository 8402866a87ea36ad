/** What was typed, understood: one call of a command, or a text to print. Knows commander; nothing else does. */

import type { Command as CommanderCommand, CommanderError } from 'commander';
import type { ConfigFlags, Option, OptionName } from '../../config.ts';
import { ALL, optionOf } from '../../config.ts';
import { Fault } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { CommandName } from './commands.ts';
import { COMMAND_LIST, isCommand, PLACES } from './commands.ts';
import { AFTER_COMMAND, AFTER_HELP, DESCRIPTION, LAYOUT } from './help.ts';

/** One command, as typed. Values are checked when they are read together with variables and file. */
export interface CommandCall {
  readonly kind: 'command';
  readonly name: CommandName;
  /** What follows the command and is no option: a task, a task_id. */
  readonly words: readonly string[];
  readonly flags: ConfigFlags;
}

export type Invocation = { readonly kind: 'text'; readonly text: string } | CommandCall;

interface Surroundings {
  readonly version: string;
  /** Cells help may take. */
  readonly columns: number;
  readonly color: boolean;
  /** Whether a person sits at standard input: then no command means help, else MCP over stdio. */
  readonly stdinIsTTY: boolean;
}

const HELP = 'help';

type Values = Readonly<Record<string, unknown>>;
type Accept = (call: Omit<CommandCall, 'kind'>) => void;

/** Throws INVALID_INPUT for anything that is no command or option of ours, naming what comes near. */
export async function parse(argv: readonly string[], surroundings: Surroundings): Promise<Invocation> {
  // Hosts start us without words, often and twice: they need not wait for the parser.
  const bare = argv.length === 0 || (argv.length === 1 && argv[0] === 'stdio');
  if (bare && !(argv.length === 0 && surroundings.stdinIsTTY)) {
    return { kind: 'command', name: 'stdio', words: [], flags: {} };
  }
  const { Command, CommanderError: Failure } = await import('commander');
  let found: Invocation | null = null;
  let printed = '';
  const accept: Accept = (call) => {
    found = { kind: 'command', ...call };
  };
  const program = new Command('beltalowda');
  program
    .description(DESCRIPTION)
    .version(surroundings.version, '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Show this help')
    .usage('[command] [options]')
    .allowExcessArguments()
    .exitOverride()
    .configureHelp(LAYOUT)
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
      if (word !== undefined) throw /\s/.test(word.trim()) ? question(word.trim()) : unknownCommand(word, FIRST_WORDS);
      if (surroundings.stdinIsTTY) program.outputHelp();
      else accept({ name: 'stdio', words: [], flags: configFlags(values) });
    });
  for (const option of ALL) if (option.setting) addOption(program, option);
  addCommands(program, accept);
  addHelp(program);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    if (thrown.exitCode !== 0) throw usageFault(thrown, argv);
  }
  return found ?? { kind: 'text', text: printed };
}

function addCommands(program: CommanderCommand, accept: Accept): void {
  const families = new Map<string, CommanderCommand>();
  for (const { name, usage, group, description, settings, options } of COMMAND_LIST) {
    const [first = '', second] = name.split(' ');
    const parent = second === undefined ? program : (families.get(first) ?? addFamily(program, first));
    if (second !== undefined) families.set(first, parent);
    const command = parent.command(second === undefined ? usage : usage.slice(first.length + 1));
    command.description(description).helpOption('-h, --help', 'Show this help').helpGroup(group);
    command.allowExcessArguments(false);
    for (const option of options.map(optionOf)) addOption(command, option);
    // The program itself takes settings wherever they stand; those that matter here are repeated for the help.
    for (const option of ALL) if (option.setting && lists(settings, option.name)) addOption(command, option);
    if (settings !== 'all') command.addHelpText('after', AFTER_COMMAND);
    command.action(() => {
      accept({ name, words: wordsOf(command), flags: configFlags(command.optsWithGlobals()) });
    });
  }
}

function lists(settings: 'all' | 'places' | 'none', name: OptionName): boolean {
  return settings === 'all' || (settings === 'places' && PLACES.some((place) => place === name));
}

/** What commands of two words begin with: `db`, `audit`. Alone it is none. */
function addFamily(program: CommanderCommand, name: string): CommanderCommand {
  const family = program.command(name).helpOption('-h, --help', 'Show this help').helpCommand(false);
  return family
    .allowExcessArguments()
    .usage('[command] [options]')
    .action((_values: Values, command: CommanderCommand) => {
      const [word] = command.args;
      if (word !== undefined) throw unknownMember(name, word);
      const usages = membersOf(name).map(({ usage }) => `beltalowda ${usage}`);
      throw new Fault('INVALID_INPUT', `"${name}" alone is not a command`, {
        hint: `Type ${usages.length === 1 ? '' : 'one of: '}${usages.join(', ')}`,
      });
    });
}

function membersOf(family: string): typeof COMMAND_LIST {
  return COMMAND_LIST.filter(({ name }) => name.startsWith(`${family} `));
}

/** `audit wf_...` means the one thing that can be done there. */
function unknownMember(family: string, word: string): Fault {
  const members = membersOf(family);
  const [only] = members;
  if (only === undefined || members.length > 1 || !word.startsWith('wf_')) {
    return unknownCommand(
      `${family} ${word}`,
      members.map(({ name }) => name),
    );
  }
  return new Fault('INVALID_INPUT', `there is no command "${family} ${word}"`, {
    hint: `Did you mean: beltalowda ${only.name} ${word}`,
  });
}

/** `help db check`. Commander's own takes one word, and says nothing to a wrong one. */
function addHelp(program: CommanderCommand): void {
  program
    .helpCommand(false)
    .command(`${HELP} [command...]`, { hidden: true })
    .description('Show the help of a command')
    .action((words: readonly string[]) => {
      let shown = program;
      for (const word of words) {
        const next = shown.commands.find((child) => child.name() === word);
        // A task_id behind a command takes nothing from its help.
        if (next === undefined && shown.commands.length === 0) break;
        if (next === undefined) {
          const family = shown === program ? null : shown.name();
          throw family === null ? unknownCommand(word, FIRST_WORDS) : unknownMember(family, word);
        }
        shown = next;
      }
      shown.outputHelp();
    });
}

function wordsOf(command: CommanderCommand): readonly string[] {
  return command.processedArgs.flatMap((word: unknown) => (typeof word === 'string' ? [word] : []));
}

function configFlags(values: Values): ConfigFlags {
  const flags: { [Name in OptionName]?: string | boolean | readonly string[] } = {};
  for (const { name } of ALL) {
    const value = values[name.replaceAll(/_(\w)/g, (_match, letter: string) => letter.toUpperCase())];
    if (typeof value === 'string' || typeof value === 'boolean') flags[name] = value;
    else if (Array.isArray(value)) flags[name] = value.map(String);
  }
  return flags;
}

function addOption(command: CommanderCommand, option: Option): void {
  const { flag, kind, description, fallback, env } = option;
  const flags = kind.placeholder === null ? flag : `${flag} <${kind.placeholder}>`;
  const made = command.createOption(flags, `${description} (default: ${fallback}; variable: ${env})`);
  if (option.setting) made.helpGroup('Settings:');
  if (kind.separator !== null) made.argParser(collect);
  command.addOption(made);
  // Told once, below the list of commands; here it would double every switch.
  if (kind.placeholder === null) command.addOption(command.createOption(flag.replace('--', '--no-')).hideHelp());
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

function question(words: string): Fault {
  return new Fault('INVALID_INPUT', 'a question alone is not a command', {
    hint: `To research it: beltalowda research "${words}" --source FOLDER`,
  });
}

const FIRST_WORDS: readonly string[] = [
  ...COMMAND_LIST.flatMap(({ name }) => [name, name.split(' ')[0] ?? name]),
  HELP,
];

function unknownCommand(word: string, known: readonly string[]): Fault {
  const close = nearest(word, known);
  return new Fault('INVALID_INPUT', `there is no command "${word}"`, {
    hint: close === null ? '`beltalowda --help` lists the commands.' : `Did you mean: beltalowda ${close}`,
  });
}

/** Commander's message in our form; its own suggestion, where it has one, becomes the hint. */
function usageFault(failure: CommanderError, argv: readonly string[]): Fault {
  const [first = '', ...rest] = failure.message.replace(/^error: /, '').split('\n');
  const suggestion = /\((Did you mean .*)\)/s.exec(rest.join('\n'))?.[1];
  const command = argv.flatMap((word, at) => [word, `${word} ${argv[at + 1]}`]).find(isCommand);
  const help = `\`beltalowda ${command === undefined ? '' : `${command} `}--help\` shows what is possible.`;
  const unquoted = failure.code === 'commander.excessArguments' && command === 'research';
  const quotes = unquoted ? 'Put the task in quotes: beltalowda research "your question" --source FOLDER' : suggestion;
  const version = failure.code === 'commander.unknownOption' && first.includes("'-v'");
  const hint = version ? 'Did you mean --version, or -V for short?' : quotes;
  return new Fault('INVALID_INPUT', first.replaceAll("'", '"'), { hint: hint ?? help });
}
