/** The trigger that keeps what has ended as it is, as migrations write it. */

export const TERMINAL = "('completed', 'failed', 'cancelled')";

/** What an emptied column of `workflows` holds once its content is gone. */
type Emptied = Readonly<Record<string, '' | '{}' | null>>;

export function same(columns: readonly string[]): string {
  return columns.map((column) => `NEW.${column} IS OLD.${column}`).join(' AND ');
}

/**
 * A terminal row changes once, in the erasure that its tombstone announces: `emptied` columns lose their content, `kept` ones
 * stay. A migration that adds a column to `workflows` drops this trigger and makes it anew with the column in one of the two,
 * because one in neither could be changed unseen; if it is emptied, `EMPTIED` beside this trigger is the new migration's.
 */
export function terminalWorkflowsNeverChange(columns: {
  readonly emptied: Emptied;
  readonly kept: readonly string[];
}): string {
  const gone = Object.entries(columns.emptied).map(([column, left]) =>
    left === null ? `NEW.${column} IS NULL` : `NEW.${column} IS '${left}'`,
  );
  const conditions = [...inLines(gone, 4).map((line) => line.join(' AND ')), ...inLines(columns.kept, 7).map(same)];
  return `
CREATE TRIGGER terminal_workflows_never_change BEFORE UPDATE ON workflows
WHEN OLD.status IN ${TERMINAL} AND NOT (
  OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL
  AND NEW.erased_at IS (SELECT created_at FROM tombstones WHERE task_id = OLD.task_id)
  AND ${conditions.join('\n  AND ')})
BEGIN SELECT RAISE(ABORT, 'a terminal workflow does not change'); END;`;
}

function inLines<Item>(items: readonly Item[], most: number): readonly (readonly Item[])[] {
  return items.length === 0 ? [] : [items.slice(0, most), ...inLines(items.slice(most), most)];
}
