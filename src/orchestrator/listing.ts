/** The list of one's workflows, searched and paged. A cursor belongs to one query and says so when it is used with another. */

import { type Clock, iso } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import { DEFAULT_PAGE, MAX_PAGE } from '../core/limits.ts';
import type { AnalyticsRequest, ListRequest, ListView, WorkflowSummary } from '../core/listing.ts';
import type { Caller } from '../core/views.ts';
import type { FoundWorkflow, Store, WorkflowQuery } from '../store/store.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { hashOf } from './hash.ts';
import { isInterrupted } from './waiting.ts';

const TASK_CHARACTERS = 200;
const MOST_WORDS = 20;

export interface ListParts {
  readonly store: Pick<Store, 'workflows'>;
  readonly clock: Clock;
}

export async function list({ store, clock }: ListParts, caller: Caller, request: ListRequest): Promise<ListView> {
  const { limit = DEFAULT_PAGE, cursor, ...asked } = request;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new Fault('INVALID_INPUT', `limit must be a whole number from 1 to ${MAX_PAGE}, not ${limit}`);
  }
  const selection = hashOf(asked).slice(0, 16);
  const query: WorkflowQuery = {
    owner: caller.owner,
    status: asked.status ?? null,
    orchestrator_type: asked.orchestrator_type ?? null,
    words: asked.query === undefined ? null : wordsOf(asked.query),
    ...range(asked),
    // One more than shown tells whether there is a next page.
    limit: limit + 1,
    before: cursor === undefined ? null : placeOf(cursor, selection),
  };
  const found = await store.workflows.list(query);
  const now = clock.now();
  const workflows = found.slice(0, limit).map((one) => summary(one, now));
  const last = workflows.at(-1);
  const more = found.length > limit && last !== undefined;
  return { workflows, ...(more ? { next_cursor: writeCursor([selection, last.created_at, last.task_id]) } : {}) };
}

function summary({ workflow, completeness, match }: FoundWorkflow, now: number): WorkflowSummary {
  const { task_id, title, task, status, phase, orchestrator_type, created_at, completed_at, resumed_from } = workflow;
  const shown = Array.from(task);
  return {
    task_id,
    title,
    task: shown.length > TASK_CHARACTERS ? `${shown.slice(0, TASK_CHARACTERS).join('')}…` : task,
    status,
    phase,
    orchestrator_type,
    created_at,
    completed_at,
    completeness,
    ...(resumed_from === null ? {} : { resumed_from }),
    ...(isInterrupted(workflow, now) ? { interrupted: true } : {}),
    ...(match === null ? {} : { match }),
  };
}

function wordsOf(query: string): readonly string[] {
  const words = query.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  if (words.length > 0) return words.slice(0, MOST_WORDS);
  throw new Fault('INVALID_INPUT', `query ${JSON.stringify(query.slice(0, 60))} holds no word to search for`, {
    hint: 'Give one or more words that stand in the task or the report, or leave query out.',
  });
}

/** Both ends in the stored spelling. Throws INVALID_INPUT for what is no time, and where nothing can lie between. */
export function range(asked: AnalyticsRequest): { readonly since: string | null; readonly until: string | null } {
  const since = asked.since === undefined ? null : time('since', asked.since);
  const until = asked.until === undefined ? null : time('until', asked.until);
  if (since !== null && until !== null && since >= until) {
    throw new Fault('INVALID_INPUT', `since (${since}) must lie before until (${until})`);
  }
  return { since, until };
}

const TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** Times are compared as text: the day after the last of 9999 is spelled with a sign, and sorts before all others. */
const LAST_YEAR = 9998;

function time(name: string, text: string): string {
  const wanted = text.trim();
  const zoned = /[T ]/.test(wanted) && !/(?:Z|[+-]\d{2}:?\d{2})$/.test(wanted) ? `${wanted}Z` : wanted;
  const ms = TIME.test(wanted) ? Date.parse(zoned.replace(' ', 'T')) : Number.NaN;
  // Date.parse makes March of the 30th of February.
  const day = wanted.slice(0, 10);
  const sameDay = !Number.isNaN(ms) && iso(Date.parse(day)).startsWith(day);
  if (!Number.isNaN(ms) && sameDay) {
    const year = new Date(ms).getUTCFullYear();
    if (year >= 0 && year <= LAST_YEAR) return iso(ms);
    throw new Fault('INVALID_INPUT', `${name} must lie in a year from 0 to ${LAST_YEAR} (UTC), not in ${year}`, {
      hint: `Leave ${name} out for no bound.`,
    });
  }
  throw new Fault('INVALID_INPUT', `${name} must be a date or time, not ${JSON.stringify(text.slice(0, 60))}`, {
    hint: 'Write 2026-11-26 or 2026-11-26T09:30:00Z (ISO 8601; UTC unless an offset is given).',
  });
}

function placeOf(cursor: string, selection: string): { readonly created_at: string; readonly task_id: string } {
  const [of, created_at, task_id] = readCursor(cursor);
  if (typeof of !== 'string' || typeof created_at !== 'string' || typeof task_id !== 'string') {
    throw new Fault('INVALID_INPUT', 'cursor is not one that list_workflows returned', {
      hint: 'Use next_cursor of the previous page as it is, or leave cursor out to start at the beginning.',
    });
  }
  if (of !== selection) {
    throw new Fault('INVALID_INPUT', 'cursor belongs to another query', {
      hint: 'Repeat the filters and the query the cursor came from, or leave cursor out.',
    });
  }
  return { created_at, task_id };
}
