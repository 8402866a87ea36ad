/** What a step's model has at hand: its journalled calls, and the texts of this workflow. */

import type { StepContext } from '../../engine/engine.ts';
import type { StandIns } from '../journal.ts';
import type { Workbench } from '../../providers/providers.ts';
import type { Store } from '../../store/store.ts';

interface Bench extends Workbench {
  /** Who answered in another's place so far: part of the step's outcome, so that whoever takes it over still knows. */
  standIns(): StandIns;
}

export function benchOf(parts: { readonly store: Pick<Store, 'texts'> }, context: StepContext): Bench {
  const fallbacks = new Set<string>();
  const { calls, journal, persist } = context;
  const { texts } = parts.store;
  return {
    calls,
    config: journal.workflow.config,
    steppedIn: (fallback) => {
      fallbacks.add(fallback);
    },
    standIns: () => (fallbacks.size === 0 ? {} : { fallbacks: [...fallbacks] }),
    texts: {
      keep: (text) => persist(() => texts.put({ ...text, stored_by: journal.workflow.task_id })),
      read: ({ sha256, format }) => texts.get(sha256, format),
    },
  };
}
