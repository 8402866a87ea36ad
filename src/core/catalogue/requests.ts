/** Errors of what was asked for: arguments, settings, workflows, sources. */

import type { CatalogueEntry } from './entry.ts';

export const REQUESTS = {
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
    meaning: 'No workflow of yours has this task_id, and nothing else that belongs to you this id.',
    hint: 'Check the task_id: it was returned by orchestrate_research and printed first by `beltalowda research`.',
    retryable: false,
    exit: 2,
  },
  WEBHOOK_DISABLED: {
    meaning:
      'Nothing is delivered to this webhook: its receiver answered that it wants nothing more, or took nothing for days.',
    hint: 'Register the same url again: that enables it. Then have the message delivered again.',
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
    hint: 'Do not rely on the workflows named. Compare them with a backup; every finding names its row. What cannot be read can be cancelled and deleted all the same.',
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
  QUOTA_EXCEEDED: {
    meaning: 'You have as much open, submitted or spent as one owner may; nothing was started.',
    hint: 'Wait as long as the message or Retry-After says, or cancel what you no longer need. Whoever runs the service sets BELTALOWDA_OWNER_MAX_ACTIVE, BELTALOWDA_OWNER_MAX_PER_MINUTE and BELTALOWDA_OWNER_USD_PER_DAY.',
    retryable: true,
    exit: 1,
  },
  NO_SOURCES: {
    meaning: 'There is nothing to research: no source was given and no source root is configured.',
    hint: 'Give --source PATH on the command line, or set BELTALOWDA_SOURCES to one or more folders. A model that thinks needs none where it may search: with BELTALOWDA_NETWORK=on, or a server on this machine in mcpServers.',
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
} as const satisfies Record<string, CatalogueEntry>;
