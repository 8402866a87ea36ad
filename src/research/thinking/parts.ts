/** What thinking is made of. */

import type { Clock } from '../../core/clock.ts';
import type { LanguageModel, OfflineModel, Toolbox } from '../../providers/providers.ts';

export interface ThinkingParts {
  /** Throws PROVIDER_NOT_CONFIGURED. */
  readonly models: (name: string) => LanguageModel;
  readonly toolbox: Pick<Toolbox, 'open'>;
  readonly clock: Clock;
  /** What works without any call: the ground that merging and composing stand on, and what stands where a model fails. */
  readonly offline: OfflineModel;
}

/** For one role: with the model that plays it, `provider/model`. */
export interface RoleParts extends ThinkingParts {
  readonly model: string;
}
