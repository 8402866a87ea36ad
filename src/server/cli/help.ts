/** The words of `--help`: commands, their options, examples. Only what works in this release stands here. */

import type { SettingName } from '../../config.ts';
import { DOMAINS } from '../../core/source.ts';
import { ORCHESTRATOR_TYPES } from '../../core/workflow.ts';

export const OPTIONS = {
  pattern: {
    flags: '--pattern <name>',
    text: `How agents share the work: ${ORCHESTRATOR_TYPES.join(' or ')} (default: beltalowda)`,
  },
  agents: { flags: '--agents <n>', text: 'Agents that collect, 1 to 32 (default: as many as the question asks for)' },
  domain: {
    flags: '--domain <name>',
    text: `With --pattern swarm: a kind of material to search; repeat for more (${DOMAINS.join(', ')})`,
  },
  context: { flags: '--context <text>', text: 'What you know already or want stressed' },
  title: { flags: '--title <text>', text: 'Title of the report' },
  'idempotency-key': {
    flags: '--idempotency-key <key>',
    text: 'The same key again gives the same workflow instead of a new one',
  },
  'dry-run': { flags: '--dry-run', text: 'Say what it would take, and start nothing' },
  out: { flags: '--out <dir>', text: 'Also write the report to report.md in this folder' },
  json: { flags: '--json', text: 'Print one JSON object on standard output instead of text' },
  quiet: { flags: '--quiet', text: 'No progress on standard error, only the task_id' },
  follow: { flags: '--follow', text: 'Continue it if nobody works on it, and watch until it ends' },
} as const;

interface CommandWords {
  readonly usage: string;
  readonly description: string;
  /** Settings that matter most to this command; its help lists them first. */
  readonly settings: readonly SettingName[];
  readonly options: readonly (keyof typeof OPTIONS)[];
}

export const COMMANDS: Readonly<Record<'research' | 'resume' | 'status' | 'stdio', CommandWords>> = {
  research: {
    usage: 'research <task>',
    description:
      'Research a question in the sources and print a cited report. <task> is the question in quotes, or - to read it from standard input',
    settings: ['source', 'model'],
    options: ['pattern', 'agents', 'domain', 'context', 'title', 'idempotency-key', 'dry-run', 'out', 'json', 'quiet'],
  },
  resume: {
    usage: 'resume <task_id>',
    description: 'Carry on after a kill; for a workflow that has ended, print its report',
    settings: [],
    options: ['out', 'json', 'quiet'],
  },
  status: {
    usage: 'status <task_id>',
    description: 'Show how far a workflow is',
    settings: [],
    options: ['follow', 'json'],
  },
  stdio: {
    usage: 'stdio',
    description:
      'Serve MCP over standard input and output (also what happens without a command when started by a program)',
    settings: ['source', 'model'],
    options: [],
  },
};

export const AFTER_HELP = `
Examples:
  beltalowda research "How do embedded databases survive a power loss?" --source ./documents
  beltalowda research "Compare WAL and rollback journals" --source ./documents --out ./report
  beltalowda resume wf_...

Ctrl-C once stops and writes up what there is; twice leaves at once.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partial report, 130 left by a second Ctrl-C.
`;
