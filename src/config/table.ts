/**
 * Every option there is, with the names it has everywhere. Flags, variables, keys of the file, their checks, help, shell
 * completion and the published JSON Schema are all made from it.
 */

import { OPTIONS } from './command-options.ts';
import type { Kind } from './kinds.ts';
import { SETTINGS } from './settings.ts';
import type { Words } from './words.ts';

export const PREFIX = 'BELTALOWDA_';

export type SettingName = keyof typeof SETTINGS;
export type CommandOptionName = keyof typeof OPTIONS;
export type OptionName = SettingName | CommandOptionName;

/** What each entry of a table holds once everything is read. */
type Values<Table extends Record<string, Words>> = {
  readonly [Name in keyof Table]: Table[Name]['kind'] extends Kind<infer Value> ? Value | Table[Name]['preset'] : never;
};
export type SettingValues = Values<typeof SETTINGS>;
/** Options of commands as they hold for this process. A command reads those its help names. */
export type CommandOptions = Values<typeof OPTIONS>;

/** One option, with the names it has everywhere. */
export interface Option extends Words {
  readonly name: OptionName;
  /** `--log-level`. */
  readonly flag: string;
  /** `BELTALOWDA_LOG_LEVEL`. */
  readonly env: string;
  /** Its key in the file: unless told, the variable's name in small letters, without the prefix. */
  readonly key: string;
  readonly fallback: string;
  /** Whether it belongs to the process, not to single commands. */
  readonly setting: boolean;
}

function named<Name extends OptionName>(table: Readonly<Record<Name, Words>>, setting: boolean): readonly Option[] {
  // A table of ours has no keys but its names.
  return (Object.keys(table) as Name[]).map((name) => {
    const words: Words = table[name];
    const env = words.env ?? `${PREFIX}${name.toUpperCase()}`;
    return {
      ...words,
      name,
      flag: `--${name.replaceAll('_', '-')}`,
      env,
      key: words.key ?? env.slice(PREFIX.length).toLowerCase(),
      fallback: words.fallback ?? (words.preset === false ? 'off' : String(words.preset)),
      setting,
    };
  });
}

/** Settings first, each table in its own order. */
export const ALL: readonly Option[] = [...named(SETTINGS, true), ...named(OPTIONS, false)];

export function optionOf(name: OptionName): Option {
  const found = ALL.find((option) => option.name === name);
  if (found === undefined) throw new RangeError(`no such option: ${name}`);
  return found;
}
