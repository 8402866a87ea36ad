/** Merging and composing with a language model, on top of what code does without one. */

import type { Clock } from '../../core/clock.ts';
import type { LanguageModel, Model, OfflineModel, Workbench } from '../../providers/providers.ts';
import { TIMEOUTS } from '../journal.ts';
import { composeReport } from './compose.ts';
import { mergeClaims } from './merge.ts';
import { type HurriedAsker, hurried } from './unanswered.ts';

export interface SynthesisParts {
  /** Throws PROVIDER_NOT_CONFIGURED. */
  readonly models: (name: string) => LanguageModel;
  readonly clock: Clock;
  /** What merges and composes without a call: the ground the model's work stands on, and what stands where it fails. */
  readonly byCode: Pick<OfflineModel, 'merge' | 'compose'>;
}

/** `model`: the role's, `provider/model`. */
export function thinkingSynthesis(model: string, parts: SynthesisParts): Pick<Model, 'merge' | 'compose'> {
  const { models, byCode, clock } = parts;
  const asking = (bench: Workbench, signal: AbortSignal, timeout_ms: number): HurriedAsker =>
    hurried({ models, model, bench, signal }, clock, timeout_ms);
  return {
    merge: (request, bench) =>
      mergeClaims(asking(bench, request.signal, TIMEOUTS.drummer), request, (given) => byCode.merge(given)),
    compose: (request, bench) =>
      composeReport(asking(bench, request.signal, TIMEOUTS.camina), request, (given) => byCode.compose(given)),
  };
}
