/** How many agents a budget carries: what each takes until anything of it is safe, known before anything is spent. */

import { type Amount, carries } from '../../core/budget.ts';
import { MAX_AGENTS } from '../../core/limits.ts';
import { EXTRACTIVE, type ModelCatalogue } from '../../core/model-catalogue.ts';
import { mostCost, type Price } from '../../core/price.ts';
import { modelOf, type WorkflowConfig } from '../../core/workflow.ts';
import { LAST_OUTPUT, MOST_OF_TURN, MOST_OUTPUT } from './loop.ts';

/** Bytes that open a conversation beside the question: instructions, our own tools, an objective, titles of documents. */
const OPENING = 8_000;
/** Bytes around the results of a turn: frames, ids, the form of messages. */
const AROUND = 1_000;

/** Usual bytes of a token, and usual tokens of an answer: a turn that searches, and one that notes. */
const BYTES_OF_TOKEN = 3;
const SEARCHING = 1_000;
const NOTING = 1_500;

function tokensIn(bytes: number): number {
  return Math.ceil(bytes / BYTES_OF_TOKEN);
}

interface Turn {
  readonly input: number;
  readonly output: number;
}

function sum(turns: readonly Turn[], price: Price | null): Amount {
  return {
    tokens: turns.reduce((before, { input, output }) => before + input + output, 0),
    microusd: price === null ? null : turns.reduce((before, turn) => before + mostCost(turn, price), 0),
  };
}

/** A first turn, and a short one that notes what it brought. `most`: as they are reserved, a byte for a token, every answer at its limit. */
function untilNoted(asked: number, price: Price | null): { readonly usual: Amount; readonly most: Amount } {
  const opening = OPENING + asked;
  const results = MOST_OF_TURN + AROUND;
  const usual = [
    { input: tokensIn(opening), output: SEARCHING },
    { input: tokensIn(opening + results) + SEARCHING, output: NOTING },
  ];
  const most = [
    { input: opening, output: MOST_OUTPUT },
    { input: opening + results + MOST_OUTPUT, output: LAST_OUTPUT },
  ];
  return { usual: sum(usual, price), most: sum(most, price) };
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
