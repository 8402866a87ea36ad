/** The part of a scripted model that only some patterns ask for, where none of these runs. */

import type { OfflineModel } from '../../src/providers/providers.ts';

function unasked(): Promise<never> {
  return Promise.reject(new Error('this pattern has nothing to choose and nothing to criticise'));
}

export const NO_JUDGEMENTS: Pick<OfflineModel, 'choose' | 'critique'> = { choose: unasked, critique: unasked };
