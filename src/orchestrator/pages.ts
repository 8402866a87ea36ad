/** A long report in pages. A cursor belongs to one workflow and one selection and says so when it is used elsewhere. */

import { Fault } from '../core/errors.ts';
import { readCursor, writeCursor } from './cursor.ts';

export interface Selection {
  readonly task_id: string;
  readonly section: string | null;
  readonly detail: string;
}

export interface Page {
  readonly text: string;
  readonly next_cursor?: string;
}

/** The page of `text` at the cursor, at most `max_chars` UTF-16 units, ended at a line break where one is near. */
export function page(
  text: string,
  selection: Selection,
  options: { readonly cursor: string | undefined; readonly max_chars: number },
): Page {
  const start = options.cursor === undefined ? 0 : offsetOf(options.cursor, selection, text.length);
  const end = pageEnd(text, start, options.max_chars);
  const shown = text.slice(start, end);
  return end >= text.length ? { text: shown } : { text: shown, next_cursor: cursorAt(selection, end) };
}

function pageEnd(text: string, start: number, max: number): number {
  const limit = start + max;
  if (limit >= text.length) return text.length;
  const line = text.lastIndexOf('\n', limit - 1) + 1;
  if (line > start + max / 2) return line;
  const code = text.charCodeAt(limit - 1);
  if (code < 0xd8_00 || code > 0xdb_ff) return limit;
  // Never between the halves of a surrogate pair, and never an empty page, whose cursor would lead nowhere.
  return limit - 1 > start ? limit - 1 : limit + 1;
}

function cursorAt({ task_id, section, detail }: Selection, offset: number): string {
  return writeCursor([task_id, section, detail, offset]);
}

function offsetOf(cursor: string, selection: Selection, length: number): number {
  const [task_id, section, detail, offset, ...more] = readCursor(cursor);
  const known = typeof offset === 'number' && Number.isInteger(offset) && offset > 0 && offset < length;
  if (!known || more.length > 0) {
    throw new Fault('INVALID_INPUT', 'cursor is not one that get_result returned', {
      hint: 'Use next_cursor of the previous page as it is, or leave cursor out to start at the beginning.',
    });
  }
  if (task_id !== selection.task_id || section !== selection.section || detail !== selection.detail) {
    throw new Fault('INVALID_INPUT', 'cursor belongs to another task_id, section or detail', {
      hint: 'Repeat the task_id, section and detail the cursor came from, or leave cursor out.',
    });
  }
  return offset;
}
