/** What thinking is made of. */

import type { Clock } from '../../core/clock.ts';
import type { LanguageModel, OfflineModel, Toolbox } from '../../providers/providers.ts';

export interface ThinkingParts {
  /** Throws PROVIDER_NOT_CONFIGURED. */
  readonly models: (name: string) => LanguageModel;
  readonly toolbox: Pick<Toolbox, 'open'>;
  readonly clock: Clock;
  /** Plans from the documents alone where no plan of the model's can be had; the plan then says so. */
  readonly planner: Pick<OfflineModel, 'plan'>;
}

/** For one role: with the model that plays it, `provider/model`. */
export interface RoleParts extends ThinkingParts {
  readonly model: string;
}
