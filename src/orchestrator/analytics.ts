/** Figures over many workflows: what they are asked for, and the pages of what names single ones. */

import type { Figures, PagedFiguresRequest } from '../core/analytics.ts';
import { type Clock, iso } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import { DEFAULT_PAGE, MAX_PAGE } from '../core/limits.ts';
import type { Caller } from '../core/views.ts';
import type { Selection, Store } from '../store/store.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { hashOf } from './hash.ts';
import { range } from './listing.ts';

const DAY_MS = 86_400_000;
const MICRO = 1e6;

export interface FiguresParts {
  readonly store: Pick<Store, 'analytics'>;
  readonly clock: Clock;
}

export function figures({ store, clock }: FiguresParts): Figures<Caller> {
  const { analytics } = store;
  return {
    summary: async (caller, request = {}) => analytics.summary(selectionOf(caller, request)),
    workflows: async (caller, request = {}) => {
      const { selection, limit, last, next } = paged('workflows', caller, request);
      const before = last === null ? null : { created_at: String(last[0]), task_id: last[1] };
      const ended_after = iso(clock.now() - DAY_MS);
      const { recent, ...view } = await analytics.workflows(selection, { limit: limit + 1, before, ended_after });
      const shown = recent.slice(0, limit);
      const recent_task_ids = shown.map(({ task_id }) => task_id);
      return { ...view, recent_task_ids, ...next(recent, (one) => [one.created_at, one.task_id]) };
    },
    costs: async (caller, request = {}) => {
      const { selection, limit, after, next } = paged('costs', caller, request);
      const view = await analytics.costs(selection, { limit: limit + 1, after });
      const { most_expensive: found } = view;
      const place = next(found, (one) => [Math.round((one.cost_usd ?? 0) * MICRO), one.task_id]);
      return { ...view, most_expensive: found.slice(0, limit), ...place };
    },
    performance: async (caller, request = {}) => {
      const { selection, limit, after, next } = paged('performance', caller, request);
      const view = await analytics.performance(selection, { limit: limit + 1, after });
      const { slowest: found } = view;
      const place = next(found, (one) => [Math.round(one.execution_time * MICRO), one.task_id]);
      return { ...view, slowest: found.slice(0, limit), ...place };
    },
  };
}

function selectionOf({ owner }: Caller, { all_owners, ...asked }: PagedFiguresRequest): Selection {
  return { owner: all_owners === true ? null : owner, ...range(asked) };
}

type Place = readonly [by: string | number, task_id: string];

/** A cursor belongs to one list and one selection, like those of list_workflows. */
function paged(what: string, caller: Caller, request: PagedFiguresRequest) {
  const { limit = DEFAULT_PAGE, cursor, ...asked } = request;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new Fault('INVALID_INPUT', `limit must be a whole number from 1 to ${MAX_PAGE}, not ${limit}`);
  }
  const selection = selectionOf(caller, asked);
  const of = hashOf({ what, ...selection }).slice(0, 16);
  const last = cursor === undefined ? null : placeOf(cursor, { what, of });
  const next = <T>(found: readonly T[], place: (one: T) => Place): { readonly next_cursor?: string } => {
    const shown = found[limit - 1];
    return found.length > limit && shown !== undefined ? { next_cursor: writeCursor([of, ...place(shown)]) } : {};
  };
  const after = last === null ? null : { amount: Number(last[0]), task_id: last[1] };
  return { selection, limit, last, after, next };
}

function placeOf(cursor: string, { what, of }: { readonly what: string; readonly of: string }): Place {
  const [selection, by, task_id] = readCursor(cursor);
  const dated = what === 'workflows';
  if (typeof by !== (dated ? 'string' : 'number') || typeof task_id !== 'string') {
    throw new Fault('INVALID_INPUT', `cursor is not one that the ${what} returned`, {
      hint: 'Use next_cursor of the previous page as it is, or leave cursor out to start at the beginning.',
    });
  }
  if (selection !== of) {
    throw new Fault('INVALID_INPUT', 'cursor belongs to another question', {
      hint: 'Repeat the range the cursor came from, or leave cursor out.',
    });
  }
  return [dated ? String(by) : Number(by), task_id];
}

/** Between two batches, so that everything else of the process goes on beside them. */
const PAUSE_MS = 10;
/** After a batch that failed; doubles with each further one. */
const FAILED_MS = 1000;
const LONGEST_MS = 60_000;

export interface CountingParts extends FiguresParts {
  readonly log: (message: string, thrown?: unknown) => void;
}

/** Counts what a former release left uncounted, a few workflows at a time, beside the work. Whoever comes next carries on. */
export class Counting {
  readonly #parts: CountingParts;
  #counting: Promise<void> | null = null;
  #wake: () => void = () => undefined;
  #closed = false;

  constructor(parts: CountingParts) {
    this.#parts = parts;
  }

  /** Begins, once for the process. */
  begin(): void {
    this.#counting ??= this.#count();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.#counting;
  }

  /** A full disk, or a file that another process holds, passes: what ended the counting would leave figures slow until a restart. */
  async #count(): Promise<void> {
    let failures = 0;
    let told = false;
    while (!this.#closed) {
      try {
        if (!(await this.#parts.store.analytics.countMore())) return;
        failures = 0;
      } catch (thrown) {
        failures += 1;
        if (!told) this.#tell(thrown);
        told = true;
        if (!canPass(thrown)) return;
      }
      await this.#pause(failures === 0 ? PAUSE_MS : Math.min(LONGEST_MS, FAILED_MS * 2 ** (failures - 1)));
    }
  }

  #tell(thrown: unknown): void {
    const then = canPass(thrown) ? 'it is tried again, and until then' : 'until a restart';
    this.#parts.log(`workflows of a former release could not be counted: ${then} figures are slow`, thrown);
  }

  async #pause(ms: number): Promise<void> {
    if (this.#closed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#parts.clock.after(ms, resolve);
    this.#wake = () => {
      cancel();
      resolve();
    };
    await promise;
  }
}

/** What is no fault of ours may be anything: it is tried again, seldom. */
function canPass(thrown: unknown): boolean {
  return !(thrown instanceof Fault) || thrown.retryable;
}
