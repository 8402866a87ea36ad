/**
 * The catalogue of errors. Every error a user, a client or an agent can meet has one stable code here; docs/errors.md
 * lists the same codes and a test keeps the two equal. Messages say what was wrong and where; hints say what to do.
 */

interface CatalogueEntry {
  /** What it means, one sentence, for the documentation. */
  readonly meaning: string;
  /** What to do about it, in the imperative. A thrower may give a more exact one. */
  readonly hint: string;
  /** Whether the same call can succeed later without being changed. */
  readonly retryable: boolean;
  /** Exit code on the command line (DESIGN A4: 1 failed, 2 usage). */
  readonly exit: 1 | 2;
}

export const CATALOGUE = {
  INVALID_INPUT: {
    meaning: 'An argument has the wrong type, range, size or encoding, or is not known.',
    hint: 'Correct the argument named in the message and call again.',
    retryable: false,
    exit: 2,
  },
  CONFIG_INVALID: {
    meaning:
      'A flag, an environment variable or the configuration file holds a value that cannot be used, or a key that is not known.',
    hint: 'Correct or unset the setting named in the message.',
    retryable: false,
    exit: 2,
  },
  NOT_FOUND: {
    meaning: 'No workflow of yours has this task_id.',
    hint: 'Check the task_id: it was returned by orchestrate_research and printed first by `beltalowda research`.',
    retryable: false,
    exit: 2,
  },
  EXPIRED: {
    meaning: 'The workflow has expired under the retention settings; its content is gone.',
    hint: 'Start the research anew, or raise the retention settings for what comes.',
    retryable: false,
    exit: 2,
  },
  DELETED: {
    meaning: 'The workflow was deleted; its content is gone.',
    hint: 'Start the research anew.',
    retryable: false,
    exit: 2,
  },
  WORKFLOW_ACTIVE: {
    meaning: 'The workflow has not ended, and what was asked for needs an ended one.',
    hint: 'Wait for its end, or cancel it first.',
    retryable: true,
    exit: 1,
  },
  NOT_AWAITING_APPROVAL: {
    meaning: 'The workflow does not wait for its plan to be approved.',
    hint: 'See its status; only a workflow started with require_approval waits, once, when its plan is made.',
    retryable: false,
    exit: 2,
  },
  PLAN_INVALID: {
    meaning: 'An edited plan names an agent, a domain or a source that does not exist, or is empty.',
    hint: 'Take the plan that get_status shows, change it, and hand in the whole of it.',
    retryable: false,
    exit: 2,
  },
  AUDIT_FAILED: {
    meaning: 'A stored row was changed, removed, added or moved after it was written.',
    hint: 'Do not rely on the workflows named. Compare them with a backup; every finding names its row.',
    retryable: false,
    exit: 1,
  },
  REPLAY_DIVERGED: {
    meaning: 'The recorded journal does not lead to the recorded result.',
    hint: 'Check the database with `beltalowda db check`; if it is sound, please report a defect with the task_id.',
    retryable: false,
    exit: 1,
  },
  IDEMPOTENCY_CONFLICT: {
    meaning: 'The idempotency_key was used before with another input.',
    hint: 'Use a new idempotency_key for a new input, or repeat the first input to get the first workflow.',
    retryable: false,
    exit: 2,
  },
  QUEUE_FULL: {
    meaning: 'As many workflows wait as are allowed to; nothing was started.',
    hint: 'Wait for some to finish, or raise BELTALOWDA_MAX_QUEUED_WORKFLOWS.',
    retryable: true,
    exit: 1,
  },
  NO_SOURCES: {
    meaning: 'There is nothing to research: no source was given and no source root is configured.',
    hint: 'Give --source PATH on the command line, or set BELTALOWDA_SOURCES to one or more folders.',
    retryable: false,
    exit: 2,
  },
  SOURCE_NOT_FOUND: {
    meaning: 'A source path does not exist.',
    hint: 'Check the spelling; relative paths start at the allowed roots (over MCP) or the working directory.',
    retryable: false,
    exit: 2,
  },
  SOURCE_NOT_ALLOWED: {
    meaning: 'A source path lies outside the allowed roots, or leads out of them through a link or `..`.',
    hint: 'Name a path below one of the folders in BELTALOWDA_SOURCES, or add its folder there and restart.',
    retryable: false,
    exit: 2,
  },
  SOURCE_UNSUPPORTED: {
    meaning: 'A source is of a kind this release cannot read.',
    hint: 'Give a path to a file or folder.',
    retryable: false,
    exit: 2,
  },
  NOTHING_READABLE: {
    meaning: 'The sources exist, but not one readable document was found in them.',
    hint: 'Point to a folder with Markdown, text, HTML, PDF, DOCX, CSV, JSON or source code; the message lists what was skipped.',
    retryable: false,
    exit: 1,
  },
  MODEL_UNKNOWN: {
    meaning: 'The model asked for is of no provider that this release knows, or is named without one.',
    hint: 'Write provider/model, or leave model out: `extractive` needs no key.',
    retryable: false,
    exit: 2,
  },
  PROVIDER_NOT_CONFIGURED: {
    meaning: 'The model or search provider asked for has no key or address here; nothing was created.',
    hint: 'Set the variable named in the message, or leave model out.',
    retryable: false,
    exit: 2,
  },
  PROVIDER_REFUSED: {
    meaning: 'The provider does not accept the key, or the key may not use this model.',
    hint: 'Check the key in the variable named in the message; `beltalowda doctor` tries it.',
    retryable: false,
    exit: 1,
  },
  PROVIDER_QUOTA: {
    meaning: 'The account at the provider has no credit or quota left.',
    hint: 'Add credit there, or resume the workflow with another model; what was bought is kept.',
    retryable: false,
    exit: 1,
  },
  PROVIDER_LIMITED: {
    meaning: 'The provider answers too many requests, and went on doing so for longer than the retries last.',
    hint: 'Resume the workflow later, or lower BELTALOWDA_MAX_CONCURRENT_AGENTS.',
    retryable: true,
    exit: 1,
  },
  PROVIDER_UNAVAILABLE: {
    meaning: 'The provider cannot be reached, or failed on its side.',
    hint: 'Check the network and the address in the message; resume the workflow once it answers.',
    retryable: true,
    exit: 1,
  },
  PROVIDER_PROTOCOL: {
    meaning:
      'What came back is not what this interface of the provider answers: a web page, broken JSON, a stream cut off.',
    hint: 'Check that the base URL in the message is that of the interface, its path included.',
    retryable: true,
    exit: 1,
  },
  MODEL_REJECTED: {
    meaning:
      'The provider does not know the model, or the model cannot do what was asked of it (tools, structured output).',
    hint: 'Choose a model that the provider lists and that can call tools.',
    retryable: false,
    exit: 2,
  },
  CONTEXT_TOO_LONG: {
    meaning: 'The conversation is longer than the model takes.',
    hint: 'Choose a model with a longer context, or narrow the task or its sources.',
    retryable: false,
    exit: 1,
  },
  OUTPUT_INVALID: {
    meaning: 'A model did not give the answer in the form asked for, also when told what was wrong.',
    hint: 'It is retried by itself; if it keeps happening, choose a stronger model.',
    retryable: true,
    exit: 1,
  },
  BUDGET_EXHAUSTED: {
    meaning: 'The next call could have passed the cap, so it was not made.',
    hint: 'The report says what is missing; resume the workflow with a larger budget to go on.',
    retryable: false,
    exit: 1,
  },
  BUDGET_UNPRICED: {
    meaning: 'A cap in dollars cannot be kept: no price is known for a model that would be used.',
    hint: 'Give its price under `prices` in the configuration file, or cap tokens instead (max_tokens).',
    retryable: false,
    exit: 2,
  },
  CALL_INTERRUPTED: {
    meaning:
      'A call was under way when its process ended or its step was stopped; what it would have brought is not known, and neither, unless somebody counted, what it cost.',
    hint: 'Nothing need be done: where its outcome is still wanted, the call is made again.',
    retryable: true,
    exit: 1,
  },
  ADDRESS_REFUSED: {
    meaning:
      'An address is not fetched: it is private, local, of a scheme other than http(s), or not on the allow-list.',
    hint: 'For hosts of your own network, name them in BELTALOWDA_FETCH_ALLOW.',
    retryable: false,
    exit: 1,
  },
  TOOL_UNAVAILABLE: {
    meaning: 'A tool that was asked for is not configured, or its server cannot be started or reached.',
    hint: 'See the message for what to set; `beltalowda doctor` lists the tools there are.',
    retryable: false,
    exit: 1,
  },
  ALL_AGENTS_FAILED: {
    meaning: 'Every agent failed after its retries, so there is nothing to report.',
    hint: 'See the agents and their errors in get_status; mend the cause and start again.',
    retryable: true,
    exit: 1,
  },
  WORKFLOW_TIMEOUT: {
    meaning: 'The time limit of the workflow was reached before any agent had finished.',
    hint: 'Raise BELTALOWDA_WORKFLOW_TIMEOUT_MINUTES, or narrow the sources or the task, and start again.',
    retryable: true,
    exit: 1,
  },
  STEP_FAILED: {
    meaning: 'A step the workflow cannot do without failed after its retries.',
    hint: 'The message names the step and its cause; mend it and start again.',
    retryable: true,
    exit: 1,
  },
  STEP_TIMEOUT: {
    meaning: 'A step took longer than its time limit and was aborted.',
    hint: 'It is retried by itself; if it keeps happening, narrow the sources or the task.',
    retryable: true,
    exit: 1,
  },
  QUOTE_NOT_FOUND: {
    meaning: 'An agent returned a quote that does not stand in the stored source at the given offsets.',
    hint: 'The claim is rejected and never reaches a report; nothing to do.',
    retryable: true,
    exit: 1,
  },
  REPORT_INTEGRITY: {
    meaning: 'A report failed its own integrity check and was not stored: a defect of this program.',
    hint: 'Please report it with the task_id; the collected claims are kept.',
    retryable: false,
    exit: 1,
  },
  LEASE_LOST: {
    meaning: 'Another process took this workflow over; this one stopped working on it.',
    hint: 'Nothing to do: the workflow goes on in the other process.',
    retryable: true,
    exit: 1,
  },
  SHUTTING_DOWN: {
    meaning: 'The process is stopping and starts nothing new.',
    hint: 'Call again once it runs again; accepted workflows are kept and continue then.',
    retryable: true,
    exit: 1,
  },
  STORE_LOCKED: {
    meaning: 'Another program has held the database locked for too long.',
    hint: 'Close whatever holds it open for writing (a backup, a database browser) and call again.',
    retryable: true,
    exit: 1,
  },
  STORE_READ_ONLY: {
    meaning: 'The database file or its folder cannot be written.',
    hint: 'Give this user write permission on the folder named in the message, or set BELTALOWDA_HOME or BELTALOWDA_DB to another place.',
    retryable: false,
    exit: 1,
  },
  STORE_CORRUPT: {
    meaning: 'The database file is damaged or is not a beltalowda database.',
    hint: 'Nothing was changed. Restore a backup, or move the file away to start with an empty one.',
    retryable: false,
    exit: 1,
  },
  STORE_NEWER: {
    meaning: 'The database was written by a newer release whose changes this one does not understand.',
    hint: 'Install the newer release, or set BELTALOWDA_DB to another file. Nothing was changed.',
    retryable: false,
    exit: 1,
  },
  STORE_FULL: {
    meaning: 'The disk is full; the change was not made.',
    hint: 'Free space on the disk that holds the database and call again; what was stored is safe.',
    retryable: true,
    exit: 1,
  },
  STORE_GONE: {
    meaning: 'The database file was deleted, moved or replaced while it was open; nothing more is accepted.',
    hint: 'Put the file back if you moved it, and start again; what was stored is in that file.',
    retryable: false,
    exit: 1,
  },
  STORE_UNAVAILABLE: {
    meaning: 'The database cannot be opened or answered with an input/output error.',
    hint: 'Check that the path in the message exists and that its disk is healthy.',
    retryable: true,
    exit: 1,
  },
  INTERNAL: {
    meaning: 'Something went wrong that should not: a defect of this program.',
    hint: 'Please report it with the message; recorded work is kept.',
    retryable: false,
    exit: 1,
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof CATALOGUE;

/** An error as clients and stored rows see it. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly retryable: boolean;
}

interface FaultOptions {
  readonly hint?: string;
  readonly cause?: unknown;
  /** Overrides the catalogue: whether repeating the same call can help. */
  readonly retryable?: boolean;
  /** Wait at least this long before a retry (a server's Retry-After), milliseconds. */
  readonly retryAfterMs?: number;
}

/** The one error class of the project: a catalogue code, a message that says what and where, a hint that says what to do. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const entry: CatalogueEntry = CATALOGUE[code];
    this.code = code;
    this.hint = options.hint ?? entry.hint;
    this.retryable = options.retryable ?? entry.retryable;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }

  get exit(): 1 | 2 {
    return CATALOGUE[this.code].exit;
  }

  toRecord(): ErrorRecord {
    return { code: this.code, message: this.message, hint: this.hint, retryable: this.retryable };
  }
}

/** Anything thrown, as a Fault. What is not ours is INTERNAL: its message is kept, its stack goes to the log as the cause. */
export function toFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  return new Fault('INTERNAL', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}
