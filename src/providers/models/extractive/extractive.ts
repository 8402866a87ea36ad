/**
 * Research with no language model at all: a report made only of sentences that stand in the user's documents. The
 * default when no key is configured, and the last resort that writes up stored claims when a vendor fails.
 */

import type { OfflineModel } from '../../providers.ts';
import { chooseBranch } from './branching.ts';
import { compose } from './compose.ts';
import { critique } from './critique.ts';
import { merge } from './merge.ts';
import { plan } from './plan.ts';
import { research } from './research.ts';

/** Deterministic: the same request over the same library gives the same answer. Rejects only when its signal aborts. */
export function extractiveModel(): OfflineModel {
  return {
    name: 'extractive',
    stamp: 'extractive: no language model was used',
    plan,
    research,
    merge,
    compose,
    choose: chooseBranch,
    critique,
  };
}
