/** The models of this process as far as their names tell: which can be run, and what they cost. */

import type { Fault } from './errors.ts';
import type { Price } from './price.ts';
import { MODEL_ROLES, modelOf, type WorkflowConfig } from './workflow.ts';

/** The model that quotes documents, makes no call and needs nothing. */
export const EXTRACTIVE = 'extractive';

export interface ModelCatalogue {
  /** Throws MODEL_UNKNOWN where no provider of that name is known, and PROVIDER_NOT_CONFIGURED naming what to set. */
  check(name: string): void;
  /** Null where no price is known, also because its provider is not configured here. Not asked for `extractive`, which costs nothing. */
  price(name: string): Price | null;
}

export interface ModelProbe extends ModelCatalogue {
  /** Asks the provider for as little as can be. Null where it answers as it should; never rejects. */
  probe(name: string, signal: AbortSignal): Promise<Fault | null>;
}

/** Models that may be paid for by a workflow of this choice. */
export function paidModels(choice: Pick<WorkflowConfig, 'model' | 'models' | 'fallback_models'>): readonly string[] {
  const names = [...MODEL_ROLES.map((role) => modelOf(choice, role)), ...choice.fallback_models];
  return [...new Set(names)].filter((name) => name !== EXTRACTIVE);
}
