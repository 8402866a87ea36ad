/** The collected sources of a workflow, read once for all of its agents. */

import type { Source } from '../../core/source.ts';
import type { SourceVerbs } from '../../store/store.ts';

/** Most sources kept, over all workflows: about ten megabytes. */
const KEPT = 20_000;

/**
 * Collected sources never change, and every agent needs them all: a corpus of thousands would be read a dozen times. What
 * agents bring beside them may be missing from the list: it is for opening a corpus only. The workflows read last are kept; one without sources is not, because it may yet get them.
 */
export function sourcesOnce({ list }: Pick<SourceVerbs, 'list'>, kept = KEPT): SourceVerbs['list'] {
  const known = new Map<string, readonly Source[]>();
  let total = 0;
  const forget = (task_id: string): void => {
    total -= known.get(task_id)?.length ?? 0;
    known.delete(task_id);
  };
  return async (task_id) => {
    const sources = known.get(task_id) ?? (await list(task_id));
    forget(task_id);
    if (sources.length === 0) return sources;
    known.set(task_id, sources);
    total += sources.length;
    for (const [oldest] of known) {
      if (total <= kept) break;
      forget(oldest);
    }
    return sources;
  };
}
