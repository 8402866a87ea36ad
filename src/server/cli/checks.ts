/** What `doctor` looks at. Nothing here creates or changes anything, and nothing throws: what is wrong is what is told. */

import { constants, existsSync } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Config, Examined, Origin } from '../../config.ts';
import { optionOf } from '../../config.ts';
import { count, digits } from '../../core/amount.ts';
import type { CheckView } from '../../core/audit.ts';
import { type ErrorRecord, Fault, toFault } from '../../core/errors.ts';
import type { Check, Look } from './look.ts';
import { lookAtModels, secretsAdvice } from './model-checks.ts';
import type { CliParts } from './parts.ts';
import { lookAtService } from './service-checks.ts';
import { isKept, isTold, lookAtServers, notCopied } from './server-checks.ts';
import { shellWord } from './session.ts';

export interface Diagnosis {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly settings: readonly Origin[];
  /** Options of commands that a variable or the file sets. */
  readonly command_options: readonly Origin[];
  readonly checks: readonly Check[];
  /** Null where it cannot be read. */
  readonly database: CheckView | null;
  /** What keeps research from working, and what mends it. */
  readonly problems: readonly ErrorRecord[];
  /** What is missing although nothing is wrong. */
  readonly advice: readonly string[];
  /** To be put into the configuration of an MCP host. */
  readonly host: { readonly mcpServers: { readonly beltalowda: HostEntry } };
}

interface HostEntry {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

interface Asked extends Examined {
  /** What to type: `beltalowda`, these words, and the flags that lead to the same database. */
  readonly typed: (words: string) => string;
}

/** Everything at once. Reads the whole database. */
export async function diagnose(parts: CliParts, asked: Asked): Promise<Diagnosis> {
  const { config, problems, typed } = asked;
  const { database, look } = await lookAtDatabase(parts, asked);
  const looks = [
    lookAtFile(config, problems),
    await lookAtHome(config),
    look,
    ...(await Promise.all(config.sources.map(lookAtSource))),
    ...(await lookAtModels(await parts.models(config), config)),
    ...(await lookAtService(parts, config, database)),
    ...(await lookAtServers(parts, config)),
  ];
  const all = [...problems, ...looks.flatMap(({ problem }) => problem ?? [])];
  const secrets = secretsAdvice(config);
  const settings = config.origins.filter(({ name }) => optionOf(name).setting);
  return {
    version: parts.version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    settings,
    command_options: config.origins.filter(
      ({ name, from }) => !optionOf(name).setting && /^(?:environment|file) /.test(from),
    ),
    checks: looks.map(({ check }) => check),
    database,
    problems: all.map((problem) => problem.toRecord()),
    advice: [
      ...config.warnings,
      ...(config.sources.length === 0 ? [noSources(typed)] : []),
      ...looks.flatMap(({ advice }) => advice ?? []),
      ...settings.filter(isKept).map((origin) => notCopied(origin, config)),
      ...(secrets === null ? [] : [secrets]),
    ],
    host: { mcpServers: { beltalowda: hostEntry(parts, settings) } },
  };
}

function noSources(typed: Asked['typed']): string {
  return `No source is set. On the command line, research takes --source FOLDER; for an MCP host, \`${typed('doctor --source FOLDER')}\` prints the entry with it.`;
}

function lookAtFile({ file }: Config, problems: readonly Fault[]): Look {
  // Told in full among the problems already.
  const wrong = problems.some(({ message }) => message.startsWith(file.path));
  const words = wrong ? 'cannot be used as it is' : file.found ? 'read' : 'not there; it is optional';
  const good = wrong ? false : file.found ? true : null;
  return { check: { what: 'configuration file', good, words: `${file.path}: ${words}` }, problem: null };
}

async function lookAtHome({ home }: Config): Promise<Look> {
  const check = (good: boolean | null, words: string): Check => ({
    what: 'data directory',
    good,
    words: `${home}: ${words}`,
  });
  const place = nearestThere(home);
  try {
    // Told in full among the problems of the configuration already.
    if (!(await stat(place)).isDirectory()) return { check: check(false, 'cannot be a folder'), problem: null };
    await access(place, constants.W_OK);
  } catch (thrown) {
    const problem = new Fault('STORE_READ_ONLY', `${home} cannot be written: ${reasonOf(thrown)}`, {
      hint: `Give this user write permission there (chmod u+w ${shellWord(place)}), or name another folder with --home or BELTALOWDA_HOME.`,
    });
    return { check: check(false, 'cannot be written'), problem };
  }
  const there = existsSync(home);
  return {
    check: check(there ? true : null, there ? 'can be written' : 'not there; made when first needed'),
    problem: null,
  };
}

/** The folder itself, or the nearest above it that is there. */
function nearestThere(folder: string): string {
  const above = path.dirname(folder);
  return above === folder || existsSync(folder) ? folder : nearestThere(above);
}

async function lookAtDatabase(
  parts: CliParts,
  { config, typed }: Asked,
): Promise<{ readonly database: CheckView | null; readonly look: Look }> {
  const { database: file } = config;
  const told = (good: boolean | null, words: string): Check => ({ what: 'database', good, words: `${file}: ${words}` });
  try {
    const maintenance = await parts.maintenance(config);
    const state = await maintenance.inspect();
    if (!state.exists) {
      const database = { ...state, sound: true, workflows_checked: 0, findings: [] };
      return { database, look: { check: told(null, 'not there; made at the first research'), problem: null } };
    }
    await writable(file);
    const view = await maintenance.check();
    if (!view.sound) {
      const message = `${file} is not as it was written: ${count(view.findings.length, 'finding')}`;
      const problem = new Fault('AUDIT_FAILED', message, { hint: `See them with: ${typed('db check')}` });
      return { database: view, look: { check: told(false, 'not sound'), problem } };
    }
    const old =
      view.schema === view.newest_schema
        ? ''
        : `, brought up to date when first used, or with \`${typed('db migrate')}\``;
    const words = `sound, ${count(view.workflows, 'workflow')}, ${digits(view.bytes)} bytes, schema ${view.schema ?? 'none'}${old}`;
    return { database: view, look: { check: told(true, words), problem: null } };
  } catch (thrown) {
    const problem = toFault(thrown);
    return { database: null, look: { check: told(false, DATABASE_WORDS[problem.code] ?? 'cannot be used'), problem } };
  }
}

/** Throws STORE_READ_ONLY. SQLite writes beside the file as well. */
async function writable(file: string): Promise<void> {
  for (const place of [file, path.dirname(file)]) {
    await access(place, constants.W_OK).catch((thrown: unknown) => {
      throw new Fault('STORE_READ_ONLY', `${place} cannot be written: ${reasonOf(thrown)}`, { cause: thrown });
    });
  }
}

const DATABASE_WORDS: Readonly<Partial<Record<Fault['code'], string>>> = {
  STORE_LOCKED: 'locked by another program',
  STORE_NEWER: 'written by a newer release',
  STORE_CORRUPT: 'damaged, or no database of beltalowda',
  STORE_READ_ONLY: 'cannot be written',
};

export async function lookAtSource(source: string): Promise<Look> {
  try {
    const found = await stat(source);
    await access(source, constants.R_OK);
    const words = found.isDirectory() ? 'a folder that can be read' : 'a file that can be read';
    return { check: { what: 'source', good: true, words: `${source}: ${words}` }, problem: null };
  } catch (thrown) {
    const there = existsSync(source);
    const words = there ? 'cannot be read' : 'does not exist';
    const reason = there ? `: ${reasonOf(thrown)}` : '';
    const problem = new Fault('SOURCE_NOT_FOUND', `source ${source} ${words}${reason}`, {
      hint: there
        ? `Give this user permission to read it: chmod -R u+rX ${shellWord(source)}`
        : 'Correct the path in --source, BELTALOWDA_SOURCES or the configuration file, or take it out.',
    });
    return { check: { what: 'source', good: false, words: `${source}: ${words}` }, problem };
  }
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** A value as it stands in a variable; nothing for none. */
export function spelled(value: Origin['value'], separator: string): string {
  if (Array.isArray(value)) return value.join(separator);
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '');
}

/** Settings the file in the data directory holds are read there by the host's process as well. */
function hostEntry({ launch }: CliParts, settings: readonly Origin[]): HostEntry {
  const given = settings.filter((origin) => isTold(origin) && !isKept(origin));
  const env = given.map(({ name, value }) => {
    const { env: variable } = optionOf(name);
    return [variable, spelled(value, path.delimiter)];
  });
  return { ...launch, env: Object.fromEntries(env) };
}
