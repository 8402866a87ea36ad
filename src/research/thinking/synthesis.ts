/** Merging and composing with a language model, on top of what code does without one. */

import type { LanguageModel, Model, OfflineModel } from '../../providers/providers.ts';
import type { Asker } from './ask.ts';
import { composeReport } from './compose.ts';
import { mergeClaims } from './merge.ts';

export interface SynthesisParts {
  /** Throws PROVIDER_NOT_CONFIGURED. */
  readonly models: (name: string) => LanguageModel;
  /** What merges and composes without a call: the ground the model's work stands on, and what stands where it fails. */
  readonly byCode: Pick<OfflineModel, 'merge' | 'compose'>;
}

/** `model`: the role's, `provider/model`. */
export function thinkingSynthesis(model: string, { models, byCode }: SynthesisParts): Pick<Model, 'merge' | 'compose'> {
  return {
    merge: (request, bench) => {
      const asker: Asker = { models, model, bench, signal: request.signal };
      return mergeClaims(asker, request, (given) => byCode.merge(given));
    },
    compose: (request, bench) => {
      const asker: Asker = { models, model, bench, signal: request.signal };
      return composeReport(asker, request, (given) => byCode.compose(given));
    },
  };
}
