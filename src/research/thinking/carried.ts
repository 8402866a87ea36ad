/** How many agents a budget carries: what each can take until anything of it is safe, known before anything is spent. */

import { type Amount, carries } from '../../core/budget.ts';
import { MAX_AGENTS } from '../../core/limits.ts';
import { EXTRACTIVE, type ModelCatalogue } from '../../core/model-catalogue.ts';
import { mostCost, type Price } from '../../core/price.ts';
import { modelOf, type WorkflowConfig } from '../../core/workflow.ts';
import { LAST_OUTPUT, MOST_OF_TURN, MOST_OUTPUT } from './loop.ts';

/** Tokens that open a conversation beside the question: instructions, our own tools, an objective, titles of documents. */
const OPENING_TOKENS = 8_000;
/** What stands around the results of a turn: frames, ids, the form of messages. */
const AROUND_TOKENS = 1_000;

/** A first turn and a short one that notes what it brought, each as it is reserved: a byte for a token, every answer at its limit. */
function untilNoted(asked: number, price: Price | null): Amount {
  const first = { input: OPENING_TOKENS + asked, output: MOST_OUTPUT };
  const noting = { input: first.input + first.output + MOST_OF_TURN + AROUND_TOKENS, output: LAST_OUTPUT };
  const tokens = first.input + first.output + noting.input + noting.output;
  return { tokens, microusd: price === null ? null : mostCost(first, price) + mostCost(noting, price) };
}

/** Null where no cap limits the agents, or their model takes no call. */
export function agentsCarried(
  {
    task,
    config,
  }: { readonly task: string; readonly config: Pick<WorkflowConfig, 'budget' | 'model' | 'models' | 'context'> },
  models: Pick<ModelCatalogue, 'price'>,
): number | null {
  const model = modelOf(config, 'belter');
  if (model === EXTRACTIVE) return null;
  const asked = Buffer.byteLength(task + (config.context ?? ''), 'utf8');
  const carried = carries(config.budget, untilNoted(asked, models.price(model)));
  return carried === null ? null : Math.min(MAX_AGENTS, carried);
}
