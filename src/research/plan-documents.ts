/** Agents that are limited to named documents, where a plan is carried to another reading: each reading gives out its ids anew. */

import { Fault } from '../core/errors.ts';
import type { DocumentName, Plan, Subtask } from '../core/plan.ts';
import type { Source } from '../core/source.ts';

type Collected = readonly Pick<Source, 'source_id' | 'location' | 'also_at' | 'sha256'>[];

/**
 * The subtasks with what their ids stand for among these, so that they can be found in another reading. As they are where nothing
 * was read: no id stands for anything then, and each would be told as gone.
 */
export function withDocuments(subtasks: readonly Subtask[], sources: Collected | null): readonly Subtask[] {
  if (sources === null) return subtasks;
  return subtasks.map((subtask) => {
    const { source_ids, documents } = subtask;
    if (source_ids === undefined || documents !== undefined) return subtask;
    const named = source_ids.map((id) => {
      const source = sources.find(({ source_id }) => source_id === id);
      // An id that stands for nothing finds nothing, and is told by its name: a document that happens to have it now is another.
      return source === undefined ? { location: id, sha256: '' } : { location: source.location, sha256: source.sha256 };
    });
    return { ...subtask, documents: named };
  });
}

/**
 * The plan with the ids that its documents have in this reading: by location, for one that was edited is still the one that was
 * named, else by text. Whom none of its documents is left to is left out and told, for it would search all others instead.
 * Rejects with PLAN_INVALID where nobody is left.
 */
export async function atDocuments(plan: Plan, read: () => Promise<Collected>): Promise<Plan> {
  if (plan.subtasks.every(({ documents }) => documents === undefined)) return plan;
  const sources = await read();
  const missing = [...plan.missing];
  const subtasks = plan.subtasks.flatMap((subtask): readonly Subtask[] => {
    const { documents, ...rest } = subtask;
    if (documents === undefined) return [subtask];
    const found = documents.map((document) => ({ ...document, source_id: idOf(document, sources) }));
    const source_ids = [...new Set(found.flatMap(({ source_id }) => source_id ?? []))];
    const gone = found.filter(({ source_id }) => source_id === null).map(({ location }) => location);
    if (gone.length > 0)
      missing.push({ what: subtask.objective, why: `not among the documents read: ${gone.join(', ')}` });
    return source_ids.length === 0 ? [] : [{ ...rest, source_ids }];
  });
  if (subtasks.length > 0) return { ...plan, subtasks, missing };
  const why = missing.slice(plan.missing.length).map((each) => `${JSON.stringify(each.what)}: ${each.why}`);
  throw new Fault('PLAN_INVALID', `no agent of the plan has any of its documents: ${why.join('; ')}`, {
    hint: 'Resume with sources that hold them, or edit the plan.',
  });
}

function idOf({ location, sha256 }: DocumentName, sources: Collected): string | null {
  const there =
    sources.find((source) => source.location === location || source.also_at.includes(location)) ??
    sources.find((source) => source.sha256 === sha256);
  return there?.source_id ?? null;
}
