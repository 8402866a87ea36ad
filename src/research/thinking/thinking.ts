/** The model that thinks: agents that search, read and quote with a language model, every request of which is journalled. */

import type { Model } from '../../providers/providers.ts';
import { research } from './belter.ts';
import type { RoleParts, ThinkingParts } from './parts.ts';
import { plan } from './plan.ts';
import { thinkingSynthesis } from './synthesis.ts';

/** `name`: the role's model, `provider/model`. */
export function thinkingModel(name: string, parts: ThinkingParts): Model {
  const own: RoleParts = { ...parts, model: name };
  return {
    name,
    stamp: `written with ${name}; every quote was found in its source by code`,
    plan: (request, bench) => plan(own, request, bench),
    research: (request, bench) => research(own, request, bench),
    ...thinkingSynthesis(name, parts),
  };
}
