/**
 * The full-text index over task, title and report. It holds no text of its own: what it indexes is a view, and an entry
 * must be taken out while the view still shows what was put in. Entries have numbers of their own, because the row numbers
 * of `workflows` may change when the file is copied.
 */

import type { Database } from 'better-sqlite3';

export interface Search {
  /** A new workflow, by its task and title. */
  add(task_id: string): void;
  /** Runs a change of the texts and keeps the index in step with it. */
  change(task_id: string, change: () => void): void;
  /** Before the texts are erased. */
  remove(task_id: string): void;
  /** The place of a text that the words matched, themselves in `**`. */
  match(task_id: string, query: string): string | null;
}

export function prepareSearch(db: Database): Search {
  const number = db.prepare<[string]>('INSERT INTO search_entries (task_id) VALUES (?)');
  const forget = db.prepare<[string]>('DELETE FROM search_entries WHERE task_id = ?');
  const insert = db.prepare<[string]>(
    `INSERT INTO search_index (rowid, task, title, report)
     SELECT id, task, title, report FROM search_texts WHERE task_id = +?`,
  );
  const take = db.prepare<[string]>(
    `INSERT INTO search_index (search_index, rowid, task, title, report)
     SELECT 'delete', id, task, title, report FROM search_texts WHERE task_id = +?`,
  );
  const match = db
    .prepare<[string, string], string>(
      `SELECT snippet(search_index, -1, '**', '**', '…', 32) FROM search_index
       WHERE search_index MATCH ? AND rowid = (SELECT id FROM search_entries WHERE task_id = ?)`,
    )
    .pluck();
  return {
    add: (task_id) => {
      number.run(task_id);
      insert.run(task_id);
    },
    change: (task_id, change) => {
      take.run(task_id);
      change();
      insert.run(task_id);
    },
    remove: (task_id) => {
      take.run(task_id);
      forget.run(task_id);
    },
    match: (task_id, query) => match.get(query, task_id)?.replaceAll(/\s+/g, ' ').trim() ?? null,
  };
}

/** All of these words, none of which can be read as an operator. A word without a letter or digit asks for nothing. */
export function searchQuery(words: readonly string[]): string {
  return words.map((word) => `"${word.replaceAll('"', '""').replaceAll('\0', ' ')}"`).join(' ');
}
