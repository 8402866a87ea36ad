/** What agents before this one found, short enough to be read whole: a step must not grow with all that went before it. */

import type { Journal } from '../../core/step.ts';
import type { EarlierFindings } from '../../providers/providers.ts';
import type { Store } from '../../store/store.ts';
import { subtasksOf } from '../judgements.ts';

/** Findings shown of one agent, characters of one, and characters in all. */
const FINDINGS_OF_ONE = 6;
const CHARACTERS_OF_ONE = 400;
const CHARACTERS = 8000;

/** Of each agent its best findings, the latest agents first to be given room; in the order of the plan. */
export async function earlierFindings(
  { store }: { readonly store: Pick<Store, 'claims'> },
  journal: Journal,
  agents: readonly string[],
): Promise<readonly EarlierFindings[]> {
  const claims = await store.claims.list(journal.workflow.task_id);
  const subtasks = subtasksOf(journal).filter(({ agent_id }) => agents.includes(agent_id));
  let room = CHARACTERS;
  const shown = subtasks.toReversed().map(({ agent_id, name, objective }): EarlierFindings => {
    const own = claims.filter((claim) => claim.agent_id === agent_id);
    const best = own.toSorted((a, b) => b.score - a.score).slice(0, FINDINGS_OF_ONE);
    const findings = best.flatMap(({ text }) => {
      const cut = text.slice(0, CHARACTERS_OF_ONE);
      if (cut.length > room) return [];
      room -= cut.length;
      return [cut];
    });
    return { of: name ?? objective, findings };
  });
  return shown.toReversed();
}
