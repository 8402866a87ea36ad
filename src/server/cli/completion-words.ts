/** What the completion of every shell is made of. */

import type { Option } from '../../config.ts';
import { ALL } from '../../config.ts';
import { COMMAND_LIST } from './commands.ts';

export const SHELLS: readonly string[] = ['bash', 'zsh', 'fish'];

/** Prints the newest task_ids; where that is not possible, nothing. */
export const IDS = 'list --ids --limit 100 2>/dev/null';

export type Command = (typeof COMMAND_LIST)[number];

/** What stands behind a flag. */
export type Behind = 'nothing' | 'words' | 'files' | 'other';

export function behind({ kind }: Option): Behind {
  if (kind.placeholder === null) return 'nothing';
  if (kind.choices !== null) return 'words';
  return kind.path ? 'files' : 'other';
}

export function flags(options: readonly Option[], separator: string): string {
  return options.map(({ flag }) => flag).join(separator);
}

export const WORDS: readonly Option[] = ALL.filter((option) => behind(option) === 'words');
export const FILES: readonly Option[] = ALL.filter((option) => behind(option) === 'files');
export const OTHERS: readonly Option[] = ALL.filter((option) => behind(option) === 'other');
/** Options that take the next word. */
export const TAKING: readonly Option[] = [...WORDS, ...FILES, ...OTHERS];
export const SETTING_OPTIONS: readonly Option[] = ALL.filter((option) => option.setting);

/** A command's own options. */
export function ownOptions({ options }: Command): readonly Option[] {
  return ALL.filter((option) => options.some((name) => name === option.name));
}

/** First words of commands, each with those that may follow it. */
export const FIRST_WORDS: ReadonlyMap<string, readonly string[]> = firstWords();

function firstWords(): Map<string, readonly string[]> {
  const words = new Map<string, readonly string[]>();
  for (const { name } of COMMAND_LIST) {
    const [first = name, second] = name.split(' ');
    words.set(first, [...(words.get(first) ?? []), ...(second === undefined ? [] : [second])]);
  }
  return words;
}

/** First words that are no command alone. */
export const FAMILIES: readonly (readonly [first: string, rest: readonly string[]])[] = [...FIRST_WORDS].filter(
  ([, rest]) => rest.length > 0,
);

/** How a shell offers what follows a command itself; null where that is free text, or nothing. */
export function argument({ usage }: Command, say: { ids: string; shells: string; files: string }): string | null {
  if (usage.endsWith('<task_id>')) return say.ids;
  if (usage.endsWith('<shell>')) return say.shells;
  return usage.endsWith('[file]') ? say.files : null;
}
