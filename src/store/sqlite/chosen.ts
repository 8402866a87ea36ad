/** What a question about figures is about, as its statements ask for it. */

import type { Database } from 'better-sqlite3';
import type { Selection } from '../analytics.ts';
import { BEHIND, FIRST, type Range, type Span } from '../spans.ts';

export interface Chosen extends Selection {
  /** All whom it is about, as a JSON array. */
  readonly owners: string;
}

/** The rows of each owner in turn, by the index that begins with the owner: nobody else's are looked at. */
export const WHOSE = 'json_each(@owners) AS whose CROSS JOIN';
export const CREATED = 'owner = whose.value AND created_at >= @from AND created_at < @to';

/** Where a range's workflows are read one by one: as they are counted, or as their rows have them. */
export type From = 'figures' | 'ended_workflows';

export function fromEither<T>(prepare: (from: From) => T): Readonly<Record<From, T>> {
  return { figures: prepare('figures'), ended_workflows: prepare('ended_workflows') };
}

/** The bounds of a range as text that lies before and behind every time. */
export function bounds({ since, until }: Range): Span {
  return { from: since ?? FIRST, to: until ?? BEHIND };
}

/** Tells whether everything that has ended is counted. */
export function prepareCounted(db: Database): () => boolean {
  const toCome = db.prepare<[], number>('SELECT EXISTS (SELECT 1 FROM figures_to_come)').pluck();
  return () => toCome.get() === 0;
}
