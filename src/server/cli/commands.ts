/** The commands: what each is for and which options it takes. Parsing, help and shell completion are made from this table. */

import type { CommandOptionName, SettingName } from '../../config.ts';

const GROUPS = ['Research:', 'Workflows:', 'Records:', 'Upkeep:'] as const;

interface CommandWords {
  /** The command and what follows it, `<needed>` or `[optional]`. */
  readonly usage: string;
  readonly group: (typeof GROUPS)[number];
  readonly description: string;
  /** Settings its help lists: all, or only those that say which database it is. All can be given. */
  readonly settings: 'all' | 'places' | 'none';
  readonly options: readonly CommandOptionName[];
}

/** Of `serve`, and of `doctor`, which tells what `serve` would come to. */
const SERVICE = [
  'host',
  'port',
  'allowed_hosts',
  'allowed_origins',
  'cors_origins',
  'rate_limit',
  'owner_max_requests',
  'max_connections',
  'tokens_file',
  'public_url',
  'oauth_issuer',
  'oauth_jwks_url',
  'oauth_audience',
] as const;

/** In the order help lists them, group by group. */
const COMMANDS = {
  research: {
    usage: 'research <task>',
    group: 'Research:',
    description:
      'Research a question in the sources and print a cited report. <task> is the question in quotes, or - to read it from standard input',
    settings: 'all',
    options: [
      'pattern',
      'agents',
      'step',
      'branch',
      'until',
      'max_rounds',
      'domain',
      'context',
      'title',
      'idempotency_key',
      'max_minutes',
      'require_approval',
      'dry_run',
      'out',
      'json',
      'quiet',
    ],
  },
  resume: {
    usage: 'resume <task_id>',
    group: 'Research:',
    description:
      'Carry on after a kill; approve a plan; go on, as a new workflow, from one that failed, was stopped or is partial, or with another plan (--plan), more agents (--agents), a larger budget (--budget-usd, --max-tokens), another model (--model) or other sources (--source). For one that is complete, print its report',
    settings: 'all',
    options: ['approve', 'plan', 'agents', 'max_minutes', 'out', 'json', 'quiet'],
  },
  list: {
    usage: 'list',
    group: 'Workflows:',
    description: 'List workflows, newest first',
    settings: 'places',
    options: ['status', 'pattern', 'query', 'since', 'until', 'limit', 'cursor', 'ids', 'json'],
  },
  status: {
    usage: 'status <task_id>',
    group: 'Workflows:',
    description: 'Show how far a workflow is',
    settings: 'places',
    options: ['follow', 'json'],
  },
  result: {
    usage: 'result <task_id>',
    group: 'Workflows:',
    description: 'Print the report of a workflow',
    settings: 'places',
    options: ['section', 'detail', 'out', 'json'],
  },
  events: {
    usage: 'events <task_id>',
    group: 'Workflows:',
    description: 'Print what happened in a workflow, one event a line; with --json, one object a line',
    settings: 'places',
    options: ['follow', 'after', 'json'],
  },
  cancel: {
    usage: 'cancel <task_id>',
    group: 'Workflows:',
    description: 'Stop a workflow and keep what it found',
    settings: 'places',
    options: ['finalize', 'reason', 'json'],
  },
  export: {
    usage: 'export <task_id>',
    group: 'Workflows:',
    description: 'Print the report as a document, or with --out write it to a folder',
    settings: 'places',
    options: ['format', 'out', 'json'],
  },
  analytics: {
    usage: 'analytics',
    group: 'Records:',
    description: 'Figures over all workflows: how many, how long, what failed',
    settings: 'places',
    options: ['since', 'until', 'json'],
  },
  'audit verify': {
    usage: 'audit verify <task_id>',
    group: 'Records:',
    description: 'Check that no stored row of a workflow was changed, removed, added or moved',
    settings: 'places',
    options: ['json'],
  },
  replay: {
    usage: 'replay <task_id>',
    group: 'Records:',
    description: 'Decide everything anew from the recorded journal, and compare the result',
    settings: 'places',
    options: ['json'],
  },
  delete: {
    usage: 'delete <task_id>',
    group: 'Records:',
    description: 'Erase the content of an ended workflow for good',
    settings: 'places',
    options: ['yes', 'reason', 'json'],
  },
  doctor: {
    usage: 'doctor',
    group: 'Upkeep:',
    description: 'Tell what is configured, from where, what is missing, and what to put into an MCP host',
    settings: 'all',
    options: ['json', ...SERVICE],
  },
  'db migrate': {
    usage: 'db migrate',
    group: 'Upkeep:',
    description: 'Make the database, or bring its schema up to date',
    settings: 'places',
    options: ['json'],
  },
  'db check': {
    usage: 'db check',
    group: 'Upkeep:',
    description: 'Check the database file and the records of every workflow',
    settings: 'places',
    options: ['json'],
  },
  'db backup': {
    usage: 'db backup [file]',
    group: 'Upkeep:',
    description: 'Copy the database, also while it is in use; to a new file beside it when none is named',
    settings: 'places',
    options: ['json'],
  },
  completion: {
    usage: 'completion <shell>',
    group: 'Upkeep:',
    description: 'Print the completion script for bash, zsh or fish',
    settings: 'none',
    options: [],
  },
  'token create': {
    usage: 'token create',
    group: 'Upkeep:',
    description: 'Make a token for the service, print it this once, and keep its hash in the file of tokens',
    settings: 'none',
    options: ['tokens_file', 'owner', 'scope', 'expires_days', 'json'],
  },
  'token list': {
    usage: 'token list',
    group: 'Upkeep:',
    description: 'List the tokens of the file: whose they are and what they may do',
    settings: 'none',
    options: ['tokens_file', 'json'],
  },
  'token revoke': {
    usage: 'token revoke <id>',
    group: 'Upkeep:',
    description: 'Take a token out of the file; a running service refuses it a second later',
    settings: 'none',
    options: ['tokens_file', 'json'],
  },
  serve: {
    usage: 'serve',
    group: 'Upkeep:',
    description:
      'Serve MCP, plain requests and event streams over HTTP, and carry on whatever is open, until it is stopped',
    settings: 'all',
    options: SERVICE,
  },
  stdio: {
    usage: 'stdio',
    group: 'Upkeep:',
    description:
      'Serve MCP over standard input and output (also what happens without a command when started by a program)',
    settings: 'all',
    options: [],
  },
} as const satisfies Record<string, CommandWords>;

/** Settings that lead to the database. */
export const PLACES: readonly SettingName[] = ['home', 'config', 'db'];

export type CommandName = keyof typeof COMMANDS;

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/** The table as a list, its entries in one type. */
export const COMMAND_LIST: readonly (CommandWords & { readonly name: CommandName })[] = Object.entries(
  COMMANDS,
).flatMap(([name, words]) => (isCommand(name) ? [{ name, ...words }] : []));
