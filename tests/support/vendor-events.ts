/** Streams of vendors, written down by hand, and a reader that hears them as a model does. */

import type { Usage } from '../../src/core/call.ts';
import { Fault } from '../../src/core/errors.ts';
import type { Json } from '../../src/core/json.ts';
import type { ModelAnswer, ModelRequest } from '../../src/providers/language-model.ts';
import type { Endpoint } from '../../src/providers/models/vendors/faults.ts';
import { fields } from '../../src/providers/models/vendors/fields.ts';
import type { Wire } from '../../src/providers/models/vendors/wire.ts';

export const ENDPOINT: Endpoint = {
  provider: 'vendor',
  base_url: 'http://127.0.0.1:9/v1',
  key_variable: 'VENDOR_API_KEY',
  key: 'secret-key-0123',
};

export const SEARCH = {
  name: 'search',
  description: 'Searches.',
  input_schema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
} as const;

export const NOTES = {
  name: 'notes',
  schema: {
    type: 'object',
    properties: { claims: { type: 'array', items: { type: 'string', minLength: 1 }, maxItems: 9 } },
    required: ['claims'],
  },
} as const;

export function asked(differs: Partial<ModelRequest> = {}): ModelRequest {
  return {
    system: 'You quote.',
    messages: [{ role: 'user', text: 'What is written first?' }],
    tools: [],
    tool_choice: 'auto',
    output: null,
    max_output_tokens: 500,
    ...differs,
  };
}

/** A turn with a tool and its result, as it is sent back. */
export function afterTool(opaque: Json): ModelRequest {
  const use = { id: 'call_1', name: 'search', input: { query: 'log' }, raw: '{"query":"log"}' };
  return asked({
    tools: [SEARCH],
    messages: [
      { role: 'user', text: 'What is written first?' },
      { role: 'assistant', text: 'I look.', tool_uses: [use], opaque },
      { role: 'tool', id: 'call_1', name: 'search', text: 'The log.', failed: false },
    ],
  });
}

export interface Heard {
  readonly answer: ModelAnswer | null;
  /** Where it ended for a reason that is no whole answer's. */
  readonly fault: Fault | null;
  readonly usage: Usage | null;
  readonly deltas: string;
}

/** What a wire makes of these events; throws what an event throws. */
export function heard(wire: Wire, events: readonly Json[], request: ModelRequest = asked()): Heard {
  const deltas: string[] = [];
  const delta = (text: string): void => void deltas.push(text);
  const reader = wire.reader({ request, endpoint: ENDPOINT, model: 'model-1', delta });
  for (const event of events) if (reader.event(fields(event)) === 'last') break;
  const said = reader.answer();
  const parts = said instanceof Fault ? { answer: null, fault: said } : { answer: said, fault: null };
  return { ...parts, usage: reader.usage(), deltas: deltas.join('') };
}
