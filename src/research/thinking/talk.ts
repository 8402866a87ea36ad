/** A conversation kept within what its model takes: the oldest results go first, and can be opened again. */

import { Fault } from '../../core/errors.ts';
import type { Message } from '../../providers/providers.ts';
import { type Asker, FAILED_FOR_GOOD } from './ask.ts';

/** Where it is not known what a model takes. */
const CONTEXT_TOKENS = 100_000;
/** Characters of a conversation for each token of the context: half of what plain English would fill it with. */
const CHARACTERS = 2;

const TAKEN_OUT = '(taken out to make room; ask again if it is needed)';

/** The messages with as many of the oldest results taken out as do not fit. What was said and noted stays. */
export function fitting(
  messages: readonly Message[],
  { models, model }: Pick<Asker, 'models' | 'model'>,
): readonly Message[] {
  const most = (contextOf(models, model) ?? CONTEXT_TOKENS) * CHARACTERS;
  let over = messages.reduce((sum, message) => sum + lengthOf(message), 0) - most;
  return messages.map((message, at) => {
    // The results of the turn before are what the next one is about.
    const old = messages.slice(at).some(({ role }) => role === 'assistant');
    if (over <= 0 || message.role !== 'tool' || !old || message.text.length <= TAKEN_OUT.length) return message;
    over -= message.text.length - TAKEN_OUT.length;
    return { ...message, text: TAKEN_OUT };
  });
}

/** Null as well where the model is not configured: whoever asks it meets that fault, and asks a fallback. */
function contextOf(models: Asker['models'], model: string): number | null {
  try {
    return models(model).context_tokens;
  } catch (thrown) {
    if (thrown instanceof Fault && FAILED_FOR_GOOD.has(thrown.code)) return null;
    throw thrown;
  }
}

function lengthOf(message: Message): number {
  if (message.role !== 'assistant') return message.text.length;
  return message.text.length + message.tool_uses.reduce((sum, { raw }) => sum + raw.length, 0);
}
