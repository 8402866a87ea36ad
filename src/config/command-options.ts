/** Options of single commands: one table. Which command takes which stands in the table of commands. */

import {
  BUDGET_RANGES,
  DEFAULT_PAGE,
  DEFAULT_ROUNDS,
  MAX_AGENTS,
  MAX_CURSOR,
  MAX_NAME,
  MAX_PAGE,
  MAX_QUERY,
  MAX_REASON,
  MAX_ROUNDS,
  MAX_TASK,
} from '../core/limits.ts';
import { BY_DOMAIN, DEFAULT_PATTERN, patternTaking } from '../core/patterns.ts';
import { REPORT_NAME } from '../core/report.ts';
import { DOMAINS } from '../core/source.ts';
import { DETAILS } from '../core/views.ts';
import { ORCHESTRATOR_TYPES, STATUSES } from '../core/workflow.ts';
import { BOUND, HOST, ORIGIN } from './hosts.ts';
import { choice, type Kind, list, path as pathKind, text, toggle, whole } from './kinds.ts';
import type { Words } from './words.ts';

const FORMATS = ['markdown', 'md'] as const;

const TIME = '^\\d{4}-\\d{2}-\\d{2}(?:[T ]\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?(?:Z|[+-]\\d{2}:?\\d{2})?)?$';
const time = text({
  placeholder: 'time',
  expected: 'a date or time such as 2026-11-26 or 2026-11-26T09:30:00Z',
  max: 40,
  pattern: TIME,
});

function words(placeholder: string, max: number): Kind<string> {
  return text({ placeholder, expected: `a text of at most ${max} characters`, max });
}

/** Origins of web pages. */
const origins = list(
  text({
    placeholder: 'origin',
    expected: 'an origin such as https://app.example or http://wiki.corp:8080, each by itself: no path, no *',
    max: MAX_NAME,
    pattern: ORIGIN,
  }),
  { separator: ',', expected: 'a list of origins' },
);

export const OPTIONS = {
  pattern: {
    kind: choice('name', ORCHESTRATOR_TYPES),
    description: `How agents share the work: ${ORCHESTRATOR_TYPES.join(' or ')}`,
    preset: null,
    fallback: `${DEFAULT_PATTERN}; in a list, all`,
  },
  agents: {
    kind: whole(1, MAX_AGENTS),
    description: `Agents that collect, 1 to ${MAX_AGENTS}. For a resume only the flag counts: more than before, for an ended workflow`,
    preset: null,
    fallback: 'as many as the question asks for',
  },
  step: {
    kind: list(words('name: objective', MAX_NAME + MAX_TASK), { separator: '|', expected: 'a list of steps' }),
    description: `With the pattern ${patternTaking('steps')}: "NAME: OBJECTIVE"; repeat for the next step. In the variable: separated by "|"`,
    preset: [],
    fallback: 'none',
  },
  branch: {
    kind: list(words('name: when: objective', MAX_NAME + 2 * MAX_TASK), {
      separator: '|',
      expected: 'a list of branches',
    }),
    description: `With the pattern ${patternTaking('branches')}: "NAME: WHEN: OBJECTIVE", WHEN being a condition, or otherwise; repeat for other branches, and for more objectives of one. In the variable: separated by "|"`,
    preset: [],
    fallback: 'none',
  },
  max_rounds: {
    kind: whole(1, MAX_ROUNDS),
    description: `With the pattern ${patternTaking('max_rounds')}: rounds at most`,
    preset: null,
    fallback: String(DEFAULT_ROUNDS),
  },
  domain: {
    kind: list(choice('name', DOMAINS), { separator: ',', expected: 'a list of domains' }),
    description: `With the pattern ${BY_DOMAIN}: a kind of material to search; repeat for more (${DOMAINS.join(', ')}). In the variable: separated by ","`,
    preset: [],
    fallback: 'those there is material for',
  },
  context: {
    kind: words('text', MAX_TASK),
    description: 'What you know already or want stressed',
    preset: null,
    fallback: 'none',
  },
  title: {
    kind: words('text', MAX_NAME),
    description: 'Title of the report',
    preset: null,
    fallback: 'made from the task',
  },
  idempotency_key: {
    kind: words('key', MAX_NAME),
    description: 'The same key again gives the same workflow instead of a new one',
    preset: null,
    fallback: 'none',
  },
  require_approval: {
    kind: toggle(),
    description: 'Stop when the plan is made, and show it; `resume` approves it, as it is or edited',
    preset: false,
  },
  dry_run: { kind: toggle(), description: 'Say what it would take, and start nothing', preset: false },
  approve: { kind: toggle(), description: 'Approve the plan of a workflow that waits for it', preset: false },
  plan: {
    kind: pathKind({ placeholder: 'file', dash: true }),
    description:
      'Approve this plan instead, or go on with it from an ended workflow in a new one: a file as `status ID --json` prints it, its list `plan` edited; - reads it from standard input',
    preset: null,
    fallback: 'none',
  },
  max_minutes: {
    kind: whole(BUDGET_RANGES.max_minutes.least, BUDGET_RANGES.max_minutes.most),
    description: 'Time limit of this one workflow, in minutes. For a resume only the flag counts',
    preset: null,
    fallback: 'workflow_timeout_minutes',
  },
  out: {
    kind: pathKind({ placeholder: 'dir' }),
    description: `Write the report to ${REPORT_NAME} in this folder`,
    preset: null,
    fallback: 'none',
  },
  json: { kind: toggle(), description: 'Print JSON on standard output instead of text', preset: false },
  quiet: { kind: toggle(), description: 'No progress on standard error, only the task_id', preset: false },
  follow: {
    kind: toggle(),
    description: 'Continue it if nobody works on it, and watch until it ends',
    preset: false,
  },
  after: {
    kind: whole(0, Number.MAX_SAFE_INTEGER),
    description: 'Only events with a greater number',
    preset: 0,
  },
  finalize: {
    kind: toggle(),
    description: 'First write the report with a full synthesis',
    preset: false,
  },
  reason: { kind: words('text', MAX_REASON), description: 'Why; kept in the record', preset: null, fallback: 'none' },
  section: {
    kind: words('id', MAX_NAME),
    description: 'Only this section of the report',
    preset: null,
    fallback: 'all',
  },
  detail: {
    kind: choice('level', DETAILS),
    description: 'summary, report, or evidence: the report and the quote behind each claim',
    preset: 'report',
  },
  format: { kind: choice('name', FORMATS), description: 'Kind of file: markdown', preset: 'markdown' },
  status: {
    kind: choice('status', STATUSES),
    description: `Only workflows with this status: ${STATUSES.join(', ')}`,
    preset: null,
    fallback: 'all',
  },
  query: {
    kind: words('words', MAX_QUERY),
    description: 'Only workflows with all these words in task, title or report',
    preset: null,
    fallback: 'all',
  },
  since: {
    kind: time,
    description: 'Only workflows created at or after this date or time (ISO 8601, UTC)',
    preset: null,
    fallback: 'all',
  },
  until: {
    // A time or a sentence by command; the orchestrator knows which times it accepts.
    kind: words('time or sentence', MAX_TASK),
    description: `In a list: only workflows created before this date or time. With the pattern ${patternTaking('until')}: what the findings must show for the rounds to end`,
    preset: null,
    fallback: 'all',
  },
  limit: { kind: whole(1, MAX_PAGE), description: 'At most so many workflows', preset: DEFAULT_PAGE },
  cursor: {
    kind: words('cursor', MAX_CURSOR),
    description: 'Go on where the last page ended',
    preset: null,
    fallback: 'none',
  },
  ids: { kind: toggle(), description: 'Print only the task_ids, one a line', preset: false },
  host: {
    kind: text({
      placeholder: 'address',
      expected: 'an address of this machine, without a port',
      max: MAX_NAME,
      pattern: BOUND,
    }),
    description: 'Address to listen at. Any but a loopback address takes access control',
    preset: '127.0.0.1',
  },
  port: { kind: whole(0, 65_535), description: 'Port to listen at; 0 for any that is free', preset: 8417 },
  allowed_hosts: {
    kind: list(
      text({
        placeholder: 'host',
        expected: 'a host or a host and port, such as research.corp or research.corp:8417: no URL, no *',
        max: MAX_NAME,
        pattern: HOST,
      }),
      { separator: ',', expected: 'a list of hosts' },
    ),
    description:
      'Name the service is reached by beside those of loopback; repeat for more. In the variable: separated by ","',
    preset: [],
    fallback: 'none',
  },
  allowed_origins: {
    kind: origins,
    description: 'Origin whose web pages may send requests; repeat for more. In the variable: separated by ","',
    preset: [],
    fallback: 'none but those of the service itself',
  },
  cors_origins: {
    kind: origins,
    description:
      'Origin whose web pages may send requests and read the answers; repeat for more. In the variable: separated by ","',
    preset: [],
    fallback: 'none: CORS is off',
  },
  rate_limit: {
    kind: whole(1, 1_000_000),
    description: 'Requests a minute from one address; this machine has no limit',
    preset: 1200,
  },
  yes: { kind: toggle(), description: 'Do not ask', preset: false },
} as const satisfies Record<string, Words>;
