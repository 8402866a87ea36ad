/** Merging and composing with a language model, on top of what code does without one. */

import type { Model } from '../../providers/providers.ts';
import type { Asker } from './ask.ts';
import { composeReport } from './compose.ts';
import { mergeClaims } from './merge.ts';
import type { RoleParts } from './parts.ts';

export function thinkingSynthesis({ models, model, offline }: RoleParts): Pick<Model, 'merge' | 'compose'> {
  return {
    merge: (request, bench) => {
      const asker: Asker = { models, model, bench, signal: request.signal };
      return mergeClaims(asker, request, (given) => offline.merge(given));
    },
    compose: (request, bench) => {
      const asker: Asker = { models, model, bench, signal: request.signal };
      return composeReport(asker, request, (given) => offline.compose(given));
    },
  };
}
