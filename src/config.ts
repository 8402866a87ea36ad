/**
 * Settings: one table from which flags, environment twins, validation and help derive. Precedence: flag, environment,
 * default. This is the only file that touches the process environment.
 */

import { homedir } from 'node:os';
import path from 'node:path';
import envPaths from 'env-paths';
import { z } from 'zod';
import { Fault } from './core/errors.ts';
import { nearest } from './core/nearest.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** Everything a process can be told from outside, deep-frozen. Paths are absolute. */
export interface Config {
  /** Data directory. Not created here: whoever writes first creates it. */
  readonly home: string;
  readonly database: string;
  /** Folder for indexes that can be derived again; below `home` wherever the database lies. */
  readonly cache: string;
  /** Allowed source roots: folders or files. Whether they exist is checked when they are read. */
  readonly sources: readonly string[];
  readonly model: string;
  readonly max_active_workflows: number;
  readonly max_queued_workflows: number;
  /** Agents at work at once, for each workflow. */
  readonly max_concurrent_agents: number;
  /** Agents at work at once in this process, over all workflows. */
  readonly max_agents_total: number;
  readonly workflow_timeout_minutes: number;
  readonly log_level: LogLevel;
  /** Sentences about variables that look like settings and are none. Nothing was done because of them. */
  readonly warnings: readonly string[];
}

export type SettingName =
  | 'home'
  | 'db'
  | 'source'
  | 'model'
  | 'max_active_workflows'
  | 'max_queued_workflows'
  | 'max_concurrent_agents'
  | 'max_agents_total'
  | 'workflow_timeout_minutes'
  | 'log_level';

/** Flags as they were typed; absent ones leave the word to the environment. `source` may be repeated. */
export type ConfigFlags = { readonly [Name in SettingName]?: string | readonly string[] | undefined };

export interface Setting {
  readonly name: SettingName;
  readonly env: string;
  readonly flag: string;
  /** What stands for the value in help: `<dir>`. */
  readonly placeholder: string;
  readonly description: string;
  /** The default in words or digits, as help shows it. */
  readonly fallback: string;
  /** What a value must be, to follow "must be". */
  readonly expected: string;
  readonly schema: z.ZodType<string | number, string>;
}

const PREFIX = 'BELTALOWDA_';
const MAX_TEXT = 4096;
const text = z.string().min(1).max(MAX_TEXT);

interface WholeSetting {
  readonly name: SettingName;
  readonly description: string;
  readonly fallback: number;
  readonly max: number;
}

function whole({ name, description, fallback, max }: WholeSetting): Setting {
  return {
    name,
    env: `${PREFIX}${name.toUpperCase()}`,
    flag: `--${name.replaceAll('_', '-')}`,
    placeholder: '<n>',
    description,
    fallback: String(fallback),
    expected: `a whole number from 1 to ${max}`,
    schema: z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(1).max(max)),
  };
}

const PATH = { placeholder: '<path>', expected: 'a path', schema: text } as const;

/** Every setting, in the order help lists them. */
export const SETTINGS: readonly Setting[] = [
  {
    ...PATH,
    name: 'source',
    env: 'BELTALOWDA_SOURCES',
    flag: '--source',
    description: `Folder or file that research may read; repeat for more. In the variable: separated by "${path.delimiter}"`,
    fallback: 'none',
  },
  {
    ...PATH,
    name: 'home',
    env: 'BELTALOWDA_HOME',
    flag: '--home',
    description: 'Data directory: workflows, reports, indexes',
    fallback: "your platform's data folder",
  },
  {
    ...PATH,
    name: 'db',
    env: 'BELTALOWDA_DB',
    flag: '--db',
    description: 'Database file',
    fallback: 'beltalowda.db in the data directory',
  },
  {
    name: 'model',
    env: 'BELTALOWDA_MODEL',
    flag: '--model',
    placeholder: '<model>',
    description: 'Model that plans and writes; extractive quotes your documents and needs no key',
    fallback: 'extractive',
    expected: 'the name of a model',
    schema: z.string().min(1).max(200),
  },
  whole({
    name: 'max_active_workflows',
    description: 'Workflows at work at once; more wait in a queue',
    fallback: 50,
    max: 10_000,
  }),
  whole({
    name: 'max_queued_workflows',
    description: 'Workflows that may wait; more are refused',
    fallback: 1000,
    max: 1_000_000,
  }),
  whole({
    name: 'max_concurrent_agents',
    description: 'Agents at work at once in one workflow',
    fallback: 10,
    max: 1000,
  }),
  whole({ name: 'max_agents_total', description: 'Agents at work at once in this process', fallback: 64, max: 10_000 }),
  whole({
    name: 'workflow_timeout_minutes',
    description: 'Time limit of one workflow, in minutes; then it ends with what it has',
    fallback: 60,
    max: 10_080,
  }),
  {
    name: 'log_level',
    env: 'BELTALOWDA_LOG_LEVEL',
    flag: '--log-level',
    placeholder: '<level>',
    description: 'How much to log on standard error',
    fallback: 'warn',
    expected: `one of ${LOG_LEVELS.join(', ')}`,
    schema: z.enum(LOG_LEVELS),
  },
];

interface ConfigInput {
  readonly env: NodeJS.ProcessEnv;
  readonly flags: ConfigFlags;
  /** Absolute; relative paths in flags and variables start here. */
  readonly cwd: string;
}

/** A value and where it came from, as a message names it. */
interface Given {
  readonly value: string | number;
  readonly where: string;
}

/**
 * The settings that hold for this process. Throws CONFIG_INVALID naming the first setting that cannot be used, or
 * SOURCE_UNSUPPORTED for a source that is a web address. Unknown BELTALOWDA_* variables become `warnings`.
 */
export function readConfig({ env, flags, cwd }: ConfigInput): Config {
  const given = new Map<SettingName, readonly Given[]>();
  for (const setting of SETTINGS) given.set(setting.name, valuesOf(setting, env, flags));
  const one = (name: SettingName): string | number | undefined => given.get(name)?.[0]?.value;
  const place = (name: SettingName, fallback: string): string => absolute(String(one(name) ?? fallback), cwd);
  const number = (name: SettingName): number => Number(one(name) ?? setting(name).fallback);

  const home = place('home', envPaths('beltalowda', { suffix: '' }).data);
  return Object.freeze({
    home,
    database: place('db', path.join(home, 'beltalowda.db')),
    cache: path.join(home, 'cache'),
    sources: Object.freeze((given.get('source') ?? []).map((item) => sourcePath(item, cwd))),
    model: String(one('model') ?? setting('model').fallback),
    max_active_workflows: number('max_active_workflows'),
    max_queued_workflows: number('max_queued_workflows'),
    max_concurrent_agents: number('max_concurrent_agents'),
    max_agents_total: number('max_agents_total'),
    workflow_timeout_minutes: number('workflow_timeout_minutes'),
    log_level: z.enum(LOG_LEVELS).parse(one('log_level') ?? setting('log_level').fallback),
    warnings: Object.freeze(unknownVariables(env)),
  });
}

/** The environment of this process, as it stands now. */
export function environment(): NodeJS.ProcessEnv {
  return { ...process.env };
}

function setting(name: SettingName): Setting {
  const found = SETTINGS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new RangeError(`no such setting: ${name}`);
  return found;
}

/** What flag or environment say; an empty variable counts as unset, as container files often leave them. */
function valuesOf(setting: Setting, env: NodeJS.ProcessEnv, flags: ConfigFlags): readonly Given[] {
  const flag = flags[setting.name];
  const typed = typeof flag === 'string' ? [flag] : (flag ?? []);
  if (typed.length > 0) return typed.map((value) => check(setting, value, setting.flag));
  const variable = env[setting.env]?.trim() ?? '';
  const items = setting.name === 'source' ? variable.split(path.delimiter) : [variable];
  return items
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map((item) => check(setting, item, setting.env));
}

function check(setting: Setting, value: string, where: string): Given {
  const parsed = setting.schema.safeParse(value.trim());
  if (parsed.success) return { value: parsed.data, where };
  throw new Fault('CONFIG_INVALID', `${where} must be ${setting.expected}, not ${quoted(value)}`);
}

function quoted(value: string): string {
  const LONGEST = 80;
  return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value);
}

function sourcePath({ value, where }: Given, cwd: string): string {
  const named = String(value);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(named)) {
    throw new Fault(
      'SOURCE_UNSUPPORTED',
      `${where}: ${quoted(named)} is a web address; this release reads files and folders`,
    );
  }
  return absolute(named, cwd);
}

/** Hosts that start us from a configuration file expand no `~`, so it is done here. */
function absolute(named: string, cwd: string): string {
  const expanded = named === '~' || /^~[/\\]/.test(named) ? path.join(homedir(), named.slice(1)) : named;
  return path.resolve(cwd, expanded);
}

function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const known = SETTINGS.map((setting) => setting.env.slice(PREFIX.length));
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name.slice(PREFIX.length)))
    .sort()
    .map((name) => {
      const close = nearest(name.slice(PREFIX.length), known);
      const advice = close === null ? '`beltalowda --help` lists them all.' : `Did you mean ${PREFIX}${close}?`;
      return `${name} is not a setting of this release and is ignored. ${advice}`;
    });
}
