/** What thinking is made of. */

import type { Clock } from '../../core/clock.ts';
import type { LanguageModel, OfflineModel, Toolbox } from '../../providers/providers.ts';

export interface ThinkingParts {
  /** Throws PROVIDER_NOT_CONFIGURED. */
  readonly models: (name: string) => LanguageModel;
  readonly toolbox: Pick<Toolbox, 'open'>;
  readonly clock: Clock;
  /** What plans, merges and composes without a call: what stands where the model fails, and then says so. */
  readonly byCode: Pick<OfflineModel, 'plan' | 'merge' | 'compose'>;
}

/** For one role: with the model that plays it, `provider/model`. */
export interface RoleParts extends ThinkingParts {
  readonly model: string;
}
