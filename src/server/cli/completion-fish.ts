/** Completion for fish. */

import type { Option } from '../../config.ts';
import { COMMAND_LIST } from './commands.ts';
import {
  argument,
  type Behind,
  behind,
  FAMILIES,
  FIRST_WORDS,
  IDS,
  ownOptions,
  SETTING_OPTIONS,
  SHELLS,
} from './completion-words.ts';

export function fish(): string {
  const lines = [
    '# fish completion for beltalowda. To use it: beltalowda completion fish | source',
    'complete -c beltalowda -f',
    ...SETTING_OPTIONS.map((option) => optionLine(option, null)),
  ];
  for (const [first, rest] of FIRST_WORDS) {
    const command = COMMAND_LIST.find(({ name }) => name === first);
    const said = command?.description ?? rest.map((word) => `${first} ${word}`).join(', ');
    lines.push(`complete -c beltalowda -n __fish_use_subcommand -a ${first} -d ${quoted(said)}`);
  }
  for (const [first, rest] of FAMILIES) {
    const here = `${seen(first)}; and not ${seen(rest.join(' '))}`;
    lines.push(`complete -c beltalowda -n ${quoted(here)} -a ${quoted(rest.join(' '))}`);
  }
  for (const command of COMMAND_LIST) {
    const here = command.name.split(' ').map(seen).join('; and ');
    const rest = argument(command, {
      ids: `-a ${quoted(`(beltalowda ${IDS})`)}`,
      shells: `-a ${quoted(SHELLS.join(' '))}`,
      files: '-F',
    });
    if (rest !== null) lines.push(`complete -c beltalowda -n ${quoted(here)} ${rest}`);
    lines.push(...ownOptions(command).map((option) => optionLine(option, here)));
  }
  return `${lines.join('\n')}\n`;
}

function seen(words: string): string {
  return `__fish_seen_subcommand_from ${words}`;
}

const VALUES: Readonly<Record<Behind, (option: Option) => string>> = {
  nothing: () => '',
  words: ({ kind }) => ` -x -a ${quoted((kind.choices ?? []).join(' '))}`,
  files: () => ' -r -F',
  other: () => ' -x',
};

/** `here`: after which words the option is offered; null for everywhere. */
function optionLine(option: Option, here: string | null): string {
  const where = here === null ? '' : ` -n ${quoted(here)}`;
  const name = option.flag.slice(2);
  return `complete -c beltalowda${where} -l ${name}${VALUES[behind(option)](option)} -d ${quoted(option.description)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
