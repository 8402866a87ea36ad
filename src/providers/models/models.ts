/** The models of this process by name. */

import { Fault } from '../../core/errors.ts';
import type { ModelCatalogue } from '../../core/model-catalogue.ts';
import type { Model } from '../providers.ts';

/** Finds a model by its name. Throws MODEL_UNKNOWN: a stored workflow may name one that this process was not given. */
export function model(models: ReadonlyMap<string, Model>): (name: string) => Model {
  return (name) => {
    const found = models.get(name);
    if (found !== undefined) return found;
    const known = [...models.keys()].join(', ');
    throw new Fault('MODEL_UNKNOWN', `model ${JSON.stringify(name)} cannot be run: this process has ${known}`);
  };
}

/** The same for whoever only asks by name. None of these makes a paid call. */
export function catalogue(models: ReadonlyMap<string, Model>): ModelCatalogue {
  const find = model(models);
  return {
    check: (name) => {
      find(name);
    },
    price: () => null,
  };
}
