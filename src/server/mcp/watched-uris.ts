/** Which resources somebody is to be told of, by the workflow that changes them. Asked at every change, so nothing here walks them all. */

import { placeOf, type Place } from './resource-uris.ts';

interface Watched {
  /** How many subscriptions name it. */
  readonly count: number;
  /** Whether every event of the workflow changes it; else only its end does. */
  readonly eventful: boolean;
}

export class WatchedUris {
  readonly #tasks = new Map<string, Map<string, Watched>>();

  /** Returns the workflows that the URIs are of. */
  add(uris: readonly string[]): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const uri of uris) {
      const place = changing(uri);
      if (place === null) continue;
      touched.add(place.task_id);
      const ofTask = this.#tasks.get(place.task_id) ?? new Map<string, Watched>();
      this.#tasks.set(place.task_id, ofTask);
      const eventful = place.kind === 'status' || place.kind === 'events';
      ofTask.set(uri, { count: (ofTask.get(uri)?.count ?? 0) + 1, eventful });
    }
    return touched;
  }

  /** Takes back one `add` of the same URIs. Returns the workflows of which nothing is watched any more. */
  remove(uris: readonly string[]): ReadonlySet<string> {
    const left = new Set<string>();
    for (const uri of uris) {
      const place = changing(uri);
      const ofTask = place === null ? undefined : this.#tasks.get(place.task_id);
      const watched = ofTask?.get(uri);
      if (place === null || ofTask === undefined || watched === undefined) continue;
      if (watched.count > 1) ofTask.set(uri, { ...watched, count: watched.count - 1 });
      else ofTask.delete(uri);
      if (ofTask.size > 0) continue;
      this.#tasks.delete(place.task_id);
      left.add(place.task_id);
    }
    return left;
  }

  clear(): void {
    this.#tasks.clear();
  }

  /** What is to be told of a workflow that has moved, or has ended. */
  changed(task_id: string, news: { readonly moved: boolean; readonly ended: boolean }): readonly string[] {
    const ofTask = this.#tasks.get(task_id) ?? [];
    return [...ofTask].filter(([, { eventful }]) => (eventful ? news.moved : news.ended)).map(([uri]) => uri);
  }
}

/**
 * What can change, in the one spelling in which it is listed: any character of a URI can be written in two ways, and one
 * event under a thousand spellings would be a thousand notifications.
 */
function changing(uri: string): Exclude<Place, { readonly kind: 'patterns' | 'source' }> | null {
  const place = placeOf(uri);
  if (place === null || place.kind === 'patterns' || place.kind === 'source') return null;
  const rest = place.kind === 'document' ? `documents/${encodeURIComponent(place.name)}` : place.kind;
  return uri === `orchestrator://${place.task_id}/${rest}` ? place : null;
}
