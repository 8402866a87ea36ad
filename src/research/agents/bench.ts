/** What a step's model has at hand: its journalled calls, and the texts of this workflow. */

import type { StepContext } from '../../engine/engine.ts';
import type { Workbench } from '../../providers/providers.ts';
import type { Store } from '../../store/store.ts';

export function benchOf(parts: { readonly store: Pick<Store, 'texts'> }, context: StepContext): Workbench {
  const { calls, journal, persist } = context;
  const { texts } = parts.store;
  return {
    calls,
    config: journal.workflow.config,
    texts: {
      keep: (text) => persist(() => texts.put({ ...text, stored_by: journal.workflow.task_id })),
      read: ({ sha256, format }) => texts.get(sha256, format),
    },
  };
}
