/** Errors of the work itself, and of the store that keeps it. */

import type { CatalogueEntry } from './entry.ts';

export const WORK = {
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
  AGENT_SILENT: {
    meaning:
      'No sign came of a step for too long: no progress, no call begun or ended, nothing of an answer. Its attempt was given up.',
    hint: 'It is begun again by itself. If it keeps happening, see whether what the message names answers: `beltalowda doctor` tries it.',
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
