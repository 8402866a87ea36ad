/** How `--help` is laid out, and the words around the tables in it. Only what works in this release stands here. */

import type { Help } from 'commander';
import { COMMAND_LIST } from './commands.ts';

export const DESCRIPTION =
  'Research with several agents over your own documents: a cited report, and nothing is lost on the way.';

export const AFTER_HELP = `
Examples:
  beltalowda research "How does WAL survive a power loss?" --source ./documents
  beltalowda research "Compare WAL and journals" --source ./documents --out .
  beltalowda list --query "power loss"
  beltalowda resume wf_...
  beltalowda doctor

The options of a command: beltalowda COMMAND --help, or beltalowda help COMMAND.

Every option, those of commands too, is also a variable and a key of
beltalowda.config.json in the data directory (or of --config FILE): the name of
the variable in small letters, without BELTALOWDA_. A flag goes before the
variable, the variable before the file. What a variable or the file turns on,
--no- turns off: --no-json.

Ctrl-C once stops and writes up what there is; twice leaves at once.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partial report or not done yet,
130 left by a second Ctrl-C.
`;

export const AFTER_COMMAND = `
Every setting of \`beltalowda --help\` can stand here as well.
`;

/** Commands before options: who asks for help wants to do something. Families are shown as the commands in them. */
export const LAYOUT: Partial<Help> = {
  // Narrower columns than commander's own limit are still better than lines a window breaks anywhere.
  minWidthToWrap: 20,
  visibleCommands: (command) =>
    command.commands.flatMap((child) => {
      if (child.commands.length > 0) return [...child.commands];
      // Every help tells of itself, and below the list of commands it is told how to get it.
      return child.name() === 'help' ? [] : [child];
    }),
  // Without `[options]`: all take some.
  subcommandTerm: (command) => {
    const name = [command.parent, command].map((part) => part?.name()).filter((part) => part !== 'beltalowda');
    return COMMAND_LIST.find((known) => known.name === name.join(' '))?.usage ?? command.name();
  },
  formatHelp: (command, helper) => {
    const cells = helper.padWidth(command, helper);
    const item = (term: string, text: string): string => helper.formatItem(term, cells, text, helper);
    const grouped = (groups: Map<string, readonly string[]>): string[] =>
      [...groups].flatMap(([title, items]) => helper.formatItemList(title, [...items], helper));
    return [
      `Usage: ${helper.commandUsage(command)}`,
      '',
      ...(command.description() === '' ? [] : [helper.boxWrap(command.description(), helper.helpWidth ?? 80), '']),
      ...grouped(
        inGroups(
          helper.visibleCommands(command),
          (child) => child.helpGroup(),
          (child) => item(helper.subcommandTerm(child), child.description()),
        ),
      ),
      ...grouped(
        inGroups(
          helper.visibleOptions(command),
          (option) => option.helpGroupHeading ?? 'Options:',
          (option) => item(helper.optionTerm(option), option.description),
        ),
      ),
    ].join('\n');
  },
};

function inGroups<Item>(
  items: readonly Item[],
  groupOf: (item: Item) => string,
  show: (item: Item) => string,
): Map<string, readonly string[]> {
  const groups = new Map<string, readonly string[]>();
  for (const item of items) groups.set(groupOf(item), [...(groups.get(groupOf(item)) ?? []), show(item)]);
  return groups;
}
