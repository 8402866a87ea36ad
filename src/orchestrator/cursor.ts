/** Cursors: where a page ended, in a form that is handed back as it is. What it holds belongs to whoever gave it out. */

export function writeCursor(parts: readonly (string | number | null)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Its parts; none when it is not one of ours, which the caller refuses with a hint of its own. */
export function readCursor(cursor: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parts) ? parts : [];
  } catch {
    // No JSON: nothing that was given out.
    return [];
  }
}
