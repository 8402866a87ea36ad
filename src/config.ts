/**
 * Configuration: what flags, environment and file say, in this precedence, made into one frozen value. This is the only
 * file that touches the process environment. Every option there is stands in `config/table.ts`.
 */

import path from 'node:path';
import envPaths from 'env-paths';
import { Fault } from './core/errors.ts';
import { nearest } from './core/nearest.ts';
import type { ProxySettings } from './core/proxy.ts';
import type { OtlpSettings } from './core/telemetry.ts';
import { OPTIONS } from './config/command-options.ts';
import { type Credentials, readCredentials } from './config/credentials.ts';
import { FILE_NAME, type FileRequest, readFile } from './config/file.ts';
import { homeFault } from './config/home.ts';
import type { Refused } from './config/kinds.ts';
import { readOtlp } from './config/otlp.ts';
import { readProxy } from './config/proxy.ts';
import { addressFault, nearChoice, quoted } from './config/refusal.ts';
import { SETTINGS } from './config/settings.ts';
import {
  ALL,
  type CommandOptions,
  type Option,
  type OptionName,
  optionOf,
  PREFIX,
  type SettingValues,
} from './config/table.ts';

export { type CredentialName, CREDENTIALS } from './config/credentials.ts';
export {
  ALL,
  type CommandOptionName,
  type CommandOptions,
  type Option,
  type OptionName,
  optionOf,
  type SettingName,
} from './config/table.ts';

/** Settings that are something else here: a place that follows from them, or several from one. */
type Settled = 'source' | 'home' | 'config' | 'db';

/** Everything a process can be told from outside, deep-frozen. Paths are absolute. A new setting is a row of its table. */
export interface Config extends Omit<SettingValues, Settled> {
  /** Data directory. Not created here: whoever writes first creates it. */
  readonly home: string;
  readonly database: string;
  /** Folder for indexes that can be derived again; below `home` wherever the database lies. */
  readonly cache: string;
  /** Allowed source roots: folders or files. Whether they exist is checked when they are read. */
  readonly sources: readonly string[];
  /** Keys and addresses of providers. Never printed, logged or stored. */
  readonly credentials: Credentials;
  /** What the environment names for requests to models. Never printed, logged or stored. */
  readonly proxy: ProxySettings;
  /** Where the environment sends traces; null for nowhere. Never printed, logged or stored. */
  readonly otlp: OtlpSettings | null;
  /** Options of commands, those too that the command at hand does not take. */
  readonly options: CommandOptions;
  /** The configuration file: where it is, or would be. */
  readonly file: { readonly path: string; readonly found: boolean };
  /** Every option with its value and where that comes from, settings first. */
  readonly origins: readonly Origin[];
  /** Sentences about variables that look like settings and are none, or cannot be used. Nothing was done because of them. */
  readonly warnings: readonly string[];
}

export interface Origin {
  readonly name: OptionName;
  readonly value: string | number | boolean | null | readonly string[] | Readonly<Record<string, object>>;
  /** `flag --x`, `environment BELTALOWDA_X`, `file /path` or `default`. */
  readonly from: string;
}

/** Flags as they were typed; absent ones leave the word to the environment. Switches are true, or false for `--no-x`. */
export type ConfigFlags = { readonly [Name in OptionName]?: string | boolean | readonly string[] | undefined };

export interface ConfigInput {
  readonly env: NodeJS.ProcessEnv;
  readonly flags: ConfigFlags;
  /** Absolute; relative paths in flags and variables start here. */
  readonly cwd: string;
}

export interface Examined {
  /** As it would hold if what is wrong had not been said. */
  readonly config: Config;
  /** Everything that cannot be used, in the order of the options, the file's mistakes first. */
  readonly problems: readonly Fault[];
}

/**
 * The settings that hold for this process. Throws the first problem: CONFIG_INVALID naming flag, variable or file and key,
 * INVALID_INPUT for a flag of a command, SOURCE_UNSUPPORTED for a source that is a web address. Unknown BELTALOWDA_*
 * variables become `warnings`.
 */
export function readConfig(input: ConfigInput): Config {
  const { config, problems } = examineConfig(input);
  const [first] = problems;
  if (first !== undefined) throw first;
  return config;
}

/** The same without an end at the first problem. Never throws, and creates nothing. */
export function examineConfig(input: ConfigInput): Examined {
  const problems: Fault[] = [];
  const request = fileRequest(input);
  const file = readFile(request);
  problems.push(...file.problems);
  const given = new Map<string, Given>();
  for (const option of ALL) {
    const filed = file.values.has(option.name)
      ? { value: file.values.get(option.name), from: `file ${request.path}` }
      : { value: option.preset, from: 'default' };
    given.set(option.name, said(option, input, problems) ?? filed);
  }
  const values = (names: readonly string[]): object =>
    Object.fromEntries(names.map((name) => [name, given.get(name)?.value]));
  // Each value was made by the kind that its name has in the table, or is its preset there.
  const settings = values(Object.keys(SETTINGS)) as SettingValues;
  const options = values(Object.keys(OPTIONS)) as CommandOptions;
  const home = settings.home ?? defaultHome();
  const misplaced = homeFault(home, given.get('home')?.from ?? 'default');
  if (misplaced !== null) problems.push(misplaced);
  const db = settings.db ?? path.join(home, 'beltalowda.db');
  // Of servers only the names: what else is said of them may be secret.
  const mcp_servers = settings.mcp_servers.map(({ name }) => name);
  const shown = { ...options, ...settings, home, db, mcp_servers };
  const { proxy, warnings } = readProxy(input.env);
  const traces = readOtlp(input.env);
  const { source, home: _home, config: _file, db: _db, ...others } = settings;
  const config: Config = {
    ...others,
    home,
    database: db,
    cache: path.join(home, 'cache'),
    sources: source,
    credentials: readCredentials(input.env),
    proxy,
    otlp: traces.otlp,
    options: Object.freeze(options),
    file: Object.freeze({ path: request.path, found: file.found }),
    origins: Object.freeze(
      ALL.map(({ name }) => Object.freeze({ name, value: shown[name], from: given.get(name)?.from ?? 'default' })),
    ),
    warnings: Object.freeze([...unknownVariables(input.env), ...warnings, ...traces.warnings]),
  };
  return { config: Object.freeze(config), problems };
}

/** The environment of this process, as it stands now. */
export function environment(): NodeJS.ProcessEnv {
  return { ...process.env };
}

interface Given {
  readonly value: unknown;
  readonly from: string;
}

/** Where the file is: as named, else in the data directory. A name that cannot be used is told with the others, later. */
function fileRequest(input: ConfigInput): FileRequest {
  const place = (name: 'config' | 'home'): string | null => {
    const found = said(optionOf(name), input, []);
    return typeof found?.value === 'string' ? found.value : null;
  };
  const named = place('config');
  return { path: named ?? path.join(place('home') ?? defaultHome(), FILE_NAME), named: named !== null };
}

function defaultHome(): string {
  return envPaths('beltalowda', { suffix: '' }).data;
}

/** What flag or environment say; an empty variable counts as unset, as container files often leave them. */
function said(option: Option, { env, flags, cwd }: ConfigInput, problems: Fault[]): Given | null {
  const { kind, flag } = option;
  const typed = flags[option.name];
  if (typeof typed === 'boolean') return { value: typed, from: `flag ${typed ? flag : flag.replace('--', '--no-')}` };
  const words = typeof typed === 'string' ? [typed] : (typed ?? []);
  if (words.length > 0) {
    const read = kind.fromTexts(words, cwd);
    if ('value' in read) return { value: read.value, from: `flag ${flag}` };
    problems.push(refusal(option, read, true));
    return null;
  }
  const variable = env[option.env] ?? '';
  const items = (kind.separator === null ? [variable] : variable.split(kind.separator)).filter(
    (item) => item.trim() !== '',
  );
  if (items.length === 0) return null;
  const read = kind.fromTexts(items, cwd);
  if ('value' in read) return { value: read.value, from: `environment ${option.env}` };
  problems.push(refusal(option, read, false));
  return null;
}

/** A flag of one command is an argument like others; everything else is configuration. */
function refusal(option: Option, read: Refused, typed: boolean): Fault {
  const where = typed ? option.flag : option.env;
  const { refused, expected } = read;
  const address = addressFault(option, where, refused);
  if (address !== null) return address;
  const close = nearChoice(option.kind, refused);
  const near = close === null ? null : `Did you mean ${typed ? `${where} ${close}` : `${where}=${close}`}?`;
  const argument = typed && !option.setting;
  const advice = argument ? `Correct it, or leave ${where} out (default: ${option.fallback}).` : undefined;
  const hint = near ?? advice;
  return new Fault(
    argument ? 'INVALID_INPUT' : 'CONFIG_INVALID',
    `${where}${read.place} must be ${expected}, not ${quoted(refused)}`,
    hint === undefined ? {} : { hint },
  );
}

function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const known = ALL.map((option) => option.env.slice(PREFIX.length));
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name.slice(PREFIX.length)))
    .sort()
    .map((name) => {
      const close = nearest(name.slice(PREFIX.length), known);
      const advice = close === null ? '`beltalowda --help` lists them all.' : `Did you mean ${PREFIX}${close}?`;
      return `${name} is not a setting of this release and is ignored. ${advice}`;
    });
}
